"""How far a long read or write has come, shown by whoever started it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Passes records on, and shows how far they are where someone waits for them."""

    def __call__(self, records: Iterable[T], /) -> Iterable[T]:
        """The same records."""
        ...


def silently(records: Iterable[T]) -> Iterable[T]:
    """The Progress that shows nothing."""
    return records
