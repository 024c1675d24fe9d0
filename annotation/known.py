"""Pairs whose right answers are known: those of the training, and gold among the study's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from annotation.assignment import Answer
from annotation.schema import Criterion, Pair, Record, Target
from annotation.study import StudyError, StudyPlan, read_numbered_pairs

_BARE = re.compile(r"\bB\b|\b(?:[Rr]esponse|[Aa]nswer) A\b")
_OTHER = {"{a}": "{b}", "{b}": "{a}"}


class KnownPair(Record):
    """A pair and the answers expected, in the pair's order, with what is said afterwards.

    In the explanation {a} and {b} stand for the responses.
    """

    pair: Pair
    answers: tuple[Answer, ...]
    explanation: str = ""

    def explained(self, swapped: bool) -> str:
        """The explanation with {a} for the response that stands left."""
        if not swapped:
            return self.explanation
        return re.sub(r"\{[ab]\}", lambda found: _OTHER[found[0]], self.explanation)

    def right(self, answer: Answer) -> bool | None:
        """Whether `answer` (in the pair's order) is the expected one; None where none is."""
        for expected in self.answers:
            if (expected.criterion, expected.target) == (answer.criterion, answer.target):
                return expected.choice == answer.choice
        return None


def names_sides(explanation: str) -> bool:
    """Whether it calls the responses A and B, which some people see the other way round."""
    return _BARE.search(explanation) is not None


def read_known_pairs(path: Path, plan: StudyPlan) -> Iterator[KnownPair]:
    """The pairs of `training.jsonl` or `gold.jsonl` with `meta.answers` and `meta.explanation`.

    answers: criterion to choice, or for a rating {"a": level, "b": level}.
    Raises StudyError naming the line whose answers are missing or not on their scale.
    """
    for line, pair in read_numbered_pairs(path):
        try:
            answers = tuple(_answers(pair, plan.asked(pair.prompt)))
        except ValueError as error:
            raise StudyError(f"{path}:{line}: {error}") from None
        explanation = pair.meta.get("explanation", "")
        if not isinstance(explanation, str):
            raise StudyError(f"{path}:{line}: meta.explanation: expected a text")
        yield KnownPair(pair=pair, answers=answers, explanation=explanation)


def _answers(pair: Pair, asked: Sequence[Criterion]) -> Iterator[Answer]:
    given = pair.meta.get("answers")
    if not isinstance(given, dict) or not given:
        raise ValueError(f'meta.answers: found {given!r}, expected {{"criterion": "choice"}}')
    criteria = {criterion.key: criterion for criterion in asked}
    for key, value in given.items():
        criterion = criteria.get(key)
        if criterion is None:
            raise ValueError(f"meta.answers: this pair is not asked {key!r}")
        targets: dict[Target, object]
        if criterion.scale.kind == "rating":
            if not isinstance(value, dict) or not {*value} <= {"a", "b"}:
                raise ValueError(
                    f'meta.answers.{key}: found {value!r}, expected {{"a": ..., "b": ...}}'
                )
            targets = value
        else:
            targets = {"pair": value}
        for target, choice in targets.items():
            if choice not in criterion.scale.values:
                expected = ", ".join(criterion.scale.choices)
                raise ValueError(
                    f"meta.answers.{key}: found {choice!r}, expected one of {expected}"
                )
            yield Answer(criterion=key, target=target, choice=str(choice))
