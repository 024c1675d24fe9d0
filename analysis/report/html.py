"""report.html: the readable report as one file that asks no other host and runs no script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

import nh3
from markdown_it import MarkdownIt

from analysis.report.compose import Report
from analysis.report.csvs import estimates_csv
from analysis.report.document import (
    Document,
    Figure,
    Section,
)
from analysis.report.html_blocks import Blocks
from analysis.report.pictures import palette
from analysis.report.pictures.svg import clean
from analysis.report.readable import readable

GUIDELINE_TAGS = {
    *("h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote"),
    *("table", "thead", "tbody", "tr", "th", "td", "hr", "br", "del"),
}

MOST_EMBEDDED = 20_000
"""Estimates that the page holds as CSV; of more, report.json alone has all."""
MOST_LINKS = 60


def html(report: Report, guidelines: str = "") -> str:
    """The whole report.html; `guidelines` are Markdown, what annotators read."""
    return as_page(readable(report), guidelines, all_numbers(report))


def all_numbers(report: Report) -> str:
    """Every estimate as CSV; nothing where they are too many for a page."""
    few = len(report.estimates) <= MOST_EMBEDDED
    return estimates_csv(report.estimates) if few else ""


def as_page(document: Document, guidelines: str = "", numbers: str = "") -> str:
    """A document as a page; `numbers` is a CSV file of all estimates."""
    page = Blocks(document.title)
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


def _downloads(page: Blocks, numbers: str) -> str:
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


def figures(document: Document) -> Iterator[Figure]:
    """Every figure of a document, in its order."""
    for one in document.sections:
        yield from _figures(one)


def _figures(one: Section) -> Iterator[Figure]:
    yield from (block for block in one.blocks if isinstance(block, Figure))
    for inner in one.sections:
        yield from _figures(inner)
