"""The database of a running app, with its mirror where the settings ask for one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

from annotation.durability import Durability, plain_durability
from annotation.hub.repository import Repository
from annotation.mirror.mirror import Mirror
from annotation.mirror.opening import open_mirrored
from annotation.mirror.pace import Pace, real_clocks
from annotation.mirror.sealing import Seal
from annotation.settings import Settings, sqlite_file
from annotation.store import Store

_TICK = 0.5
"""Seconds between two looks at what is due; each costs one small query."""


class Kept:
    """A store, how safe it is, and the thread that mirrors it."""

    def __init__(self, store: Store, settings: Settings, mirror: Mirror | None) -> None:
        self.store = store
        self._settings = settings
        self._mirror = mirror
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)

    def durability(self) -> Durability:
        """How safe the labels are now."""
        plain, mirror = plain_durability(self._settings), self._mirror
        if mirror is None:
            return plain
        has_died = self._thread.ident and not (self._thread.is_alive() or mirror.is_over)
        problem = "the mirror has stopped; restart the app" if has_died else mirror.problem
        return plain.model_copy(
            update={
                "last_mirrored": self.store.mirrored().at,
                "pending": self.store.unmirrored().labels,
                "problem": problem,
            }
        )

    def announced(self) -> list[str]:
        """Lines for the start: where labels go, whether they survive, what may be lost."""
        lines = [self.durability().sentence, *self._settings.notes]
        if self._mirror:
            lines.append(self._mirror.window)
        return lines

    def start(self) -> None:
        """Mirror from now on, in the background."""
        if self._mirror:
            self._thread.start()

    def stop(self, limit: timedelta) -> str | None:
        """Mirror what is left, for `limit` at most; a sentence where something is not mirrored."""
        if self._mirror is None:
            return None
        self._stopping.set()
        self._thread.join(limit.total_seconds())
        left = self.store.unmirrored()
        if not left.changes:
            return None
        return f"{left.labels} labels are in the database only: the mirror did not take them"

    def _run(self) -> None:
        mirror = self._mirror
        assert mirror is not None
        while not self._stopping.wait(_TICK):
            mirror.step()
        mirror.finish()


def open_kept(settings: Settings, secret: str, old_secrets: Sequence[str] = ()) -> Kept:
    """The database of the settings; rebuilt from its mirror first where this disk has lost it."""
    path, mirrored = sqlite_file(settings.database_url), settings.mirror
    if mirrored is None or path is None:
        store = Store.open(settings.database_url)
        if path is not None:
            store.stop_capturing()
        return Kept(store, settings, None)
    pace = Pace(
        every=mirrored.every.total_seconds(),
        labels=mirrored.labels,
        apart=min(30, mirrored.every.total_seconds()),
        look=min(2, mirrored.handover.total_seconds() / 4),
        handover=mirrored.handover.total_seconds(),
    )
    repository = Repository(mirrored.repository, mirrored.token)
    seal = Seal(secret, old_secrets)
    store, mirror = open_mirrored(path, repository, seal, pace, real_clocks())
    return Kept(store, settings, mirror)
