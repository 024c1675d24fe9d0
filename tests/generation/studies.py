"""Small studies with systems for the tests of generation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from annotation.schema import Prompt, Response, Turn
from annotation.study import PROMPTS_FILE, read_jsonl, write_jsonl
from generation.backends.base import Backend, Request
from generation.backends.hf import HfBackend
from generation.engines import Engine, Local
from generation.keys import identity_of, requests_of
from generation.ledger import WHOLE, Shard, files_of
from generation.manifest import Manifest
from generation.responses import Job, load_prompts, respond
from generation.systems import SYSTEMS_FILE, Decoding, System

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def some_prompts(count: int) -> list[Prompt]:
    """Prompts of different lengths."""
    return [Prompt(id=f"p{n}", text=f"Number {n}. " * (1 + n % 5)) for n in range(count)]


def a_dialogue(prompt_id: str = "dialogue") -> Prompt:
    """A prompt of two turns of the user, both to be answered."""
    turns = (Turn(role="user", text="First?"), Turn(role="user", text="Second?"))
    return Prompt(id=prompt_id, text="First?", turns=turns)


def a_system(model: Path | str = "model", name: str = "tiny", **fields: Any) -> System:
    """A system that answers 12 tokens with the tiny model; `decoding` may be a dictionary."""
    decoding = {"max_new_tokens": 12, **fields.pop("decoding", {})}
    made = {"backend": f"hf:{model}", "dtype": "float32", "device": "cpu", **fields}
    return System(name=name, decoding=Decoding(**decoding), **made)


def a_folder(folder: Path, prompts: Sequence[Prompt], *systems: System) -> Path:
    """A study folder with prompts and a systems.toml."""
    write_jsonl(folder / PROMPTS_FILE, prompts)
    lines: list[str] = []
    for system in systems:
        lines.append("[[systems]]")
        decoding = system.decoding.model_dump(exclude_defaults=True)
        for key, value in system.model_dump(exclude_defaults=True, exclude={"decoding"}).items():
            lines.append(f"{key} = {_toml(value)}")
        inner = ", ".join(f"{key} = {_toml(value)}" for key, value in decoding.items())
        lines.append(f"decoding = {{ {inner} }}")
    (folder / SYSTEMS_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _toml(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return str(value)


def run(
    folder: Path,
    system: System,
    *,
    backend: Backend | None = None,
    engine: Engine | None = None,
    shard: Shard = WHOLE,
    limit: int | None = None,
    name: str = "run-1",
    clock: Callable[[], datetime] = lambda: NOW,
) -> Manifest:
    """Let `system` answer what it has not answered yet."""
    job = Job(
        folder=folder,
        system=system,
        prompts=load_prompts(folder),
        run=name,
        shard=shard,
        limit=limit,
    )
    manifest, _ = respond(job, backend or HfBackend(system, folder), engine or Local(), clock)
    return manifest


def responses(folder: Path, system: str = "tiny", shard: Shard = WHOLE) -> list[Response]:
    return [row for _, row in read_jsonl(files_of(folder, system, shard).responses, Response)]


def texts(folder: Path, system: str = "tiny") -> dict[tuple[str, int], str]:
    """The text of each prompt's each sample."""
    return {(row.prompt_id, row.meta["sample"]): row.text for row in responses(folder, system)}


def requests(system: System, prompts: Sequence[Prompt]) -> list[Request]:
    return list(requests_of(identity_of(system, "r", "t"), prompts))
