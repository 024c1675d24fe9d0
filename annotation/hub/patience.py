"""Wait for a Hub that does not answer: a Space whose app ends at its start stays down."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from annotation.hub.errors import HubUnreachable

T = TypeVar("T")


def patiently(
    do: Callable[[], T],
    patience: float,
    *,
    pause: float = 2,
    seconds: Callable[[], float] = monotonic,
    wait: Callable[[float], object] = sleep,
) -> T:
    """What `do` gives, tried again for `patience` seconds; raises HubUnreachable after that."""
    began = seconds()
    while True:
        try:
            return do()
        except HubUnreachable:
            if seconds() - began >= patience:
                raise
            wait(pause)
