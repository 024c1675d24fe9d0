"""What a report says, before it is Markdown or HTML: sections of sentences, tables and figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from analysis.estimates import Estimate
from analysis.report.pictures.picture import Picture

DASH = "–"


@dataclass(frozen=True, slots=True)
class Value:
    """An estimate as a cell: a count, or a number of so many digits with its interval."""

    row: Estimate | None
    digits: int = 3
    form: Literal["number", "count"] = "number"

    @property
    def point(self) -> str:
        """The value alone; a dash where it is undefined."""
        if self.row is None or self.row.value is None:
            return DASH
        digits = 0 if self.form == "count" else self.digits
        return f"{self.row.value:,.{digits}f}"

    @property
    def ends(self) -> str:
        """Its interval and its status, or nothing."""
        row, digits = self.row, self.digits
        if row is None or row.value is None or self.form == "count":
            return ""
        text = "(regularised)" if row.status else ""
        if row.low is not None and row.high is not None:
            text = f"[{row.low:.{digits}f}, {row.high:.{digits}f}] {text}"
        return text.rstrip()

    @property
    def text(self) -> str:
        """How it reads."""
        return f"{self.point} {self.ends}".rstrip()


Cell: TypeAlias = str | int | float | Value


def spoken(cell: Cell) -> str:
    """How a cell reads."""
    if isinstance(cell, Value):
        return cell.text
    if isinstance(cell, float):
        return f"{cell:.3f}"
    return cell if isinstance(cell, str) else f"{cell:,}"


@dataclass(frozen=True)
class Table:
    """Rows of cells under their heads, all numbers but the first column; `notes` stand below.

    Only the first `shown` rows are printed; `rest` says in the plural what the others are.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    shown: int | None = None
    rest: str = "rows"
    words: bool = False

    @property
    def printed(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows that are printed."""
        return self.rows[: self.shown]

    @property
    def more(self) -> int:
        """How many rows are not."""
        return len(self.rows) - len(self.printed)


@dataclass(frozen=True)
class Figure:
    """A picture, what a person who does not see it is told, and the numbers it was drawn from.

    `told` says that a table of the report has these numbers already.
    """

    caption: str
    picture: Picture
    alt: str
    numbers: Table
    told: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph; `strong` ones are verdicts. Words between backticks are names of the files."""

    words: str
    strong: bool = False


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    points: tuple[str, ...]


@dataclass(frozen=True)
class Quoted:
    """A text to be copied as it stands, such as BibTeX; `kind` is how its file's name ends."""

    caption: str
    words: str
    kind: str = "txt"


Block: TypeAlias = Text | Points | Table | Figure | Quoted


@dataclass(frozen=True)
class Section:
    """A title, what stands under it, and the sections within."""

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing at all stands under the title."""
        return not self.blocks and all(one.empty for one in self.sections)


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    language: str
    sections: tuple[Section, ...]


def section(title: str, *blocks: Block | None) -> Section:
    """A section of those blocks that are there and have rows."""
    kept = [one for one in blocks if one is not None and _filled(one)]
    return Section(title, tuple(kept))


def _filled(block: Block) -> bool:
    if isinstance(block, Table):
        return bool(block.rows)
    if isinstance(block, Figure):
        return bool(block.numbers.rows)
    return bool(block.points) if isinstance(block, Points) else bool(block.words)


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *notes: str,
    shown: int | None = None,
    rest: str = "rows",
    words: bool = False,
) -> Table:
    """A table of any sequences; `words` where its cells are text and not numbers."""
    body = tuple(tuple(row) for row in rows)
    return Table(caption, tuple(heads), body, notes, shown, rest, words)
