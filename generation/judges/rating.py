"""The judge scores each response by itself; for a criterion that compares, the higher one wins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from annotation.schema import JUDGE_FAILURES, Criterion, Target
from generation.judges.base import (
    Asking,
    Placed,
    Question,
    Raw,
    Style,
    Verdict,
    by_margin,
    compares,
    from_reply,
)
from generation.judges.declared import Judge
from generation.judges.prompts import JudgePrompt, spoken

SIDES: tuple[Target, ...] = ("a", "b")
GREATEST = {"score-marks": 10, "score-line": 5}


class Rating(Style):
    """One reply a response: relevance and coherence from 1 to 5, MT-bench's single answer to 10."""

    prompt = "relevance"

    def refuses(self, judge: Judge, prompt: JudgePrompt | None, criterion: Criterion) -> str | None:
        """A prompt that shows two responses, and a scale whose numbers it does not ask for."""
        if prompt is None or not prompt.of_one or prompt.reads not in GREATEST:
            return f"the prompt of judge {judge.name!r} is not one that scores a single response"
        if criterion.scale.kind != "rating":
            return compares(criterion)
        asked = [float(score) for score in range(1, GREATEST[prompt.reads] + 1)]
        if sorted(criterion.scale.values.values()) != asked:
            return f"{criterion.key} has other levels than the scores 1 to {len(asked)}"
        return None

    def questions(self, asking: Asking) -> Iterator[Question]:
        """Each response, in each run."""
        assert asking.prompt is not None
        for side in SIDES:
            said = tuple(spoken(asking.prompt, asking.pair, asking.criterion, side))
            for repeat in range(asking.judge.runs):
                yield Question(target=side, repeat=repeat, messages=said)

    def verdict(self, asking: Asking, raw: Raw) -> Verdict:
        """The level that the score names; for a criterion that compares, the score itself."""
        assert asking.prompt is not None
        read = from_reply(asking, raw)
        if read.choice == "invalid":
            return read
        score = float(read.choice)
        if score not in range(1, GREATEST[asking.prompt.reads] + 1):
            return read.model_copy(update={"choice": "invalid"})
        if asking.criterion.scale.kind != "rating":
            return read
        levels = {value: name for name, value in asking.criterion.scale.values.items()}
        return read.model_copy(update={"choice": levels[score]})

    def labels(self, asking: Asking, placed: Sequence[Placed]) -> list[Placed]:
        """The levels; or, where responses are compared, one verdict from the two scores."""
        if asking.criterion.scale.kind == "rating":
            return list(placed)
        by_run = sorted(placed, key=lambda each: (each.repeat, each.target))
        return [
            Placed(target="pair", swapped=None, repeat=repeat, verdict=_compared(asking, *both))
            for repeat, both in groupby(by_run, key=lambda each: each.repeat)
        ]


def _compared(asking: Asking, a: Placed, b: Placed) -> Verdict:
    for side in (a, b):
        if side.verdict.choice in JUDGE_FAILURES:
            return side.verdict
    lead = float(a.verdict.choice) - float(b.verdict.choice)
    return by_margin(asking, lead, None) if lead else Verdict(choice="tie", margin=0.0)
