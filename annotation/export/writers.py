"""Tables as bytes of JSONL, CSV, XLSX and Parquet, a piece at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from annotation.export.tables import Column, Kind, Row, Table
from annotation.export.wanted import in_chunks
from annotation.formats.cells import neutralise
from annotation.formats.sheets import write_sheets
from annotation.schema import iso_utc

if TYPE_CHECKING:
    import pyarrow as pa

_encode = json.JSONEncoder(ensure_ascii=False).encode
_GROUP = 2_000
"""Rows that a Parquet file keeps together, and that are in memory at a time."""


def jsonl(tables: Sequence[Table]) -> Iterator[bytes]:
    """One object a line, with every column."""
    (table,) = tables
    names = [column.name for column in table.columns]
    return in_chunks(
        _encode(dict(zip(names, map(_plain, row), strict=True))) + "\n" for row in table.rows()
    )


def delimited(tables: Sequence[Table]) -> Iterator[bytes]:
    """CSV as spreadsheets write it; a text that one of them would run gets an apostrophe."""
    (table,) = tables
    return in_chunks(_csv_lines(table))


def _csv_lines(table: Table) -> Iterator[str]:
    line = StringIO()
    writer = csv.writer(line)
    before: Row = (None,) * len(table.columns)
    texts = [""] * len(table.columns)
    for row in _with_names(table):
        # Rows of one pair share its texts, which need not be looked through again.
        cells = zip(row, before, texts, strict=True)
        texts = [text if one is last else neutralise(_text(one)) for one, last, text in cells]
        before = row
        writer.writerow(texts)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _with_names(table: Table) -> Iterator[Row]:
    yield tuple(column.name for column in table.columns)
    yield from table.rows()


def xlsx(tables: Sequence[Table]) -> Iterator[bytes]:
    """A book with a sheet for each table; its first byte comes when the last row is there."""
    with TemporaryDirectory(prefix="tiebreak-") as folder:
        path = Path(folder) / "book.xlsx"
        write_sheets(path, [_sheet(table) for table in tables])
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                yield block


def _sheet(table: Table) -> tuple[str, list[str], Iterable[Sequence[object]]]:
    rows = ([_cell(value) for value in row] for row in table.rows())
    return table.name, [column.name for column in table.columns], rows


def parquet(tables: Sequence[Table]) -> Iterator[bytes]:
    """Parquet with the columns' own types."""
    import pyarrow as pa
    import pyarrow.parquet as pq  # here, because it is slow to load and few ask for it

    (table,) = tables
    schema = pa.schema([(column.name, _type(column, pa)) for column in table.columns])
    sink = Sink()
    rows = table.rows()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema) as writer:
        yield sink.taken()  # the format's mark, so that who waits sees that it has begun
        while group := list(islice(rows, _GROUP)):
            cells = zip(*group, strict=True)
            arrays = [
                pa.array([_typed(value) for value in column], field.type)
                for column, field in zip(cells, schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            yield sink.taken()
    yield sink.taken()


class Sink:
    """A file that cannot be sought, and whose content is taken away as it grows."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        """Keep a piece until it is taken."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """There is nowhere to flush to."""

    def close(self) -> None:
        """What was written can still be taken."""

    def taken(self) -> bytes:
        """All that was written since the last time."""
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole


def _type(column: Column, pa: Any) -> pa.DataType:
    def objects(**fields: object) -> pa.DataType:
        return pa.list_(pa.struct(list(fields.items())))

    types: dict[Kind, pa.DataType] = {
        "text": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "truth": pa.bool_(),
        "moment": pa.timestamp("us", tz="UTC"),
        "words": pa.list_(pa.string()),
        "turns": objects(role=pa.string(), text=pa.string()),
        "messages": objects(role=pa.string(), content=pa.string()),
        "counts": objects(choice=pa.string(), count=pa.int64()),
    }
    return types[column.kind]


def _typed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _plain(value: object) -> object:
    """A value as JSON has it."""
    return iso_utc(value) if isinstance(value, datetime) else value


def _text(value: object) -> str:
    """A value as a cell of text: an empty one for None, an empty text and an empty list."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return str(value).lower()
        case datetime():
            return iso_utc(value)
        case list() | tuple():
            return json.dumps(value, ensure_ascii=False) if value else ""
    return repr(value)


def _cell(value: object) -> object:
    """A value as a cell of a sheet: numbers and truths are themselves."""
    return value if isinstance(value, bool | int | float) else _text(value) or None


WRITERS: dict[str, Callable[[Sequence[Table]], Iterator[bytes]]] = {
    "jsonl": jsonl,
    "csv": delimited,
    "xlsx": xlsx,
    "parquet": parquet,
}
