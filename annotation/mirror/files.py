"""The files of a mirror: a log in numbered parts, each of which names the hash of the one before.

data/README.md describes them to the letter.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import Field, ValidationError

from annotation.hub.repository import Repository
from annotation.mirror.errors import MirrorBroken
from annotation.mirror.sealing import Seal
from annotation.schema import Moment, Record
from annotation.store import Place
from annotation.store.changes import Change, Image

FOLDER = "mirror"
HEAD_FILE = f"{FOLDER}/head.json"
LEASE_FILE = f"{FOLDER}/lease.json"
_NAME = re.compile(rf"{FOLDER}/log/(\d{{8}})-[0-9a-f]{{12}}\.jsonl")
PART_BYTES = 4_000_000
"""A file is closed after so many bytes; the Hub takes larger ones in another, slower way."""
PIECE_BYTES = 12_000_000
"""A commit is closed after so many; the Hub's client holds all of it in memory, in two forms."""


class Head(Record):
    """Which files count, and how one knows that they are all there."""

    format: Literal[1] = 1
    first: int = Field(ge=1)
    """The number of the first file that counts: an image of everything begins there."""
    last: int = Field(ge=1)
    sha256: str
    """Of the last file; each file has that of the one before."""
    revision: str
    at: Moment
    """The moment of which the files hold everything."""
    image_bytes: int = 0
    tail_files: int = 0
    """Files after the image, and their bytes."""
    tail_bytes: int = 0
    proof: str
    """A word encrypted under SECRET."""
    forget: bool = False
    """Whether earlier commits hold somebody who withdrew since."""

    def as_file(self) -> dict[str, bytes]:
        """Name and content of its file."""
        return {HEAD_FILE: self.model_dump_json().encode() + b"\n"}

    @property
    def place(self) -> Place:
        """How far the mirror goes."""
        return Place(sequence=self.last, digest=self.sha256, revision=self.revision, at=self.at)


def read_head(repository: Repository, commit: str) -> Head | None:
    """The head at a commit; None before the first. Raises MirrorBroken where it was taken away."""
    content = repository.read(HEAD_FILE, commit)
    if content is None:
        if any(sequence_of(name) is not None for name in repository.names(commit)):
            raise MirrorBroken(
                f"{repository.name}: {HEAD_FILE} is missing beside the files that it counts; "
                "it may be in the history of the repository"
            )
        return None
    try:
        return Head.model_validate_json(content)
    except ValidationError as error:
        raise MirrorBroken(f"{HEAD_FILE}: not the head of a mirror ({error})") from None


class _Start(Record):
    """The first line of a file."""

    format: Literal[1] = 1
    sequence: int
    previous: str
    """The sha256 of the file before; empty for the first that counts."""
    revision: str
    at: Moment
    columns: dict[str, tuple[str, ...]]
    keys: dict[str, tuple[str, ...]]


class Part(NamedTuple):
    """A file of the log."""

    name: str
    content: bytes
    sequence: int
    digest: str
    """Its sha256 in hex."""
    at: datetime
    size: int
    """Bytes of its content."""

    def without_content(self) -> Part:
        """What is left of it to count when it was sent."""
        return self._replace(content=b"")


def written(image: Image, seal: Seal, sequence: int, previous: str, at: datetime) -> Iterator[Part]:
    """The changes as files, one at least: the first is number `sequence`, after file `previous`."""
    for number, lines in enumerate(_filled(_lines(image, seal)), start=sequence):
        start = _Start(
            sequence=number,
            previous=previous,
            revision=image.revision,
            at=at,
            columns=dict(image.columns),
            keys=dict(image.keys),
        )
        content = b"\n".join([start.model_dump_json().encode(), *lines, b""])
        previous = hashlib.sha256(content).hexdigest()
        yield Part(_name(number, previous), content, number, previous, at, len(content))


def _name(sequence: int, digest: str) -> str:
    return f"{FOLDER}/log/{sequence:08}-{digest[:12]}.jsonl"


def pieces(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """What goes to the Hub together, one part at least."""
    piece: list[Part] = []
    for part in parts:
        if piece and sum(one.size for one in piece) + part.size > PIECE_BYTES:
            yield piece
            piece = []
        piece.append(part)
    yield piece


def _lines(image: Image, seal: Seal) -> Iterator[bytes]:
    for kind, table, fields in image.changes:
        columns = image.columns[table] if kind == "put" else image.keys[table]
        line = [kind, table, seal.sealed(columns, fields, table)]
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode()


def _filled(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    """The lines of each file; the first one may be empty."""
    part: list[bytes] = []
    size = 0
    for line in lines:
        if size > PART_BYTES:
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line)
    yield part


def sequence_of(name: str) -> int | None:
    """The number of a file of the log; None for any other file."""
    found = _NAME.fullmatch(name)
    return int(found[1]) if found else None


def check(head: Head, read: Callable[[str], bytes], names: Iterable[str]) -> list[str]:
    """The names of the files that count, in their order, after all of them were looked at.

    Each names the one before, from the last one on, which the head names: what else lies beside
    them, of an image that was not sent to its end, does not count.
    names: every file of the repository. Raises MirrorBroken where one is missing or torn.
    """
    there = {*names}
    counted: list[str] = []
    digest = head.sha256
    for sequence in range(head.last, head.first - 1, -1):
        name = _name(sequence, digest)
        if name not in there:
            raise MirrorBroken(
                f"{name}: file number {sequence} is missing, expected all from {head.first} "
                f"to {head.last}; it may be in the history of the repository"
            )
        digest = _checked(name, read(name), sequence, digest, head).previous
        counted.append(name)
    if digest:
        raise MirrorBroken(f"{counted[-1]}: follows another file, expected it to be the first")
    return counted[::-1]


def _checked(name: str, content: bytes, sequence: int, digest: str, head: Head) -> _Start:
    """The first line of a file, which must have this number and sha256."""
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise _torn(name, f"{digest[:12]}...", found)
    start = _start(name, content)
    if start.sequence != sequence:
        raise MirrorBroken(f"{name}: says that it is number {start.sequence}")
    if start.revision != head.revision:
        raise MirrorBroken(
            f"{name}: of tables at revision {start.revision}, expected {head.revision}"
        )
    return start


def _torn(name: str, expected: str, found: str) -> MirrorBroken:
    return MirrorBroken(
        f"{name}: torn or changed, its sha256 is {found[:12]}..., expected {expected}; "
        "the whole file may be in the history of the repository"
    )


def _start(name: str, content: bytes) -> _Start:
    line = content.split(b"\n", 1)[0]
    try:
        return _Start.model_validate_json(line)
    except ValidationError as error:
        raise MirrorBroken(
            f"{name}:1: not the first line of a file of a mirror ({error})"
        ) from None


def images(names: Iterable[str], read: Callable[[str], bytes], seal: Seal) -> Iterator[Image]:
    """What files say that were checked, one after the other."""
    for name in names:
        content = read(name)
        start = _start(name, content)
        yield Image(
            columns=start.columns,
            keys=start.keys,
            revision=start.revision,
            through=0,
            anew=0,
            withdrawn=0,
            changes=_changes(content, start, seal),
        )


def _changes(content: bytes, start: _Start, seal: Seal) -> Iterator[Change]:
    for line in content.split(b"\n")[1:-1]:
        kind, table, fields = json.loads(line)
        columns = start.columns[table] if kind == "put" else start.keys[table]
        yield Change(kind, table, seal.opened(columns, fields, table))
