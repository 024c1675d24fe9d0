"""Finds in an answer what would tell an annotator who wrote it, or that it is no whole answer.

Patterns, no model: quick, the same everywhere, and open to inspection. What they find and miss is
measured in `python -m benchmarks.screen`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from annotation.schema import PairResponse, Prompt, Turn
from generation import screen_patterns as patterns
from generation.language import language_of, script_of

FindingKind: TypeAlias = Literal["identity", "refusal", "template", "cut_off", "language"]

MASK = "[…]"
"""What stands where a name or a phrase was masked."""

_QUOTED = re.compile(
    r"“[^”\n]*”|\"[^\"\n]*\"|«[^»\n]*»|„[^“”\n]*[“”]|(?<!\w)'(?=\w)(?:[^'\n]|(?<=\w)'(?=\w))+'(?!\w)"
)
_MASKS = re.compile(r"\[…\](?:\s*\[…\])+")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\w)[^.!?\n]*)*[.!?]*")
_LETTER_OPENS = re.compile(r"\A\W*(?:Dear|Hi|Hello|Subject|To whom|To|From|Good (?:morning|day))\b")
_OPENING, _OPENING_OF_A_TALE = 250, 100
_NAMES_A_LANGUAGE = re.compile(
    r"\b(?:translat\w*|languages?|bilingual|english|german|french|spanish|italian|portuguese|dutch"
    r"|swedish|polish|turkish|indonesian|vietnamese|russian|ukrainian|greek|arabic|hebrew|hindi"
    r"|bengali|tamil|thai|korean|japanese|chinese|mandarin|latin|swahili|\w+ish phrases|traduire"
    r"|tradui\w+|traduc\w+|traduz\w*|übersetz\w*|auf deutsch|auf englisch|en anglais|en français"
    r"|en inglés|en español|in italiano|перевед\w+)\b|翻译|翻訳|英語|英语|번역",
    re.IGNORECASE,
)


class Finding(NamedTuple):
    """What was found in an answer, and where: `start` and `end` in the text of `turn`.

    `turn` is None for the answer's own text. `end` equal to `start` means the answer as a whole.
    """

    kind: FindingKind
    found: str
    start: int = 0
    end: int = 0
    turn: int | None = None


def screen(prompt: Prompt, response: PairResponse, names: Sequence[str] = ()) -> list[Finding]:
    """Everything found in a response; `names` are further names that give a system away.

    A finding is a reason to look, not a verdict. What the prompt itself speaks of is no finding.
    """
    asked = "\n".join([prompt.text, prompt.input, *(turn.text for turn in prompt.turns)])
    found: list[Finding] = []
    for turn, text in _texts(response):
        looked = [
            *_identity(asked, text, names),
            *_refusal(asked, text),
            *_template(asked, text),
            *(() if response.finish_reason else _cut_off(text)),
            *_language(prompt, asked, text),
        ]
        found += [finding._replace(turn=turn) for finding in looked]
    return found


def masked(response: PairResponse, findings: Iterable[Finding]) -> PairResponse:
    """The response with the words of these findings replaced; tokens of templates are cut out."""
    spans: dict[int | None, list[Finding]] = {}
    for finding in findings:
        if finding.end > finding.start:
            spans.setdefault(finding.turn, []).append(finding)
    turns = tuple(
        Turn(role=turn.role, text=_replace(turn.text, spans.get(place, [])))
        for place, turn in enumerate(response.turns)
    )
    if _joined(response.turns) == response.text:
        text = _joined(turns)
    else:
        text = _replace(response.text, spans.get(None, []))
    return response.model_copy(update={"text": text, "turns": turns})


def _texts(response: PairResponse) -> Iterator[tuple[int | None, str]]:
    """The answer's text, or those of its turns, or both where they differ."""
    if not response.turns or _joined(response.turns) != response.text:
        yield None, response.text
    for place, turn in enumerate(response.turns):
        yield place, turn.text


def _joined(turns: Sequence[Turn]) -> str:
    return "\n\n".join(turn.text for turn in turns)


def _replace(text: str, findings: Sequence[Finding]) -> str:
    if not findings:
        return text
    kept, done = "", 0
    for finding in sorted(findings, key=lambda one: (one.start, -one.end)):
        if finding.end > done:
            kept += text[done : max(done, finding.start)]
            kept += MASK if finding.kind == "identity" else ""
            done = finding.end
    return _MASKS.sub(MASK, kept + text[done:]).strip()


def _blanked(text: str, *what: re.Pattern[str]) -> str:
    """The text with these parts made blank, so that places stay; unless that is nearly all."""
    for pattern in what:
        blank = pattern.sub(lambda found: " " * len(found[0]), text)
        if len(blank.split()) * 5 >= len(text.split()):
            text = blank
    return text


def _matches(
    kind: FindingKind, tried: Iterable[re.Pattern[str]], text: str, stop: int | None = None
) -> Iterator[Finding]:
    end = len(text) if stop is None else min(stop, len(text))
    for pattern in tried:
        for match in pattern.finditer(text):
            if match.start() < end:
                yield Finding(kind, match[0].strip(), match.start(), match.end())


def _identity(asked: str, text: str, names: Sequence[str]) -> Iterator[Finding]:
    own_words = _blanked(text, _CODE, _QUOTED)
    about_ai = patterns.ABOUT_AI.search(asked)
    if not (about_ai and patterns.PLAYS_A_PART.search(asked)):
        yield from _matches("identity", patterns.IDENTITY, own_words)
    if not about_ai:
        yield from _matches("identity", patterns.UNLESS_ASKED, own_words)
        for sentence in _SENTENCE.finditer(own_words):
            if patterns.FIRST_PERSON.search(sentence[0]):
                for name in patterns.OWN_NAME.finditer(sentence[0]):
                    start = sentence.start() + name.start()
                    yield Finding("identity", name[0], start, start + len(name[0]))
    for wanted in names:
        if wanted and wanted.casefold() not in asked.casefold():
            pattern = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)", re.IGNORECASE)
            yield from _matches("identity", [pattern], text)


def _refusal(asked: str, text: str) -> Iterator[Finding]:
    if patterns.WANTS_A_NO.search(asked) or _LETTER_OPENS.search(text):
        return
    opening = _OPENING_OF_A_TALE if patterns.PLAYS_A_PART.search(asked) else _OPENING
    yield from _matches("refusal", patterns.REFUSAL, _blanked(text, _CODE, _QUOTED), opening)


def _template(asked: str, text: str) -> Iterator[Finding]:
    own_words = _blanked(text, _CODE)
    for finding in _matches("template", patterns.TEMPLATE, own_words):
        if finding.found not in asked:
            yield finding
    for match in patterns.RUN_ON.finditer(own_words):
        heading = match[0].lstrip().startswith("#")
        if match.start() > 0 and (heading or not patterns.TALKS.search(asked)):
            yield Finding("template", match[0].strip(), match.start(), len(text))
            break
    leading = patterns.LEADING_ROLE.match(own_words)
    if leading and not patterns.TALKS.search(asked):
        yield Finding("template", leading[0].strip(), leading.start(), leading.end())


_DANGLING = re.compile(
    r"(?:an?|the|and|or|but|nor|of|to|in|on|at|by|for|from|with|into|as|is|are|was|were|be|been|that"
    r"|which|who|whose|if|because|while|when|than|then|so|such|very|more|most|your|their|our|its|his"
    r"|her|my|this|these|those|can|could|will|would|should|may|might|must|not|no|also|between)\Z"
)
_NEVER_LAST = re.compile(r"(?:an?|the|and|or|but|of|your|their|its|our|my|with|which|because)\Z")
_LIST_MARK = re.compile(r"^\s*(?:[-*•+]|\(?\w{1,3}[.)])\s+")
_TAGS = re.compile(r"(?:\s*#\w+)+\s*\Z")


def _cut_off(text: str) -> Iterator[Finding]:
    """Whether the text stops in the middle; only asked where no finish reason says how it ended.

    Prose is cut off where it stops without a full stop; a list or a poem without full stops only
    where its last word cannot be the last.
    """
    if text.count("```") % 2:
        yield Finding("cut_off", "an open block of code")
        return
    if _runs_away(text):
        yield Finding("cut_off", text.rstrip()[-40:])
        return
    lines = [_LIST_MARK.sub("", line).strip() for line in _TAGS.sub("", text).splitlines()]
    lines = [line for line in lines if line]
    if not lines or not (lines[-1][-1].isalpha() or lines[-1].endswith((",", "-"))):
        return
    last, others = lines[-1], lines[:-1]
    words = last.rstrip(",-").split()
    ended = sum(line[-1] in ".!?" for line in others)
    in_prose = re.search(r"\w[.!?] ", last) or (len(others) > 1 and ended * 4 >= len(others) * 3)
    if len(words) < 2 or not words[-1].isalpha() or not words[-1].islower():
        return
    stops = in_prose and (len(words) >= 5 or _DANGLING.match(words[-1]))
    if stops or _NEVER_LAST.match(words[-1]):
        yield Finding("cut_off", last[-40:])


def _runs_away(text: str) -> bool:
    """Whether a long text repeats itself and stops without an end: it ran into a limit."""
    raw = text.strip().encode("utf-8")
    if len(raw) < 1000 or chr(raw[-1]) in ".!?)]}|`\"'":
        return False
    return len(zlib.compress(raw)) * 5 < len(raw)


def _language(prompt: Prompt, asked: str, text: str) -> Iterator[Finding]:
    written = language_of(text)
    if written is None or _NAMES_A_LANGUAGE.search(asked):
        return
    parts = [prompt.text, prompt.input, *(turn.text for turn in prompt.turns)]
    expected = {language_of(part, least=2) for part in parts} - {None}
    if expected:
        if written not in expected:
            yield Finding(
                "language", f"{written}, asked in {', '.join(sorted(map(str, expected)))}"
            )
    elif script_of(text) != script_of(asked):
        yield Finding("language", f"{written}, asked in another script")
