"""Continuous batching on the CPU: the same answers, what it refuses, and choosing by trial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import ContinuousBatchingConfig

from generation.backends import continuous, hf
from generation.backends.base import BackendLost, BackendRefused, Result
from generation.backends.continuous import TooSlow, Trial, answer_continuously, trial
from generation.backends.hf import HfBackend
from tests.generation.studies import a_folder, a_system, requests, run, some_prompts, texts

# transformers shares its paged cache between requests through functions it has itself marked old.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def test_without_fixed_batches_the_likeliest_texts_are_the_same(
    tiny_model: Path, tmp_path: Path
) -> None:
    static = a_folder(tmp_path / "static", some_prompts(10))
    without = a_folder(tmp_path / "without", some_prompts(10))
    run(static, a_system(tiny_model, batching="static"))
    run(without, a_system(tiny_model, batching="continuous"))
    assert texts(without) == texts(static)


@pytest.mark.parametrize(
    ("decoding", "reason"),
    [({"stop": ("x",)}, "ignores stop strings"), ({"temperature": 1.0}, "one seed for everything")],
)
def test_what_it_cannot_do_is_refused_before_anything_runs(
    tiny_model: Path, decoding: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BackendRefused, match=f"system 'tiny': continuous batching .*{reason}"):
        HfBackend(a_system(tiny_model, batching="continuous", decoding=decoding), tiny_model)


def test_on_a_cpu_batches_are_static_unless_asked_otherwise(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = a_folder(tmp_path, some_prompts(2))
    assert run(folder, a_system(tiny_model)).backend["batching"] == "static"


def test_the_first_requests_are_timed_both_ways_and_the_choice_is_told(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hf, "TRIAL", 4)
    system = a_system(tiny_model, batch_tokens=200)
    backend = HfBackend(system, tiny_model)
    backend._continuous = None  # as on a GPU, where a trial is to tell
    wanted = requests(system, some_prompts(10))
    batches = [[wanted[place] for place in batch] for batch in backend.plan(wanted).batches]
    assert len({result.key for result in backend.generate(batches)}) == 10
    (note,) = backend.notes()
    chosen = backend.provenance()["batching"]
    assert note.startswith(f"system 'tiny': {chosen} batching, because the first ")


def ticks(*seconds: float) -> Any:
    return iter(seconds).__next__


STATIC, WITHOUT = [Result(key="static")], [Result(key="without")]


def test_the_faster_way_wins_the_trial() -> None:
    results, timed = trial(lambda: STATIC, lambda _: WITHOUT, ticks(0, 5, 7))
    assert (results, timed) == (WITHOUT, Trial(static_seconds=5, continuous_seconds=2))
    assert "took 5.0 s in static and 2.0 s in continuous batches" in timed.sentence(64)
    assert trial(lambda: STATIC, lambda _: WITHOUT, ticks(0, 1, 3))[0] == STATIC


def test_losing_answers_loses_the_trial() -> None:
    def lost(_: float) -> list[Result]:
        raise BackendLost("gone")

    results, timed = trial(lambda: STATIC, lost, ticks(0, 5))
    assert results == STATIC
    assert "lost answers" in timed.sentence(64)


def test_the_trial_is_over_once_it_is_lost() -> None:
    def slow(seconds: float) -> list[Result]:
        raise TooSlow(f"not done after {seconds}")

    results, timed = trial(lambda: STATIC, slow, ticks(0, 5, 10.1))
    assert results == STATIC
    assert "took 5.0 s in static and more than 5.1 s in continuous" in timed.sentence(64)


def test_answers_that_take_too_long_are_given_up(tiny_model: Path) -> None:
    model = HfBackend(a_system(tiny_model), tiny_model).model
    decoding = a_system(decoding={"max_new_tokens": 1500}).decoding
    with pytest.raises(TooSlow, match=r"not done after 0\.0 s"):
        answer_continuously(model, [[5, 6, 7]] * 4, decoding, seconds=0.0)
    short = a_system().decoding
    assert len(answer_continuously(model, [[5, 6, 7]], short)[0].text) > 0


def test_a_prompt_larger_than_the_cache_is_an_error_and_not_an_empty_answer(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = HfBackend(a_system(tiny_model, batching="continuous"), tiny_model)
    little = ContinuousBatchingConfig(page_size=32, num_blocks=4, max_batch_tokens=64)
    monkeypatch.setattr(continuous, "_cache", lambda *_: little)
    (answered,) = answer_continuously(backend.model, [[5] * 600], backend.system.decoding)
    assert answered.error is not None
    assert answered.text == ""
