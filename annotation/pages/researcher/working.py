"""Long works of researchers, done behind the page: it may be closed, and the server may be killed.

How a work stands is in the database, so that any replica can tell; a work whose process was killed
gives no more signs of life, and can be begun again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TypeAlias, TypeVar

from analysis.watch import Watch
from annotation.pages.researcher.text import BROKE
from annotation.schema import TiebreakError
from annotation.store import DatabaseAway, Replaced, WorkState
from annotation.workflow import Research

T = TypeVar("T")
_log = logging.getLogger("tiebreak")
_BEAT = 2.0
"""Seconds between two signs of life."""
_ATTEMPTS = 150
"""So often the end of a work is written to a database that is away, a beat apart."""


class GoesOn(TiebreakError):
    """A work of which one is being done already."""


@dataclass(frozen=True)
class Outcome:
    """What came of a work, in a sentence, and the files that it made."""

    said: str
    files: Mapping[str, str] = field(default_factory=dict)


Doing: TypeAlias = Callable[[Watch], Outcome]


@dataclass
class _Steps:
    """How far a work is; it counts, another thread reads."""

    done: int = 0
    total: int = 0

    def watch(self, things: Iterable[T], _name: str, /) -> Iterable[T]:
        """The things, counted as they are asked for; their number where it is known."""
        known = [*things]
        self.done, self.total = 0, len(known)
        return self._counted(known)

    def _counted(self, things: Iterable[T]) -> Iterator[T]:
        for thing in things:
            yield thing
            self.done += 1


def begin(research: Research, name: str, do: Doing) -> Thread:
    """Begin a work, and return at once; raises GoesOn where one of that name is being done."""
    token = secrets.token_urlsafe(16)
    workflow = research.workflow
    if not workflow.store.begin_work(research.key, name, token, workflow.now):
        raise GoesOn("this is being done already; wait until it is finished")
    # Daemons: a server that stops does not wait for them.
    thread = Thread(
        target=_watched, args=(research, name, token, do), name=f"work {name}", daemon=True
    )
    thread.start()
    return thread


def _watched(research: Research, name: str, token: str, do: Doing) -> None:
    """Have it done by another thread, and tell of it all the while."""
    steps, made = _Steps(), Future[Outcome]()
    worker = Thread(target=_done, args=(do, steps, made), name=f"doing {name}", daemon=True)
    worker.start()
    store, key = research.workflow.store, research.key
    is_done = False
    while not is_done:
        worker.join(_BEAT)
        is_done = not worker.is_alive()
        with suppress(DatabaseAway):
            now = research.workflow.now
            if not store.work_goes_on(key, name, token, steps.done, steps.total, now):
                return  # somebody withdrew, or it was begun anew: nobody wants this one
    error = made.exception()
    if error is None:
        _end(research, name, token, "done", made.result())
    else:
        if not isinstance(error, TiebreakError):
            _log.error("a work of researchers broke", exc_info=error)
        said = f"{error}" if isinstance(error, TiebreakError) else BROKE
        _end(research, name, token, "failed", Outcome(said))


def _done(do: Doing, steps: _Steps, made: Future[Outcome]) -> None:
    try:
        made.set_result(do(steps.watch))
    except Exception as error:  # noqa: BLE001 (for the other thread, which tells of it)
        made.set_exception(error)


def _end(research: Research, name: str, token: str, state: WorkState, outcome: Outcome) -> None:
    workflow = research.workflow
    # A database takes no zero byte, which a study's texts might hold.
    files = {one: text.replace("\0", "\ufffd") for one, text in outcome.files.items()}
    for _ in range(_ATTEMPTS):
        try:
            workflow.store.end_work(
                research.key, name, token, state, outcome.said, files, workflow.now
            )
            return
        except Replaced:
            return
        except DatabaseAway:
            Event().wait(_BEAT)
