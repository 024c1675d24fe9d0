"""What a run was: written beside the responses, so that each of them can be made again."""

from __future__ import annotations

import hashlib
import platform
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import Field, ValidationError

from annotation.schema import Moment, Prompt, Record, TiebreakError, content_hash
from annotation.study import write_text
from generation.backends.base import Plan
from generation.keys import Identity
from generation.ledger import Shard
from generation.systems import System

Engine: TypeAlias = Literal["local", "ray"]


class BadManifest(TiebreakError):
    """A manifest that cannot be read."""


class Counts(Record):
    """How a run went: requests in all, done before it, answered by it, failed."""

    requests: int
    done_before: int
    answered: int = 0
    failed: int = 0
    truncated: int = 0
    new_tokens: int = 0


class Manifest(Record):
    """One run of one system; `finished_at` is missing where it was killed."""

    run: str
    started_at: Moment
    finished_at: Moment | None = None
    engine: Engine
    shard: Shard
    system: System
    identity: Identity
    prompts_sha256: str
    plan_sha256: str
    batches: int
    padding_share: float
    counts: Counts
    backend: dict[str, Any] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    libraries: dict[str, str] = Field(default_factory=dict)


def prompts_hash(prompts: tuple[Prompt, ...]) -> str:
    """One hash over the prompts' ids, texts, inputs and turns, in their order."""
    turns = [[[turn.role, turn.text] for turn in prompt.turns] for prompt in prompts]
    return content_hash(
        [[one.id, one.text, one.input, own] for one, own in zip(prompts, turns, strict=True)]
    )


def plan_hash(plan: Plan) -> str:
    """One hash over the places of all batches."""
    return hashlib.sha256(plan.model_dump_json().encode()).hexdigest()


def libraries() -> dict[str, str]:
    """The versions of what ran; those not installed are left out."""
    found = {"python": platform.python_version()}
    for name in ("torch", "transformers", "tokenizers", "huggingface_hub", "ray", "tiebreak"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write_manifest(path: Path, manifest: Manifest) -> None:
    """The whole manifest or nothing."""
    write_text(path, manifest.model_dump_json(indent=1) + "\n")


def read_manifests(folder: Path, system: str) -> dict[str, Manifest]:
    """The manifests of a system's runs, by run."""
    found: dict[str, Manifest] = {}
    for path in sorted(folder.glob(f"{system}.*.json")):
        try:
            manifest = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
        except (ValidationError, UnicodeDecodeError) as error:
            reason = str(error).splitlines()[0]
            raise BadManifest(f"{path}: not a manifest of a run: {reason}") from None
        if manifest.system.name == system:
            found[manifest.run] = manifest
    return found


def run_name(now: datetime, salt: str) -> str:
    """A run's name: its start, and something that two runs of one second do not share."""
    return f"{now:%Y%m%dT%H%M%SZ}-{salt}"
