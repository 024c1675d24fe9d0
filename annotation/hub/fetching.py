"""The files of a study that lives on the Hub, in a folder where it can be served and labelled."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pydantic import ValidationError

from annotation.hub.address import Address
from annotation.hub.errors import HubRefused, HubUnreachable
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
            files = {
                path.relative_to(fetched).as_posix(): path.read_bytes()
                for path in sorted(fetched.rglob("*"))
                if path.is_file()
            }
    except HubUnreachable as error:
        if before is None:
            raise
        return f"{error}; going on with commit {before.commit[:8]} in {folder}, fetched before"
    if "study.toml" not in files:
        raise HubRefused(f"{address}: found no study.toml, expected the files of a study")
    changed_here = _bring(folder, files, before.files if before else {})
    now = Fetched(commit=commit, files={name: _sha(data) for name, data in files.items()})
    _write(folder / RECORD, now.model_dump_json().encode())
    kept = f"; changed here and kept: {', '.join(changed_here)}" if changed_here else ""
    return f"{address} at commit {commit[:8]} -> {folder}{kept}"


def _bring(folder: Path, files: dict[str, bytes], before: dict[str, str]) -> list[str]:
    """Make the folder's files those of the Hub; the names of those that were changed here."""
    changed = []
    for name in sorted(files.keys() | before.keys()):
        path, content = folder / name, files.get(name)
        here = _sha(path.read_bytes()) if path.is_file() else None
        if content is not None and here == _sha(content):
            continue
        if here is not None and here != before.get(name):
            changed.append(name)
        elif content is None:
            path.unlink(missing_ok=True)
        else:
            _write(path, content)
    return changed


def _read(folder: Path) -> Fetched | None:
    try:
        return Fetched.model_validate_json((folder / RECORD).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None  # never fetched, or not to the end


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
