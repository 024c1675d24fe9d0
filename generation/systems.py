"""Who answers: the systems of a study, as its `systems.toml` says them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from annotation.schema import Record
from annotation.study import StudyError, load_toml

SYSTEMS_FILE = "systems.toml"

Batching: TypeAlias = Literal["auto", "static", "continuous"]
Dtype: TypeAlias = Literal["auto", "float32", "bfloat16", "float16"]


class Decoding(Record):
    """How tokens are chosen; temperature 0 takes the likeliest token each time."""

    temperature: float = Field(default=0.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    top_k: int = Field(default=0, ge=0, strict=True, description="0: all tokens")
    max_new_tokens: int = Field(default=512, ge=1, strict=True)
    stop: tuple[str, ...] = ()
    seed: int = Field(default=0, ge=0, strict=True)
    samples: int = Field(default=1, ge=1, strict=True, description="answers to each prompt")

    @field_validator("stop")
    @classmethod
    def _stops_have_letters(cls, stop: tuple[str, ...]) -> tuple[str, ...]:
        if "" in stop:
            raise ValueError("found an empty stop string, which would stop every answer at once")
        return stop


class Columns(Record):
    """How the columns of a file with answers are called."""

    prompt_id: str = "prompt_id"
    prompt: str = "prompt"
    response: str = "response"
    finish_reason: str = "finish_reason"


class System(Record):
    """A named model, its revision, its prompt format and its decoding."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)
    backend: str = Field(description="hf:ORG/NAME@REVISION or a path, endpoint:URL, file:PATH")
    revision: str | None = None
    model: str | None = Field(default=None, description="what an endpoint calls the model")
    template: str | None = Field(
        default=None, description="a named chat template, or a file's path"
    )
    system_prompt: str = ""
    decoding: Decoding = Decoding()
    dtype: Dtype = "auto"
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    batching: Batching = "auto"
    compile: bool = Field(default=False, description="on a GPU: a minute first, then faster")
    batch_tokens: int | None = Field(default=None, ge=1, strict=True)
    threads: int = Field(default=8, ge=1, le=256, strict=True)
    timeout: float = Field(default=600, gt=0, description="seconds an endpoint may take")
    key_file: str | None = Field(default=None, description="holds the endpoint's key, alone")
    columns: Columns = Columns()

    @field_validator("backend")
    @classmethod
    def _backend_is_known(cls, backend: str) -> str:
        kind, _, where = backend.partition(":")
        if kind not in BACKEND_KINDS or not where:
            known = ", ".join(f"{kind}:..." for kind in BACKEND_KINDS)
            raise ValueError(f"found {backend!r}, expected one of {known}")
        if kind == "endpoint" and re.search(r"//[^/]*@|[?#]", where):
            # Not repeated here, and never in a manifest.
            raise ValueError(
                "found a password or a query in the server's address, expected the address alone; "
                "a key belongs in the file that `key_file` names"
            )
        return backend

    @model_validator(mode="after")
    def _revision_stands_once(self) -> System:
        if self.kind == "hf" and self.revision and "@" in self.where:
            raise ValueError("the revision stands in `backend` after the @ and in `revision`")
        return self

    @property
    def kind(self) -> str:
        """Which backend answers."""
        return self.backend.partition(":")[0]

    @property
    def where(self) -> str:
        """What the backend is to open: a model, a server's address or a file."""
        return self.backend.partition(":")[2]

    @property
    def source(self) -> str:
        """What of the backend decides the answers: all, but where a named model is served.

        A server on a cluster has another address each time that it is started.
        """
        return "endpoint:" if self.kind == "endpoint" and self.model else self.backend


class Systems(Record):
    """The whole of `systems.toml`."""

    systems: tuple[System, ...] = Field(min_length=1)

    @field_validator("systems")
    @classmethod
    def _names_differ(cls, systems: tuple[System, ...]) -> tuple[System, ...]:
        for name, count in Counter(system.name for system in systems).items():
            if count > 1:
                raise ValueError(f"the system {name!r} stands there {count} times")
        return systems


def load_systems(folder: Path, names: Sequence[str] = ()) -> tuple[System, ...]:
    """The systems of a study, or those `names` of them; StudyError with file and line."""
    path = folder / SYSTEMS_FILE
    if not path.is_file():
        raise StudyError(f"{path}: not found, expected the systems that are to answer")
    systems = load_toml(path, Systems).systems
    known = {system.name: system for system in systems}
    for name in names:
        if name not in known:
            raise StudyError(f"{path}: found no system {name!r}, expected one of {[*known]}")
    return tuple(known[name] for name in dict.fromkeys(names)) if names else systems


BACKEND_KINDS = ("hf", "endpoint", "file", "reward")
