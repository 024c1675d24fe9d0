"""A model's step as fewer and larger kernels, made by torch.compile once for all shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch._dynamo.exc import TorchDynamoException
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from generation.backends.base import BackendRefused

PACKED = "sdpa_packed"
"""The name under which transformers finds the attention below."""


def packed_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of one token a row where heads share keys; shapes (rows, heads, tokens, width).

    transformers packs the heads that share keys together too, but not under torch.compile: there
    it writes every key and value once for each head, which takes longer than all the rest.
    """
    rows, heads, tokens, width = query.shape
    shared = key.shape[1]
    if tokens > 1 or shared == heads or attention_mask is None or attention_mask.shape[1] > 1:
        made: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **options
        )
        return made
    together = query.reshape(rows, shared, heads // shared, width)
    out = torch.nn.functional.scaled_dot_product_attention(
        together, key, value, attn_mask=attention_mask, scale=scaling
    )
    return out.reshape(rows, tokens, heads, width), None


def compiled(network: Any, system: str) -> Callable[..., Any]:
    """`network`, compiled when it first runs; raises BackendRefused where it cannot be."""
    AttentionInterface.register(PACKED, packed_attention)
    AttentionMaskInterface.register(PACKED, sdpa_mask)
    untyped: Any = torch.compile
    made = untyped(network, dynamic=True)

    def run(**inputs: Any) -> Any:
        usual = network.config._attn_implementation
        network.config._attn_implementation = PACKED if usual == "sdpa" else usual
        try:
            return made(**inputs)
        except TorchDynamoException as error:
            reason = str(error).strip().splitlines()[0]
            raise BackendRefused(
                f"system {system!r}: the model cannot be compiled, leave out `compile`: {reason}"
            ) from None
        finally:
            network.config._attn_implementation = usual

    return run
