"""Several texts after one prompt in one row without padding: the prompt is read once for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from transformers import AttentionInterface

from generation.backends.stepping import can_step

PACKED = "sdpa_after_prompts"
"""The name under which transformers finds the attention below; it then makes no mask itself."""


class Stretch(NamedTuple):
    """Tokens `start` to `end` of the row; they look back on themselves and on their prompt's."""

    start: int
    end: int
    prompt_start: int
    prompt_end: int


class Packed(NamedTuple):
    """A row of prompts, each before its texts; `places` count from each prompt's beginning."""

    ids: list[int]
    places: list[int]
    stretches: list[Stretch]


def pack(prompts: Sequence[tuple[Sequence[int], Sequence[Sequence[int]]]]) -> Packed:
    """One row of all prompts, each with its texts."""
    packed = Packed([], [], [])
    for prompt, texts in prompts:
        begin, length = len(packed.ids), len(prompt)
        packed.ids.extend(prompt)
        packed.places.extend(range(length))
        packed.stretches.append(Stretch(begin, begin + length, begin, begin))
        for text in texts:
            start = len(packed.ids)
            packed.ids.extend(text)
            packed.places.extend(range(length, length + len(text)))
            packed.stretches.append(Stretch(start, len(packed.ids), begin, begin + length))
    return packed


def can_pack(network: Any) -> bool:
    """Whether a model has attention alone between its tokens, and that in a form known here."""
    return network.config._attn_implementation == "sdpa" and can_step(network)


@contextmanager
def packed_attention(network: Any) -> Iterator[None]:
    """Within it the model takes `stretches` and looks no further back than they say."""
    AttentionInterface.register(PACKED, _attention)
    usual = network.config._attn_implementation
    network.config._attn_implementation = PACKED
    try:
        yield
    finally:
        network.config._attn_implementation = usual


def _attention(
    _module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    _mask_of_transformers: torch.Tensor | None,
    stretches: Sequence[Stretch],
    scaling: float | None = None,
    sliding_window: int | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """query, key, value: shape (1, heads, tokens, width); the result: (1, tokens, heads, width)."""
    made = []
    for each in stretches:
        if each.start == each.end:
            continue
        own = slice(each.start, each.end)
        before = slice(each.prompt_start, each.prompt_end)
        keys, values = key[:, :, own], value[:, :, own]
        if each.prompt_end > each.prompt_start:
            keys = torch.cat([key[:, :, before], keys], dim=2)
            values = torch.cat([value[:, :, before], values], dim=2)
        made.append(
            torch.nn.functional.scaled_dot_product_attention(
                query[:, :, own],
                keys,
                values,
                attn_mask=_mask(each, sliding_window, query.device),
                is_causal=_plain(each, sliding_window),
                scale=scaling,
                enable_gqa=query.shape[1] > key.shape[1],
            )
        )
    return torch.cat(made, dim=2).transpose(1, 2).contiguous(), None


def _plain(stretch: Stretch, window: int | None) -> bool:
    """Whether every token looks back on all before it, and on no prompt."""
    return stretch.prompt_start == stretch.prompt_end and (
        window is None or stretch.end - stretch.start <= window
    )


def _mask(stretch: Stretch, window: int | None, device: torch.device) -> torch.Tensor | None:
    """Shape (tokens of the stretch, tokens of its prompt and of itself): what looks at what."""
    if _plain(stretch, window):
        return None
    before, own = stretch.prompt_end - stretch.prompt_start, stretch.end - stretch.start
    row = torch.arange(before, before + own, device=device)[:, None]
    column = torch.arange(before + own, device=device)[None]
    seen = column <= row
    return seen if window is None else seen & (column > row - window)
