"""The same backends in the workers of a Ray cluster, for those who outgrow one machine."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import ray
from ray.data import ActorPoolStrategy

from annotation.schema import Record, TiebreakError
from generation.backends.base import Backend, BackendLost, Request, Result, Score, ScoreRequest
from generation.backends.opening import Surroundings, open_backend
from generation.systems import System

MOST_BLOCKS = 1000
"""Ray's own unit of work; more of them than this only cost bookkeeping."""


class Workers(Record):
    """How many workers, and what each of them takes of the cluster.

    Half a CPU each by default: when the workers take every CPU, Ray has none left to feed them.
    """

    count: int = 2
    cpus: float = 0.5
    gpus: float = 0.0


class Ray:
    """Sends batches to a pool of actors, each with its own backend."""

    name = "ray"

    def __init__(self, system: System, around: Surroundings, workers: Workers) -> None:
        self._system, self._around, self._workers = system, around, workers
        self._provenance: dict[str, Any] = {}

    def answer(self, _: Backend, batches: Sequence[Sequence[Request]]) -> Iterator[Result]:
        """The results of all batches as the workers finish them; Ray keeps no order."""
        yield from map(Result.model_validate_json, self._spread(batches, weigh=False))

    def weigh(self, _: Backend, batches: Sequence[Sequence[ScoreRequest]]) -> Iterator[Score]:
        """The scores of all batches as the workers finish them."""
        yield from map(Score.model_validate_json, self._spread(batches, weigh=True))

    def _spread(self, batches: Sequence[Sequence[Record]], *, weigh: bool) -> Iterator[str]:
        """What the workers make of the batches, as JSON."""
        if not batches:
            return
        if not ray.is_initialized():
            ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.WARNING)
        worker: Any = Worker  # Ray's types do not know that a class may stand for a function
        # Its bars and its diary would run through our bar.
        ray.data.DataContext.get_current().enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.WARNING)
        rows = [
            {"batch": [each.model_dump_json() for each in batch], "weigh": weigh}
            for batch in batches
        ]
        answered = ray.data.from_items(rows, override_num_blocks=min(len(rows), MOST_BLOCKS)).map(
            worker,
            fn_constructor_args=(self._system.model_dump_json(), self._around.model_dump_json()),
            compute=ActorPoolStrategy(size=min(self._workers.count, len(rows))),
            num_cpus=self._workers.cpus,
            num_gpus=self._workers.gpus,
        )
        for row in answered.iter_rows():
            if row["error"]:
                raise BackendLost(row["error"])
            self._provenance = json.loads(row["provenance"])
            yield from row["results"]

    def provenance(self, _: Backend) -> dict[str, Any]:
        """What the workers say of themselves, and how many there were."""
        pool = {"workers": self._workers.model_dump(), "ray": ray.__version__}
        return {**self._provenance, "engine": pool}


class Worker:
    """One actor: a backend of its own, opened with its first batch and kept.

    Not in the constructor, because Ray tries a constructor that fails again and again.
    """

    def __init__(self, system: str, around: str) -> None:
        self._system = System.model_validate_json(system)
        self._around = Surroundings.model_validate_json(around)
        self._backend: Backend | None = None

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Answer one batch; texts travel as JSON."""
        try:
            self._backend = self._backend or open_backend(self._system, self._around)
            results = [each.model_dump_json() for each in self._answers(self._backend, row)]
            told = json.dumps(self._backend.provenance())
        except TiebreakError as error:
            return {"results": [], "provenance": "{}", "error": str(error)}
        return {"results": results, "provenance": told, "error": ""}

    @staticmethod
    def _answers(backend: Backend, row: dict[str, Any]) -> Iterator[Result] | Iterator[Score]:
        if row["weigh"]:
            return backend.score([ScoreRequest.model_validate_json(one) for one in row["batch"]])
        return backend.generate([[Request.model_validate_json(one) for one in row["batch"]]])
