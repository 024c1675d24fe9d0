from __future__ import annotations

from pathlib import Path

import pytest
import torch

from annotation.schema import Turn
from generation.backends import scoring, weighing
from generation.backends.base import Score, ScoreRequest
from generation.backends.hf import HfBackend
from generation.backends.weighing import packs
from tests.generation.studies import a_system
from tests.generation.test_hf import memory_for
from tests.generation.test_stepping import networks

ASKED = (Turn(role="user", text="Which is better?"),)


@pytest.fixture
def backend(tiny_model: Path) -> HfBackend:
    return HfBackend(a_system(tiny_model), tiny_model)


def scored(backend: HfBackend, *wanted: ScoreRequest) -> dict[str, Score]:
    return {score.key: score for score in backend.score(wanted)}


def by_hand(backend: HfBackend, continuation: str) -> list[float]:
    """Log-probability of each token of a continuation, one forward pass, nothing shared."""
    model = backend.model
    prompt, own = model.encode([model.prompt_text(ASKED), continuation])
    with torch.inference_mode():
        logits = model.network(torch.tensor([prompt + own])).logits[0].log_softmax(-1)
    return [float(logits[len(prompt) + n - 1, token]) for n, token in enumerate(own)]


def test_a_continuation_has_the_sum_of_its_tokens_log_probabilities(backend: HfBackend) -> None:
    texts = ("The first one.", "B", "Neither of them is any good.")
    score = scored(backend, ScoreRequest(key="k", messages=ASKED, continuations=texts))["k"]
    expected = [sum(by_hand(backend, text)) for text in texts]
    assert score.logprobs == pytest.approx(expected, rel=1e-4)
    assert score.tokens == tuple(len(text) for text in texts)


def test_labels_that_differ_at_once_are_weighed_by_their_first_tokens(backend: HfBackend) -> None:
    wanted = ScoreRequest(key="k", messages=ASKED, continuations=("A", "Both"), of="labels")
    score = scored(backend, wanted)["k"]
    expected = [by_hand(backend, "A")[0], by_hand(backend, "Both")[0]]
    assert score.logprobs == pytest.approx(expected, rel=1e-4)
    assert score.meta["of"] == "first token"


def test_labels_that_begin_alike_are_weighed_whole(backend: HfBackend) -> None:
    labels = ("Answer A", "Answer B")
    wanted = ScoreRequest(key="k", messages=ASKED, continuations=labels, of="labels")
    score = scored(backend, wanted)["k"]
    assert score.logprobs == pytest.approx([sum(by_hand(backend, each)) for each in labels])
    assert score.meta["of"] == "whole text"


def test_scores_do_not_hang_on_what_shares_the_batch(tiny_model: Path, backend: HfBackend) -> None:
    wanted = [
        ScoreRequest(key=f"{n}", messages=ASKED, continuations=("Yes." * n, "No"))
        for n in range(1, 9)
    ]
    alone = HfBackend(a_system(tiny_model, batch_tokens=1), tiny_model)
    together, apart = scored(backend, *wanted), scored(alone, *wanted)
    assert together.keys() == apart.keys()
    for key, score in together.items():
        assert score.logprobs == pytest.approx(apart[key].logprobs, rel=1e-4)


def looked_at(backend: HfBackend, *wanted: ScoreRequest) -> list[int]:
    """At how many positions each forward pass weighed the vocabulary."""
    seen: list[int] = []
    layer = backend.model.network.get_output_embeddings()
    hook = layer.register_forward_hook(lambda _, given, __: seen.append(given[0].shape[1]))
    scored(backend, *wanted)
    hook.remove()
    return seen


def test_the_vocabulary_is_weighed_at_the_tokens_of_responses_alone(backend: HfBackend) -> None:
    texts = ("Yes.", "Neither of them is any good.")
    wanted = ScoreRequest(key="k", messages=ASKED, continuations=texts)
    assert looked_at(backend, wanted) == [sum(map(len, texts))]


def test_a_forward_pass_has_no_more_logits_than_it_may(
    backend: HfBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ("Yes.", "Both", "Neither of them is any good.", "None")
    wanted = ScoreRequest(key="k", messages=ASKED, continuations=texts)
    expected = scored(backend, wanted)["k"]
    monkeypatch.setattr("generation.backends.scoring.LOGITS", 9 * backend.model.config.vocab_size)
    assert looked_at(backend, wanted) == [8, 28, 4]
    assert scored(backend, wanted)["k"].logprobs == pytest.approx(expected.logprobs, rel=1e-4)


def test_what_cannot_be_scored_is_an_error_of_its_own(backend: HfBackend) -> None:
    found = scored(
        backend,
        ScoreRequest(key="empty", messages=ASKED, continuations=("Yes", "")),
        ScoreRequest(key="long", messages=ASKED, continuations=("x" * 3000,)),
        ScoreRequest(key="fine", messages=ASKED, continuations=("Yes",)),
    )
    assert "without tokens" in (found["empty"].error or "")
    assert "too long" in (found["long"].error or "")
    assert found["fine"].error is None


def test_too_little_memory_is_survived(backend: HfBackend) -> None:
    wanted = ScoreRequest(key="k", messages=ASKED, continuations=("Yes", "No", "Neither"))
    expected = scored(backend, wanted)["k"]
    with memory_for(1, backend):
        found = scored(backend, wanted)["k"]
    assert found.logprobs == pytest.approx(expected.logprobs, rel=1e-4)
    with memory_for(0, backend):
        assert scored(backend, wanted)["k"].error == "out of memory with one continuation"


LONG = tuple(Turn(role="user", text=text) for text in ("Which of these is better, and why?", "So?"))


@pytest.mark.parametrize("name", ["window", "mixed", "learnt places"])
def test_texts_that_share_their_prompt_score_as_alone(
    name: str, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = HfBackend(a_system(tiny_model), tiny_model)
    backend.model.adopt(networks()[name])
    wanted = [
        ScoreRequest(key="long", messages=LONG, continuations=("The first.", "B", "Both of them.")),
        ScoreRequest(key="short", messages=ASKED, continuations=("Neither is any good.", "No")),
        ScoreRequest(key="labels", messages=ASKED, continuations=("1", "2"), of="labels"),
    ]
    assert packs(backend.model)
    packed = scored(backend, *wanted)
    for module in (scoring, weighing):
        monkeypatch.setattr(module, "packs", lambda _: False)
    padded = scored(backend, *wanted)
    for key, score in packed.items():
        assert score.logprobs == pytest.approx(padded[key].logprobs, rel=1e-4)
        assert (score.tokens, score.meta) == (padded[key].tokens, padded[key].meta)


def tokens_read(backend: HfBackend, *wanted: ScoreRequest) -> int:
    """How many tokens, padding among them, went through the model."""
    seen: list[int] = []
    layer = backend.model.network.get_input_embeddings()
    hook = layer.register_forward_hook(lambda _, given, __: seen.append(given[0].numel()))
    scored(backend, *wanted)
    hook.remove()
    return sum(seen)


def test_a_prompt_is_read_once_for_all_texts_and_nothing_is_padded(backend: HfBackend) -> None:
    texts = ("Yes.", "Neither of them is any good.")
    wanted = [
        ScoreRequest(key="k", messages=ASKED, continuations=texts),
        ScoreRequest(key="l", messages=LONG, continuations=("No",)),
    ]
    prompts = [len(backend.model.prompt_text(each.messages)) for each in wanted]
    asked = sum(len(text) - 1 for each in wanted for text in each.continuations)
    # The first token is <bos>, one for five letters.
    assert tokens_read(backend, *wanted) == sum(prompts) - 2 * len("<bos>") + 2 + asked


def test_nothing_to_score_is_no_error(backend: HfBackend) -> None:
    assert scored(backend) == {}
    empty = ScoreRequest(key="k", messages=ASKED, continuations=("",))
    assert scored(backend, empty)["k"].error is not None


def test_logits_are_normalised_in_pieces(
    backend: HfBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ScoreRequest(key="k", messages=ASKED, continuations=("Neither of them is good.",))
    whole = scored(backend, wanted)["k"]
    monkeypatch.setattr(scoring, "CPU_SOFTMAX", 3 * backend.model.config.vocab_size)
    assert scored(backend, wanted)["k"].logprobs == pytest.approx(whole.logprobs)
