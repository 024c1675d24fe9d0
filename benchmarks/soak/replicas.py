"""The app's processes: started, killed at any moment, and started again on the same port."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from time import monotonic
from typing import NamedTuple

from annotation.schema import TiebreakError
from tests.served import ROOT, environment, free_port

SECRET = "the one secret of all replicas"


class TookTooLong(TiebreakError):
    """A soak that did not come to its end in its time."""


class NotStarted(TiebreakError):
    """An app process that ended before it listened."""


class Place(NamedTuple):
    """What every replica shares."""

    study: Path
    database_url: str
    lease: int
    """Seconds."""
    log: Path
    """Where standard error of every process goes."""


class Replica:
    """`python app.py` on a port of its own."""

    def __init__(self, place: Place) -> None:
        self.port = free_port()
        self.is_up = False
        self._place = place
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it; returns when it listens."""
        more = {
            "DATABASE_URL": self._place.database_url,
            "SECRET": SECRET,
            "LEASE_SECONDS": str(self._place.lease),
            "JOINS_PER_MINUTE": "1000000",  # everybody comes from one address
        }
        with self._place.log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "app.py"],
                cwd=ROOT,
                env=environment(self._place.study, self.port, **more),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        if str(self.port) not in self._process.stdout.readline():
            raise NotStarted(f"the app did not start: {self._place.log.read_text()[-2000:]}")
        self.is_up = True

    @property
    def pid(self) -> int:
        """The process that runs now."""
        assert self._process is not None
        return self._process.pid

    def stop(self, how: signal.Signals) -> None:
        """End it, if it runs."""
        self.is_up = False
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            with process:
                process.wait(timeout=30)


class Replicas:
    """All replicas behind a round robin, and the time in which everything must be over.

    door: the port of the proxy that goes round; without one the browsers do so themselves.
    """

    def __init__(
        self, replicas: Sequence[Replica], seconds: float, door: int | None = None
    ) -> None:
        self._replicas = replicas
        self._door = door
        self._until = monotonic() + seconds
        self._change = threading.Condition()
        self._restarts: list[threading.Thread] = []

    def port(self, turn: int) -> int:
        """Where to ask this time."""
        return self._door or self._replicas[turn % len(self._replicas)].port

    def wait_for_one(self) -> None:
        """Until a replica is up; raises TookTooLong."""
        self.wait(lambda: any(each.is_up for each in self._replicas))

    def wait(self, condition: Callable[[], bool], seconds: float | None = None) -> None:
        """Until `condition`, or for so many seconds at most; raises TookTooLong."""
        patience = self._until - monotonic()
        with self._change:
            met = self._change.wait_for(condition, min(patience, seconds or patience))
        if monotonic() > self._until or not (met or seconds):
            raise TookTooLong("the time for the whole soak is over")

    def tell(self) -> None:
        """Have those who wait look at their conditions."""
        with self._change:
            self._change.notify_all()

    def kill_one(self, rng: Random) -> None:
        """SIGKILL a replica that is up; it starts again in the background."""
        self.wait_for_one()
        victim = rng.choice([each for each in self._replicas if each.is_up])
        victim.stop(signal.SIGKILL)

        def again() -> None:
            victim.start()
            self.tell()

        self._restarts.append(threading.Thread(target=again))
        self._restarts[-1].start()

    def settle(self) -> None:
        """Until every replica that was killed is up again."""
        for each in self._restarts:
            each.join()


@contextmanager
def running(place: Place, count: int) -> Iterator[list[Replica]]:
    """So many replicas, until the end of the block."""
    with ExitStack() as stack:
        made = [Replica(place) for _ in range(count)]
        for each in made:
            stack.callback(each.stop, signal.SIGTERM)
            each.start()
        yield made
