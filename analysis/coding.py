"""Columns of names and times into columns of codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.arrays import Floats, Ints
from analysis.columns import filled, numbers, words
from analysis.gold import KnownAnswers
from analysis.label_file import CODED, REQUIRED, UnusualLabels
from analysis.pairs import PairTable
from analysis.tables import KINDS, NO_MOMENT, PURPOSES, TARGETS, LabelTable
from annotation.schema import JUDGE_FAILURES
from annotation.study import StudyPlan


class Coder:
    """Turns columns of names into codes; annotators get theirs as they appear."""

    def __init__(self, plan: StudyPlan, pairs: PairTable, known: KnownAnswers) -> None:
        self.known = known
        self.annotators: dict[str, int] = {}
        self._pair_ids = pairs.ids
        self._ids: list[Any] = []
        self._rows = 0
        self._criteria = words(one.key for one in plan.criteria)
        scales = [(*one.scale.choices, *JUDGE_FAILURES) for one in plan.criteria]
        choices = sorted({name for scale in scales for name in scale})
        self._choices = words(choices)
        # One column more than choices and one row more than criteria, for what is unknown: -1.
        self._choice_codes = np.full((len(scales) + 1, len(choices) + 1), -1, np.int16)
        for row, scale in enumerate(scales):
            for number, name in enumerate(scale):
                self._choice_codes[row, choices.index(name)] = number

    def coded(self, table: Any) -> LabelTable:
        """The codes of a table that has the contract's columns; or UnusualLabels.

        `pair` is a place in `pair_rows`.
        """
        if any(table[name].null_count for name in REQUIRED):
            raise UnusualLabels("a required field is missing")
        criterion = _codes(table["criterion"], self._criteria)
        choice = _codes(table["choice"], self._choices)
        for name, codes in (("criterion", criterion), ("choice", choice)):
            if codes.min(initial=0) < 0:  # an empty name is none of the study's
                _named(pc.cast(table[name], pa.string()))
        made = LabelTable(
            pair=self._places(table["pair_id"]),
            criterion=criterion.astype(np.int16),
            annotator=self._annotators(table["annotator"]),
            kind=_known(table["kind"], KINDS),
            target=_known(table["target"], TARGETS),
            choice=self._choice_codes[criterion, choice],
            swapped=_numbers(table["swapped"].cast(pa.int8()), -1),
            repeat=_not_negative(_numbers(table["repeat"], 0)),
            purpose=_known(filled(table["purpose"], "study"), PURPOSES),
            moment=_moments(table["created_at"]),
            seconds=_seconds(table["seconds"]),
        )
        self.known.look_up(made, table["pair_id"])
        return made

    def pair_rows(self) -> Ints:
        """The row of the pair of every id so far, -1 of one that the study does not have.

        All are looked up at once, for all pairs of the study are hashed to do so.
        """
        ids = pa.chunked_array(self._ids, pa.string())
        return _numbers(pc.index_in(ids, value_set=self._pair_ids), -1)

    def _places(self, column: Any) -> Ints:
        """The place of each entry among all ids so far, each of which stands there once a table.

        Labels ordered by annotator or criterion repeat whole tables of ids, which are kept once.
        """
        parts = [np.zeros(0, np.int32)]
        for part in column.chunks:
            coded = part if part.type == CODED else part.dictionary_encode()
            _named(coded.dictionary)
            if not self._ids or not coded.dictionary.equals(self._ids[-1]):
                self._ids.append(coded.dictionary)
                self._rows += len(coded.dictionary)
            start = self._rows - len(coded.dictionary)
            parts.append((np.from_dlpack(coded.indices) + start).astype(np.int32))
        return np.concatenate(parts)

    def _annotators(self, column: Any) -> Ints:
        encoded = _whole(column).dictionary_encode()
        _named(encoded.dictionary)
        names = encoded.dictionary.to_pylist()
        codes = [self.annotators.setdefault(name, len(self.annotators)) for name in names]
        coded: Ints = np.array(codes, np.int32)[np.from_dlpack(encoded.indices)]
        return coded


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _named(texts: Any) -> None:
    """Raise UnusualLabels where a name is empty, which the schema refuses."""
    if pc.min(pc.binary_length(texts)).as_py() == 0:
        raise UnusualLabels("a required field is empty")


def _codes(column: Any, names: Any) -> Ints:
    """The position of each entry in `names`, -1 where it is not among them."""
    if column.type != CODED:
        return _numbers(pc.index_in(column, value_set=names), -1)
    parts = [np.zeros(0, np.int32)]
    for part in column.chunks:
        codes = _numbers(pc.index_in(part.dictionary, value_set=names), -1)
        parts.append(codes[np.from_dlpack(part.indices)])
    return np.concatenate(parts)


def _numbers(column: Any, absent: int) -> Ints:
    found: Ints = numbers(_whole(column), absent)
    return found


def _seconds(column: Any) -> Floats:
    """In double precision, because a median is one of these very numbers."""
    seconds: Floats = numbers(_whole(column), float("nan"))
    return seconds


def _known(column: Any, names: tuple[str, ...]) -> Ints:
    codes = _codes(column, words(names)).astype(np.int8)
    if codes.min(initial=0) < 0:
        raise UnusualLabels(f"expected only {', '.join(names)}")
    return codes


def _not_negative(found: Ints) -> Ints:
    if found.min(initial=0) < 0:
        raise UnusualLabels("a number below zero")
    return found


def _moments(column: Any) -> Ints:
    """ISO times as microseconds; without a time zone they are UTC."""
    if pa.types.is_string(column.type):
        try:
            column = pc.cast(column, pa.timestamp("us", "UTC"))
        except pa.ArrowInvalid:
            column = pc.cast(column, pa.timestamp("us"))
    microseconds = pc.cast(column, pa.timestamp("us", column.type.tz), safe=False)
    return _numbers(pc.cast(microseconds, pa.int64()), NO_MOMENT)
