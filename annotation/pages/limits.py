"""How often one address may try something; each process counts for itself."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock
from time import monotonic

from starlette.requests import HTTPConnection

_ADDRESSES = 10_000
"""So many addresses are remembered; the ones that were quiet longest are forgotten first."""


class RateLimit:
    """At most `most` tries in `seconds` by each name."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def allows(self, name: str) -> bool:
        """Count a try; whether it is within the limit."""
        with self._lock:
            now = self._clock()
            tries = self._tries.setdefault(name, deque())
            self._tries.move_to_end(name)
            while tries and tries[0] <= now - self._seconds:
                tries.popleft()
            if len(tries) >= self._most:
                return False
            tries.append(now)
            if len(self._tries) > _ADDRESSES:
                self._tries.popitem(last=False)
            return True


def address_of(request: HTTPConnection) -> str:
    """Whom a request comes from: what the nearest proxy says, or who is connected to us.

    Only the last entry of X-Forwarded-For is written by the proxy before us. Without a proxy a
    visitor can make it up; limits that must hold then count everybody together as well.
    """
    forwarded = request.headers.get("x-forwarded-for", "").split(",")[-1].strip()
    return forwarded[:100] or (request.client.host if request.client else "")
