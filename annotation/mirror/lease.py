"""Who may write a mirror: one process at a time, the latest that asked.

A process asks with the next epoch. The one that writes sees it, takes no more changes, writes what
it has and grants the lease in the same commit. One that does not answer in time has lost it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import ValidationError

from annotation.hub.errors import HubMoved, HubUnreachable
from annotation.hub.repository import Repository
from annotation.mirror.errors import MirrorBroken, Overtaken
from annotation.mirror.files import LEASE_FILE
from annotation.mirror.pace import Clocks, Pace
from annotation.schema import Moment, Record

log = logging.getLogger(__name__)


class Lease(Record):
    """Who writes the mirror, or asks to."""

    format: Literal[1] = 1
    epoch: int
    holder: str
    """Drawn at random for each process."""
    state: Literal["asked", "held", "left"]
    since: Moment
    before: str = ""
    """While it is asked for: who held it before."""

    def asked_by(self, holder: str, now: datetime) -> Lease:
        """The next lease, asked for by another, or taken where this one was left."""
        if self.state == "left":
            return Lease(epoch=self.epoch + 1, holder=holder, state="held", since=now)
        before = self.before if self.state == "asked" else self.holder
        return Lease(epoch=self.epoch + 1, holder=holder, state="asked", since=now, before=before)

    def held(self, now: datetime) -> Lease:
        """Granted to whoever asked."""
        return Lease(epoch=self.epoch, holder=self.holder, state="held", since=now)

    def left(self, now: datetime) -> Lease:
        """Given up by its holder: the next one need not wait."""
        return Lease(epoch=self.epoch, holder=self.holder, state="left", since=now)

    def as_file(self) -> dict[str, bytes]:
        """Name and content of its file."""
        return {LEASE_FILE: self.model_dump_json().encode() + b"\n"}


class Taken(NamedTuple):
    """A lease that is ours, and the commit at which it is."""

    lease: Lease
    commit: str


def read_lease(repository: Repository, commit: str) -> Lease | None:
    """The lease at a commit; None where nobody ever had one."""
    content = repository.read(LEASE_FILE, commit)
    if content is None:
        return None
    try:
        return Lease.model_validate_json(content)
    except ValidationError as error:
        raise MirrorBroken(f"{LEASE_FILE}: not a lease ({error})") from None


def take(repository: Repository, holder: str, pace: Pace, clocks: Clocks) -> Taken:
    """The lease for `holder`, once its holder until now has granted it or kept silent too long.

    Raises Overtaken where a third process asks meanwhile, HubUnreachable after `pace.patience`.
    """
    began, asked_at = clocks.seconds(), None
    while True:
        try:
            commit = repository.commit_now()
            found = read_lease(repository, commit)
            if found and found.holder == holder and found.state == "held":
                return Taken(found, commit)
            if found and found.holder == holder:
                if asked_at is None:
                    asked_at = clocks.seconds()
                    log.warning(
                        "mirror: another app wrote %s last; asking it to hand over, for %g seconds",
                        repository.name,
                        pace.handover,
                    )
                if clocks.seconds() - asked_at < pace.handover:
                    clocks.wait(pace.look)
                    continue
            elif asked_at is not None:
                raise Overtaken(
                    f"{repository.name}: a newer copy of the app has taken the mirror over"
                )
            repository.commit(_next(found, holder, clocks.now).as_file(), (), "Lease", commit)
        except HubMoved:
            continue
        except HubUnreachable:
            if clocks.seconds() - began > pace.patience:
                raise
            clocks.wait(pace.look)


def _next(found: Lease | None, holder: str, now: Callable[[], datetime]) -> Lease:
    if found is None:
        return Lease(epoch=1, holder=holder, state="held", since=now())
    return found.held(now()) if found.holder == holder else found.asked_by(holder, now())
