"""The judge writes a reply, in which its verdict is read."""

from __future__ import annotations

from collections.abc import Iterator

from annotation.schema import Choice, Criterion
from generation.judges.base import BOTH, Asking, Question, Raw, Style, Verdict, compares, from_reply
from generation.judges.declared import Judge
from generation.judges.prompts import JudgePrompt, spoken

STRENGTHS: dict[str, Choice] = {
    "first": "a",
    "first_clearly": "a_clearly",
    "first_slightly": "a_slightly",
    "tie": "tie",
    "second": "b",
    "second_clearly": "b_clearly",
    "second_slightly": "b_slightly",
    "both_bad": "both_bad",
}


class Generate(Style):
    """Prompt, reply, parse; both orders, as many runs as the judge has."""

    prompt = "criterion"

    def refuses(self, judge: Judge, prompt: JudgePrompt | None, criterion: Criterion) -> str | None:
        """Ratings, and strengths where the prompt does not let the judge say any."""
        if prompt is None or prompt.of_one or prompt.reads not in PAIRWISE:
            return f"the prompt of judge {judge.name!r} is not one that compares two responses"
        if criterion.scale.kind == "preference5" and prompt.reads == "verdict-line":
            return None
        return compares(criterion)

    def questions(self, asking: Asking) -> Iterator[Question]:
        """Each order, in each run."""
        assert asking.prompt is not None
        for swapped in BOTH:
            said = tuple(spoken(asking.prompt, asking.pair, asking.criterion, bool(swapped)))
            for repeat in range(asking.judge.runs):
                yield Question(swapped=swapped, repeat=repeat, messages=said)

    def verdict(self, asking: Asking, raw: Raw) -> Verdict:
        """The reply's verdict, in the pair's order."""
        read = from_reply(asking, raw)
        scale = asking.criterion.scale
        choice = STRENGTHS.get(read.choice)
        if choice not in scale.values:
            return read.model_copy(update={"choice": "invalid"})
        shown = scale.unblind(choice, bool(raw.swapped))
        return read.model_copy(update={"choice": shown})


PAIRWISE = ("marks", "first-line", "verdict-line")
