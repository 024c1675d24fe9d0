"""Grouping requests of similar length into batches that fit a budget of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def batches_by_tokens(
    prompt_tokens: Sequence[int], new_tokens: int, budget: int
) -> list[list[int]]:
    """Places of the prompts, batch by batch, longest first, so that a lack of memory shows at once.

    A batch of rows padded to its longest prompt, each with its new tokens, stays within `budget`;
    a prompt that alone exceeds it is a batch of its own.
    """
    order = sorted(range(len(prompt_tokens)), key=lambda place: (-prompt_tokens[place], place))
    batches: list[list[int]] = []
    rows = 0
    for place in order:
        if not batches or len(batches[-1]) >= rows:
            batches.append([])
            rows = max(1, budget // (prompt_tokens[place] + new_tokens))
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
