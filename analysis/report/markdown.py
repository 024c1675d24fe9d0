"""report.md: the readable report as Markdown, its figures as the tables behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from analysis.report.compose import Report
from analysis.report.document import (
    Block,
    Document,
    Figure,
    Points,
    Quoted,
    Section,
    Table,
    Text,
    spoken,
)
from analysis.report.readable import readable


def markdown(report: Report) -> str:
    """The whole report.md."""
    return as_markdown(readable(report))


def as_markdown(document: Document) -> str:
    """A document as Markdown."""
    lines = [f"# {_line(document.title)}"]
    for one in document.sections:
        lines += _section(one, 2)
    return "\n".join([*lines, ""])


def _section(one: Section, level: int) -> Iterator[str]:
    yield from ("", f"{'#' * level} {_line(one.title)}")
    for block in one.blocks:
        yield ""
        yield from _block(block)
    for inner in one.sections:
        yield from _section(inner, level + 1)


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Text):
        words = _line(block.words)
        yield f"**{words}**" if block.strong else words
    elif isinstance(block, Points):
        yield from (f"- {_line(one)}" for one in block.points)
    elif isinstance(block, Quoted):
        fence = "`" * max(3, 1 + _longest_run(block.words))
        yield from (f"{_line(block.caption)}:", "", fence, block.words, fence)
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Figure) and not block.told:
        yield _line(block.caption)
        yield ""
        yield from _table(block.numbers)


def _table(one: Table) -> Iterator[str]:
    yield from _rows(one.heads, (map(spoken, row) for row in one.printed), one.words)
    for note in one.notes:
        yield from ("", _line(note))
    if one.more:
        yield from ("", f"{one.more:,} more {one.rest}: see `report.json`.")


def _rows(heads: Sequence[str], rows: Iterable[Iterable[str]], words: bool) -> Iterator[str]:
    """Numbers stand to the right."""
    yield "| " + " | ".join(map(_cell, heads)) + " |"
    yield (
        "|---" * (len(heads) if words else 1) + ("" if words else "|---:" * (len(heads) - 1)) + "|"
    )
    for row in rows:
        yield "| " + " | ".join(map(_cell, row)) + " |"


def _longest_run(text: str) -> int:
    """Of backticks, which would end a fence."""
    return max(map(len, re.findall("`+", text)), default=0)


def _line(text: str) -> str:
    """A text on one line, in which no tag of HTML begins."""
    return " ".join(text.split()).replace("<", "\\<")


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")
