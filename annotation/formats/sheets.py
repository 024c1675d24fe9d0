"""Sheets of .xlsx files: text cells come out as they were written, and never run as formulas.

A spreadsheet keeps control characters and carriage returns as `_xHHHH_` (ECMA-376, ST_Xstring),
and no text over 32,767 characters: such a text is refused rather than cut.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from annotation.formats.cells import is_formula
from annotation.formats.files import FormatError
from annotation.formats.imported import named
from annotation.schema import TiebreakError

CELL_LIMIT = 32_767
ROW_LIMIT = 1_048_576

SPREADSHEET_ERRORS = frozenset(
    ("#ERROR!", "#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!")
)
_ENCODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TO_ENCODE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


class CellTooLong(TiebreakError):
    """A text that no spreadsheet cell can hold."""


@dataclass(frozen=True, slots=True)
class SheetCell:
    """What a cell holds; `broken` where it is a formula or an error instead of a value."""

    value: object
    broken: bool = False


def read_sheet(path: Path, sheet: str | None = None) -> Iterator[tuple[int, list[SheetCell]]]:
    """Line and cells of each row that is not blank; the first sheet, or the one named."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl's remarks on styles it does not keep
            book = load_workbook(path, read_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, EOFError) as error:
        raise FormatError(f"{path}: not an .xlsx file: {error}") from None
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        if sheet is not None and sheet not in book.sheetnames:
            found = named(book.sheetnames)
            raise FormatError(f"{path}: found the sheets {found}, expected one called {sheet!r}")
        rows = book[sheet] if sheet is not None else book.worksheets[0]
        for line, row in enumerate(rows.iter_rows(), start=1):
            cells = [_read_cell(cell.value, cell.data_type) for cell in row]
            if any(cell.value is not None for cell in cells):
                yield line, cells
    finally:
        book.close()


def sheet_names(path: Path) -> list[str]:
    """The sheets of an .xlsx file, in their order."""
    book = load_workbook(path, read_only=True)
    try:
        return list(book.sheetnames)
    finally:
        book.close()


def _read_cell(value: object, data_type: str) -> SheetCell:
    if data_type in ("f", "e"):
        return SheetCell(value, broken=value is not None)
    return SheetCell(_decode(value) if isinstance(value, str) else value)


Sheet: TypeAlias = tuple[str, Sequence[str], Iterable[Sequence[object]]]
"""The name, the columns and the rows of a sheet."""


def write_sheet(
    path: Path,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> int:
    """Write a book of one sheet; the number of rows under the header."""
    return write_sheets(path, [(name, columns, rows)])[0]


def write_sheets(path: Path, sheets: Iterable[Sheet]) -> list[int]:
    """Write a book, one row in memory at a time; the numbers of rows under each header.

    A text is always stored as text, also one that begins with `=`, and marked so that an editor
    keeps it. Rows that one sheet cannot hold go on in a further one, `NAME 2`. Raises CellTooLong
    naming row and column.
    """
    book = Workbook(write_only=True)
    pages: list[WriteOnlyWorksheet] = []
    try:
        counts = [_write_pages(book, pages, *sheet) for sheet in sheets]
        book.save(path)
    except BaseException:
        _give_up(pages)
        raise
    return counts


def _write_pages(
    book: Workbook,
    pages: list[WriteOnlyWorksheet],
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> int:
    page = _new_page(book, pages, name, columns)
    count = 0
    for count, row in enumerate(rows, start=1):
        if count > 1 and (count - 1) % (ROW_LIMIT - 1) == 0:
            further = (count - 1) // (ROW_LIMIT - 1) + 1
            page = _new_page(book, pages, f"{name} {further}", columns)
        stored = [
            _as_stored(value, f"row {count + 1}, column {column}")
            for column, value in zip(columns, row, strict=True)
        ]
        page.append([_cell_of(page, value) for value in stored])
    return count


def _new_page(
    book: Workbook, pages: list[WriteOnlyWorksheet], name: str, columns: Sequence[str]
) -> WriteOnlyWorksheet:
    page = book.create_sheet(name)
    assert isinstance(page, WriteOnlyWorksheet)
    pages.append(page)
    page.append(list(columns))
    return page


def _give_up(pages: Iterable[WriteOnlyWorksheet]) -> None:
    """End the sheets that are begun, which openpyxl would otherwise keep open on the disk."""
    for page in pages:
        with suppress(OSError):  # of a full disk, which has been said
            if not page.closed:
                page.close()
            page._writer.cleanup()  # type: ignore[attr-defined]


def _as_stored(value: object, where: str) -> object:
    if not isinstance(value, str):
        return value
    text = _encode(value)
    if len(text.encode("utf-16-le")) // 2 > CELL_LIMIT:
        raise CellTooLong(
            f"{where}: found a text of {len(value):,} characters, but a spreadsheet cell holds "
            f"{CELL_LIMIT:,}; export this study as jsonl or csv instead"
        )
    return text


def _cell_of(page: WriteOnlyWorksheet, value: object) -> object:
    if isinstance(value, datetime):
        cell = WriteOnlyCell(page, value)
        cell.number_format = "yyyy-mm-dd hh:mm:ss"
        return cell
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(page, value)
    cell.data_type = "s"  # openpyxl would make a formula of a text that begins with =
    cell.quotePrefix = is_formula(value)
    return cell


def _encode(text: str) -> str:
    return _TO_ENCODE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _decode(text: str) -> str:
    return _ENCODED.sub(lambda found: chr(int(found[1], 16)), text)


def cell_name(line: int, column: int) -> str:
    """The name of a cell, as `G12`; both count from one."""
    return f"{get_column_letter(column)}{line}"
