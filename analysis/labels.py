"""Read the pairs and labels of a study, from its folder or from records in memory.

A file is parsed by columns where every line is surely a label as the schema has it. Whatever else
is in it, a fault or only an unusual spelling, sends the reader to the schema's own line by line
reader, which raises StudyError with file and line or reads the label all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq

from analysis.arrays import Floats, Ints
from analysis.columns import filled, numbers, words
from analysis.gold import KnownAnswers
from analysis.pair_file import read_pair_table
from analysis.pairs import PairTable
from analysis.tables import (
    KINDS,
    NO_MOMENT,
    PURPOSES,
    TARGETS,
    LabelTable,
    StudyLabels,
)
from analysis.usable import sort_out
from analysis.watch import Watch, unwatched
from annotation.known import KnownPair, read_known_pairs
from annotation.schema import JUDGE_FAILURES, Label, Pair, TiebreakError
from annotation.study import (
    GOLD_FILE,
    PAIRS_FILE,
    StudyPlan,
    label_files,
    load_plan,
    read_excluded,
    read_labels,
)

REQUIRED = ("pair_id", "criterion", "annotator", "kind", "target", "choice")
COLUMNS = pa.schema(
    [(name, pa.string()) for name in REQUIRED]
    + [
        ("swapped", pa.bool_()),
        ("repeat", pa.int64()),
        ("purpose", pa.string()),
        ("seconds", pa.float64()),
        ("comment", pa.string()),
        ("flags", pa.list_(pa.string())),
        ("created_at", pa.string()),
        ("study_version", pa.int64()),
    ]
)
USUAL_TIME = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?$"
CHUNK = 32 << 20
"""Bytes of a file that are parsed at once."""


class UnusualLabels(TiebreakError):
    """A file that the reader by columns leaves to the reader by lines."""


def read_study(folder: Path, watch: Watch = unwatched, processes: int = 1) -> StudyLabels:
    """The pairs and usable labels of a study folder; raises StudyError with file and line.

    processes: how many may read pairs at once, forked from this one, which must then have no other
    threads.
    """
    plan = load_plan(folder)
    pairs = read_pair_table(folder / PAIRS_FILE, watch, processes)
    path = folder / GOLD_FILE
    gold = tuple(read_known_pairs(path, plan)) if path.exists() else ()
    left_out = read_excluded(folder)
    try:
        blocks = watch(_by_columns(folder), "blocks of labels")
        return tabulate(plan, pairs, blocks, gold, left_out)
    except (UnusualLabels, pa.ArrowException, OSError):
        records = _by_records(watch(read_labels(folder), "labels"))
        return tabulate(plan, pairs, records, gold, left_out)


def from_records(
    plan: StudyPlan,
    pairs: Iterable[Pair],
    labels: Iterable[Label],
    gold: Sequence[KnownPair] = (),
) -> StudyLabels:
    """The same from records in memory."""
    return tabulate(plan, PairTable.of(pairs), _by_records(labels), gold)


def from_frames(plan: StudyPlan, pairs: PairTable, labels: Any) -> StudyLabels:
    """The same from a frame of labels (pandas, pyarrow): the contract's fields as columns."""
    table = (
        labels
        if isinstance(labels, pa.Table)
        else pa.Table.from_pandas(labels, preserve_index=False)
    )
    return tabulate(plan, pairs, [_typed(table)])


def tabulate(
    plan: StudyPlan,
    pairs: PairTable,
    tables: Iterable[Any],
    gold: Sequence[KnownPair] = (),
    left_out: Collection[str] = (),
) -> StudyLabels:
    """Code tables of the contract's columns, and sort out what of them can be used.

    left_out: the people whose labels stand but do not count.
    """
    coder = _Coder(plan, pairs, KnownAnswers(plan, gold))
    parts = [coder.coded(table) for table in _of_rows(tables, len(pairs))]
    labels = LabelTable.joined(parts)
    names = list(coder.annotators)
    ranked = sorted(range(len(names)), key=names.__getitem__)
    position = np.empty(len(names), np.int32)
    position[ranked] = np.arange(len(names))
    sorted_labels = LabelTable(**{**vars(labels), "annotator": position[labels.annotator]})
    found = sort_out(plan, pairs, tuple(sorted(names)), sorted_labels, left_out)
    answered = coder.known.answered()
    return replace(found, gold=replace(answered, annotator=position[answered.annotator]))


def _of_rows(tables: Iterable[Any], rows: int) -> Iterator[Any]:
    """The tables joined into some of at least so many rows, but for the last of each schema.

    Each time that ids are looked up, all pairs are hashed first: with a million of them and a
    quarter of a million labels a table that took longer than everything else.
    """
    waiting: list[Any] = []
    for table in tables:
        if waiting and waiting[0].schema != table.schema:
            yield pa.concat_tables(waiting)
            waiting = []
        waiting.append(table)
        if sum(map(len, waiting)) >= rows:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


class _Coder:
    """Turns columns of names into codes; annotators get theirs as they appear."""

    def __init__(self, plan: StudyPlan, pairs: PairTable, known: KnownAnswers) -> None:
        self.known = known
        self.annotators: dict[str, int] = {}
        self._pair_ids = pairs.ids
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
        """The codes of a table that has the contract's columns; or UnusualLabels."""
        if any(table[name].null_count for name in REQUIRED):
            raise UnusualLabels("a required field is missing")
        criterion = _codes(table["criterion"], self._criteria)
        choice = _codes(table["choice"], self._choices)
        made = LabelTable(
            pair=_codes(table["pair_id"], self._pair_ids),
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

    def _annotators(self, column: Any) -> Ints:
        encoded = _whole(column).dictionary_encode()
        names = encoded.dictionary.to_pylist()
        if "" in names:
            raise UnusualLabels("an annotator without a name")
        codes = [self.annotators.setdefault(name, len(self.annotators)) for name in names]
        coded: Ints = np.array(codes, np.int32)[np.from_dlpack(encoded.indices)]
        return coded


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _codes(column: Any, names: Any) -> Ints:
    """The position of each entry in `names`, -1 where it is not among them."""
    return _numbers(pc.index_in(column, value_set=names), -1)


def _numbers(column: Any, absent: int) -> Ints:
    found: Ints = numbers(_whole(column), absent)
    return found


def _seconds(column: Any) -> Floats:
    """In single precision: the tenth of a second of a day."""
    seconds: Floats = numbers(_whole(column).cast(pa.float32(), safe=False), float("nan"))
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


def _by_columns(folder: Path) -> Iterator[Any]:
    for path in label_files(folder):
        if path.suffix == ".jsonl":
            yield from _json_tables(path)
        else:
            for batch in pq.ParquetFile(path).iter_batches(batch_size=1 << 18):
                yield _typed(pa.Table.from_batches([batch]))


def _json_tables(path: Path) -> Iterator[Any]:
    options = pj.ParseOptions(explicit_schema=COLUMNS, unexpected_field_behavior="error")
    reading = pj.ReadOptions(block_size=CHUNK // 8)
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            block += file.readline()
            if not block.isascii():
                _check_text(block)
            table = pj.read_json(pa.BufferReader(block), reading, options)
            # Arrow would also take two objects on a line, or one over several lines.
            if table.num_rows != block.count(b"\n") + (not block.endswith(b"\n")):
                raise UnusualLabels("lines and labels do not correspond")
            _check_seconds(table)
            _check_times(table)
            yield table


def _check_text(block: bytes) -> None:
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        raise UnusualLabels("bytes that are not UTF-8") from None


def _check_seconds(table: Any) -> None:
    seconds = table["seconds"].drop_null()
    if (pc.min(seconds).as_py() or 0) < 0:
        raise UnusualLabels("seconds below zero")
    if not pc.all(pc.is_finite(seconds), min_count=0).as_py():
        raise UnusualLabels("seconds that are no number")


def _check_times(table: Any) -> None:
    """Arrow would also take a day without a time, or a zone of hours, which the schema refuses."""
    usual = pc.match_substring_regex(table["created_at"].drop_null(), USUAL_TIME)
    if not pc.all(usual, min_count=0).as_py():
        raise UnusualLabels("a time that is spelt in another way")


def _typed(table: Any) -> Any:
    """A table with the contract's columns and types; columns that are absent become null."""
    unknown = set(table.column_names) - set(COLUMNS.names)
    if unknown or not set(REQUIRED) <= set(table.column_names):
        raise UnusualLabels(f"columns {table.column_names}")
    columns = []
    for field in COLUMNS:
        if field.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, field.type))
        elif pa.types.is_timestamp(table[field.name].type):
            columns.append(table[field.name])
        else:
            columns.append(pc.cast(table[field.name], field.type))
    typed = pa.table(dict(zip(COLUMNS.names, columns, strict=True)))
    _check_seconds(typed)
    return typed


def _by_records(labels: Iterable[Label]) -> Iterator[Any]:
    remaining = iter(labels)
    while batch := list(islice(remaining, 1 << 16)):
        columns = {
            field.name: pa.array([_plain(getattr(one, field.name)) for one in batch], field.type)
            for field in COLUMNS
        }
        yield pa.table(columns)


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value
