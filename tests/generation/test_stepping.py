"""The steps that a GPU records, run here without recording: the same texts as `generate` gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch._dynamo.exc import TorchDynamoException
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    StoppingCriteria,
    StoppingCriteriaList,
)

from generation.backends import batch, hf
from generation.backends.base import BackendRefused, Step
from generation.backends.compiling import compiled
from generation.backends.continuous import refuse_continuous
from generation.backends.hf import HfBackend
from generation.backends.sampling import draw
from generation.backends.stepping import LOOK, can_step, new_tokens
from generation.systems import Decoding
from tests.generation.studies import a_dialogue, a_system, requests, some_prompts
from tests.generation.test_hf import WARM, answers, memory_for, opened, said

END, VOCABULARY = 2, 300
SMALL: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 256,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": END,
    "initializer_range": 0.2,
}
MIXED = ["sliding_attention", "full_attention", "sliding_attention"]


def networks() -> dict[str, Any]:
    """Models that look back on everything, on a window, and on both in turn."""
    torch.manual_seed(0)
    made: dict[str, Any] = {
        "window": MistralForCausalLM(MistralConfig(**SMALL, sliding_window=8)),
        "mixed": Gemma3ForCausalLM(Gemma3TextConfig(**SMALL, sliding_window=8, layer_types=MIXED)),
        "learnt places": GPT2LMHeadModel(
            GPT2Config(
                vocab_size=VOCABULARY,
                n_embd=64,
                n_layer=2,
                n_head=4,
                n_positions=256,
                initializer_range=0.2,
                bos_token_id=1,
                eos_token_id=END,
            )
        ),
    }
    return {name: network.eval() for name, network in made.items()}


def a_batch(lengths: tuple[int, ...] = (23, 3, 9, 1, 14)) -> tuple[torch.Tensor, torch.Tensor]:
    """Left-padded prompts and their mask."""
    drawn, width = torch.Generator().manual_seed(1), max(lengths)
    ids = torch.zeros((len(lengths), width), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, length in enumerate(lengths):
        ids[row, width - length :] = torch.randint(3, VOCABULARY, (length,), generator=drawn)
        mask[row, width - length :] = 1
    return ids, mask


def up_to_the_end(rows: torch.Tensor, width: int) -> list[list[int]]:
    new = rows[:, width:].tolist()
    return [row[: row.index(END)] if END in row else row for row in new]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("name", ["window", "mixed", "learnt places"])
def test_steps_give_the_tokens_of_generate(name: str, temperature: float) -> None:
    network, (ids, mask) = networks()[name], a_batch()
    assert can_step(network)
    decoding, seeds = Decoding(temperature=temperature), range(len(ids))
    with torch.inference_mode():
        found = new_tokens(
            network, ids, mask, 40, {END}, draw(decoding, seeds, ids.device), StoppingCriteriaList()
        )
        expected = network.generate(
            input_ids=ids,
            attention_mask=mask,
            logits_processor=draw(decoding, seeds, ids.device),
            do_sample=False,
            max_new_tokens=40,
            pad_token_id=0,
        )
    assert up_to_the_end(found, ids.shape[1]) == up_to_the_end(expected, ids.shape[1])


def test_a_model_whose_state_is_no_cache_of_tokens_is_left_to_generate() -> None:
    config = MambaConfig(vocab_size=VOCABULARY, hidden_size=64, num_hidden_layers=1)
    assert not can_step(MambaForCausalLM(config))


class EndsAt(StoppingCriteria):
    """Ends all rows once they have so many tokens."""

    def __init__(self, length: int) -> None:
        self._length = length

    def __call__(self, input_ids: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        over = input_ids.shape[1] >= self._length
        return torch.full((input_ids.shape[0],), over, device=input_ids.device)


def test_a_batch_is_over_soon_after_its_last_row_has_ended() -> None:
    network, (ids, mask) = networks()["mixed"], a_batch()
    width = ids.shape[1]
    criteria = StoppingCriteriaList([EndsAt(width + 5)])
    none = draw(Decoding(), [], ids.device)
    with torch.inference_mode():
        found = new_tokens(network, ids, mask, 100, {END}, none, criteria)
    assert found.shape[1] == width + LOOK


@pytest.fixture
def as_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (batch, hf):
        monkeypatch.setattr(module, "in_steps", lambda _: True)


PROMPTS = [*some_prompts(9), a_dialogue()]


@pytest.mark.parametrize(
    "decoding", [{}, WARM, {"stop": ("e", "1")}, {**WARM, "stop": ("x",), "max_new_tokens": 30}]
)
def test_a_backend_gives_the_same_answers_in_steps(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, decoding: dict[str, Any]
) -> None:
    wanted = requests(a_system(decoding=decoding), PROMPTS)
    expected = answers(opened(tiny_model, decoding=decoding), wanted)
    monkeypatch.setattr(batch, "in_steps", lambda _: True)
    found = answers(opened(tiny_model, decoding=decoding), wanted)
    assert said(found) == said(expected)
    for prompt, result in found.items():
        assert result.finish_reason == expected[prompt].finish_reason
        assert result.meta["new_tokens"] == expected[prompt].meta["new_tokens"]


@pytest.mark.usefixtures("as_on_a_gpu")
def test_an_end_token_ends_the_answer_in_steps_too(tiny_model: Path) -> None:
    backend = opened(tiny_model)
    wanted = requests(a_system(), some_prompts(6))
    letter = next(each for each in said(answers(backend, wanted))["p0"][0] if each.isascii())
    (token,) = backend.model.encode([letter])[0]
    backend.model.network.generation_config.eos_token_id = [token]
    ended = answers(backend, wanted)["p0"]
    assert (ended.finish_reason, letter in ended.answers[0]) == ("stop", False)


@pytest.mark.usefixtures("as_on_a_gpu")
def test_too_little_memory_is_survived_and_every_token_told_in_steps_too(tiny_model: Path) -> None:
    wanted = requests(a_system(), some_prompts(10))
    backend, told = opened(tiny_model), list[Step]()
    backend.on_step = told.append
    with memory_for(3, backend):
        found = answers(backend, wanted)
    assert {result.meta["batch"]["split_to"] for result in found.values()} <= {1, 2, 3}
    assert Step(token=12, most=12, rows=3) in told


@pytest.mark.usefixtures("as_on_a_gpu")
def test_the_provenance_says_how_tokens_were_made(tiny_model: Path, tmp_path: Path) -> None:
    assert HfBackend(a_system(tiny_model), tmp_path).provenance()["tokens"] == "steps"


@pytest.fixture
def _only_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch.compile without a compiler, which takes a minute."""
    whole: Any = torch.compile
    monkeypatch.setattr(torch, "compile", lambda net, **how: whole(net, backend="eager", **how))


@pytest.mark.usefixtures("_only_traced")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_compiled_steps_give_the_tokens_of_others(tiny_model: Path) -> None:
    network, (ids, mask) = opened(tiny_model).model.network, a_batch()
    assert network.config.num_key_value_heads < network.config.num_attention_heads
    none = draw(Decoding(), [], ids.device)
    with torch.inference_mode():
        expected, found = (
            new_tokens(network, ids % 250, mask, 12, set(), none, StoppingCriteriaList(), step)
            for step in (None, compiled(network, "tiny"))
        )
    assert found.tolist() == expected.tolist()
    assert network.config._attn_implementation == "sdpa"


def test_a_model_that_cannot_be_compiled_is_refused_in_one_sentence(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: object) -> None:
        raise TorchDynamoException("no compiler\nand more lines")

    network = opened(tiny_model).model.network
    monkeypatch.setattr(torch, "compile", lambda *_, **__: fails)
    with pytest.raises(BackendRefused, match=r"'tiny': the model cannot .*`compile`: no compiler$"):
        compiled(network, "tiny")(input_ids=None)


def test_compiling_is_refused_where_it_does_nothing(tiny_model: Path) -> None:
    with pytest.raises(BackendRefused, match=r"'tiny': `compile` is for a GPU, .* device is cpu"):
        opened(tiny_model, compile=True)
    assert "leave out `compile`" in str(refuse_continuous(Decoding(), compiled=True))
