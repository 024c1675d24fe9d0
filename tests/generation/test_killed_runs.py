"""A run that is killed again and again ends with what an undisturbed one would have written."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from random import Random

import pytest

from generation.ledger import files_of
from tests.generation.runs import respond_here
from tests.generation.studies import a_folder, a_system, responses, some_prompts, texts

PROMPTS, KILLS = 150, 20
WARM = {"temperature": 1.0, "seed": 3, "max_new_tokens": 24}


@pytest.fixture
def spawner() -> multiprocessing.context.ForkServerContext:
    """Children of a server that has imported torch already: twenty starts in the time of one."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.generation.runs"])
    return context


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def killed_at_random(
    context: multiprocessing.context.ForkServerContext, folder: Path, name: str, rng: Random
) -> bool:
    """Start a run and kill it after some answers, or as it starts; whether it was alive."""
    path = files_of(folder, "tiny").responses
    enough = lines(path) + rng.randrange(PROMPTS // KILLS)
    process = context.Process(target=respond_here, args=(str(folder), name))
    process.start()
    while process.is_alive() and lines(path) < enough:
        process.join(0.002)
    process.join(rng.uniform(0, 0.02))
    alive = process.is_alive()
    if alive and process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return alive


def test_twenty_kills_lose_and_double_nothing_and_change_no_text(
    tiny_model: Path, tmp_path: Path, spawner: multiprocessing.context.ForkServerContext
) -> None:
    # Small batches, so that there is always one under way when the kill comes.
    system = a_system(tiny_model, decoding=WARM, batch_tokens=400)
    disturbed = a_folder(tmp_path / "disturbed", some_prompts(PROMPTS), system)
    quiet = a_folder(tmp_path / "quiet", some_prompts(PROMPTS), system)
    rng = Random(0)
    kills = sum(killed_at_random(spawner, disturbed, f"run-{n}", rng) for n in range(KILLS))
    for folder in (disturbed, quiet):
        process = spawner.Process(target=respond_here, args=(str(folder), "last"))
        process.start()
        process.join()
        assert process.exitcode == 0
    assert kills == KILLS
    rows = responses(disturbed)  # raises on a torn line
    assert len({row.meta["key"] for row in rows}) == len(rows) == PROMPTS
    assert len({row.meta["run"] for row in rows}) > 5
    assert texts(disturbed) == texts(quiet)
