"""Judges label pairs: a run that can be killed at any time and goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from annotation.study import append_jsonl, write_text
from generation.backends.base import Backend, Plan, Request, Result, Score
from generation.engines import Engine
from generation.judges.asking import Asked, JudgeJob, prompt_of, request_of, style_of, weighing
from generation.judges.base import Raw
from generation.judges.judgements import (
    JudgeFailure,
    Judgement,
    StaleJudgements,
    files_with_judgements,
    judge_files,
    read_judgements,
)
from generation.judges.labelling import Outcome, verdict_of, write_labels
from generation.ledger import one_writer
from generation.manifest import libraries
from generation.responses import Work

CHUNK = 256
"""Questions of labels or texts that are weighed in one call: what a kill can lose."""


def judge_pairs(
    job: JudgeJob,
    asked: Sequence[Asked],
    backend: Backend,
    engine: Engine,
    clock: Callable[[], datetime],
) -> Outcome:
    """Ask what is not answered yet, keep every answer at once, and write the labels from all."""
    files = judge_files(job.study.folder, job.judge.name, job.shard)
    answered = failed = 0
    first_error = None
    with one_writer(files.judgements):
        done = _done(job, asked)
        pending = {each.key for each in asked} - done
        known = {each.key: each for each in asked}
        try:
            for key, raw, meta, error in _progress(
                _answers(job, asked, pending, backend, engine), job.judge.name, len(pending)
            ):
                if error is not None:
                    failed += 1
                    first_error = first_error or error
                    failure = _failure(job, known[key], error, clock())
                    append_jsonl(files.failures, [failure])
                    continue
                if not answered:
                    # Before the first judgement, so that none is without its run after a kill.
                    _tell_provenance(files.provenance, job, engine.provenance(backend), clock())
                append_jsonl(files.judgements, [_judgement(job, known[key], raw, meta, clock())])
                answered += 1
        finally:
            written = write_labels(job)
    return written.model_copy(
        update={"answered": answered, "failed": failed, "first_error": first_error}
    )


def _done(job: JudgeJob, asked: Sequence[Asked]) -> set[str]:
    """The keys of what is answered; raises StaleJudgements where another version answered."""
    expected = {_place(each): each.key for each in asked}
    places = {place[:4] for place in expected}
    abouts = {place[:2] for place in expected}
    done = set()
    for judgement in read_judgements(files_with_judgements(*job.named)):
        place = judgement.place
        otherwise = place[:2] in abouts and place[:4] not in places
        if otherwise or expected.get(place, judgement.key) != judgement.key:
            raise StaleJudgements(*job.named)
        done.add(judgement.key)
    return done


def _place(asked: Asked) -> tuple[Any, ...]:
    question = asked.question
    about = (asked.asking.pair.id, asked.asking.criterion.key)
    return (*about, question.target, question.swapped, question.repeat)


def _answers(
    job: JudgeJob, asked: Sequence[Asked], pending: set[str], backend: Backend, engine: Engine
) -> Iterator[tuple[str, Raw, dict[str, Any], str | None]]:
    """Key, answer, its numbers and what went wrong, for each pending question."""
    open_ = [each for each in asked if not each.question.settled]
    orders = {each.key: each.question.swapped for each in asked}
    for each in asked:
        if each.question.settled and each.key in pending:
            yield each.key, Raw(swapped=each.question.swapped), {}, None
    if not any(each.key in pending for each in open_):
        return
    if style_of(job.judge).needs == "score":
        # The longest first, in chunks of all questions whether done or not: in bfloat16 a number
        # can depend on what shares its batch.
        ordered = sorted(open_, key=lambda each: (-each.characters, each.key))
        chunks = [ordered[n : n + CHUNK] for n in range(0, len(ordered), CHUNK)]
        wanted = [chunk for chunk in chunks if any(each.key in pending for each in chunk)]
        batches = [[weighing(each) for each in chunk] for chunk in wanted]
        for score in engine.weigh(backend, batches):
            if score.key in pending:
                yield score.key, _weighed(score, orders[score.key]), score.meta, score.error
        return
    requests = [request_of(each) for each in open_]
    plan = backend.plan(requests)
    for result in _results(requests, pending, plan, backend, engine):
        if result.key in pending:
            yield result.key, _said(result, orders[result.key]), result.meta, result.error


def _results(
    requests: Sequence[Request], pending: set[str], plan: Plan, backend: Backend, engine: Engine
) -> Iterator[Result]:
    for place, reason in plan.refused:
        yield Result(key=requests[place].key, error=reason)
    work = Work(requests=tuple(requests), pending=frozenset(pending), plan=plan)
    yield from engine.answer(backend, work.batches())


def _weighed(score: Score, swapped: bool | None) -> Raw:
    return Raw(swapped=swapped, numbers=score.logprobs, tokens=score.tokens)


def _said(result: Result, swapped: bool | None) -> Raw:
    reply = result.answers[-1] if result.answers else ""
    return Raw(swapped=swapped, reply=reply, finish_reason=result.finish_reason)


def _progress(
    answers: Iterator[tuple[str, Raw, dict[str, Any], str | None]], name: str, total: int
) -> Iterator[tuple[str, Raw, dict[str, Any], str | None]]:
    with tqdm(total=total, desc=name, unit="judgement", delay=2) as bar:
        for answer in answers:
            yield answer
            bar.update()


def _judgement(
    job: JudgeJob, asked: Asked, raw: Raw, meta: dict[str, Any], now: datetime
) -> Judgement:
    question = asked.question
    return Judgement(
        key=asked.key,
        pair_id=asked.asking.pair.id,
        criterion=asked.asking.criterion.key,
        target=question.target,
        swapped=question.swapped,
        repeat=question.repeat,
        raw=raw,
        verdict=verdict_of(asked.asking, raw, question.settled),
        settled=question.settled,
        run=job.run,
        created_at=now,
        meta=meta,
    )


def _failure(job: JudgeJob, asked: Asked, error: str, now: datetime) -> JudgeFailure:
    return JudgeFailure(
        key=asked.key,
        pair_id=asked.asking.pair.id,
        criterion=asked.asking.criterion.key,
        error=error,
        run=job.run,
        created_at=now,
    )


def _tell_provenance(folder: Path, job: JudgeJob, backend: dict[str, Any], now: datetime) -> None:
    prompt = None if job.judge.style == "jury" else prompt_of(job.judge, job.study.folder)
    told = {
        "run": job.run,
        "started_at": now.isoformat(),
        "judge": job.judge.model_dump(mode="json"),
        "prompt": None if prompt is None else prompt.model_dump(mode="json"),
        "shard": job.shard.model_dump(),
        "backend": backend,
        "libraries": libraries(),
    }
    path = folder / f"{job.judge.name}.{job.run}.json"
    write_text(path, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
