"""Judges in the workers of a Ray cluster: two on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import ray

from generation.backends.opening import Surroundings
from generation.engine_ray import Ray, Workers
from tests.generation.judges.studies import a_folder, a_judge, judgements, labels, orders, run


@pytest.fixture(scope="module", autouse=True)
def _cluster() -> Iterator[None]:
    """A small cluster of this machine, gone afterwards."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.mark.filterwarnings("ignore")
def test_workers_weigh_as_this_process_does(tiny_model: Path, tmp_path: Path) -> None:
    judge = a_judge(tiny_model)
    here, spread = a_folder(tmp_path / "here", 4), a_folder(tmp_path / "spread", 4)
    run(here, judge)
    around = Surroundings(folder=spread, cache=spread / "hashes.json")
    run(spread, judge, engine=Ray(judge.system(), around, Workers(count=1)))
    assert list(orders(labels(spread)).values()) == [{False, True}] * 4
    local = {row.place: row.raw.numbers for row in judgements(here)}
    assert {row.place: row.raw.numbers for row in judgements(spread)} == {
        place: pytest.approx(numbers, rel=1e-4) for place, numbers in local.items()
    }
