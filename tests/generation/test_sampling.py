from __future__ import annotations

from typing import Any

import pytest
import torch

from generation.backends.base import trimmed
from generation.backends.sampling import draw
from generation.systems import Decoding

CPU = torch.device("cpu")
NONE = torch.zeros((1, 0), dtype=torch.long)


def tokens(decoding: Decoding, logits: torch.Tensor, seeds: list[int]) -> list[int]:
    """One token for each seed."""
    processors: Any = draw(decoding, seeds, CPU)  # its types ask for a legacy tensor class
    scores = processors(NONE, logits.repeat(len(seeds), 1))
    return [int(token) for token in scores.argmax(-1)]


def test_noise_and_argmax_draw_from_the_softmax_at_that_temperature() -> None:
    shares = torch.tensor([0.5, 0.3, 0.15, 0.05])
    drawn = tokens(Decoding(temperature=2), shares.log() * 2, list(range(4000)))
    found = torch.bincount(torch.tensor(drawn), minlength=4) / 4000
    # Four standard errors of a share of one half from 4,000 draws are .032.
    assert torch.allclose(found, shares, atol=0.032)


def test_top_k_and_top_p_leave_out_the_unlikely_tokens() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    assert set(tokens(Decoding(temperature=1, top_k=2), logits, list(range(300)))) == {0, 1}
    assert set(tokens(Decoding(temperature=1, top_p=0.75), logits, list(range(300)))) == {0, 1}


def test_a_row_draws_the_same_whatever_stands_beside_it() -> None:
    logits = torch.randn(1, 50, generator=torch.Generator().manual_seed(1))
    warm = Decoding(temperature=1)
    assert tokens(warm, logits, [7])[0] == tokens(warm, logits, [1, 7, 3])[1]


def test_temperature_0_takes_the_likeliest_without_noise() -> None:
    assert len(draw(Decoding(temperature=0, top_k=5), [1], CPU)) == 0


@pytest.mark.parametrize(
    ("stop", "text", "ended"),
    [((), "one two", False), (("two",), "one ", True), (("two", "e t"), "on", True)],
)
def test_a_text_is_cut_before_its_first_stop_string(
    stop: tuple[str, ...], text: str, ended: bool
) -> None:
    assert trimmed("one two", stop) == (text, ended)
