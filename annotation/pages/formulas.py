"""LaTeX in Markdown as MathML, made on the server; what does not parse stays as it is written."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from functools import lru_cache
from types import MappingProxyType
from xml.etree.ElementTree import Element, tostring

from latex2mathml import exceptions as latex
from latex2mathml.converter import Converter
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

LONGEST = 2_000
"""Characters of a formula; what is longer is no formula, and this bounds the time of each."""

BUDGET = 30_000
"""Characters in all the formulas of one text that are drawn; the rest stay as written."""

_CLOSING = MappingProxyType({"$$": "$$", "\\[": "\\]", "\\(": "\\)"})
_CHILDREN = MappingProxyType(
    {
        **dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2),
        **dict.fromkeys(("msubsup", "munderover"), 3),
    }
)
_LENGTH = re.compile(r"-?\d?(\.\d+)?(em|ex|pt)|-?[012]?\d(\.\d+)?(ex|pt)")
_DEFINES = re.compile(r"\\(def|edef|gdef|xdef|let|(re)?newcommand|providecommand|Declare\w+)\b")
"""Macros could be nested so that a short formula expands to gigabytes."""
_ANOTHER = re.compile(r"(?<!\\)\\\[|\n[ \t>]*\n")
"""The beginning of another formula, or a blank line, which TeX does not allow in one."""
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(aligned|gathered|gather\*?|eqnarray\*?|equation\*?)\}")
"""What the parser does not know and is drawn like `align*`."""
_WORD = re.compile(r"(?:^|\s)[A-Za-z]{2,}(?=[\s,.;:!?)]|$)")
_COMMAND = re.compile(r"\\[A-Za-z]+\s*(\{[^{}]*\})?")
_REFUSED = (
    *(latex.NumeratorNotFoundError, latex.DenominatorNotFoundError),
    *(latex.ExtraLeftOrMissingRightError, latex.MissingSuperScriptOrSubscriptError),
    *(latex.DoubleSubscriptsError, latex.DoubleSuperscriptsError, latex.NoAvailableTokensError),
    *(latex.InvalidStyleForGenfracError, latex.MissingEndError, latex.InvalidAlignmentError),
    *(latex.InvalidWidthError, latex.LimitsMustFollowMathOperatorError),
    # The parser was written for formulas; on other text it trips over its own assumptions.
    *(ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError),
    *(RecursionError, StopIteration, RuntimeError),
)


def add_formulas(parser: MarkdownIt) -> None:
    r"""Teach `parser` $...$, $$...$$, \(...\) and \[...\]."""
    parser.inline.ruler.before("escape", "formula", _inline)
    parser.block.ruler.before(
        "fence",
        "formula_block",
        _block,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    parser.add_render_rule("formula", _drawn)
    parser.add_render_rule("formula_source", _written)


_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Control characters, also those that a formula spells as &#8;."""


@lru_cache(maxsize=1024)
def to_mathml(source: str, display: bool) -> str | None:
    """The formula as MathML; None where it does not parse as a whole."""
    if len(source) > LONGEST or not source.strip() or _DEFINES.search(source):
        return None
    try:
        known = _ENVIRONMENT.sub(r"\\\1{align*}", source)
        math = Converter(display="block" if display else "inline").convert_to_element(known)
    except _REFUSED:
        return None
    for element in [*math.iter()]:
        _gather_base(element)
        element.text = html.unescape(element.text or "")
        if not _is_sound(element):
            return None
        for name in ("width", "height", "depth", "voffset", "lspace", "minsize", "maxsize"):
            # A space as wide as the street would tear the pane apart.
            if not _LENGTH.fullmatch(element.get(name, "0em")):
                del element.attrib[name]
    made = tostring(math, encoding="unicode")
    return None if _NOT_XML.search(made) else made


def _gather_base(element: Element) -> None:
    """Put a base of several parts, such as a matrix between its brackets, into one row."""
    surplus = len(element) - _CHILDREN.get(element.tag, len(element))
    if surplus > 0:
        base, row = element[: surplus + 1], Element("mrow")
        row.extend(base)
        element[: surplus + 1] = [row]


def _is_sound(element: Element) -> bool:
    """Whether a browser can draw it: a command left over was not understood."""
    if element.text == "&" and len(element) == 0:  # stands outside of a table
        return False
    wanted = _CHILDREN.get(element.tag, len(element))
    return len(element) == wanted and not re.search(r"\\[A-Za-z]", element.text or "")


def _inline(state: StateInline, silent: bool) -> bool:
    r"""A formula at this place of a line: $...$, $$...$$, \(...\) or \[...\]."""
    two = state.src[state.pos : state.pos + 2]
    if two in _CLOSING:
        closing = _CLOSING[two]
        end = state.src.find(closing, state.pos + 2, min(state.posMax, state.pos + LONGEST))
        start, after = state.pos + 2, end + 2
    elif two[:1] == "$":
        start, end = state.pos + 1, _closing_dollar(state)
        after = end + 1
    else:
        return False
    if end < 0 or not state.src[start:end].strip():
        return False
    if not silent:
        _push(state, state.src[start:end], state.src[state.pos : after], two in {"$$", "\\["})
    state.pos = after
    return True


def _closing_dollar(state: StateInline) -> int:
    """Where a formula ends that one dollar begins; -1 where the dollar is money.

    As in Pandoc no space stands inside beside the dollars, and no digit follows the second.
    """
    source, start = state.src, state.pos + 1
    before = source[state.pos - 1 : state.pos]
    end = source.find("$", start, min(state.posMax, start + LONGEST))
    while end > start and source[end - 1] == "\\":
        end = source.find("$", end + 1, min(state.posMax, start + LONGEST))
    if end <= start or source[start].isspace() or source[end - 1].isspace():
        return -1
    if _is_ascii_word(before) or _is_ascii_word(source[end + 1 : end + 2]):
        return -1
    inside = source[start:end]
    # "$5, or 5$ each" is money on both sides.
    if inside[0].isdigit() and _WORD.search(_COMMAND.sub("", inside)):
        return -1
    return end


def _is_ascii_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _push(state: StateInline, source: str, written: str, display: bool) -> None:
    mathml = _within_budget(state.env, source, display)
    token = state.push("formula" if mathml else "text", "", 0)
    token.content = mathml or written


def _within_budget(env: EnvType, source: str, display: bool) -> str | None:
    spent = int(env.get("formula_characters", 0)) + len(source)
    env["formula_characters"] = spent
    return to_mathml(source.strip(), display) if spent <= BUDGET else None


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A formula that has lines of its own, so that "+ b" in it begins no list."""
    first = state.bMarks[start] + state.tShift[start]
    opening = state.src[first : first + 2]
    if opening not in {"$$", "\\["} or state.is_code_block(start):
        return False
    last = _last_line(state, start, end, _CLOSING[opening])
    if last is None:
        return False
    if silent:
        return True
    written = state.getLines(start, last + 1, state.blkIndent, False).strip()
    mathml = _within_budget(state.env, written[2:-2], True)
    state.push("paragraph_open", "p", 1)
    token = state.push("formula" if mathml else "formula_source", "", 0)
    token.content = mathml or written
    token.map = [start, last + 1]
    state.push("paragraph_close", "p", -1)
    state.line = last + 1
    return True


def _last_line(state: StateBlock, start: int, end: int, closing: str) -> int | None:
    """The line that `closing` ends; None where there is none, or another formula comes first.

    The searches over the whole text come first: they are fast, and refuse hostile texts.
    """
    first = state.bMarks[start] + state.tShift[start] + 2
    found = state.src.find(closing, first, first + LONGEST)
    if found < 0 or _ANOTHER.search(state.src, first, found):
        return None
    for line in range(start, end):
        if state.sCount[line] < state.blkIndent:
            return None
        if found < state.eMarks[line]:
            return None if state.src[found + 2 : state.eMarks[line]].strip() else line
    return None


def _drawn(
    _: RendererProtocol, tokens: Sequence[Token], index: int, __: OptionsDict, ___: EnvType
) -> str:
    """MathML as it is; everything that leaves the renderer is sanitised."""
    return tokens[index].content


def _written(
    _: RendererProtocol, tokens: Sequence[Token], index: int, __: OptionsDict, ___: EnvType
) -> str:
    return escapeHtml(tokens[index].content).replace("\n", "<br>\n")
