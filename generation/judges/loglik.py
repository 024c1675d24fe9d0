"""Which response the judge would rather have given: the greater mean log-probability of a token."""

from __future__ import annotations

from collections.abc import Iterator

from annotation.schema import Criterion
from generation.judges.base import Asking, Question, Raw, Style, Verdict, by_margin, compares
from generation.judges.declared import Judge
from generation.judges.prompts import JudgePrompt, continuation, spoken
from generation.keys import messages_of


class LogLikelihood(Style):
    """Each response after the prompt, by the mean and not the sum, which picks the shorter one.

    There is no order to swap: the model sees one response at a time.
    """

    needs = "score"

    def refuses(self, judge: Judge, prompt: JudgePrompt | None, criterion: Criterion) -> str | None:
        """Ratings and strengths, and a prompt that shows the responses."""
        if prompt is not None and ("{first}" in prompt.text or prompt.of_one):
            return f"the prompt of judge {judge.name!r} shows a response before it is weighed"
        return compares(criterion)

    def questions(self, asking: Asking) -> Iterator[Question]:
        """Both responses in one request."""
        pair, prompt = asking.pair, asking.prompt
        sides = {"a": pair.response_a, "b": pair.response_b}
        for side, response in sides.items():
            if not response.text.strip():
                # By its letter: the reason becomes the label's comment, which blind files hold.
                yield Question(settled=f"nothing to weigh: response {side} is empty")
                return
        said = spoken(prompt, pair, asking.criterion, False) if prompt else messages_of(pair.prompt)
        texts = tuple(continuation(prompt, response) for response in sides.values())
        yield Question(messages=tuple(said), continuations=texts)

    def verdict(self, asking: Asking, raw: Raw) -> Verdict:
        """The margin is the difference of the means, in nats a token."""
        a, b = (total / count for total, count in zip(raw.numbers, raw.tokens, strict=True))
        return by_margin(asking, a - b, raw.swapped)
