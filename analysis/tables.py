"""The labels of a study as columns of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from analysis.arrays import Bools, Floats, Ints, order_of
from analysis.pairs import PairTable
from annotation.study import StudyPlan

KINDS = ("human", "judge", "reference", "adjudication")
TARGETS = ("pair", "a", "b")
PURPOSES = ("study", "training", "gold", "repeat", "surplus")
NO_MOMENT = np.iinfo(np.int64).min
"""When a label without `created_at` was made: before all others."""


@dataclass(frozen=True)
class LabelTable:
    """Labels as columns of codes, one row a label, in the order of the files' lines.

    `pair` and `criterion` are rows of the study's, `choice` is a position in the scale's choices
    (the two judge failures stand behind them), `swapped` is 0, 1 or -1 for unknown, `moment` is
    in microseconds, `seconds` NaN where unknown. -1 anywhere else is a name that the study does not
    know.
    """

    pair: Ints
    criterion: Ints
    annotator: Ints
    kind: Ints
    target: Ints
    choice: Ints
    swapped: Ints
    repeat: Ints
    purpose: Ints
    moment: Ints
    seconds: Floats

    def __len__(self) -> int:
        return len(self.pair)

    def where(self, rows: Bools) -> LabelTable:
        """The labels of those rows; itself, not a copy, where that is all of them."""
        if rows.all():
            return self
        return LabelTable(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})

    def by_time(self) -> Ints:
        """The rows by their times; those without one first, those of one time as they stand."""
        known = self.moment != NO_MOMENT
        least = self.moment[known].min(initial=np.iinfo(np.int64).max)
        return order_of(np.where(known, self.moment - least + 1, 0))

    @classmethod
    def joined(cls, tables: Sequence[LabelTable]) -> LabelTable:
        """All rows of several tables, in their order."""
        columns: dict[str, Any] = {
            one.name: np.concatenate([getattr(table, one.name) for table in tables])
            if tables
            else np.zeros(0, np.int64)
            for one in fields(cls)
        }
        return cls(**columns)


@dataclass(frozen=True)
class GoldLabels:
    """Answers to pairs whose right answers are known, one row an answer; shape (answers,).

    `pair` numbers the pairs of `gold.jsonl`; what no answer is expected for is left out.
    """

    annotator: Ints
    criterion: Ints
    pair: Ints
    right: Bools

    @classmethod
    def none(cls) -> GoldLabels:
        """Where there are no such answers."""
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, nothing, np.zeros(0, bool))


@dataclass(frozen=True)
class StudyLabels:
    """A study's pairs and the labels of it that can be used; the others are only counted.

    Of those, people's second answers (`repeats`), answers beyond what was asked for (`surplus`) and
    those on gold pairs are kept apart: they tell of the annotators.
    """

    plan: StudyPlan
    pairs: PairTable
    annotators: tuple[str, ...]
    labels: LabelTable
    excluded: Mapping[str, int]
    repeats: LabelTable = field(default_factory=lambda: LabelTable.joined([]))
    surplus: LabelTable = field(default_factory=lambda: LabelTable.joined([]))
    gold: GoldLabels = field(default_factory=GoldLabels.none)

    def of_kind(self, kind: str) -> LabelTable:
        """The usable labels of people, judges, references or adjudicators."""
        return self.labels.where(self.labels.kind == KINDS.index(kind))
