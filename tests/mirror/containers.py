"""Containers of a Space: each with a disk of its own, and one repository that outlives them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from annotation.assignment import Answer
from annotation.hub.repository import Repository
from annotation.mirror.mirror import Mirror
from annotation.mirror.opening import open_mirrored
from annotation.mirror.pace import Clocks, Pace
from annotation.mirror.sealing import Seal
from annotation.store import AnnotatorRecord, AssignmentRecord, Given, Identity, Store
from tests.stand_in_hub import WRITER, StandInHub

REPOSITORY = "lab/mirror"
SECRET = "a secret of the Space"
STUDY = "trial"
PAIRS = {f"p{number}": number for number in range(6)}
LEASE = timedelta(minutes=30)


class Clock:
    """Time that passes only when somebody waits for it; then `meanwhile` happens."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.meanwhile: Callable[[], object] = lambda: None

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC) + timedelta(seconds=self.passed)

    def wait(self, seconds: float) -> None:
        self.passed += seconds
        self.meanwhile()

    def clocks(self) -> Clocks:
        return Clocks(self.now, lambda: self.passed, self.wait)


class Container:
    """A process with a store and a mirror, as the app has them; no thread of its own."""

    store: Store
    mirror: Mirror

    def __init__(
        self,
        disk: Path,
        clock: Clock,
        token: str = WRITER,
        secret: str = SECRET,
        old_secrets: Sequence[str] = (),
        apart: float = 0,
    ) -> None:
        self.disk = disk
        self.clock = clock
        self.repository = Repository(REPOSITORY, token)
        self.seal = Seal(secret, old_secrets)
        self.pace = Pace(every=60, labels=4, apart=apart, look=5, handover=20, tail_files=8)

    @property
    def database(self) -> Path:
        return self.disk / "annotations.db"

    def start(self) -> Container:
        """Start it on the disk as it is; the pairs are registered as the workflow does it."""
        self.disk.mkdir(exist_ok=True)
        self.store, self.mirror = open_mirrored(
            self.database, self.repository, self.seal, self.pace, self.clock.clocks()
        )
        wanted, category = dict.fromkeys(PAIRS, 4), dict.fromkeys(PAIRS)
        self.store.register(STUDY, 1, wanted, category, lambda: PAIRS, self.clock.now())
        return self

    def die(self, wipe: bool = True) -> None:
        """As SIGKILL does it, and the disk with it."""
        self.store.close()
        if wipe:
            shutil.rmtree(self.disk)

    def pass_time(self, seconds: float) -> None:
        """Let the mirror do what is due every second."""
        for _ in range(int(seconds)):
            self.clock.passed += 1
            self.mirror.step()

    # -- people ----------------------------------------------------------------------------------

    def join(self, name: str, identity: Identity | None = None) -> AnnotatorRecord:
        key = f"hash of {name}"
        return self.store.add_annotator(STUDY, name, name, key, self.clock.now(), identity=identity)

    def known(self, name: str) -> AnnotatorRecord:
        found = self.store.annotator(STUDY, f"hash of {name}")
        assert found is not None
        return found

    def task(self, who: AnnotatorRecord) -> AssignmentRecord:
        """What the annotator has on the screen."""
        token = f"{who.pseudonym}-{self.clock.passed}-{len(list(self.store.labels(STUDY)))}"
        found = self.store.take(who.id, token, self.clock.now(), LEASE, Random(who.id))
        assert found is not None
        return found

    def label(self, who: AnnotatorRecord, choice: str = "a", comment: str | None = None) -> None:
        """Answer the pair on the screen."""
        task = self.task(who)
        given = Given(
            submission_id=f"of {task.token}",
            answers=(Answer(criterion="overall", target="pair", choice=choice),),
            seconds=0.1 + self.clock.passed / 3,
            comment=comment,
            study_version=1,
        )
        self.store.submit(who.id, task.token, given, self.clock.now())

    def labels(self) -> int:
        return len(list(self.store.labels(STUDY)))


def files_of(hub: StandInHub) -> dict[str, bytes]:
    """What the head of the mirror's repository holds."""
    return dict(hub.repo(REPOSITORY).head.files)
