"""The labels of a judge, made from what it said: after a run, by another parser, or by a vote."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from annotation.schema import Label, Record, Target
from annotation.study import read_labels, write_jsonl
from generation.judges.asking import JudgeJob, asked_of, style_of
from generation.judges.base import Asking, Placed, Question, Raw, Verdict
from generation.judges.declared import JudgeRefused
from generation.judges.judgements import (
    Judgement,
    StaleJudgements,
    by_pair,
    files_with_judgements,
    judge_files,
    read_judgements,
    short,
)
from generation.judges.jury import jury_labels
from generation.ledger import one_writer


class Outcome(Record):
    """How a run went, and what the labels hold now."""

    answered: int
    failed: int
    labels: int
    incomplete: int
    choices: dict[str, int]
    first_error: str | None = None


def write_labels(job: JudgeJob) -> Outcome:
    """Write the judge's labels, whole, from all its judgements; a pair without all orders has none.

    Nothing else is in the file than what the judgements say, so it can be made again at any time.
    """
    files = judge_files(job.study.folder, job.judge.name)
    with _alone(files.labels):
        judgements = list(read_judgements(files_with_judgements(*job.named)))
        labels, incomplete = _labels(job, judgements)
        write_jsonl(files.labels, labels)
    return _outcome(labels, incomplete)


def _outcome(labels: Sequence[Label], incomplete: int) -> Outcome:
    choices = sorted({label.choice for label in labels})
    counts = {one: sum(label.choice == one for label in labels) for one in choices}
    return Outcome(answered=0, failed=0, labels=len(labels), incomplete=incomplete, choices=counts)


@contextmanager
def _alone(labels: Path) -> Iterator[None]:
    """While others wait: of shards that end at once the last one reads what all have said."""
    labels.parent.mkdir(parents=True, exist_ok=True)
    with labels.with_name(f".{labels.name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _labels(job: JudgeJob, judgements: Sequence[Judgement]) -> tuple[list[Label], int]:
    found = by_pair(judgements)
    judged = {each.pair_id for each in judgements}
    wanted = [pair for pair in job.study.pairs if pair.id in judged]
    needed: dict[tuple[str, str], list[Question]] = {}
    askings: dict[tuple[str, str], Asking] = {}
    for asking, question in asked_of(job, wanted):
        place = asking.pair.id, asking.criterion.key
        needed.setdefault(place, []).append(question)
        askings[place] = asking
    labels: list[Label] = []
    incomplete = 0
    for place, questions in needed.items():
        said = {(each.target, each.swapped, each.repeat): each for each in found.get(place, [])}
        wanted_places = [(each.target, each.swapped, each.repeat) for each in questions]
        if not all(one in said for one in wanted_places):
            incomplete += 1
            continue
        labels += _labels_of_one(job, askings[place], [said[one] for one in wanted_places])
    return labels, incomplete


def _labels_of_one(job: JudgeJob, asking: Asking, said: Sequence[Judgement]) -> Iterator[Label]:
    placed = [
        Placed(
            target=each.target,
            swapped=each.swapped,
            repeat=each.repeat,
            # Read anew, so that all labels are read alike, also those from before a change.
            verdict=verdict_of(asking, each.raw, each.settled),
        )
        for each in said
    ]
    latest = max(each.created_at for each in said)
    replies = {(each.target, each.swapped, each.repeat): each.raw.reply for each in said}
    for one in style_of(job.judge).labels(asking, placed):
        yield Label(
            pair_id=asking.pair.id,
            criterion=asking.criterion.key,
            annotator=job.judge.name,
            kind="judge",
            target=one.target,
            choice=one.verdict.choice,
            swapped=one.swapped,
            repeat=one.repeat,
            comment=_comment(one, replies.get((one.target, one.swapped, one.repeat))),
            created_at=latest,
            study_version=job.study.version,
        )


def _comment(placed: Placed, reply: str | None) -> str | None:
    """The text of what is invalid, the margin of what is abstained, else the judge's reason."""
    verdict = placed.verdict
    if verdict.choice == "invalid":
        return short(reply) if reply is not None else verdict.reason
    if verdict.choice == "abstained":
        return f"margin {verdict.margin:.6g}"
    return verdict.reason


def reparse(job: JudgeJob) -> Outcome:
    """Read all stored replies anew, without a model, and write judgements and labels from that.

    Raises StaleJudgements where they are not of the kind that the judge gets, before it writes.
    """
    paths = files_with_judgements(*job.named)
    if not paths:
        raise JudgeRefused(
            f"{judge_files(*job.named).judgements}: not found, expected judgements to read anew"
        )
    asked: dict[tuple[str, str], tuple[Asking, dict[Order, int]]] = {}
    for asking, question in asked_of(job, job.study.pairs):
        about = asking.pair.id, asking.criterion.key
        _, numbers = asked.setdefault(about, (asking, {}))
        numbers[question.target, question.swapped] = len(question.continuations)
    with ExitStack() as writing:
        for path in paths:
            writing.enter_context(one_writer(path))
        anew = {
            path: [_read_anew(job, each, asked) for each in read_judgements([path])]
            for path in paths
        }
        for path, judgements in anew.items():
            write_jsonl(path, judgements)
    return write_labels(job)


Order: TypeAlias = tuple[Target, bool | None]


def _read_anew(
    job: JudgeJob,
    judgement: Judgement,
    asked: Mapping[tuple[str, str], tuple[Asking, Mapping[Order, int]]],
) -> Judgement:
    """`asked` has, for each order of a pair and criterion, how many numbers the judge gets."""
    found = asked.get((judgement.pair_id, judgement.criterion))
    if found is None:
        return judgement
    asking, numbers = found
    expected, raw = numbers.get((judgement.target, judgement.swapped)), judgement.raw
    # A judge that gets numbers gets no reply.
    alike = len(raw.numbers) == expected and (raw.reply is None) == bool(raw.numbers)
    if expected is None or not (alike or judgement.settled):
        raise StaleJudgements(*job.named)
    return judgement.model_copy(update={"verdict": verdict_of(asking, raw, judgement.settled)})


def count_votes(job: JudgeJob, clock: Callable[[], datetime]) -> Outcome:
    """The labels of a jury, from those of its members that the study has.

    All of them, whatever shard or limit the run has: they stand in one file, and cost no request.
    """
    members = job.judge.members
    labels = [one for one in read_labels(job.study.folder) if one.annotator in members]
    missing = [name for name in members if not any(one.annotator == name for one in labels)]
    if missing:
        raise JudgeRefused(
            f"judge {job.judge.name!r}: found no labels of its member {missing[0]!r}; "
            "let its members judge first"
        )
    wanted = {pair.id for pair in job.study.pairs}
    kept = [
        one
        for one in labels
        if one.pair_id in wanted and (not job.judge.criteria or one.criterion in job.judge.criteria)
    ]
    files = judge_files(*job.named)
    with _alone(files.labels):
        voted = list(jury_labels(job.judge.name, members, kept, clock(), job.study.version))
        write_jsonl(files.labels, voted)
    return _outcome(voted, 0)


def verdict_of(asking: Asking, raw: Raw, settled: str | None) -> Verdict:
    """What an answer says; where nothing could be asked, it is invalid and says why."""
    if settled:
        return Verdict(choice="invalid", reason=settled)
    return style_of(asking.judge).verdict(asking, raw)
