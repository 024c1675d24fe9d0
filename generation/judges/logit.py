"""The judge's next token: the likeliest of the labels, from one forward pass an order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from annotation.schema import Criterion
from generation.judges.base import BOTH, Asking, Question, Raw, Style, Verdict, compares
from generation.judges.declared import Judge
from generation.judges.prompts import JudgePrompt, spoken

SHOWN = {"first": "a", "second": "b", "tie": "tie"}


class Logit(Style):
    """Log-probabilities of the prompt's labels; both orders."""

    needs = "score"
    prompt = "criterion-label"

    def refuses(self, judge: Judge, prompt: JudgePrompt | None, criterion: Criterion) -> str | None:
        """Ratings and strengths, and a prompt without labels for the two responses."""
        labels = prompt.labels if prompt and not prompt.of_one else {}
        if not {"first", "second"} <= labels.keys() <= SHOWN.keys():
            return (
                f"the prompt of judge {judge.name!r} needs a table [labels] with "
                "first, second and perhaps tie"
            )
        return compares(criterion)

    def questions(self, asking: Asking) -> Iterator[Question]:
        """Each order once."""
        assert asking.prompt is not None
        labels = tuple(asking.prompt.labels.values())
        for swapped in BOTH:
            said = tuple(spoken(asking.prompt, asking.pair, asking.criterion, bool(swapped)))
            yield Question(swapped=swapped, messages=said, continuations=labels, of="labels")

    def verdict(self, asking: Asking, raw: Raw) -> Verdict:
        """The likeliest label; the margin is its lead over the next one, in nats."""
        assert asking.prompt is not None
        ranked = sorted(
            zip(raw.numbers, asking.prompt.labels, strict=True), key=lambda each: -each[0]
        )
        margin = next(one[0] - next_[0] for one, next_ in pairwise(ranked))
        if margin == 0 or margin < asking.judge.abstain_below:
            return Verdict(choice="abstained", margin=margin)
        shown = asking.criterion.scale.unblind(SHOWN[ranked[0][1]], bool(raw.swapped))
        return Verdict(choice=shown, margin=margin)
