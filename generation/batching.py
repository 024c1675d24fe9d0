"""Grouping requests of similar length into batches that fit a budget of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

STEP = 200
"""Reading so many prompt tokens takes as long as one step of a batch, whose cost is that of moving
the weights: 165 for Gemma 3 270M on a CPU, 120 computed for 7B on an H100."""


def batches_by_tokens(
    prompt_tokens: Sequence[int], new_tokens: int, budget: int
) -> list[list[int]]:
    """Places of the prompts, batch by batch, longest first, so that a lack of memory shows at once.

    A batch of rows padded to its longest prompt, each with its new tokens, stays within `budget`;
    a prompt that alone exceeds it is a batch of its own. A batch also ends when its padding would
    cost more than the steps of one batch more.
    """
    order = sorted(range(len(prompt_tokens)), key=lambda place: (-prompt_tokens[place], place))
    batches: list[list[int]] = []
    rows = width = padding = 0
    for place in order:
        padding += width - prompt_tokens[place]
        if not batches or len(batches[-1]) >= rows or padding > STEP * new_tokens:
            batches.append([])
            width, padding = prompt_tokens[place], 0
            rows = max(1, budget // (width + new_tokens))
        batches[-1].append(place)
    return batches


def padding_share(batches: Sequence[Sequence[int]], prompt_tokens: Sequence[int]) -> float:
    """The share of padding among all prompt tokens of the batches, 0 to 1."""
    real = sum(prompt_tokens[place] for batch in batches for place in batch)
    padded = sum(len(batch) * max(prompt_tokens[place] for place in batch) for batch in batches)
    return 1 - real / padded if padded else 0.0


def halves(batch: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """A batch in two, for when it did not fit into memory."""
    middle = (len(batch) + 1) // 2
    return batch[:middle], batch[middle:]
