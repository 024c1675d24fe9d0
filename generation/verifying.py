"""Checking that responses are what their runs wrote: hashes, counts and provenance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from annotation.schema import Prompt, Record, Response, TiebreakError, content_hash
from annotation.study import read_jsonl
from generation.backends.templates import NAMED_TEMPLATES, template_hash
from generation.keys import keys_of
from generation.ledger import WHOLE, Failure, Shard, files_of, read_done
from generation.manifest import Manifest, read_manifests
from generation.systems import System


class NotVerified(TiebreakError):
    """Responses that are incomplete, changed by hand, or of another version of their system."""


class Verified(Record):
    """What was found in order about one system."""

    system: str
    responses: int
    prompts: int
    truncated: int
    runs: int


def verify(folder: Path, system: System, prompts: Sequence[Prompt]) -> Verified:
    """Check one system's responses; raises NotVerified naming the first thing that is off."""
    files = files_of(folder, system.name)
    if not files.responses.is_file():
        raise NotVerified(f"{files.responses}: not found, expected the system's responses")
    manifests = read_manifests(files.manifests, system.name)
    rows = list(read_jsonl(files.responses, Response))
    problems = [
        *_rows_off(files.responses, rows, manifests, prompts),
        *_counts_off(files.responses, [row for _, row in rows], system, prompts),
        *_versions_off(folder, rows, manifests, system),
    ]
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise NotVerified(problems[0] + more)
    return Verified(
        system=system.name,
        responses=len(rows),
        prompts=len(prompts),
        truncated=sum(row.finish_reason == "length" for _, row in rows),
        runs=len({row.meta["run"] for _, row in rows}),
    )


def failures(folder: Path, system: System, shard: Shard = WHOLE) -> list[Failure]:
    """The requests of a system, or of one shard of it, that failed and were not answered since.

    Each once.
    """
    files = files_of(folder, system.name, shard)
    if not files.failures.is_file():
        return []
    answered = {key for key, _ in read_done(files.responses)}
    last = {row.key: row for _, row in read_jsonl(files.failures, Failure, growing=True)}
    return [row for key, row in last.items() if key not in answered]


def _rows_off(
    path: Path,
    rows: Sequence[tuple[int, Response]],
    manifests: dict[str, Manifest],
    prompts: Sequence[Prompt],
) -> Iterator[str]:
    """Responses without a run, changed since it, or to a prompt that reads otherwise now."""
    # Nearly always all runs have one identity, and its 100,000 keys take a second.
    made: dict[str, dict[tuple[str, int], str]] = {}
    keys: dict[str, dict[tuple[str, int], str]] = {}
    for run, manifest in manifests.items():
        identity = manifest.identity.model_dump_json()
        if identity not in made:
            named = keys_of(manifest.identity, prompts)
            made[identity] = {(each.prompt_id, each.sample): each.key for each in named}
        keys[run] = made[identity]
    lines: dict[str, int] = {}
    for line, row in rows:
        key, run = str(row.meta.get("key")), str(row.meta.get("run"))
        answers = [turn.text for turn in row.turns] or [row.text]
        if run not in manifests:
            yield f"{path}:{line}: found run {run!r}, of which there is no manifest"
        elif row.meta.get("content") != content_hash([row.text, answers]):
            yield f"{path}:{line}: the response's text was changed after its run"
        elif keys[run].get((row.prompt_id, row.meta.get("sample", 0))) != key:
            yield f"{path}:{line}: prompt {row.prompt_id!r} is gone or was changed after the run"
        if key in lines:
            yield f"{path}:{line}: found the response of line {lines[key]} again"
        lines[key] = line


def _counts_off(
    path: Path, rows: Sequence[Response], system: System, prompts: Sequence[Prompt]
) -> Iterator[str]:
    counts = Counter(row.prompt_id for row in rows)
    samples = system.decoding.samples
    for prompt in prompts:
        if counts[prompt.id] != samples:
            yield (
                f"{path}: found {counts[prompt.id]} responses to prompt {prompt.id!r}, "
                f"expected {samples}"
            )


def _versions_off(
    folder: Path,
    rows: Sequence[tuple[int, Response]],
    manifests: dict[str, Manifest],
    system: System,
) -> Iterator[str]:
    """Runs of what is not the system of `systems.toml` any more."""
    now = _decides(system)
    for run in {str(row.meta.get("run")) for _, row in rows} & manifests.keys():
        manifest = manifests[run]
        then = _decides(manifest.system)
        for name in sorted(then):
            if then[name] != now[name]:
                yield (
                    f"run {run} of system {system.name!r} had {name} {then[name]!r}, "
                    f"systems.toml has {now[name]!r}"
                )
        if (now_template := _template(folder, system)) not in (None, manifest.identity.template):
            yield f"run {run} of system {system.name!r} had another chat template: {now_template}"
        if not manifest.backend:
            yield f"the manifest of run {run} does not say what answered"


def _template(folder: Path, system: System) -> str | None:
    """The hash of the template that systems.toml names now; None where the model has its own."""
    if system.template is None:
        return None
    if system.template in NAMED_TEMPLATES:
        return template_hash(NAMED_TEMPLATES[system.template])
    path = folder / system.template
    return template_hash(path.read_text(encoding="utf-8")) if path.is_file() else "not found"


def _decides(system: System) -> dict[str, object]:
    """The fields of a system that decide each of its answers."""
    fields = {"revision", "model", "template", "system_prompt", "dtype"}
    decoding = system.decoding.model_dump(exclude={"samples"})
    return {**system.model_dump(include=fields), "backend": system.source, "decoding": decoding}
