"""Everything that a judge is asked about the pairs of a study, as requests with their keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from annotation.schema import Criterion, Pair, Record
from annotation.study import Study
from generation.backends.base import Backend, Request, ScoreRequest
from generation.judges.base import Asking, Question, Style
from generation.judges.declared import Judge, JudgeRefused
from generation.judges.prompts import JudgePrompt, Unaskable, load_prompt
from generation.judges.styles import STYLES
from generation.keys import identity_of, seed_of
from generation.ledger import WHOLE, Shard


class JudgeJob(Record):
    """What a run of one judge is to do."""

    study: Study
    judge: Judge
    run: str
    shard: Shard = WHOLE
    limit: int | None = None

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs of this run; a shard has both orders of each of its pairs."""
        first = self.study.pairs[: self.limit]
        return tuple(pair for pair in first if self.shard.holds(pair.id))

    @property
    def named(self) -> tuple[Path, str]:
        """The study's folder and the judge's name, by which its files are found."""
        return self.study.folder, self.judge.name


def style_of(judge: Judge) -> Style:
    """The style of a judge that is no jury."""
    return STYLES[judge.style]


def prompt_of(judge: Judge, folder: Path) -> JudgePrompt | None:
    """The prompt of a judge; None for styles that need none."""
    name = judge.prompt or style_of(judge).prompt
    return load_prompt(name, folder) if name else None


def criteria_of(judge: Judge, study: Study, prompt: JudgePrompt | None) -> tuple[Criterion, ...]:
    """What the judge is asked; raises JudgeRefused where it cannot answer what it is to."""
    style = style_of(judge)
    for key in judge.criteria:
        if study.criterion(key) is None:
            raise JudgeRefused(f"judge {judge.name!r}: the study has no criterion {key!r}")
    wanted = [one for one in study.criteria if not judge.criteria or one.key in judge.criteria]
    reasons = {one.key: style.refuses(judge, prompt, one) for one in wanted}
    refused = [reason for reason in reasons.values() if reason]
    if refused and (judge.criteria or len(refused) == len(wanted)):
        raise JudgeRefused(f"judge {judge.name!r}: {refused[0]}")
    return tuple(one for one in wanted if not reasons[one.key])


def asked_of(job: JudgeJob, pairs: Sequence[Pair]) -> Iterator[tuple[Asking, Question]]:
    """Every question about some pairs."""
    prompt = prompt_of(job.judge, job.study.folder)
    style = style_of(job.judge)
    for criterion in criteria_of(job.judge, job.study, prompt):
        about = f"{job.judge.name}: questions of {criterion.key}"
        for pair in tqdm(pairs, desc=about, unit="pair", delay=2):
            if not criterion.applies(pair.prompt):
                continue
            # Without checks, because all of it is checked and the pair's hash takes its time.
            asking = Asking.model_construct(
                judge=job.judge, prompt=prompt, pair=pair, criterion=criterion
            )
            try:
                questions = list(style.questions(asking))
            except Unaskable as error:
                raise JudgeRefused(f"judge {job.judge.name!r}: {error}") from None
            yield from ((asking, question) for question in questions)


class Asked(Record):
    """A question with its key and what it is about."""

    key: str
    asking: Asking
    question: Question

    @property
    def characters(self) -> int:
        """Of everything that goes to the judge."""
        said = sum(len(turn.text) for turn in self.question.messages)
        if self.question.of == "labels":
            return said
        texts = self.question.continuations
        return said * max(1, len(texts)) + sum(map(len, texts))


def prepare(job: JudgeJob, backend: Backend) -> list[Asked]:
    """All questions with their keys; raises JudgeRefused where the backend cannot answer them."""
    needs = style_of(job.judge).needs
    if not getattr(backend.caps, needs):
        raise JudgeRefused(
            f"judge {job.judge.name!r}: the style {job.judge.style} needs a backend that can "
            f"{needs}, and {job.judge.kind}: cannot"
        )
    identity = identity_of(job.judge.system(), backend.revision, backend.template)
    start = json.dumps([job.judge.style, identity.model_dump(mode="json")], ensure_ascii=False)
    return [
        Asked.model_construct(key=_key(start, asking, question), asking=asking, question=question)
        for asking, question in asked_of(job, job.pairs)
    ]


def _key(start: str, asking: Asking, question: Question) -> str:
    about = [asking.pair.id, asking.criterion.key, question.model_dump(mode="json")]
    rest = json.dumps(about, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{start}{rest}".encode()).hexdigest()


def weighing(asked: Asked) -> ScoreRequest:
    """A question as a backend weighs it."""
    question = asked.question
    return ScoreRequest(
        key=asked.key,
        messages=question.messages,
        continuations=question.continuations,
        of=question.of,
    )


def request_of(asked: Asked) -> Request:
    """A question as a backend replies to it; its name is what a file of replies calls it."""
    question = asked.question
    order = {None: question.target, False: "given", True: "swapped"}[question.swapped]
    name = f"{asked.asking.pair.id}/{asked.asking.criterion.key}/{order}"
    seed = asked.asking.judge.decoding.seed
    return Request(
        key=asked.key,
        prompt_id=name,
        sample=question.repeat,
        messages=question.messages,
        seed=seed_of(seed, name, question.repeat),
    )
