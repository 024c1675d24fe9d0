"""The label files of a study as Arrow tables of the contract's columns.

A file is parsed by columns where every line is surely a label as the schema has it. Whatever else
is in it, a fault or only an unusual spelling, is UnusualLabels, and left to the schema's own reader
line by line, which raises StudyError with file and line or reads the label all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq

from annotation.schema import Label, TiebreakError
from annotation.study import label_files

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
CODED = pa.dictionary(pa.int32(), pa.string())
"""Texts by their places among the distinct ones, as Parquet has them: the required columns."""

USUAL_TIME = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?$"
CHUNK = 32 << 20
"""Bytes of a JSONL file that are parsed at once."""

ROWS = 1 << 18
"""Rows of a Parquet file that are read at once, at most."""


class UnusualLabels(TiebreakError):
    """A file that the reader by columns leaves to the reader by lines."""


def tables_of(folder: Path) -> Iterator[Any]:
    """Tables of the labels of a study's files; raises UnusualLabels or an error of Arrow's."""
    for path in label_files(folder):
        if path.suffix == ".jsonl":
            yield from _json_tables(path)
        else:
            file = pq.ParquetFile(path, read_dictionary=list(REQUIRED))
            for group in range(file.num_row_groups):
                for batch in file.iter_batches(ROWS, row_groups=[group]):
                    _check_names(batch.schema)
                    yield typed(pa.Table.from_batches([batch]))


def _check_names(schema: Any) -> None:
    """A file's numbers are no names, though they could be made such."""
    for name in set(REQUIRED) & set(schema.names):
        kind = schema.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            raise UnusualLabels(f"{name} of the type {kind}")


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


def typed(table: Any) -> Any:
    """A table with the contract's columns and types; columns that are absent become null.

    Times may be Arrow's, and texts CODED. Raises UnusualLabels.
    """
    unknown = set(table.column_names) - set(COLUMNS.names)
    if unknown or not set(REQUIRED) <= set(table.column_names):
        raise UnusualLabels(f"columns {table.column_names}")
    columns = []
    for field in COLUMNS:
        if field.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, field.type))
        elif pa.types.is_timestamp(table[field.name].type) or table[field.name].type == CODED:
            columns.append(table[field.name])
        else:
            columns.append(pc.cast(table[field.name], field.type))
    typed = pa.table(dict(zip(COLUMNS.names, columns, strict=True)))
    _check_seconds(typed)
    return typed


def tables_of_records(labels: Iterable[Label]) -> Iterator[Any]:
    """Tables of labels in memory."""
    remaining = iter(labels)
    while batch := list(islice(remaining, 1 << 16)):
        columns = {
            field.name: pa.array([_plain(getattr(one, field.name)) for one in batch], field.type)
            for field in COLUMNS
        }
        yield pa.table(columns)


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value
