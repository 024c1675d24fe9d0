"""The kinds of files that a table may be in: CSV, TSV, JSONL, XLSX and Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from annotation.formats.delimited import delimited_table
from annotation.formats.files import FormatError, json_value
from annotation.formats.sheets import SPREADSHEET_ERRORS, SheetCell, cell_name, read_sheet
from annotation.formats.table import Row, Table, Unusable, column_names


def open_table(path: Path, encoding: str | None = None, sheet: str | None = None) -> Table:
    """The table in a file, by the ending of its name; raises FormatError with the line.

    `encoding` is that of a CSV or TSV file, by default UTF-8 or what its first bytes say.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise FormatError(f"{path}: expected a name that ends in one of {', '.join(READERS)}")
    if not path.is_file():
        raise FormatError(f"{path}: not found, expected a file")
    return reader(path, encoding, sheet)


def _delimited_table(path: Path, encoding: str | None, _sheet: str | None) -> Table:
    return delimited_table(path, encoding)


def _jsonl_table(path: Path, _encoding: str | None, _sheet: str | None) -> Table:
    rows = list(jsonl_rows(path))
    for row in rows:
        if row.problem:
            raise FormatError(f"{path}:{row.line}: {row.problem}")
    columns = dict.fromkeys(name for row in rows for name in row.cells)
    if not columns:
        line, found = (rows[0].line, "found {}") if rows else (1, "found nothing")
        raise FormatError(f"{path}:{line}: {found}; expected a JSON object a line")
    return Table(path, tuple(columns), iter(rows))


def jsonl_rows(path: Path) -> Iterator[Row]:
    """A row for each line of a JSONL file that is not blank."""
    with path.open("rb") as lines:
        for number, raw in enumerate(lines, start=1):
            try:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                if not text.strip():
                    continue
                value = json_value(text)
            except UnicodeDecodeError:
                yield Row(number, {}, "found bytes that are not UTF-8")
            except ValueError as error:
                yield Row(number, {}, f"not JSON: {error}")
            else:
                if isinstance(value, dict):
                    yield Row(number, value)
                else:
                    yield Row(number, {}, f"found {value!r:.40}, expected a JSON object")


def _xlsx_table(path: Path, _encoding: str | None, sheet: str | None) -> Table:
    rows = read_sheet(path, sheet)
    _, names = next(rows, (1, []))
    values = [cell.value for cell in names]
    while values and values[-1] is None:
        values.pop()
    table = Table(path, column_names(path, values), iter(()))
    table.rows = _xlsx_rows(table, rows)
    return table


def _xlsx_rows(table: Table, rows: Iterable[tuple[int, list[SheetCell]]]) -> Iterator[Row]:
    width = len(table.columns)
    for line, cells in rows:
        if any(cell.value is not None for cell in cells[width:]):
            yield Row(line, {}, f"found a cell beyond the {width} columns of the first row")
            continue
        padded = [*cells[:width], *[SheetCell(None)] * (width - len(cells))]
        values = [
            _sheet_value(table, cell, cell_name(line, at)) for at, cell in enumerate(padded, 1)
        ]
        yield Row(line, dict(zip(table.columns, values, strict=True)))


def _sheet_value(table: Table, cell: SheetCell, name: str) -> object:
    value = cell.value
    if cell.broken or (isinstance(value, str) and value in SPREADSHEET_ERRORS):
        return Unusable(f"is the cell {name}, which holds a formula or an error, not a text")
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        table.note("held a number or TRUE or FALSE: taken as the text that a spreadsheet shows")
        if isinstance(value, bool):
            return str(value).upper()
        whole = isinstance(value, float) and value.is_integer()
        return str(int(value)) if whole else str(value)
    return value


def _parquet_table(path: Path, _encoding: str | None, _sheet: str | None) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq  # here, because few tables are Parquet and it is slow to load

    try:
        file = pq.ParquetFile(path)
        columns = column_names(path, file.schema_arrow.names)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path}: not a Parquet file: {error}") from None

    def rows() -> Iterator[Row]:
        line = 0
        for batch in file.iter_batches():
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                line += 1
                yield Row(line, dict(zip(columns, values, strict=True)))

    return Table(path, columns, rows())


Reader: TypeAlias = Callable[[Path, str | None, str | None], Table]

READERS: dict[str, Reader] = {
    ".csv": _delimited_table,
    ".tsv": _delimited_table,
    ".jsonl": _jsonl_table,
    ".xlsx": _xlsx_table,
    ".parquet": _parquet_table,
}
