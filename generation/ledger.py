"""The file that a run appends its responses to: what is done in it, and one writer at a time."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import Field

from annotation.schema import Moment, Record, Response, TiebreakError
from annotation.study import append_jsonl

RESPONSES = "responses"

_TAIL = re.compile(
    rb'"key":\s*"([0-9a-f]{64})".*"prompt_id":\s*("(?:[^"\\]|\\.)*")\}\s*$', re.DOTALL
)
"""The end of a line as we write it; read like this, 100,000 lines take a moment."""


class RunUnderWay(TiebreakError):
    """Another run writes to the same file."""


class Shard(Record):
    """The n-th of so many parts into which a run is divided."""

    number: int = Field(ge=1)
    of: int = Field(ge=1)

    def holds(self, key: str) -> bool:
        """Whether the request of that key belongs to this part."""
        return int(key[:12], 16) % self.of == self.number - 1


WHOLE = Shard(number=1, of=1)


class Failure(Record):
    """A request that got no answer; it is tried again when the run is resumed."""

    key: str
    prompt_id: str
    system: str
    sample: int
    error: str
    run: str
    created_at: Moment


class Files(Record):
    """Where everything of one system, or of one shard of it, lies in a study."""

    responses: Path
    failures: Path
    plan: Path
    manifests: Path
    stem: str

    def manifest(self, run: str) -> Path:
        """The manifest of a run."""
        return self.manifests / f"{self.stem}.{run}.json"


def files_of(folder: Path, system: str, shard: Shard = WHOLE) -> Files:
    """The files of a system; shards have their own, which `merge` brings together."""
    top = folder / RESPONSES
    stem = system if shard.of == 1 else f"{system}.{shard.number}-of-{shard.of}"
    return Files(
        responses=(top if shard.of == 1 else top / "shards") / f"{stem}.jsonl",
        failures=top / "failures" / f"{stem}.jsonl",
        plan=top / "plans" / f"{stem}.json",
        manifests=top / "manifests",
        stem=stem,
    )


def shard_files(folder: Path, system: str) -> list[Path]:
    """The files that shards of a system have written."""
    pattern = re.compile(rf"{re.escape(system)}\.\d+-of-\d+\.jsonl")
    shards = (folder / RESPONSES / "shards").glob("*.jsonl")
    return sorted(path for path in shards if pattern.fullmatch(path.name))


class Ledger:
    """An open file of responses: the keys that it holds, and appending to it."""

    def __init__(self, files: Files, done: dict[str, str], mended: int) -> None:
        self.files = files
        self.done = done
        self.mended = mended

    def add(self, response: Response) -> None:
        """Write one response so that a kill or a power cut leaves it whole or not there."""
        append_jsonl(self.files.responses, [response])
        self.done[str(response.meta["key"])] = response.prompt_id

    def fail(self, failures: Sequence[Failure]) -> None:
        """Note requests that got no answer."""
        append_jsonl(self.files.failures, failures)


@contextmanager
def open_ledger(files: Files) -> Iterator[Ledger]:
    """The ledger of these files, for this run alone; raises RunUnderWay when it has a writer."""
    with one_writer(files.responses) as mended:
        if files.failures.exists():
            with one_writer(files.failures):
                pass  # whole lines only, so that what is appended can be read
        yield Ledger(files, dict(read_done(files.responses)), mended)


@contextmanager
def one_writer(path: Path) -> Iterator[int]:
    """Hold a file of records for this run alone; how many bytes of a torn last line were cut off.

    Raises RunUnderWay when it has a writer.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = _locked(path)
    try:
        yield _mend(handle)
    finally:
        os.close(handle)


def _locked(path: Path) -> int:
    """The open file under its lock.

    Whoever held the lock may have put another file in its place meanwhile (`merge` does), and the
    lock of a file that is gone would keep nobody out.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise RunUnderWay(
                f"{path}: another run writes to it; wait for it, or divide the work with --shard"
            ) from None
        if os.path.samestat(os.fstat(handle), path.stat()):
            return handle
        os.close(handle)


def _mend(handle: int) -> int:
    """Cut off a last line that a power cut or a full disk has torn; the bytes that went.

    Its request counts as not done and is answered again.
    """
    size = os.fstat(handle).st_size
    place, tail = size, b""
    while place > 0 and b"\n" not in tail:
        start = max(0, place - 65_536)
        tail = os.pread(handle, place - start, start) + tail
        place = start
    torn = len(tail) - (tail.rfind(b"\n") + 1)
    if torn:
        os.ftruncate(handle, size - torn)
    return torn


def read_done(path: Path) -> Iterator[tuple[str, str]]:
    """Key and prompt of each response in a file; lines without a key are not from a run."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for raw in lines:
            found = _TAIL.search(raw)
            if found:
                prompt = found[2].decode()
                yield found[1].decode(), json.loads(prompt) if "\\" in prompt else prompt[1:-1]
                continue
            try:
                row = json.loads(raw)
            except ValueError:
                continue
            if isinstance(row, dict) and isinstance(meta := row.get("meta"), dict) and meta:
                key, asked = meta.get("key"), row.get("prompt_id")
                if isinstance(key, str) and isinstance(asked, str):
                    yield key, asked
