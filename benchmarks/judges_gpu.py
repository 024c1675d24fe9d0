"""Pairs judged a second by `logit` on a GPU, against what its matrix units could do at most.

`python -m benchmarks.judges --gpu`: a random Llama of 6.7 billion parameters in bfloat16 reads
PandaLM's prompt for pairs of the demo study, both orders. The roofline is the time for the
operations of the tokens themselves (2 for each weight and token, and attention), at the speed of a
matrix product measured on this very device; padding and all else is what is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from benchmarks.generation import learnt_tokenizer
from benchmarks.generation_gpu import SHAPES, random_backend, seconds
from generation.backends.base import ScoreRequest

SHAPE, SIDE = "6.7B", 8192
"""Which model, and the side of the matrices of the measured product."""


def main(requests: Sequence[ScoreRequest]) -> int:
    """Print the figures, or say that there is no GPU; two requests a pair."""
    if not torch.cuda.is_available():
        print("no GPU here: torch.cuda.is_available() is false, so nothing was measured")
        return 1
    device = torch.device("cuda")
    peak = measured_peak(device)
    name = torch.cuda.get_device_name(device)
    print(f"{name}, torch {torch.__version__}, {peak / 1e12:.0f} TFLOP/s measured in bfloat16")
    backend = random_backend(SHAPES[SHAPE], device, learnt_tokenizer())
    model, pairs = backend.model, len(requests) / 2
    lengths = [len(ids) for ids in model.encode([model.prompt_text(r.messages) for r in requests])]

    def judge() -> None:
        assert all(score.error is None for score in backend.score(requests))

    judge()
    took = seconds(judge)
    limit = peak / operations(model.network, lengths) * pairs
    print(
        f"logit, {SHAPE}, {pairs:.0f} pairs in both orders, {sum(lengths) / len(lengths):.0f} "
        f"tokens each time, up to {max(lengths)}: {pairs / took:.1f} pairs/s, "
        f"{sum(lengths) / took:.0f} tokens/s, {pairs / took / limit:.0%} of the roofline of "
        f"{limit:.1f} (aim: 40%)"
    )
    return 0


def operations(network: Any, lengths: Sequence[int]) -> float:
    """Floating-point operations to weigh one label after each dialogue, without any padding."""
    config = network.config
    layers = sum(
        weight.numel()
        for name, weight in network.named_parameters()
        if "embed_tokens" not in name and "lm_head" not in name
    )
    read = 2 * layers * sum(lengths)
    # Each token looks back on those before it, half of all on average: two products of 2 each.
    attention = 2 * config.num_hidden_layers * config.hidden_size * sum(n * n for n in lengths)
    weighed = 2 * config.hidden_size * config.vocab_size * len(lengths)
    return float(read + attention + weighed)


def measured_peak(device: torch.device) -> float:
    """Floating-point operations a second of a large product in bfloat16."""
    left, right = (torch.randn((SIDE, SIDE), device=device, dtype=torch.bfloat16) for _ in range(2))
    for _ in range(5):
        left @ right
    took = seconds(lambda: [left @ right for _ in range(20)])
    return 20 * 2 * SIDE**3 / took
