"""Tables in CSV and TSV files, with cells over several lines and whatever delimiter they use."""

from __future__ import annotations

import codecs
import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from annotation.formats.cells import is_neutralised, restore
from annotation.formats.files import FormatError
from annotation.formats.imported import count
from annotation.formats.sheets import SPREADSHEET_ERRORS
from annotation.formats.table import Row, Table, Unusable, column_names

_DELIMITERS = (",", ";", "\t", "|")


def delimited_table(path: Path, encoding: str | None) -> Table:
    """The table of a CSV or TSV file, by default UTF-8 or what its first bytes say."""
    encoding = encoding or _encoding_of(path)
    said = _said_delimiter(path, encoding)
    found = "\t" if path.suffix.lower() == ".tsv" else _delimiter_of(path, encoding)
    records = _csv_records(path, encoding, said or found)
    if said:
        next(records)
    _, names = next(records, (1, []))
    table = Table(path, column_names(path, names), iter(()))
    table.rows = _csv_rows(table, records)
    return table


def _csv_rows(table: Table, records: Iterable[tuple[int, list[str]]]) -> Iterator[Row]:
    width = len(table.columns)
    for line, cells in records:
        if not any(cells):
            continue
        if len(cells) < width or any(cells[width:]):
            problem = f"found {count(len(cells), 'cell')}, expected {width} as in the first line"
            yield Row(line, {}, problem)
            continue
        for cell in cells:
            if is_neutralised(cell):
                table.note("had an apostrophe before = + - @, a tab or a line break: taken away")
        values = [_csv_cell(cell) for cell in cells[:width]]
        yield Row(line, dict(zip(table.columns, values, strict=True)))


def _csv_cell(cell: str) -> str | Unusable:
    if cell in SPREADSHEET_ERRORS:
        return Unusable(f"holds {cell}, which a spreadsheet puts where it cannot read a text")
    return restore(cell)


def _csv_records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """First line and cells of each record; a record may go over several lines."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # a long answer is no attack here
    start = 1
    try:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            for cells in reader:
                yield start, cells
                start = reader.line_num + 1
    except csv.Error as error:
        what = "a quotation mark is never closed" if "end of data" in str(error) else str(error)
        raise FormatError(
            f"{path}:{start}: cannot be read as a row: {what}; expected cells with quotation "
            'marks to stand in quotation marks, those inside doubled: "say ""hi"""'
        ) from None
    except UnicodeError:
        line = _first_bad_line(path, encoding)
        raise FormatError(
            f"{path}:{line}: found bytes that are not {encoding.upper().removesuffix('-SIG')}; "
            "save the file as UTF-8, or name its encoding, e.g. --encoding cp1252"
        ) from None
    except LookupError:
        raise FormatError(f"{path}: there is no encoding called {encoding!r}") from None
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror}") from None


def _first_bad_line(path: Path, encoding: str) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeError:
                return number
    return 1


def _encoding_of(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig"


def _said_delimiter(path: Path, encoding: str) -> str | None:
    """The delimiter that a spreadsheet wrote into a line of its own, `sep=;`, before the names."""
    try:
        with path.open(encoding=encoding, errors="replace") as file:
            line = file.readline(16).rstrip("\n").strip('"')
    except LookupError:
        return None  # whoever reads the rows says that there is no such encoding
    return line[-1] if len(line) == 5 and line.startswith("sep=") else None


def _delimiter_of(path: Path, encoding: str) -> str:
    """The delimiter that makes most columns of the first line; a comma where none makes two."""
    widths = {}
    for delimiter in _DELIMITERS:
        try:
            _, names = next(_csv_records(path, encoding, delimiter), (1, []))
        except FormatError:
            continue  # a quotation mark in mid-cell may mean that this is not the delimiter
        widths[delimiter] = len(names)
    return max(widths, key=lambda delimiter: widths[delimiter], default=",")
