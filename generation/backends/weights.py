"""Which weights a system names: a hub revision, a folder or a GGUF file, and what they hash to."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from annotation.schema import Record
from annotation.study import write_text
from generation.backends.base import BackendRefused
from generation.systems import System


class Weights(Record):
    """Where the weights are, and the revision that names them for good."""

    source: str
    revision: str
    gguf_file: str | None = None
    hub_revision: str | None = None

    @property
    def load_options(self) -> dict[str, Any]:
        """What `from_pretrained` needs besides the source."""
        options: dict[str, Any] = {}
        if self.gguf_file:
            options["gguf_file"] = self.gguf_file
        if self.hub_revision:
            options["revision"] = self.hub_revision
        return options


def find_weights(system: System, folder: Path, cache: Path | None = None) -> Weights:
    """The weights that `system` names; relative paths start at the study's folder.

    `cache` is a file in which hashes of large files are kept between runs.
    """
    where, tag = system.where, ""
    if not (folder / Path(where).expanduser()).exists():
        where, _, tag = where.partition("@")
    path = folder / Path(where).expanduser()
    if path.is_file() and path.suffix == ".gguf":
        digest = _hash_files([path], cache)
        return Weights(source=str(path.parent), revision=digest, gguf_file=path.name)
    if (path / "config.json").is_file():
        return Weights(source=str(path), revision=_hash_files(_model_files(path), cache))
    if path.exists() or where.startswith((".", "/", "~")) or where.endswith(".gguf"):
        raise BackendRefused(
            f"system {system.name!r}: found no model at {path}, "
            "expected a folder with a config.json, or a .gguf file"
        )
    return _on_the_hub(system, where, tag or system.revision)


def _on_the_hub(system: System, where: str, revision: str | None) -> Weights:
    wanted = f"{where}@{revision or 'main'}"
    try:
        # The folder is named after the commit, also where the hub cannot be reached and the
        # model is in the cache already.
        snapshot = snapshot_download(where, revision=revision, allow_patterns=["config.json"])
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BackendRefused(
            f"system {system.name!r}: {wanted} cannot be had from the hub: {reason}"
        ) from None
    commit = Path(snapshot).name
    return Weights(source=where, revision=commit, hub_revision=commit)


def _model_files(folder: Path) -> list[Path]:
    kinds = {".safetensors", ".bin", ".json", ".model", ".jinja", ".txt"}
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix in kinds)


def _hash_files(files: list[Path], cache: Path | None) -> str:
    """sha256 over the names and contents of `files`; unchanged files are not read again."""
    known: dict[str, str] = {}
    if cache is not None and cache.is_file():
        try:
            known = json.loads(cache.read_text(encoding="utf-8"))
        except ValueError:
            known = {}  # damaged: the hashes are made anew
    digests = {}
    for path in files:
        stat = path.stat()
        mark = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
        digests[mark] = known.get(mark) or _sha256(path)
    if cache is not None and not digests.keys() <= known.keys():
        write_text(cache, json.dumps({**known, **digests}, indent=1))
    names = [path.name for path in files]
    return hashlib.sha256(json.dumps([names, list(digests.values())]).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
