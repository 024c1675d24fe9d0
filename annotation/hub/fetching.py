"""The files of a study that lives on the Hub, in a folder where it can be served and labelled."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from annotation.hub.address import Address
from annotation.hub.errors import HubRefused, HubUnreachable, NoRoom
from annotation.hub.repository import Repository
from annotation.schema import Record

PATTERNS = ("*.toml", "guidelines.md", "consent.md", "*.jsonl", "labels/*", "responses/*.jsonl")
"""What of a repository is a study's; nothing else is fetched."""

RECORD = ".hub.json"


class Fetched(Record):
    """What came from the Hub last time: the commit, and the sha256 of each file."""

    commit: str
    files: dict[str, str]


def fetch(address: Address, folder: Path, repository: Repository) -> str:
    """Bring a study's files into `folder`; one line that says what came.

    Files that were changed here since stay as they are, and so does what never came from the Hub,
    such as the labels. Without an answer of the Hub, what was fetched before is used.
    Raises HubError.
    """
    before = _read(folder)
    try:
        with repository.snapshot(PATTERNS, address.revision) as (fetched, commit):
            paths = [path for path in sorted(fetched.rglob("*")) if path.is_file()]
            files = {path.relative_to(fetched).as_posix(): path for path in paths}
            if "study.toml" not in files:
                raise HubRefused(f"{address}: found no study.toml, expected the files of a study")
            hashes = {name: _sha(path) for name, path in files.items()}
            changed_here = _bring(folder, files, hashes, before.files if before else {})
        now = Fetched(commit=commit, files=hashes)
        _place(folder / RECORD, lambda beside: beside.write_text(now.model_dump_json()))
    except HubUnreachable as error:
        if before is None:
            raise
        return f"{error}; going on with commit {before.commit[:8]} in {folder}, fetched before"
    except OSError as error:
        raise NoRoom(f"{address}: its files cannot be kept in {folder}: {error}") from None
    kept = f"; changed here and kept: {', '.join(changed_here)}" if changed_here else ""
    return f"{address} at commit {commit[:8]} -> {folder}{kept}"


def _bring(
    folder: Path, files: Mapping[str, Path], hashes: Mapping[str, str], before: Mapping[str, str]
) -> list[str]:
    """Make the folder's files those of the Hub; the names of those that were changed here."""
    changed = []
    for name in sorted(files.keys() | before.keys()):
        path, source = folder / name, files.get(name)
        here = _sha(path) if path.is_file() else None
        if here is not None and here == hashes.get(name):
            continue
        if here is not None and here != before.get(name):
            changed.append(name)
        elif source is None:
            path.unlink(missing_ok=True)
        else:
            _place(path, partial(shutil.copyfile, source))
    return changed


def _read(folder: Path) -> Fetched | None:
    try:
        return Fetched.model_validate_json((folder / RECORD).read_bytes())
    except (OSError, ValidationError):
        return None  # never fetched, or not to the end


def _place(path: Path, write: Callable[[Path], object]) -> None:
    """Have a file written beside its place, and move it there when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        write(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _sha(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
