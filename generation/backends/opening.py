"""Opening the backend that a system names; the heavy libraries load only where it needs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from annotation.schema import Record
from generation.backends.base import Backend, BackendRefused
from generation.systems import System


class Surroundings(Record):
    """What a backend needs besides its system: the study's folder, a cache, a seed for waiting."""

    folder: Path
    cache: Path
    seed: int = 0


def open_backend(system: System, around: Surroundings) -> Backend:
    """The backend of `system`, ready to plan; raises BackendRefused where it cannot run."""
    return OPENERS[system.kind](system, around)


def _hf(system: System, around: Surroundings) -> Backend:
    try:
        from generation.backends.hf import HfBackend
    except ImportError as error:
        raise BackendRefused(
            f"system {system.name!r} needs the libraries of requirements-generation.txt: {error}"
        ) from None
    return HfBackend(system, around.folder, around.cache)


def _endpoint(system: System, around: Surroundings) -> Backend:
    from generation.backends.endpoint import EndpointBackend

    return EndpointBackend(system, around.folder, Random(around.seed))


def _file(system: System, around: Surroundings) -> Backend:
    from generation.backends.recorded import RecordedBackend

    return RecordedBackend(system, around.folder)


def _reward(system: System, around: Surroundings) -> Backend:
    try:
        from generation.backends.rewards import RewardBackend
    except ImportError as error:
        raise BackendRefused(
            f"system {system.name!r} needs the libraries of requirements-generation.txt: {error}"
        ) from None
    return RewardBackend(system, around.folder, around.cache)


OPENERS: dict[str, Callable[[System, Surroundings], Backend]] = {
    "hf": _hf,
    "endpoint": _endpoint,
    "file": _file,
    "reward": _reward,
}
