"""A table of a user's own: its columns, its rows with their lines, and what its cells say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import Any

from annotation.formats.files import FormatError, is_unicode
from annotation.formats.imported import count, named


@dataclass(frozen=True, slots=True)
class Unusable:
    """A cell that holds no value, and why: a formula, an error, a date."""

    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file and its cells by column, or what is wrong with it."""

    line: int
    cells: dict[str, Any]
    problem: str | None = None


@dataclass
class Table:
    """A table's columns, and its rows as they are read."""

    path: Path
    columns: tuple[str, ...]
    rows: Iterator[Row]
    changed: dict[str, int] = field(default_factory=dict)
    """What was done to cells, and to how many of them; complete when the rows are read."""

    def notes(self) -> list[str]:
        """What was done to cells, one sentence each."""
        return [f"{count(number, 'cell')} {what}" for what, number in self.changed.items()]

    def note(self, what: str) -> None:
        """Count one cell to which this was done."""
        self.changed[what] = self.changed.get(what, 0) + 1


def column_names(path: Path, names: Iterable[object]) -> tuple[str, ...]:
    """The column names as they are written, without blanks around; unnamed ones get a number."""
    columns = tuple(
        str(name).strip() if name not in (None, "") else f"column {number}"
        for number, name in enumerate(names, start=1)
    )
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if not columns:
        raise FormatError(f"{path}:1: found nothing, expected a first line with column names")
    if doubled:
        raise FormatError(f"{path}:1: found the column {named(doubled)} more than once")
    return columns


def text_of(cells: dict[str, Any], column: str) -> str | Unusable:
    """The text in a cell, exactly; a whole number is its digits, anything else is Unusable."""
    value = cells.get(column)
    if isinstance(value, str):
        return value if is_unicode(value) else Unusable("holds half a surrogate pair")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Unusable):
        return value
    if value is None:
        return Unusable("is missing" if column not in cells else "holds nothing (null)")
    if isinstance(value, date):
        return Unusable(f"holds the date {value}, expected text; format the column as text")
    return Unusable(f"holds {str(value)!r:.40}, expected text")


def plain_value(value: object) -> object:
    """A cell of a column that is not ours as JSON can hold it; None for what it cannot."""
    if isinstance(value, Unusable) or (isinstance(value, float) and not isfinite(value)):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain_value(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(one) for one in value]
    return value if isinstance(value, str | int | float | None) else str(value)


def find_columns(table: Table, fields: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """The column of each of our fields that the table has: as given, or of the same name.

    A name is the same without regard to case, blanks and dashes, so `Response A` is `response_a`.
    A field given as "" has no column. Raises FormatError for a field or column there is not.
    """
    found: dict[str, str] = {}
    by_name: dict[str, list[str]] = {}
    for column in table.columns:
        by_name.setdefault(_plain_name(column), []).append(column)
    for name, column in given.items():
        if name not in fields:
            raise FormatError(
                f"--map {name}={column}: expected one of {', '.join(fields)} before ="
            )
        if column and column not in table.columns:
            raise FormatError(
                f"{table.path}: there is no column {column!r} for {name}, "
                f"found {named(table.columns)}"
            )
    for name in fields:
        same = [name] if name in table.columns else by_name.get(name, [])
        column = given.get(name, same[0] if len(same) == 1 else "")
        if column:
            found[name] = column
    return found


def _plain_name(column: str) -> str:
    return "_".join(column.casefold().replace("-", " ").replace("_", " ").split())
