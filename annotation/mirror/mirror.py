"""Keep the mirror up to date, step by step, for as long as the lease is ours."""

from __future__ import annotations

import logging

from annotation.hub.errors import HubMoved, HubRefused
from annotation.hub.repository import Repository
from annotation.mirror.errors import MirrorBroken
from annotation.mirror.files import Head, Part, pieces, read_head, sequence_of, written
from annotation.mirror.lease import Lease, Taken, read_lease
from annotation.mirror.pace import Clocks, Pace
from annotation.mirror.sealing import Seal
from annotation.schema import TiebreakError
from annotation.store import Store
from annotation.store.changes import Image

log = logging.getLogger(__name__)

REPLACED = "a newer copy of the app has taken over from this one"


class Mirror:
    """The mirror of one database. One thread calls `step`; any may ask for the durability."""

    def __init__(
        self,
        store: Store,
        repository: Repository,
        seal: Seal,
        taken: Taken,
        head: Head | None,
        pace: Pace,
        clocks: Clocks,
    ) -> None:
        self._store = store
        self._repository = repository
        self._seal = seal
        self._lease, self._commit = taken
        self._head = head
        self._pace = pace
        self._clocks = clocks
        self._forget = head is not None and head.forget
        self._since: float | None = None
        self._failures = 0
        self._is_blind = False
        self._not_before = self._look_at = clocks.seconds()
        self._granting: Lease | None = None
        self._problem: str | None = None
        self._notice: str | None = None
        self.is_over = False
        """Whether another process writes the mirror now, or nobody after `finish`."""

    @property
    def problem(self) -> str | None:
        """Why labels are not as safe as they should be, in one sentence."""
        return self._problem or self._notice

    @property
    def window(self) -> str:
        """What a lost disk may cost, in one sentence."""
        return (
            f"Labels are in the mirror after {self._pace.every:g} seconds, or earlier when there "
            f"are {self._pace.labels}, {self._pace.apart:g} seconds after the ones before: "
            "what is younger is lost with the disk"
        )

    def step(self) -> None:
        """Look whether the mirror is still ours, and send what is due; a failure is kept to tell.

        After one the next attempt to send waits, twice as long each time. Looking goes on: who asks
        for the mirror does not wait for long.
        """
        if self.is_over:
            return
        now = self._clocks.seconds()
        try:
            if now >= self._look_at:
                self._look(now)
            if not self.is_over and now >= self._not_before and self._is_due(now):
                self._send()
            if self._forget and not (self.is_over or self._failures):
                self._forget_history()
        except TiebreakError as error:
            self._failed(str(error))

    def finish(self) -> None:
        """Send what is left and give the lease up, so that the next process need not wait.

        Tried again for as long as another process would wait, and whenever somebody else commits
        in between.
        """
        until = self._clocks.seconds() + self._pace.handover
        while not self.is_over:
            try:
                self.is_over = self._send(self._lease.left(self._clocks.now()))
            except TiebreakError as error:
                self._failed(str(error))
                if self._clocks.seconds() >= until:
                    return
                self._clocks.wait(self._pace.look)

    def _is_due(self, now: float) -> bool:
        waiting = self._store.unmirrored()
        if self._granting or waiting.anew:
            return True
        if not waiting.changes:
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return waiting.labels >= self._pace.labels or now - self._since >= self._pace.every

    def _failed(self, why: str) -> None:
        self._failures += 1
        now, soon = self._clocks.seconds(), self._pace.handover / 2
        longest = soon if self._granting else self._pace.longest
        seconds = min(longest, self._pace.look * 2.0 ** min(self._failures, 16))
        self._not_before = now + seconds
        if self._is_blind:
            self._look_at = now + min(seconds, soon)
        if why != self._problem:
            log.warning("mirror: %s; next attempt in %g seconds", why, seconds)
        self._problem = why

    # -- somebody else ---------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        was_blind, self._is_blind = self._is_blind, True
        self._look_at = now + self._pace.look
        commit = self._repository.commit_now()
        if commit != self._commit:
            self._after(commit)
        self._is_blind = False
        if was_blind and not self.is_over:  # the Hub answers again: nothing need wait
            self._not_before, self._failures = now, 0
            self._problem = REPLACED if self._granting else None

    def _after(self, commit: str) -> None:
        """Somebody committed, perhaps we ourselves without hearing of it."""
        head = self._head_at(commit)
        if head and head.place == self._store.sent() != self._store.mirrored():
            self._arrived(head, commit)
        lease = read_lease(self._repository, commit) or self._lease
        if lease.holder != self._lease.holder:
            self._lost(lease)
        elif head != self._head or not self._is_whole(commit):
            log.warning("mirror: %s was changed by others; written anew", self._repository.name)
            self._store.need_image()
        self._commit = commit

    def _head_at(self, commit: str) -> Head | None:
        """The head, where there is one that can be used; the lease is ours, so we make another."""
        try:
            return read_head(self._repository, commit)
        except MirrorBroken:
            return None

    def _is_whole(self, commit: str) -> bool:
        if self._head is None:
            return True
        there = {sequence_of(name) for name in self._repository.names(commit)}
        return there.issuperset(range(self._head.first, self._head.last + 1))

    def _lost(self, lease: Lease) -> None:
        """Another process has the lease, or asks for it: no label is taken here from now on."""
        self._store.close_to_writers(REPLACED)
        if self.is_over:
            return
        if lease.state == "asked" and lease.before == self._lease.holder:
            self._granting = lease.held(self._clocks.now())
            self._problem = REPLACED
            self._not_before, self._failures = 0, 0  # at once: it does not wait for long
            return
        self.is_over = True
        left = self._store.unmirrored()
        lost = f"; {left.labels} labels of this one are not in the mirror" if left.labels else ""
        self._problem = f"{REPLACED}{lost}"
        log.warning("mirror: %s", self._problem)

    # -- sending ---------------------------------------------------------------------------------

    def _send(self, last_lease: Lease | None = None) -> bool:
        """Commit what is new, or an image of everything, and the lease with it; whether it was."""
        lease = (self._granting or last_lease or self._lease).as_file()
        waiting = self._store.unmirrored()
        try:
            if waiting.changes or waiting.anew or self._head is None:
                is_last = bool(self._granting or last_lease)  # somebody waits: no more than needed
                whole = waiting.anew or (self._is_long() and not is_last)
                head, made = self._send_log(whole, lease)
            else:
                head = self._head
                made = self._repository.commit(lease, (), "Lease", self._commit)
        except HubMoved:
            self._after(self._repository.commit_now())
            return False
        self._arrived(head, made)
        return True

    def _arrived(self, head: Head, commit: str) -> None:
        if self._failures:
            log.warning("mirror: up to date again")
        if head.place != self._store.mirrored():
            self._store.arrived()
        self._head, self._commit = head, commit
        self._forget = head.forget
        self._problem, self._failures, self._since = None, 0, None
        self._not_before = self._clocks.seconds() + self._pace.apart
        if self._granting:
            self.is_over = True
            self._problem = REPLACED
            log.warning("mirror: %s, with every label of this one", REPLACED)

    def _send_log(self, whole: bool, lease: dict[str, bytes]) -> tuple[Head, str]:
        """Send changes, or an image of everything; the head that counts them, and its commit.

        What is much goes in several commits, so that it is never all in memory; only the last one
        makes them count, and takes away what no longer does.
        """
        before, at = self._head, self._clocks.now()
        whole = whole or before is None
        sequence = max(before.last if before else 0, self._store.mirrored().sequence) + 1
        old = self._repository.names(self._commit) if whole else []
        sent: list[Part] = []
        with self._store.image() if whole else self._store.news() as image:
            previous = before.sha256 if before and not whole else ""
            waiting: list[Part] = []
            for piece in pieces(written(image, self._seal, sequence, previous, at)):
                if waiting:
                    message = f"Up to file {waiting[-1].sequence}, which does not count yet"
                    files = {part.name: part.content for part in waiting}
                    self._commit = self._repository.commit(files, (), message, self._commit)
                sent += [part.without_content() for part in piece]
                waiting = piece
            forget = self._forget or image.withdrawn > 0
            head = self._next_head(sent, image, None if whole else before, forget)
            self._store.sending(head.place, image)
        files = {part.name: part.content for part in waiting} | head.as_file() | lease
        gone = {name for name in old if sequence_of(name) is not None} - {one.name for one in sent}
        message = f"Changes up to file {head.last}"
        return head, self._repository.commit(files, sorted(gone), message, self._commit)

    def _next_head(
        self, parts: list[Part], image: Image, before: Head | None, forget: bool
    ) -> Head:
        size = sum(part.size for part in parts)
        return Head(
            first=before.first if before else parts[0].sequence,
            last=parts[-1].sequence,
            sha256=parts[-1].digest,
            revision=image.revision,
            at=parts[0].at,
            image_bytes=before.image_bytes if before else size,
            tail_files=before.tail_files + len(parts) if before else 0,
            tail_bytes=before.tail_bytes + size if before else 0,
            proof=self._seal.proof(),
            forget=forget,
        )

    def _is_long(self) -> bool:
        head = self._head
        return (
            head is not None
            and head.tail_files >= self._pace.tail_files
            and head.tail_bytes >= head.image_bytes / 10
        )

    def _forget_history(self) -> None:
        """Somebody withdrew: earlier commits must not hold what they gave."""
        try:
            self._repository.forget_history()
        except HubRefused as error:
            self._notice = (
                f"what somebody gave who withdrew is still in earlier commits ({error}); call "
                f"super_squash_history({self._repository.name!r}, repo_type='dataset') of HfApi"
            )
            log.warning("mirror: %s", self._notice)
        self._forget = False
        self._after(self._repository.commit_now())
