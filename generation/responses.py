"""Systems answer prompts: a run that can be killed at any time and goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from annotation.schema import Prompt, Record, Response, TiebreakError, Turn, content_hash
from annotation.study import PROMPTS_FILE, StudyError, no_collection, read_jsonl, write_text
from generation.backends.base import Backend, Plan, Request, Result
from generation.engines import Engine
from generation.keys import Identity, Named, identity_of, keys_of, requests_of
from generation.ledger import WHOLE, Failure, Ledger, Shard, files_of, open_ledger, read_done
from generation.manifest import (
    Counts,
    Manifest,
    libraries,
    plan_hash,
    prompts_hash,
    write_manifest,
)
from generation.progress import with_a_bar
from generation.systems import System


class StaleResponses(TiebreakError):
    """Responses that another version of the same system gave to the same prompts."""


class Job(Record):
    """What a run is to do."""

    folder: Path
    system: System
    prompts: tuple[Prompt, ...]
    run: str
    shard: Shard = WHOLE
    limit: int | None = None


def load_prompts(folder: Path) -> tuple[Prompt, ...]:
    """The prompts of a study; the same id twice is an error."""
    path = folder / PROMPTS_FILE
    lines: dict[str, int] = {}
    prompts = []
    with no_collection():
        for line, prompt in read_jsonl(path, Prompt):
            if prompt.id in lines:
                raise StudyError(
                    f"{path}:{line}: found the id {prompt.id!r} of line {lines[prompt.id]} again, "
                    "expected each prompt once"
                )
            lines[prompt.id] = line
            prompts.append(prompt)
    if not prompts:
        raise StudyError(f"{path}: found no prompts")
    return tuple(prompts)


def respond(
    job: Job, backend: Backend, engine: Engine, clock: Callable[[], datetime]
) -> tuple[Manifest, tuple[str, ...]]:
    """Answer what is not answered yet; the manifest of the run and what its reader should know."""
    identity = identity_of(job.system, backend.revision, backend.template)
    with no_collection():
        every = list(keys_of(identity, job.prompts))
    with open_ledger(files_of(job.folder, job.system.name, job.shard)) as ledger:
        ours = _ours(job, every)
        done = set(ledger.done) | _merged(job)
        _refuse_stale(job, ledger, {each.key for each in every})
        pending = {each.key for each in ours} - done
        # Requests with their messages cost more than all else here, so not where nothing is left.
        requests = _requests(job, identity, ours) if pending else ()
        plan = _plan(backend, requests, ledger.files.plan) if pending else Plan(batches=())
        manifest = Manifest(
            run=job.run,
            started_at=clock(),
            engine="ray" if engine.name == "ray" else "local",
            shard=job.shard,
            system=job.system,
            identity=identity,
            prompts_sha256=prompts_hash(job.prompts),
            plan_sha256=plan_hash(plan),
            batches=len(plan.batches),
            padding_share=round(plan.padding_share, 4),
            counts=Counts(requests=len(ours), done_before=len(ours) - len(pending)),
            libraries=libraries(),
        )
        if pending:
            work = Work(requests=requests, pending=frozenset(pending), plan=plan)
            manifest = _answer(manifest, work, backend, engine, ledger, clock)
        return manifest, _notes(ledger, manifest)


def _ours(job: Job, every: Sequence[Named]) -> list[Named]:
    """The requests of this run: of the first prompts if it is limited, and of its shard."""
    first = {prompt.id for prompt in job.prompts[: job.limit]}
    return [each for each in every if each.prompt_id in first and job.shard.holds(each.key)]


def _requests(job: Job, identity: Identity, ours: Sequence[Named]) -> tuple[Request, ...]:
    wanted = {each.key for each in ours}
    with no_collection():
        return tuple(each for each in requests_of(identity, job.prompts) if each.key in wanted)


def _merged(job: Job) -> set[str]:
    """What a shard need not answer, because the merged file holds it."""
    if job.shard.of == 1:
        return set()
    return {key for key, _ in read_done(files_of(job.folder, job.system.name).responses)}


def _refuse_stale(job: Job, ledger: Ledger, expected: set[str]) -> None:
    """Two answers of one system to one prompt, by different decodings, must not be mixed."""
    ids = {prompt.id for prompt in job.prompts}
    stale = [key for key, prompt in ledger.done.items() if key not in expected and prompt in ids]
    if stale:
        raise StaleResponses(
            f"{ledger.files.responses}: found {len(stale)} responses of another version of system "
            f"{job.system.name!r} (its weights, template or decoding, or a prompt's text, have "
            "changed since); give the system another name, or move the file away"
        )


def _plan(backend: Backend, requests: Sequence[Request], path: Path) -> Plan:
    """The batches over all requests; kept in a file, because planning 100,000 takes a while."""
    if not backend.grouping:
        return backend.plan(requests)
    digest = hashlib.sha256(backend.grouping.encode())
    for request in requests:
        digest.update(request.key.encode())
    mark = digest.hexdigest()
    if path.exists():
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["of"] == mark:
                return Plan.model_validate(kept["plan"])
        except (ValueError, KeyError, TypeError, ValidationError):
            pass  # damaged, or not ours: the plan is made anew
    plan = backend.plan(requests)
    write_text(path, json.dumps({"of": mark, "plan": plan.model_dump()}))
    return plan


class Work(Record):
    """The requests of a run, how they are grouped, and which of them want an answer."""

    requests: tuple[Request, ...]
    pending: frozenset[str]
    plan: Plan

    def batches(self) -> list[list[Request]]:
        """The batches that hold something pending.

        One that is half done runs whole: with other rows beside them, the texts could be others.
        """
        whole = [[self.requests[place] for place in places] for places in self.plan.batches]
        return [batch for batch in whole if any(each.key in self.pending for each in batch)]


def _answer(
    manifest: Manifest,
    work: Work,
    backend: Backend,
    engine: Engine,
    ledger: Ledger,
    clock: Callable[[], datetime],
) -> Manifest:
    """Run the batches that hold something pending, and write what comes of them at once."""
    path = ledger.files.manifest(manifest.run)
    known = {request.key: request for request in work.requests}
    counts = manifest.counts.model_dump()
    try:
        left = manifest.counts.requests - manifest.counts.done_before
        local = manifest.system.kind == "hf"
        results = _results(work, backend, engine)
        for result in with_a_bar(results, backend, left, manifest.system.name, advise=local):
            if result.error is None and not manifest.backend:
                # Before the first response, so that none is without its run even after a kill.
                manifest = _updated(manifest, backend=engine.provenance(backend))
                write_manifest(path, manifest)
            request = known[result.key]
            if result.error is not None:
                counts["failed"] += 1
                ledger.fail([_failure(manifest, request, result, clock())])
                continue
            response = _response(manifest, request, result)
            ledger.add(response)
            counts["answered"] += 1
            counts["truncated"] += response.finish_reason == "length"
            counts["new_tokens"] += int(result.meta.get("new_tokens", 0))
    finally:
        manifest = _updated(manifest, counts=Counts(**counts), notes=backend.notes())
        write_manifest(path, manifest)
    if counts["answered"]:
        # Again, because a lack of memory or a trial may have changed how batches were made.
        manifest = _updated(manifest, backend=engine.provenance(backend))
    manifest = _updated(manifest, finished_at=clock())
    write_manifest(path, manifest)
    return manifest


def _updated(manifest: Manifest, **fields: Any) -> Manifest:
    return manifest.model_copy(update=fields)


def _results(work: Work, backend: Backend, engine: Engine) -> Iterator[Result]:
    """One result for each pending request: refused ones first, because they cost nothing."""
    for place, reason in work.plan.refused:
        if work.requests[place].key in work.pending:
            yield Result(key=work.requests[place].key, error=reason)
    for result in engine.answer(backend, work.batches()):
        if result.key in work.pending:
            yield result


def _response(manifest: Manifest, request: Request, result: Result) -> Response:
    several = len(result.answers) > 1
    turns = tuple(Turn(role="assistant", text=text) for text in result.answers) if several else ()
    text = "\n\n".join(result.answers)
    return Response(
        prompt_id=request.prompt_id,
        system=manifest.system.name,
        text=text,
        turns=turns,
        finish_reason=result.finish_reason,
        meta={
            "key": request.key,
            "content": content_hash([text, list(result.answers)]),
            "run": manifest.run,
            "sample": request.sample,
            "seed": request.seed,
            **result.meta,
        },
    )


def _failure(manifest: Manifest, request: Request, result: Result, now: datetime) -> Failure:
    return Failure(
        key=request.key,
        prompt_id=request.prompt_id,
        system=manifest.system.name,
        sample=request.sample,
        error=result.error or "",
        run=manifest.run,
        created_at=now,
    )


def _notes(ledger: Ledger, manifest: Manifest) -> tuple[str, ...]:
    notes = list(manifest.notes)
    if ledger.mended:
        notes.insert(
            0,
            f"{ledger.files.responses}: cut off a torn last line of {ledger.mended} bytes; "
            "its prompt was answered again",
        )
    return tuple(notes)
