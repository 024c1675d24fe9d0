"""The blocks of a readable report as HTML, with their files in links."""

from __future__ import annotations

import base64
import re
from itertools import count, groupby

from analysis.report.csvs import table_csv
from analysis.report.document import (
    Block,
    Cell,
    Figure,
    Points,
    Quoted,
    Section,
    Table,
    Text,
    Value,
    spoken,
)
from analysis.report.pictures.picture import inline, standalone
from analysis.report.pictures.svg import clean

DENSE, TIGHT = 5, 9
"""A table of more columns has its intervals below their values, and then smaller letters."""
NARROW = 2
"""Tables of so many columns stand side by side."""


class Blocks:
    """Writes sections, and gives every figure and file a name of its own."""

    def __init__(self, title: str) -> None:
        self._name = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()[:40] or "report"
        self._sections = count(1)
        self._numbers = count(1)
        self._title = ""

    def section(self, one: Section, level: int, within: str = "") -> str:
        """A section with all that is in it."""
        name = within or f"s{next(self._sections)}"
        self._title = one.title
        blocks = "".join(
            self._side_by_side(list(group)) if narrow else "".join(map(self._block, group))
            for narrow, group in groupby(one.blocks, _is_narrow)
        )
        inner = "".join(
            self.section(part, level + 1, f"{name}-{place}")
            for place, part in enumerate(one.sections, start=1)
        )
        head = f'<h{level} id="{name}">{clean(one.title)}</h{level}>'
        return f'<section aria-labelledby="{name}">{head}{blocks}{inner}</section>\n'

    def _side_by_side(self, tables: list[Block]) -> str:
        return f'<div class="side">{"".join(map(self._block, tables))}</div>'

    def download(self, words: str, name: str, kind: str, content: str) -> str:
        """A link that holds its file."""
        held = base64.b64encode(content.encode("utf-8")).decode("ascii")
        address = f"data:{kind};charset=utf-8;base64,{held}"
        file = clean(f"{self._name}-{name}")
        return f'<a class="file" download="{file}" href="{address}">{clean(words)}</a>'

    def _block(self, block: Block) -> str:
        if isinstance(block, Text):
            kind = ' class="verdict"' if block.strong else ""
            return f"<p{kind}>{_words(block.words)}</p>"
        if isinstance(block, Points):
            points = "".join(f"<li>{_words(one)}</li>" for one in block.points)
            return f"<ul>{points}</ul>"
        if isinstance(block, Quoted):
            return self._quoted(block)
        if isinstance(block, Table):
            return f'<div class="table">{self._table(block)}</div>'
        return self._figure(block)

    def _quoted(self, block: Quoted) -> str:
        number = next(self._numbers)
        link = self.download(block.kind, f"text-{number}.{block.kind}", "text/plain", block.words)
        return (
            f'<details class="quoted"><summary>{clean(block.caption)}</summary>'
            f'<pre>{clean(block.words)}</pre></details><p class="links">{link}</p>'
        )

    def _table(self, one: Table) -> str:
        number = next(self._numbers)
        spoken_only = ' class="spoken"' if one.caption == self._title else ""
        heads = "".join(f'<th scope="col">{clean(head) or "&#160;"}</th>' for head in one.heads)
        body = "".join(map(_row, one.printed))
        notes = [*one.notes, *([f"{one.more:,} more {one.rest}: see the CSV."] if one.more else [])]
        said = "".join(f'<p class="note">{_words(note)}</p>' for note in notes)
        link = self.download("CSV", f"table-{number}.csv", "text/csv", table_csv(one))
        kind = "words" if one.words else "numbers"
        kind += " dense" if len(one.heads) > DENSE else ""
        kind += " tight" if len(one.heads) > TIGHT else ""
        return (
            f'<div class="scroll" role="region" tabindex="0" aria-labelledby="t{number}">'
            f'<table class="{kind}"><caption id="t{number}"{spoken_only}>'
            f"<span>{_words(one.caption)}</span></caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>{said}"
            f'<p class="links">{link}</p>'
        )

    def _figure(self, one: Figure) -> str:
        number = next(self._numbers)
        links = [
            self.download(
                "SVG", f"figure-{number}.svg", "image/svg+xml", standalone(one.picture, one.alt)
            ),
            self.download("CSV", f"figure-{number}.csv", "text/csv", table_csv(one.numbers)),
        ]
        drawn = inline(one.picture, f"f{number}", one.alt)
        if one.picture.least_width:
            drawn = (
                '<div class="scroll" role="region" tabindex="0" '
                f'aria-label="{clean(one.caption)}">{drawn}</div>'
            )
        told = ""
        if not one.told:
            told = f"<details><summary>The numbers</summary>{self._table(one.numbers)}</details>"
        return (
            f"<figure>{drawn}<figcaption>{_words(one.caption)}</figcaption>"
            f'<p class="links">{" ".join(links)}</p>{told}</figure>'
        )


def _is_narrow(block: Block) -> bool:
    return isinstance(block, Table) and len(block.heads) <= NARROW


def _row(cells: tuple[Cell, ...]) -> str:
    rest = "".join(f"<td>{_cell(cell)}</td>" for cell in cells[1:])
    return f'<tr><th scope="row">{_cell(cells[0])}</th>{rest}</tr>'


def _cell(cell: Cell) -> str:
    """Where there is room an interval stands beside its value, elsewhere below it."""
    if isinstance(cell, Value) and cell.ends:
        return f'{cell.point} <span class="ends">{clean(cell.ends)}</span>'
    return _words(spoken(cell))


def _words(text: str) -> str:
    """A text escaped, with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", clean(text))
