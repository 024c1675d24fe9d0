"""How often the mirror does what, and the clocks that it goes by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import NamedTuple

from pydantic import Field

from annotation.schema import Record


class Pace(Record):
    """Seconds and numbers."""

    every: float = Field(default=60, gt=0)
    """A change is sent after so many seconds at the latest."""
    labels: int = Field(default=50, ge=1)
    """So many labels are sent at once, however soon."""
    apart: float = 30
    """Two commits lie so many seconds apart at least: the Hub takes 128 an hour."""
    look: float = 2
    """So often is looked whether somebody else has committed."""
    handover: float = 20
    """So long the process that wrote the mirror before has to answer."""
    patience: float = 60
    """So long a start waits for a Hub that does not answer."""
    longest: float = 300
    """The longest time between two attempts while the Hub fails."""
    tail_files: int = 50
    """So many files after an image, and a tenth of its bytes, make a new image worth while."""


class Clocks(NamedTuple):
    """The time of day, seconds that never go back, and how one waits."""

    now: Callable[[], datetime]
    seconds: Callable[[], float]
    wait: Callable[[float], None]


def real_clocks() -> Clocks:
    """Those of a running app."""
    return Clocks(now=lambda: datetime.now(UTC), seconds=monotonic, wait=sleep)
