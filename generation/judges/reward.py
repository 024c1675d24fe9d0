"""A reward model: a number for each response, and the greater one wins."""

from __future__ import annotations

from collections.abc import Iterator

from annotation.schema import Criterion
from generation.judges.base import Asking, Question, Raw, Style, Verdict, by_margin, compares
from generation.judges.declared import Judge
from generation.judges.prompts import JudgePrompt
from generation.keys import messages_of


class Reward(Style):
    """Each response after its prompt, by itself: there is no order to swap."""

    needs = "score"

    def refuses(self, judge: Judge, prompt: JudgePrompt | None, criterion: Criterion) -> str | None:
        """Ratings and strengths; a prompt, because it is trained on its template alone."""
        if prompt is not None:
            return f"judge {judge.name!r} is a reward model, which takes no prompt"
        return compares(criterion)

    def questions(self, asking: Asking) -> Iterator[Question]:
        """Both responses in one request."""
        texts = (asking.pair.response_a.text, asking.pair.response_b.text)
        yield Question(messages=messages_of(asking.pair.prompt), continuations=texts)

    def verdict(self, asking: Asking, raw: Raw) -> Verdict:
        """The margin is the difference of the rewards."""
        return by_margin(asking, raw.numbers[0] - raw.numbers[1], raw.swapped)
