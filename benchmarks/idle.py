"""What annotators cost who have the page open and do nothing: processor and memory of the app.

    python -m benchmarks.idle [--annotators 200] [--seconds 60]

Each loads the page as Chromium does (the page, its theme, the server functions, over six
connections), joins and gets a pair. From then on the page only sends a sign of life every five
minutes: Gradio keeps no stream open, and the server closes connections that are quiet for five
seconds. Memory is measured while all connections are open at once, which is more than a quiet
page keeps. The app runs on SQLite, everything on the loopback address.
"""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from time import perf_counter, sleep

from benchmarks.soak.browser import Browser
from benchmarks.soak.replicas import Place, Replica, Replicas
from benchmarks.submit import cpu_seconds, study_folder

HEARTBEAT = 300.0
"""Seconds between two signs of life of one page."""
CONNECTIONS = 6
"""That a browser opens to one host."""
WARM_UP = 40
MOST_CPU = 0.10
"""Of one core."""
MOST_KILOBYTES = 100.0


class Idler:
    """One annotator with an open page."""

    def __init__(self, replica: Replica, name: str) -> None:
        self._port = replica.port
        self._connections: list[HTTPConnection] = []
        self._browser = Browser(Replicas([replica], 3600), 0, lambda _: None)
        self.load("/", "/theme.css")
        self._browser.join(name, secrets.token_hex(16))
        self._token = self._browser.call("start", {})["next"]["task"]["token"]

    def load(self, *paths: str) -> None:
        """Ask for these, each over a connection of its own that stays open."""
        for path in paths:
            connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
            self._connections.append(connection)
            connection.request("GET", path)
            connection.getresponse().read()

    def touch(self) -> None:
        """The page's sign of life."""
        reply = self._browser.call("touch", {"token": self._token})
        if not reply["ok"]:
            raise RuntimeError(reply["error"])

    def close(self) -> None:
        """Leave the page."""
        for connection in self._connections:
            connection.close()
        self._browser.close()


def resident_kilobytes(pid: int) -> float:
    """Memory of a process that is in use (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return float(status.split("VmRSS:")[1].split()[0])


def arrive(replica: Replica, count: int, prefix: str) -> list[Idler]:
    """So many annotators open the page, some at a time."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda n: Idler(replica, f"{prefix} {n}"), range(count)))


def memory(pid: int, replica: Replica, count: int) -> tuple[float, list[Idler]]:
    """Kilobytes an annotator adds, and the annotators."""
    for early in arrive(replica, WARM_UP, "early"):  # opens files, fills caches, starts threads
        early.close()
    before = resident_kilobytes(pid)
    idlers = arrive(replica, count, "ann")
    for idler in idlers:
        idler.load(*["/healthz"] * (CONNECTIONS - 1))
    return (resident_kilobytes(pid) - before) / count, idlers


def processor(pid: int, idlers: Sequence[Idler], seconds: float) -> float:
    """The share of one core that is used while the pages send their signs of life."""
    pause = HEARTBEAT / len(idlers)
    before, began = cpu_seconds(pid), perf_counter()
    for number, idler in enumerate(cycle(idlers), start=1):
        if number * pause > seconds:
            break
        idler.touch()
        sleep(max(0.0, began + number * pause - perf_counter()))
    return (cpu_seconds(pid) - before) / (perf_counter() - began)


def main() -> int:
    """Print one line a figure; 1 where one is above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--annotators", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0, help="of doing nothing")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = study_folder(folder, 2 * given.annotators, 3)
        url = f"sqlite:///{folder / 'annotations.db'}"
        replica = Replica(Place(study, url, 1800, folder / "app.log"))
        replica.start()
        try:
            kilobytes, idlers = memory(replica.pid, replica, given.annotators)
            share = processor(replica.pid, idlers, given.seconds)
            for idler in idlers:
                idler.close()
        finally:
            replica.stop(signal.SIGTERM)
    print(f"idle, {given.annotators} annotators: {share:.2%} of a core (at most {MOST_CPU:.0%})")
    print(
        f"idle, {given.annotators} annotators with {CONNECTIONS} connections each: "
        f"{kilobytes:.0f} kB an annotator (at most {MOST_KILOBYTES:.0f} kB)"
    )
    return int(share > MOST_CPU or kilobytes > MOST_KILOBYTES)


if __name__ == "__main__":
    sys.exit(main())
