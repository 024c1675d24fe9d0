"""A clock, the stand-in Hub, and containers that are closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mirror.containers import Clock, Container
from tests.stand_in_hub import StandInHub

Run = Callable[..., Container]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def run(stand_in_hub: StandInHub, tmp_path: Path, clock: Clock) -> Iterator[Run]:
    """Start a container on the disk of that name; the default disk is `space`."""
    started: list[Container] = []

    def running(disk: str = "space", **settings: Any) -> Container:
        container = Container(tmp_path / disk, clock, **settings)
        started.append(container)
        return container.start()

    yield running
    for each in started:
        if hasattr(each, "store"):
            each.store.close()
