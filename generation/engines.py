"""Where batches are answered: in this process, or by the workers of a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

from generation.backends.base import Backend, Request, Result, Score, ScoreRequest


class Engine(Protocol):
    """Runs batches through a backend."""

    name: str

    def answer(self, backend: Backend, batches: Sequence[Sequence[Request]]) -> Iterator[Result]:
        """The results of all batches, in any order, as they come."""
        ...

    def weigh(self, backend: Backend, batches: Sequence[Sequence[ScoreRequest]]) -> Iterator[Score]:
        """The scores of all batches, in any order, as they come."""
        ...

    def provenance(self, backend: Backend) -> dict[str, Any]:
        """What answered, where it answered."""
        ...


class Local:
    """This process."""

    name = "local"

    def answer(self, backend: Backend, batches: Sequence[Sequence[Request]]) -> Iterator[Result]:
        """The backend's own results."""
        return backend.generate(batches)

    def weigh(self, backend: Backend, batches: Sequence[Sequence[ScoreRequest]]) -> Iterator[Score]:
        """The backend's own scores."""
        return chain.from_iterable(backend.score(batch) for batch in batches)

    def provenance(self, backend: Backend) -> dict[str, Any]:
        """The backend's own provenance."""
        return backend.provenance()
