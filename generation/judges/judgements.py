"""What judges said, as it is kept: raw replies and numbers, the verdicts, and their files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import Field

from annotation.schema import Moment, Record, Target, TiebreakError
from annotation.study import read_jsonl
from generation.judges.base import Raw, Verdict
from generation.ledger import WHOLE, Shard

JUDGEMENTS = "judgements"

Place: TypeAlias = tuple[str, str, Target, bool | None, int]
"""Pair, criterion, target, order and run."""


class StaleJudgements(TiebreakError):
    """Judgements of another version of the same judge."""

    def __init__(self, folder: Path, judge: str) -> None:
        super().__init__(
            f"{judge_files(folder, judge).judgements}: found judgements of another version of "
            f"judge {judge!r} (its model, style, prompt, decoding or a criterion has changed "
            "since); give the judge another name, or move the file away"
        )


class Judgement(Record):
    """One answer of a judge; `raw` is what came back and never changes, `verdict` is read in it."""

    key: str
    pair_id: str
    criterion: str
    target: Target
    swapped: bool | None
    repeat: int
    raw: Raw
    verdict: Verdict
    settled: str | None = None
    run: str
    created_at: Moment
    meta: dict[str, Any] = Field(default_factory=dict)

    @property
    def place(self) -> Place:
        """What it speaks of; a judge says one thing of each."""
        return self.pair_id, self.criterion, self.target, self.swapped, self.repeat


class JudgeFailure(Record):
    """A question that got no answer; it is asked again when the run is resumed."""

    key: str
    pair_id: str
    criterion: str
    error: str
    run: str
    created_at: Moment


class JudgeFiles(Record):
    """Where everything of one judge, or of one shard of it, lies in a study."""

    judgements: Path
    failures: Path
    provenance: Path
    labels: Path


def judge_files(folder: Path, judge: str, shard: Shard = WHOLE) -> JudgeFiles:
    """The files of a judge; shards have their own judgements, and share the labels."""
    top = folder / JUDGEMENTS
    stem = judge if shard.of == 1 else f"{judge}.{shard.number}-of-{shard.of}"
    return JudgeFiles(
        judgements=(top if shard.of == 1 else top / "shards") / f"{stem}.jsonl",
        failures=top / "failures" / f"{stem}.jsonl",
        provenance=top / "manifests",
        labels=folder / "labels" / f"judge-{judge}.jsonl",
    )


def files_with_judgements(folder: Path, judge: str) -> list[Path]:
    """The judge's own file and those of its shards, as far as they are there."""
    pattern = re.compile(rf"{re.escape(judge)}\.\d+-of-\d+\.jsonl")
    shards = sorted((folder / JUDGEMENTS / "shards").glob("*.jsonl"))
    own = judge_files(folder, judge).judgements
    return [path for path in (own,) if path.exists()] + [
        path for path in shards if pattern.fullmatch(path.name)
    ]


def read_judgements(paths: Iterable[Path]) -> Iterator[Judgement]:
    """The judgements of some files, in their order; of several in one place the first counts.

    A last line that a kill or a full disk has torn is no judgement; its question is asked again.
    """
    seen: set[Place] = set()
    for path in paths:
        for _, judgement in read_jsonl(path, Judgement, growing=True):
            if judgement.place not in seen:
                seen.add(judgement.place)
                yield judgement


def short(text: str, longest: int = 2000) -> str:
    """A reply as a label's comment: its end, where verdicts stand, if it is long."""
    return text if len(text) <= longest else f"… {text[-longest:]}"


def by_pair(judgements: Sequence[Judgement]) -> dict[tuple[str, str], list[Judgement]]:
    """The judgements of each pair and criterion."""
    found: dict[tuple[str, str], list[Judgement]] = {}
    for judgement in judgements:
        found.setdefault((judgement.pair_id, judgement.criterion), []).append(judgement)
    return found
