"""The pairs and labels of a study as columns of codes, and what of them can be used."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from analysis.arrays import Bools, Floats, Ints
from annotation.schema import JUDGE_FAILURES, Pair
from annotation.study import StudyPlan

KINDS = ("human", "judge", "reference", "adjudication")
TARGETS = ("pair", "a", "b")
PURPOSES = ("study", "training", "gold", "repeat", "surplus")
NO_MOMENT = np.iinfo(np.int64).min
"""When a label without `created_at` was made: before all others."""


@dataclass(frozen=True)
class PairTable:
    """The pairs of a study, one row a pair; every name is a code into its sorted names.

    All arrays have the shape (pairs,). `prompt` numbers the prompts, -1 is no task or category.
    `length_a` and `length_b` count the characters of the responses, `list_a` and `list_b` say
    whether they hold a list; None where texts are unknown.
    """

    ids: tuple[str, ...]
    prompt: Ints
    system_a: Ints
    system_b: Ints
    task: Ints
    category: Ints
    systems: tuple[str, ...]
    tasks: tuple[str, ...]
    categories: tuple[str, ...]
    prompts: int
    length_a: Ints | None = None
    length_b: Ints | None = None
    list_a: Bools | None = None
    list_b: Bools | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def strands(self) -> tuple[Ints, Ints]:
        """Prompts of one category and task: the first pair of each, and the strand of each pair."""
        tasks, categories = len(self.tasks) + 1, len(self.categories) + 1
        key = (self.prompt.astype(np.int64) * tasks + self.task + 1) * categories
        _, first, strand = np.unique(
            key + self.category + 1, return_index=True, return_inverse=True
        )
        return first, strand

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> Self:
        """The table of some pairs; only what the analysis needs of each is kept."""
        rows = [
            (
                *(one.id, one.prompt.id, *one.systems, one.prompt.task, one.prompt.category),
                *(len(one.response_a.text), len(one.response_b.text)),
                *(has_list(one.response_a.text), has_list(one.response_b.text)),
            )
            for one in pairs
        ]
        columns = list(zip(*rows, strict=True)) or [()] * 10
        lengths = [np.array(column, np.int64) for column in columns[6:8]]
        lists = [np.array(column, bool) for column in columns[8:]]
        return replace(
            cls.of_columns(*columns[:6]),
            length_a=lengths[0],
            length_b=lengths[1],
            list_a=lists[0],
            list_b=lists[1],
        )

    @classmethod
    def of_columns(
        cls,
        ids: Sequence[str],
        prompt_ids: Sequence[str],
        systems_a: Sequence[str],
        systems_b: Sequence[str],
        tasks: Sequence[str | None],
        categories: Sequence[str | None],
    ) -> Self:
        """The table of equally long columns, one entry a pair."""
        count = len(ids)
        prompts, prompt = _coded(prompt_ids)
        systems, both = _coded([*systems_a, *systems_b])
        task_names, task = _coded(tasks)
        category_names, category = _coded(categories)
        return cls(
            ids=tuple(ids),
            prompt=prompt,
            system_a=both[:count],
            system_b=both[count:],
            task=task,
            category=category,
            systems=systems,
            tasks=task_names,
            categories=category_names,
            prompts=len(prompts),
        )


BULLETS = ("- ", "* ", "+ ", "• ")
AFTER_NUMBER = (". ", ") ")


def has_list(text: str) -> bool:
    """Whether two lines of a text begin as points of a list do: a bullet, or a digit and a dot.

    From one end of a line to the next, which is many times faster than a pattern.
    """
    points, start = 0, 0
    while True:
        mark = text[start : start + 3]
        if mark[:2] in BULLETS or (mark[:1].isdigit() and mark[1:] in AFTER_NUMBER):
            points += 1
            if points == 2:
                return True
        start = text.find("\n", start) + 1
        if not start:
            return False


def _coded(names: Sequence[str | None]) -> tuple[tuple[str, ...], Ints]:
    """The sorted distinct names, and each entry's position in them (-1 for None)."""
    known = tuple(sorted(name for name in set(names) if name is not None))
    code: dict[str | None, int] = {name: number for number, name in enumerate(known)}
    code[None] = -1
    return known, np.fromiter(map(code.__getitem__, names), np.int32, len(names))


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


def sort_out(
    plan: StudyPlan,
    pairs: PairTable,
    annotators: tuple[str, ...],
    labels: LabelTable,
    left_out: Collection[str] = (),
) -> StudyLabels:
    """Keep the labels that can be used and count the others by the first thing in their way.

    left_out: the people whose labels stand but do not count.
    """
    usable = np.ones(len(labels), bool)
    excluded: dict[str, int] = {}
    for reason, rows in _faults(plan, pairs, labels):
        found = usable & rows
        if found.any():
            excluded[reason] = int(found.sum())
            usable &= ~found
    kept = labels.where(usable)
    aside: dict[str, LabelTable] = {}
    gone = np.array([name in left_out for name in annotators], bool)
    checks: tuple[tuple[str, Callable[[LabelTable], Bools]], ...] = (
        ("excluded_annotator", lambda of: gone[of.annotator] & (of.kind == KINDS.index("human"))),
        ("superseded", _superseded),
        ("repeat", _repeat),
        ("surplus", _surplus),
    )
    for reason, wanted in checks:
        rows = wanted(kept)
        aside[reason] = kept.where(rows)
        if rows.any():
            excluded[reason] = int(rows.sum())
            kept = kept.where(~rows)
    return StudyLabels(plan, pairs, annotators, kept, excluded, aside["repeat"], aside["surplus"])


def _faults(plan: StudyPlan, pairs: PairTable, labels: LabelTable) -> Iterable[tuple[str, Bools]]:
    """Reason and rows; training and gold first, because their pairs stand in files of their own."""
    yield "training", labels.purpose == PURPOSES.index("training")
    yield "gold", labels.purpose == PURPOSES.index("gold")
    yield "unknown_pair", labels.pair < 0
    yield "unknown_criterion", labels.criterion < 0
    judged = labels.kind == KINDS.index("judge")
    sizes = np.array([len(one.scale.choices) for one in plan.criteria])[labels.criterion]
    allowed = np.where(judged, sizes + len(JUDGE_FAILURES), sizes)
    yield "unknown_choice", (labels.choice < 0) | (labels.choice >= allowed)
    rated = np.array([one.scale.kind == "rating" for one in plan.criteria])[labels.criterion]
    asked = applicable(plan, pairs)[labels.criterion, labels.pair] if len(pairs) else rated
    yield "not_applicable", ~asked | (rated == (labels.target == TARGETS.index("pair")))


def applicable(plan: StudyPlan, pairs: PairTable) -> Bools:
    """Which criterion is asked of which pair, shape (criteria, pairs)."""
    asked = np.ones((len(plan.criteria), len(pairs)), bool)
    for row, criterion in enumerate(plan.criteria):
        if criterion.applies_to:
            tasks = np.array([name in criterion.applies_to for name in (*pairs.tasks, None)])
            categories = [name in criterion.applies_to for name in (*pairs.categories, None)]
            asked[row] = tasks[pairs.task] | np.array(categories)[pairs.category]
    return asked


def _superseded(labels: LabelTable) -> Bools:
    """Records with the key of another that is later, or of the same time on a later line."""
    rows = np.zeros(len(labels), bool)
    if not len(labels):
        return rows
    order_shown = np.where(labels.kind == KINDS.index("judge"), labels.swapped, 2)
    repeat = labels.repeat
    if repeat.max() > 1:  # numbers with gaps would make the keys needlessly large
        _, repeat = np.unique(repeat, return_inverse=True)
    parts = (labels.annotator, labels.pair, labels.criterion, labels.target, repeat, order_shown)
    key = np.zeros(len(labels), np.int64)
    for part in parts:
        least = int(part.min())
        key = key * (int(part.max()) - least + 1) + (part - least)
    ordered = np.sort(key)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if len(twice):
        among = np.flatnonzero(np.isin(key, np.unique(twice)))
        among = among[np.lexsort((among, labels.moment[among], key[among]))]
        rows[among[:-1][key[among[:-1]] == key[among[1:]]]] = True
    return rows


def _repeat(labels: LabelTable) -> Bools:
    """People's second answers: they tell of the annotator, not of the pair. A judge's runs stay."""
    repeated = (labels.repeat > 0) | (labels.purpose == PURPOSES.index("repeat"))
    people: Bools = repeated & (labels.kind != KINDS.index("judge"))
    return people


def _surplus(labels: LabelTable) -> Bools:
    rows: Bools = labels.purpose == PURPOSES.index("surplus")
    return rows
