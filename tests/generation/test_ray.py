"""Ray for real: two workers on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import ray

from generation.backends.base import BackendLost
from generation.backends.hf import HfBackend
from generation.backends.opening import Surroundings
from generation.engine_ray import Ray, Workers
from generation.ledger import files_of
from generation.manifest import read_manifests
from generation.systems import System
from tests.generation.studies import a_folder, a_system, requests, run, some_prompts, texts


@pytest.fixture(scope="module", autouse=True)
def _cluster() -> Iterator[None]:
    """A small cluster of this machine, gone afterwards."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def two_workers(folder: Path, system: System) -> Ray:
    around = Surroundings(folder=folder, cache=folder / "hashes.json")
    return Ray(system, around, Workers(count=2, cpus=0.5))


@pytest.mark.filterwarnings("ignore")
def test_two_workers_and_this_process_give_the_same_set_of_answers(
    tiny_model: Path, tmp_path: Path
) -> None:
    system = a_system(tiny_model, decoding={"temperature": 1.0}, batch_tokens=300)
    local = a_folder(tmp_path / "local", some_prompts(30))
    spread = a_folder(tmp_path / "spread", some_prompts(30))
    run(local, system)
    manifest = run(spread, system, engine=two_workers(spread, system))
    assert texts(spread) == texts(local)
    assert manifest.engine == "ray"
    kept = read_manifests(files_of(spread, "tiny").manifests, "tiny")["run-1"]
    assert kept.backend["engine"]["workers"]["count"] == 2
    assert kept.backend["parameters"] == manifest.backend["parameters"] > 90_000


@pytest.mark.filterwarnings("ignore")
def test_what_a_worker_cannot_do_is_told_in_one_sentence(tiny_model: Path, tmp_path: Path) -> None:
    system = a_system(tiny_model)
    backend = HfBackend(system, tmp_path)
    wanted = requests(system, some_prompts(1))
    broken = a_system(tiny_model, template="gone.jinja")
    with pytest.raises(BackendLost, match=r"gone\.jinja: cannot be read"):
        list(two_workers(tmp_path, broken).answer(backend, [wanted]))
