"""report.html: the readable report as one file that asks no other host and runs no script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import count, groupby

import nh3
from markdown_it import MarkdownIt

from analysis.report.compose import Report
from analysis.report.csvs import estimates_csv, table_csv
from analysis.report.document import (
    Block,
    Cell,
    Document,
    Figure,
    Points,
    Quoted,
    Section,
    Table,
    Text,
    Value,
    spoken,
)
from analysis.report.pictures import palette
from analysis.report.pictures.picture import inline, standalone
from analysis.report.pictures.svg import clean
from analysis.report.readable import readable

GUIDELINE_TAGS = {
    *("h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote"),
    *("table", "thead", "tbody", "tr", "th", "td", "hr", "br", "del"),
}

MOST_EMBEDDED = 20_000
"""Estimates that the page holds as CSV; of more, report.json alone has all."""
DENSE, TIGHT = 5, 9
"""A table of more columns has its intervals below their values, and then smaller letters."""
MOST_LINKS = 60
NARROW = 2
"""Tables of so many columns stand side by side."""


def html(report: Report, guidelines: str = "") -> str:
    """The whole report.html; `guidelines` are Markdown, what annotators read."""
    return as_page(readable(report), guidelines, all_numbers(report))


def all_numbers(report: Report) -> str:
    """Every estimate as CSV; nothing where they are too many for a page."""
    few = len(report.estimates) <= MOST_EMBEDDED
    return estimates_csv(report.estimates) if few else ""


def as_page(document: Document, guidelines: str = "", numbers: str = "") -> str:
    """A document as a page; `numbers` is a CSV file of all estimates."""
    page = _Page(document.title)
    body = "".join(page.section(one, 2) for one in document.sections)
    style = _style()
    policy = (
        f"default-src 'none'; style-src 'sha256-{_digest(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        f'<!doctype html>\n<html lang="{clean(document.language)}">\n<head>\n'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{clean(document.title)}: report</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<header><h1>{clean(document.title)}</h1>"
        f"{_downloads(page, numbers)}</header>\n{_contents(document)}"
        f"<main>{body}{_guidelines(guidelines)}</main>\n</body>\n</html>\n"
    )


def _digest(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")


@lru_cache(maxsize=1)
def _style() -> str:
    page = (files("analysis.report") / "assets" / "report.css").read_text("utf-8")
    light, dark = palette.variables("light"), palette.variables("dark")
    widths = "".join(
        f".w{number}{{min-width:{width}px}}" for number, width in enumerate(palette.WIDTHS)
    )
    return (
        f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"@media print{{:root{{{light}}}}}{page}{palette.figure_css(None)}{widths}"
    )


def _contents(document: Document) -> str:
    """Links to all sections; to those within, where they are not too many."""
    links = []
    deep = sum(len(one.sections) for one in document.sections) <= MOST_LINKS
    for number, one in enumerate(document.sections, start=1):
        inner = "".join(
            f'<li><a href="#s{number}-{place}">{clean(part.title)}</a></li>'
            for place, part in enumerate(one.sections, start=1)
        )
        below = f"<ul>{inner}</ul>" if inner and deep else ""
        links.append(f'<li><a href="#s{number}">{clean(one.title)}</a>{below}</li>')
    return f'<nav aria-label="Contents"><ul>{"".join(links)}</ul></nav>\n'


def _downloads(page: _Page, numbers: str) -> str:
    if not numbers:
        return ""
    link = page.download("All numbers (CSV)", "estimates.csv", "text/csv", numbers)
    return f'<p class="links">{link}</p>'


def _guidelines(text: str) -> str:
    """What annotators read, folded away."""
    if not text.strip():
        return ""
    made = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    lowered = re.sub(r"<(/?)h([1-6])>", lambda m: f"<{m[1]}h{min(int(m[2]) + 2, 6)}>", made)
    kept = nh3.clean(lowered, tags=GUIDELINE_TAGS, attributes={})
    return (
        '<section id="guidelines"><h2>What annotators read</h2><details>'
        f"<summary>The guidelines in full</summary><div>{kept}</div></details></section>"
    )


class _Page:
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


def figures(document: Document) -> Iterator[Figure]:
    """Every figure of a document, in its order."""
    for one in document.sections:
        yield from _figures(one)


def _figures(one: Section) -> Iterator[Figure]:
    yield from (block for block in one.blocks if isinstance(block, Figure))
    for inner in one.sections:
        yield from _figures(inner)
