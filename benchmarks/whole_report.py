"""What `python -m analysis` takes as a process of its own, with those that it forks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

EVERY = 0.2
"""Seconds between two looks at the memory."""


class Taken(NamedTuple):
    """Seconds, seconds of the processors (which do not hang on other work), and peak bytes."""

    seconds: float
    cpu: float
    peak: int


def analysed(study: Path, out: Path) -> Taken:
    """The report of a study; its peak is the most that all processes had together at one look.

    What they share counts once (proportional set size). Ends where the command does not end well.
    """
    command = [sys.executable, "-m", "analysis", str(study), "--out", str(out)]
    start, before = time.perf_counter(), os.times()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_memory, _family(process.pid))))
        with suppress(subprocess.TimeoutExpired):
            process.wait(EVERY)
    if process.returncode:
        raise SystemExit(f"python -m analysis ended with {process.returncode}")
    seconds, after = time.perf_counter() - start, os.times()
    user, system = "children_user", "children_system"
    cpu = sum(getattr(after, name) - getattr(before, name) for name in (user, system))
    return Taken(seconds, cpu, peak)


def _family(process: int) -> list[int]:
    """A process and all that it forked."""
    found = [process]
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in _read(task).split():
            found += _family(int(child))
    return found


def _memory(process: int) -> int:
    """Its proportional set size in bytes; 0 where it has just ended."""
    found = re.search(r"^Pss:\s+(\d+) kB", _read(Path(f"/proc/{process}/smaps_rollup")), re.M)
    return int(found[1]) * 1024 if found else 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended
        return ""
