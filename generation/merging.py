"""Bringing the files of shards together into one file of responses for each system."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from annotation.schema import Prompt, Record, Response
from annotation.study import read_jsonl, write_jsonl
from generation.ledger import files_of, open_ledger, shard_files
from generation.responses import StaleResponses


class Merged(Record):
    """What merging made of one system's files."""

    path: Path
    files: int
    responses: int
    missing: int


def merge(folder: Path, system: str, samples: int, prompts: Iterable[Prompt]) -> Merged:
    """Write `responses/<system>.jsonl` from itself and the shards; doing it twice changes nothing.

    The shards' files stay; without any, nothing is written. Raises StaleResponses where two of them
    answer one prompt differently.
    """
    files = files_of(folder, system)
    shards = shard_files(folder, system)
    order = {prompt.id: place for place, prompt in enumerate(prompts)}
    if not shards:
        return Merged(path=files.responses, files=0, responses=0, missing=len(order) * samples)
    with open_ledger(files):
        found = _collect([files.responses, *shards])
        rows = sorted(
            found.values(),
            key=lambda row: (order.get(row.prompt_id, len(order)), _sample(row)),
        )
        write_jsonl(files.responses, rows)
    answered = sum(row.prompt_id in order for row in rows)
    return Merged(
        path=files.responses,
        files=len(shards),
        responses=len(rows),
        missing=len(order) * samples - answered,
    )


def _collect(paths: Iterable[Path]) -> dict[tuple[str, int], Response]:
    """Each prompt's and sample's response; the same one in two files counts once."""
    found: dict[tuple[str, int], Response] = {}
    for path in paths:
        for line, row in read_jsonl(path, Response, growing=True):
            place = row.prompt_id, _sample(row)
            first = found.setdefault(place, row)
            if first.meta.get("key") != row.meta.get("key"):
                raise StaleResponses(
                    f"{path}:{line}: found another version's response to prompt {row.prompt_id!r}, "
                    "expected shards of one run; move the older files away"
                )
    return found


def _sample(row: Response) -> int:
    sample = row.meta.get("sample")
    return sample if isinstance(sample, int) else 0
