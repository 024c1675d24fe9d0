"""What a judging style is: which questions it asks of a pair, and what it makes of the replies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from annotation.schema import Choice, Criterion, Pair, Record, Target, Turn
from generation.judges.declared import Judge
from generation.judges.prompts import JudgePrompt
from generation.judges.verdicts import NoVerdict, read_reply

Need: TypeAlias = Literal["generate", "score"]
Orders: TypeAlias = tuple[bool | None, ...]

BOTH: Orders = (False, True)


class Asking(Record):
    """A judge, what it is asked with, and the pair and criterion that it is asked about."""

    judge: Judge
    prompt: JudgePrompt | None
    pair: Pair
    criterion: Criterion


class Question(Record):
    """One request to a judge: of one criterion, in one order or of one response, in one run.

    `settled` says why there is nothing to ask; the verdict is then invalid.
    """

    target: Target = "pair"
    swapped: bool | None = None
    repeat: int = 0
    messages: tuple[Turn, ...] = ()
    continuations: tuple[str, ...] = ()
    of: Literal["labels", "continuations"] = "continuations"
    settled: str | None = None


class Raw(Record):
    """What a backend gave in one order: a reply, or a number for each continuation."""

    swapped: bool | None = None
    reply: str | None = None
    finish_reason: str | None = None
    numbers: tuple[float, ...] = ()
    tokens: tuple[int, ...] = ()


class Verdict(Record):
    """A choice in the pair's order, a score, `invalid` or `abstained`; and what was said of it."""

    choice: Choice
    margin: float | None = None
    reason: str | None = None
    reference: str | None = None


class Placed(Record):
    """A verdict and what it speaks of."""

    target: Target
    swapped: bool | None
    repeat: int
    verdict: Verdict


class Style:
    """One way of judging; its subclasses say what differs."""

    needs: Need = "generate"
    prompt: str | None = None
    """The prompt where the judge names none."""

    def refuses(self, judge: Judge, prompt: JudgePrompt | None, criterion: Criterion) -> str | None:
        """Why it cannot answer a criterion; None where it can."""
        raise NotImplementedError

    def questions(self, asking: Asking) -> Iterator[Question]:
        """Everything that is asked about the pair and the criterion."""
        raise NotImplementedError

    def verdict(self, asking: Asking, raw: Raw) -> Verdict:
        """What the backend's answer to a question says."""
        raise NotImplementedError

    def labels(self, _: Asking, placed: Sequence[Placed]) -> list[Placed]:
        """The verdicts that become labels, from all that were given of the pair."""
        return list(placed)


def compares(criterion: Criterion) -> str | None:
    """Why a judge that says which is better cannot answer the criterion."""
    kind = criterion.scale.kind
    if kind in ("preference3", "preference3-bad"):
        return None
    if kind == "rating":
        return f"{criterion.key} rates each response by itself, and this judge compares two"
    return f"{criterion.key} asks for strengths (preference5), and this judge has none"


def by_margin(asking: Asking, better_first: float, swapped: bool | None) -> Verdict:
    """The side with the greater number; abstained where the margin is too small to stand by."""
    margin = abs(better_first)
    if margin == 0 or margin < asking.judge.abstain_below:
        return Verdict(choice="abstained", margin=margin)
    choice = "a" if better_first > 0 else "b"
    return Verdict(choice=asking.criterion.scale.unblind(choice, bool(swapped)), margin=margin)


def from_reply(asking: Asking, raw: Raw) -> Verdict:
    """The verdict that a reply says, in the shown order; `invalid` keeps no more than that."""
    texts = (asking.pair.response_a.text, asking.pair.response_b.text)
    assert asking.prompt is not None
    try:
        reading = read_reply(asking.prompt.reads, raw.reply or "", texts)
    except NoVerdict:
        return Verdict(choice="invalid")
    return Verdict(
        choice=reading.verdict, reason=reading.reason or None, reference=reading.reference or None
    )
