"""Open a mirrored database at the start: take the lease, and rebuild what this disk lost."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from annotation.hub.patience import patiently
from annotation.hub.repository import Repository
from annotation.mirror.errors import MirrorAndDatabase
from annotation.mirror.files import FOLDER, Head, check, images, read_head
from annotation.mirror.lease import take
from annotation.mirror.mirror import Mirror
from annotation.mirror.pace import Clocks, Pace
from annotation.mirror.sealing import Seal
from annotation.store import Store
from annotation.store.rebuilding import rebuild

T = TypeVar("T")


def open_mirrored(
    path: Path, repository: Repository, seal: Seal, pace: Pace, clocks: Clocks
) -> tuple[Store, Mirror]:
    """The database at `path`, which its mirror may have to make first, and the mirror.

    Each step waits `pace.patience` for a Hub that does not answer: a Space whose app ends is not
    started again. Raises HubError, MirrorBroken, MirrorAndDatabase, Overtaken or DatabaseUnusable:
    never is something less than the mirror holds served instead.
    """

    def tried(do: Callable[[], T]) -> T:
        return patiently(
            do, pace.patience, pause=pace.look, seconds=clocks.seconds, wait=clocks.wait
        )

    tried(repository.make_private)
    taken = take(repository, secrets.token_hex(8), pace, clocks)
    head = tried(lambda: read_head(repository, taken.commit))
    if head:
        seal.check(head.proof)
    store = tried(lambda: _opened(path, repository, seal, taken.commit, head))
    store.capture()
    if head and seal.is_old(head.proof):
        store.need_image()  # under the secret of today, so that the old one can be dropped
    return store, Mirror(store, repository, seal, taken, head, pace, clocks)


def _opened(
    path: Path, repository: Repository, seal: Seal, commit: str, head: Head | None
) -> Store:
    store = Store.open(f"sqlite:///{path}") if path.exists() else None
    if head is None:
        return store or Store.open(f"sqlite:///{path}")
    if store is None or store.is_empty() or _is_older(store, head):
        if store:
            store.close()
        _rebuild(path, repository, seal, commit, head)
        return Store.open(f"sqlite:///{path}")
    if store.sent() == head.place != store.mirrored():
        store.arrived()
    if store.mirrored().sequence > head.last:  # the mirror lost something; all of it is here
        store.need_image()
    elif store.mirrored() != head.place:
        raise MirrorAndDatabase(
            f"{path} and the mirror {repository.name} each have labels that the other has not; "
            "move the file away to go on with those of the mirror, or set MIRROR to another "
            "repository to go on with those of the file"
        )
    return store


def _is_older(store: Store, head: Head) -> bool:
    """Whether the mirror holds all of a database that another process went on from."""
    mine, waiting = store.mirrored(), store.unmirrored()
    ahead = waiting.changes > 0 or waiting.anew or store.sent().sequence > mine.sequence
    return 0 < mine.sequence < head.last and not ahead


def _rebuild(path: Path, repository: Repository, seal: Seal, commit: str, head: Head) -> None:
    with repository.reading(f"{FOLDER}/log/*", commit) as read:
        names = check(head, read, repository.names(commit))
        told = tqdm(
            images(names, read, seal),
            desc=f"rebuilding {path.name} from the mirror",
            total=len(names),
            unit="file",
            delay=2,
        )
        rebuild(path, told, head.place)
