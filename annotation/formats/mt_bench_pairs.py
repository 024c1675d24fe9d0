"""MT-bench's questions and models' answers as the pairs that judgments speak of, turn by turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from annotation.formats.dialogues import answered
from annotation.formats.files import FormatError
from annotation.formats.imported import count
from annotation.formats.judged import Judged
from annotation.formats.mt_bench import Question, answer_files, read_answers, read_questions
from annotation.formats.table import Unusable
from annotation.schema import Pair, PairResponse, Target


class Place(NamedTuple):
    """Where a response stands: its question, the turn up to which it goes, and its model."""

    question: str
    turn: int
    model: str


@dataclass(frozen=True)
class JudgedFiles:
    """The files that judgments speak of."""

    questions: Path
    answers: tuple[Path, ...]
    """Files of models' answers, or folders of them."""
    references: Path | None = None


@dataclass
class Answered:
    """Questions and answers, and the pairs that are made of them."""

    questions: Mapping[str, Question]
    answers: Mapping[str, Mapping[str, tuple[str, ...]]]
    judged: Judged = field(default_factory=Judged)
    pairs_of: defaultdict[Place, dict[str, Target]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """The pairs in which a response stands, by id, and on which side."""

    def pair(self, one: Place, model: str) -> tuple[Pair, bool] | Unusable:
        """The pair of a response and another model's, and whether it stands the other way round."""
        other = one._replace(model=model)
        a, b = self.response(one), self.response(other)
        if isinstance(a, Unusable):
            return a
        if isinstance(b, Unusable):
            return b
        prompt = self.questions[one.question].prompt(one.turn)
        made = Pair(
            prompt=prompt.model_copy(update={"task": f"turn-{one.turn}"}),
            response_a=a,
            response_b=b,
            meta={"source": "MT-bench", "turn": one.turn, "judge_prompts": {}},
        )
        pair, mirrored = self.judged.place(made)
        self.pairs_of[one].setdefault(pair.id, "b" if mirrored else "a")
        self.pairs_of[other].setdefault(pair.id, "a" if mirrored else "b")
        return pair, mirrored

    def response(self, place: Place) -> PairResponse | Unusable:
        """The answers of a model up to a turn of a question, or why there are none."""
        question = self.questions.get(place.question)
        if question is None:
            return Unusable(f"there is no question {place.question}")
        if place.turn > len(question.turns):
            turns = count(len(question.turns), "turn")
            return Unusable(f"question {place.question} has {turns}, found turn {place.turn}")
        answers = self.answers.get(place.model, {}).get(place.question, ())
        if len(answers) < place.turn:
            return Unusable(
                f"there is no answer of {place.model} to turn {place.turn} "
                f"of question {place.question}"
            )
        return answered(place.model, answers[: place.turn])


def read_answered(files: JudgedFiles) -> Answered:
    """What those files hold; raises FormatError with the first line that cannot be used."""
    return Answered(dict(_questions(files)), _answers(files.answers))


def _questions(files: JudgedFiles) -> Iterator[tuple[str, Question]]:
    given = read_answers(files.references) if files.references else {}
    if len(given) > 1:
        raise FormatError(f"{files.references}: expected the references of one model")
    seen: dict[str, str] = {}
    for where, question in read_questions(files.questions, next(iter(given.values()), {})):
        if isinstance(question, Unusable):
            raise FormatError(f"{where}: {question.why}")
        if question.id in seen:
            raise FormatError(f"{where}: found question {question.id} of {seen[question.id]} again")
        seen[question.id] = where
        yield question.id, question


def _answers(paths: Iterable[Path]) -> dict[str, Mapping[str, tuple[str, ...]]]:
    """By the model's name, and by the file's where it differs: judgments use the latter."""
    found: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for path in answer_files(paths):
        models = read_answers(path)
        for model, answers in models.items():
            if model in found:
                raise FormatError(f"{path}: found answers of {model}, which another file has too")
            found[model] = answers
        if len(models) == 1:
            found.setdefault(path.stem, next(iter(models.values())))
    return found
