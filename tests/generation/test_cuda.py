"""What only a GPU can show: recorded steps give the same texts, too little memory is survived."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import StoppingCriteriaList

from annotation.schema import Prompt
from generation.backends import batch, hf
from generation.backends.base import ScoreRequest
from generation.backends.hf import HfBackend
from generation.backends.sampling import draw
from generation.backends.stepping import Steps, new_tokens
from generation.systems import Decoding
from tests.generation.studies import a_dialogue, a_system, requests, some_prompts
from tests.generation.test_hf import WARM, answers, said
from tests.generation.test_scoring import ASKED
from tests.generation.test_stepping import END, a_batch, networks, up_to_the_end

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here"),
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


def on_the_gpu(model: Path, **fields: Any) -> HfBackend:
    return HfBackend(a_system(model, **{"device": "cuda", "batching": "static", **fields}), model)


@pytest.mark.parametrize("decoding", [{}, WARM, {"stop": ("e", "1")}, {"max_new_tokens": 90}])
def test_recorded_steps_give_the_texts_of_generate(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, decoding: dict[str, Any]
) -> None:
    wanted = requests(a_system(decoding=decoding), [*some_prompts(9), a_dialogue()])
    found = said(answers(on_the_gpu(tiny_model, decoding=decoding), wanted))
    monkeypatch.setattr(batch, "in_steps", lambda _: False)
    assert said(answers(on_the_gpu(tiny_model, decoding=decoding), wanted)) == found


def test_compiled_steps_give_the_same_texts(tiny_model: Path) -> None:
    wanted = requests(a_system(), some_prompts(9))
    compiled = on_the_gpu(tiny_model, compile=True, batch_tokens=300)
    assert said(answers(compiled, wanted)) == said(answers(on_the_gpu(tiny_model), wanted))
    assert compiled.provenance()["tokens"] == "compiled steps"


def test_likeliest_texts_are_those_of_the_cpu(tiny_model: Path) -> None:
    wanted = requests(a_system(), some_prompts(9))
    on_the_cpu = HfBackend(a_system(tiny_model), tiny_model)
    assert said(answers(on_the_gpu(tiny_model), wanted)) == said(answers(on_the_cpu, wanted))


def both_ways(network: Any) -> tuple[list[list[int]], list[list[int]]]:
    """New tokens in steps and by `generate`."""
    device = torch.device("cuda")
    ids, mask = (each.to(device) for each in a_batch())
    none = draw(Decoding(), [], device)
    with torch.inference_mode():
        found = new_tokens(network, ids, mask, 60, {END}, none, StoppingCriteriaList())
        expected = network.generate(
            input_ids=ids, attention_mask=mask, do_sample=False, max_new_tokens=60, pad_token_id=0
        )
    return up_to_the_end(found, ids.shape[1]), up_to_the_end(expected, ids.shape[1])


@pytest.mark.parametrize("name", ["window", "mixed", "learnt places"])
def test_models_with_windows_are_recorded_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Steps] = []
    recorded = Steps._record

    def watched(steps: Steps) -> None:
        recorded(steps)
        kept.append(steps)

    monkeypatch.setattr(Steps, "_record", watched)
    found, expected = both_ways(networks()[name].to("cuda"))
    assert found == expected
    assert [steps._graph is not None for steps in kept] == [True]


def test_a_model_that_cannot_be_recorded_runs_step_by_step() -> None:
    network = networks()["mixed"].to("cuda")

    def looks(_: object, given: tuple[torch.Tensor, ...]) -> None:
        """As a model that looks at a number on the GPU to decide what to do next."""
        assert float(given[0].sum()) < float("inf")

    hook = network.model.layers[1].register_forward_pre_hook(looks)
    found, expected = both_ways(network)
    hook.remove()
    assert found == expected
    assert both_ways(network)[0] == expected


@pytest.fixture
def half_a_gigabyte() -> Iterator[None]:
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + 2**29) / total)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


LONG = [Prompt(id=f"p{n}", text=f"Number {n}. " * 150) for n in range(64)]


@pytest.mark.usefixtures("half_a_gigabyte")
def test_a_batch_that_does_not_fit_is_halved_until_it_does(tiny_model: Path) -> None:
    wanted = requests(a_system(), LONG)
    backend = on_the_gpu(tiny_model, batch_tokens=1_000_000)
    found = answers(backend, wanted)
    assert all(result.error is None for result in found.values())
    assert max(result.meta["batch"]["split_to"] for result in found.values()) < 64
    assert backend.budget < 1_000_000
    torch.cuda.set_per_process_memory_fraction(1.0)
    assert said(answers(on_the_gpu(tiny_model, batch_tokens=4_000), wanted)) == said(found)


@pytest.mark.usefixtures("half_a_gigabyte")
def test_scoring_survives_a_lack_of_memory(tiny_model: Path) -> None:
    wanted = [
        ScoreRequest(key=prompt.id, messages=ASKED, continuations=(prompt.text, "No"))
        for prompt in LONG
    ]
    found = {each.key: each for each in on_the_gpu(tiny_model, batch_tokens=10**7).score(wanted)}
    small = on_the_gpu(tiny_model, batch_tokens=4_000)
    assert all(score.error is None for score in found.values())
    for score in small.score(wanted):
        assert found[score.key].logprobs == pytest.approx(score.logprobs, rel=1e-3)


def test_both_ways_of_batching_are_timed_and_the_choice_is_told(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hf, "TRIAL", 16)
    wanted = requests(a_system(), some_prompts(40))
    backend = on_the_gpu(tiny_model, batching="auto", batch_tokens=600)
    found = said(answers(backend, wanted))
    (note,) = backend.notes()
    chosen = backend.provenance()["batching"]
    assert note.startswith(f"system 'tiny': {chosen} batching, because the first ")
    assert said(answers(on_the_gpu(tiny_model), wanted)) == found


def test_continuous_batching_gives_the_same_texts(tiny_model: Path) -> None:
    wanted = requests(a_system(), some_prompts(12))
    continuous = said(answers(on_the_gpu(tiny_model, batching="continuous"), wanted))
    assert continuous == said(answers(on_the_gpu(tiny_model), wanted))
