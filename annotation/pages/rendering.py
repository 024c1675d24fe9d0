"""Model text as safe HTML: Markdown and formulas, without HTML, images and scripts."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore

from annotation.pages.formulas import add_formulas

LIMIT = 300_000
"""Characters above which a text is shown as it is; Markdown would keep the server for seconds."""

DEEPEST = 40
"""Lists and quotes within each other. Markdown drops what lies deeper, so such a text is shown as
it is; a greater number would let a hostile text keep the server for seconds."""

TAGS = {
    *("p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "a"),
    *("ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
MATH = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "ms", "mfrac", "msqrt", "mroot"),
    *("msub", "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd"),
    *("mpadded", "mphantom", "mstyle", "menclose"),
}
"""The elements of formulas; none of them can load or link to anything with these attributes."""
MATH_ATTRIBUTES = {
    *("display", "displaystyle", "scriptlevel", "mathvariant", "stretchy", "fence", "form"),
    *("largeop", "movablelimits", "accent", "accentunder", "linethickness", "columnalign"),
    *("width", "height", "depth", "voffset", "lspace", "minsize", "maxsize", "notation"),
    *("rowlines", "columnlines", "separator"),
}
LINKS = {"http", "https", "mailto"}


def to_html(source: str, image: str = "image") -> str:
    """`source` as HTML that runs nothing and asks no other host for anything.

    A newline stays a newline: poems and letters would otherwise flow together. `image` is the word
    that stands for a picture, which is not loaded.
    """
    if len(source) > LIMIT:
        return plain_html(source)
    return _cleaned(source, image)


def plain_html(source: str) -> str:
    """`source` exactly as it is, for texts that are too long for Markdown."""
    return f"<pre>{escapeHtml(source)}</pre>"


@lru_cache(maxsize=256)
def _cleaned(source: str, image: str) -> str:
    parser, env = _markdown(), {"image": image}
    tokens = parser.parse(source, env)
    if any(token.level > DEEPEST - 3 for token in tokens):
        return plain_html(source)
    return nh3.clean(
        parser.renderer.render(tokens, parser.options, env),
        tags=TAGS | MATH,
        attributes={
            "a": {"href", "title"},
            "ol": {"start"},
            **dict.fromkeys(MATH, MATH_ATTRIBUTES),
        },
        url_schemes=LINKS,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    parser = MarkdownIt(
        "commonmark", {"html": False, "breaks": True, "maxNesting": DEEPEST}
    ).enable("table")
    add_formulas(parser)
    parser.core.ruler.push("images_as_words", _images_as_words)
    return parser


def _images_as_words(state: StateCore) -> None:
    """Say in words what an image shows: loading it would tell another host who reads what."""
    for block in state.tokens:
        for token in block.children or ():
            if token.type == "image":
                said = f": {token.content}" if token.content.strip() else ""
                token.type, token.content = "text", f"[{state.env['image']}{said}]"
