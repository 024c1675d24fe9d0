"""What every part of the workflow stands on: the study as it is now, the store and the clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom

from annotation.assignment import labels_wanted, positions
from annotation.durability import Durability
from annotation.schema import Purpose, TiebreakError
from annotation.served import Served, load_served, stamp_of
from annotation.store import Store
from annotation.study import Study, StudyError

LEASE = timedelta(minutes=30)
"""How long a pair waits for its annotator after the last sign of life."""

ANSWERED: tuple[Purpose, ...] = ("study", "surplus", "gold", "repeat")
"""What counts as answered by an annotator: all but the training."""


def utc_now() -> datetime:
    """The clock of a running app."""
    return datetime.now(UTC)


class Serving:
    """One study, served from one store.

    What a process keeps is the study's files; when they change it reads them again.
    """

    def __init__(
        self,
        served: Served,
        store: Store,
        *,
        now: Callable[[], datetime] = utc_now,
        coin: Random | None = None,
        lease: timedelta = LEASE,
        durability: Callable[[], Durability] | None = None,
    ) -> None:
        self._served = served
        self._store = store
        self._now = now
        self._coin = coin or SystemRandom()
        self._lease = lease
        self._durability = durability
        self.study_problem: str | None = None
        """Why changed files of the study are not in use, where they cannot be."""
        self.lost_pairs: Sequence[str] = self._register(served.study)
        """Ids that the database knows and the study no longer holds, for a word at the start."""

    @property
    def store(self) -> Store:
        """Where people's labels are."""
        return self._store

    @property
    def now(self) -> datetime:
        """The time by the clock that was passed in."""
        return self._now()

    @property
    def lease_end(self) -> datetime:
        """Until when a pair waits that is given out now."""
        return self._now() + self._lease

    @property
    def served(self) -> Served:
        """The study as it is now; files that changed are read again, if they can be used."""
        folder = self._served.study.folder
        stamp = stamp_of(folder)
        if stamp != self._served.stamp:
            try:
                changed = load_served(folder)
                if changed.study.key != self._served.study.key:
                    raise StudyError(
                        f"{folder}: found the key {changed.study.key!r}, expected "
                        f"{self._served.study.key!r} as long as the app runs"
                    )
            except TiebreakError as error:
                self.study_problem = str(error)
                self._served = replace(self._served, stamp=stamp)
            else:
                # Where the database is away just now, the next request tries again.
                self.lost_pairs = self._register(changed.study)
                self._served, self.study_problem = changed, None
        return self._served

    @property
    def study(self) -> Study:
        """The plan and the pairs as they are now."""
        return self.served.study

    def durability(self) -> Durability | None:
        """How safe the labels are at this moment; None where nobody said."""
        return self._durability() if self._durability else None

    def is_ready(self) -> bool:
        """Whether labels can be taken: the database answers."""
        return self._store.answers()

    def _register(self, study: Study) -> list[str]:
        return self._store.register(
            study.key,
            study.version,
            labels_wanted(study.pairs, study.labels_per_pair, study.overlap, study.key),
            {pair.id: pair.prompt.category for pair in study.pairs},
            lambda: positions(study.pairs, study.key),
            self._now(),
            {pair.id: (pair.prompt.id, pair.prompt.task) for pair in study.pairs},
        )
