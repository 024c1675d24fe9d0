"""What a judge's reply says: its one verdict, in the order that was shown, or that there is none.

Only the reply is read. What it quotes from the responses or from its instructions is not its own
verdict; two verdicts that contradict each other are none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from annotation.schema import Record, TiebreakError


class NoVerdict(TiebreakError):
    """A reply in which no one verdict can be read."""


class Reading(Record):
    """What a reply says: `verdict` is first, second, tie, both_bad, a strength or a score."""

    verdict: str
    reason: str | None = None
    reference: str | None = None


def read_reply(form: str, reply: str, texts: Sequence[str] = ()) -> Reading:
    """The verdict of a reply written in `form`; `texts` are those that it may quote.

    Raises NoVerdict.
    """
    return FORMS[form](_after_thinking(reply), texts)


def _after_thinking(reply: str) -> str:
    """What a model says once it has thought aloud: nothing where it did not get that far.

    Thought ends at the first end mark, so that one that is quoted later hides no verdict.
    """
    text = reply.lstrip()
    return text.partition("</think>")[2] if text.startswith("<think>") else reply


# What is quoted, from the responses or from the instructions.

_QUOTED = re.compile(r'"[^"\n]{1,2000}"|“[^”]{1,2000}”|`[^`\n]{1,2000}`|^\s*>.*$', re.MULTILINE)


def _own_words(reply: str, texts: Iterable[str]) -> str:
    """The reply without what stands in quotation marks, and without passages of the responses."""
    for text in texts:
        for line in (text, *text.splitlines()):
            # A verdict alone on a line is the judge's, whatever stands in a response.
            if len(line.strip()) > _LONGEST_VERDICT:
                reply = reply.replace(line.strip(), " ")
    return _QUOTED.sub(" ", reply)


_LONGEST_VERDICT = 12


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _only(found: Iterable[str], reply: str) -> str:
    different = list(dict.fromkeys(found))
    if len(different) != 1:
        raise NoVerdict(f"expected one verdict, found {different or 'none'}: {reply[-80:]!r}")
    return different[0]


# [[A]], [[B]] or [[C]], as MT-bench asks.

_MARK = re.compile(r"\[\[\s*(A|B|C|tie)\s*\]\]", re.IGNORECASE)
_SINGLE = re.compile(r"(?<!\[)\[\s*(A|B|C|tie)\s*\]\W*$", re.IGNORECASE)
_SAID = re.compile(
    r"verdict\W{1,6}(?:assistant\s+)?(A|B|C|tie)(?:\s+is\s+better)?\W*$", re.IGNORECASE
)
_LAST_WORD = re.compile(r"final|verdict|conclu|therefore|in sum|rating", re.IGNORECASE)
_NOT = re.compile(
    r"\b(?:not|never|nor|isn't|wouldn't|shouldn't|cannot|can't)\b(?:(?!\bbut\b)[^.!?\n])*$",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.;!?])\s+")
_LETTERS = {"a": "first", "b": "second", "c": "tie", "tie": "tie"}


def _marks(reply: str, texts: Sequence[str]) -> Reading:
    own = _own_words(reply, texts)
    if not _MARK.search(own) and _MARK.search(_last(reply)):
        own = _last(reply)  # the whole verdict in quotation marks
    found = list(_MARK.finditer(own))
    if not found:
        last = _last(own)
        alone = _SINGLE.search(last) or _SAID.search(last)
        return Reading(verdict=_LETTERS[_only([alone[1].lower()] if alone else [], reply)])
    meant = [each[1].lower() for each in found if not _NOT.search(own[: each.start()])]
    if len(set(meant)) > 1:
        meant = _the_last_word(own)
    return Reading(verdict=_LETTERS[_only(meant, reply)])


def _last(text: str) -> str:
    return next(iter(_lines(text)[::-1]), "")


def _the_last_word(own: str) -> list[str]:
    """Of several verdicts the one that is called final, or stands alone at the end as no other."""
    said = [part for line in _lines(own) for part in _SENTENCES.split(line)]
    marked = [(part, found) for part in said if (found := _MARK.findall(part.lower()))]
    final, last = marked[-1]
    if len(set(last)) > 1 or final != said[-1]:
        return []
    alone = [_MARK.sub("", line).strip(" *._:\t") == "" for line, _ in marked]
    if _LAST_WORD.search(_MARK.sub("", final)) or (alone[-1] and sum(alone) == 1):
        return last[:1]
    return []


# 1, 2 or Tie in the first line, then "### Reason" and "### Reference", as PandaLM writes.

_FIRST_LINE = re.compile(
    r"\W*(?:response\s+)?(1|2|tie)(?:\s+is\s+(?:clearly\s+|slightly\s+)?better\b.*)?[\W]*",
    re.IGNORECASE,
)
_NUMBERS = {"1": "first", "2": "second", "tie": "tie"}


def _first_line(reply: str, _: Sequence[str]) -> Reading:
    first = next(iter(_lines(reply)), "")
    found = _FIRST_LINE.fullmatch(first)
    return Reading(
        verdict=_NUMBERS[_only([found[1].lower()] if found else [], reply)],
        reason=_section(reply, "Reason"),
        reference=_section(reply, "Reference"),
    )


def _section(reply: str, name: str) -> str | None:
    found = re.search(rf"^#+\s*{name}\s*:?(.*?)(?=^#|\Z)", reply, re.DOTALL | re.MULTILINE | re.I)
    return found[1].strip() or None if found else None


# "Verdict: 1" on a line of its own, as our own prompts ask.

_VALUE = (
    r"(?:(?P<before>clearly|slightly)\s+)?(?:(?:response|answer)\s+)?(?:(?P<side>1|2)"
    r"(?:\s*,?\s*\(?(?P<strength>clearly|slightly)\)?)?(?:\s+is\s+better)?"
    r"|(?P<tie>(?:it(?:'s|’s|\s+is)\s+)?(?:a\s+)?tie)"
    r"|(?P<bad>both\s+(?:responses\s+)?(?:are\s+)?bad|neither))"
)
_VERDICT_LINE = re.compile(
    rf"[\W_]*(?:my\s+|the\s+)?(?:final\s+)?verdict(?:\s+is)?[\W_]*{_VALUE}[\s.!*_]*"
    r"(?:\([^()]*\)|(?:,|;|-|–|—)?\s*(?:because|since|as)\b.*)?[\s.!*_]*",
    re.IGNORECASE,
)
_BARE = re.compile(rf"\W*{_VALUE}\W*", re.IGNORECASE)
_WORD_ALONE = re.compile(
    r"^([\W_]*(?:final\s+)?verdict[\W_]*)\n\s*(?=\S)", re.IGNORECASE | re.MULTILINE
)


def _verdict_line(reply: str, texts: Sequence[str]) -> Reading:
    own = _WORD_ALONE.sub(r"\1 ", _own_words(reply, texts))
    found = [match for line in _lines(own) if (match := _VERDICT_LINE.fullmatch(line))]
    if not found and (last := _VERDICT_LINE.fullmatch(_SENTENCES.split(_last(own))[-1])):
        found = [last]  # at the end of a line of reasons
    if not found and (bare := _BARE.fullmatch(reply.strip())):
        found = [bare]
    return Reading(verdict=_only([_meaning(match) for match in found], reply))


def _meaning(found: re.Match[str]) -> str:
    if found["tie"]:
        return "tie"
    if found["bad"]:
        return "both_bad"
    side, strength = _NUMBERS[found["side"]], found["strength"] or found["before"]
    return f"{side}_{strength.lower()}" if strength else side


# Scores.

_SCORE_MARK = re.compile(r"\[\[\s*(-?\d+(?:\.\d+)?)\s*(?:/\s*10)?\s*\]\]")


def _score_marks(reply: str, texts: Sequence[str]) -> Reading:
    own = _own_words(reply, texts)
    if not _SCORE_MARK.search(own) and _SCORE_MARK.search(_last(reply)):
        own = _last(reply)
    return Reading(verdict=_number(_only(_SCORE_MARK.findall(own), reply)))


_WORDS = {word: str(n) for n, word in enumerate(("one", "two", "three", "four", "five"), start=1)}
_SCORE = rf"(?P<score>-?\d+(?:\.\d+)?|{'|'.join(_WORDS)})(?!\s*(?:-|–|to\b|or\b)\s*\d)"
_SCORE_WORD = r"(?:score|rating|option|answer|relevance|coherence|number)"
_SCORE_LINE = re.compile(
    rf"[^\w-]*(?:(?:my|the)\s+)?(?:{_SCORE_WORD}\s*)*(?:is\b)?(?:[^\w-]|_)*{_SCORE}"
    r"(?:\s*(?:/|out\s+of)\s*(?:5|10|five|ten))?[\s*_]*(?:[.):;,(–—-](?!\d).*)?",
    re.IGNORECASE,
)


def _score_line(reply: str, texts: Sequence[str]) -> Reading:
    lines = _lines(_own_words(reply, texts))
    found = [match for line in lines if (match := _SCORE_LINE.fullmatch(line))]
    ends = [_SENTENCES.split(line)[-1] for line in lines]
    if not found:
        found = [match for end in ends if (match := _SCORE_LINE.fullmatch(end))]
    named = [match for match in found if re.match(rf"\W*{_SCORE_WORD}", match[0], re.I)]
    first = found[:1] if found and found[0][0] == lines[0] and len(found) == 1 else []
    scores = [match["score"].lower() for match in named or first]
    return Reading(verdict=_number(_only([_WORDS.get(score, score) for score in scores], reply)))


def _number(text: str) -> str:
    """A score as it is named: without a decimal point where it needs none."""
    return f"{float(text):g}"


FORMS: dict[str, Callable[[str, Sequence[str]], Reading]] = {
    "marks": _marks,
    "first-line": _first_line,
    "verdict-line": _verdict_line,
    "score-marks": _score_marks,
    "score-line": _score_line,
}
"""How a prompt asks for the verdict: what a prompt's file names in `reads`."""
