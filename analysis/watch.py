"""How a caller may watch long work: by wrapping what is worked through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Watch(Protocol):
    """Gives back the same things, and may show how many of them have been asked for."""

    def __call__(self, things: Iterable[T], name: str, /) -> Iterable[T]:
        """The same things; `name` says what they are."""
        ...


def unwatched(things: Iterable[T], _name: str, /) -> Iterable[T]:
    """The things themselves."""
    return things
