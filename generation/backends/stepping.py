"""Answers token by token with a cache of fixed length, whose step a GPU records and replays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from transformers import LogitsProcessorList, StaticCache, StoppingCriteriaList
from transformers.cache_utils import Cache, StaticLayer, StaticSlidingWindowLayer

from generation.backends.model import LocalModel, out_of_memory

ALIGNED = 64
"""Prompts and the cache are padded to multiples of so many tokens: attention with a mask is quick
there, and its kernels are chosen, and some built, anew for every shape."""

LOOK = 16
"""After so many steps it is looked whether all rows have ended: looking makes the GPU wait."""


class Steps:
    """The rows of one batch, each of which gets a token at every step.

    All that changes from step to step stays in the same tensors, so that a step can be recorded
    once, as a CUDA graph, and replayed: a model of a billion parameters takes three times as long
    where Python launches its hundreds of kernels one by one.
    """

    def __init__(
        self, network: Any, mask: torch.Tensor, most: int, step: Callable[..., Any] | None = None
    ) -> None:
        """mask: shape (rows, width), 1 at tokens and 0 at padding; `most` tokens can follow.

        `step` is what runs in the place of the network once the prompts are read.
        """
        rows, width = mask.shape
        length = aligned(width + most)
        self._network, self._stepped = network, step or network
        self._cache = _cache(network, length)
        # What stands behind the newest token is masked as the future anyway.
        self._mask = torch.ones((rows, length), dtype=torch.bool, device=mask.device)
        self._mask[:, :width] = mask
        self._token = torch.zeros((rows, 1), dtype=torch.long, device=mask.device)
        self._place = mask.sum(-1, keepdim=True)
        self._logits = torch.empty(0)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._to_record = mask.device.type == "cuda"

    def read(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits after the prompts, shape (rows, vocabulary); ids: shape (rows, width)."""
        places = (self._mask[:, : ids.shape[1]].cumsum(-1) - 1).clamp(min=0)
        return self._forward(self._network, ids, places)

    def step(self, token: torch.Tensor) -> torch.Tensor:
        """Logits after one token more, shape (rows, vocabulary); token: shape (rows,).

        They are overwritten by the next step.
        """
        self._token.copy_(token[:, None])
        if self._graph is not None:
            self._graph.replay()
            return self._logits
        # The first step is not recorded: libraries load kernels when they first use them.
        logits = self._one()
        if self._to_record:
            self._to_record = False
            self._record()
        return logits

    def _one(self) -> torch.Tensor:
        logits = self._forward(self._stepped, self._token, self._place)
        self._place.add_(1)
        return logits

    def _forward(
        self, run: Callable[..., Any], ids: torch.Tensor, places: torch.Tensor
    ) -> torch.Tensor:
        made = run(
            input_ids=ids,
            attention_mask=self._mask,
            position_ids=places,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = made.logits[:, -1].float()
        return logits

    def _record(self) -> None:
        """Record a step without taking it; a model that waits for the GPU within one cannot be."""
        graph = torch.cuda.CUDAGraph()
        failed: RuntimeError | None = None
        untyped: Any = torch.cuda.Stream
        aside: torch.cuda.Stream = untyped()
        aside.wait_stream(torch.cuda.current_stream())
        # torch.cuda.graph would first wait for the GPU and collect garbage, for every batch.
        with torch.cuda.stream(aside):
            graph.capture_begin(capture_error_mode="thread_local")
            try:
                self._logits = self._one()
            except RuntimeError as error:
                failed = error
            try:
                graph.capture_end()
            except RuntimeError as error:
                failed = failed or error
        torch.cuda.current_stream().wait_stream(aside)
        if failed is None:
            self._graph = graph
        elif out_of_memory(failed):
            try:
                raise failed
            finally:
                # It leads to this frame, and so to all that the batch has on the GPU.
                failed = None


def in_steps(model: LocalModel) -> bool:
    """Whether answers are made here: on a GPU, where launching kernels takes most of the time."""
    return model.device.type == "cuda" and can_step(model.network)


def aligned(tokens: int) -> int:
    """The next multiple of ALIGNED."""
    return -(-tokens // ALIGNED) * ALIGNED


def can_step(network: Any) -> bool:
    """Whether a model's cache can have a fixed length, and its steps leave nothing to Python."""
    if not getattr(network, "_can_compile_fullgraph", False):
        return False
    layers = StaticCache(config=network.config, max_cache_len=ALIGNED).layers
    return all(type(layer) in (StaticLayer, StaticSlidingWindowLayer) for layer in layers)


def _cache(network: Any, length: int) -> Cache:
    """Room for `length` tokens in every layer.

    Layers that look back on a window of tokens keep all of them too: what is outside is masked.
    transformers' own cache for these layers rolls, and Python decides when.
    """
    count = len(StaticCache(config=network.config, max_cache_len=length).layers)
    return Cache(layers=[StaticLayer(max_cache_len=length) for _ in range(count)])


def new_tokens(
    network: Any,
    ids: torch.Tensor,
    mask: torch.Tensor,
    most: int,
    ends: set[int],
    processors: LogitsProcessorList,
    criteria: StoppingCriteriaList,
    step: Callable[..., Any] | None = None,
) -> torch.Tensor:
    """Prompts and up to `most` new tokens, the likeliest after `processors`, as `generate` does.

    ids, mask: shape (rows, width); the result's is (rows, width + tokens). What follows a row's
    end token has no meaning. `step`: see Steps.
    """
    rows, width = ids.shape
    # One row alone would be a shape of its own, to be compiled anew.
    steps = Steps(network, mask, most, step if rows > 1 else None)
    said = torch.empty((rows, width + most), dtype=torch.long, device=ids.device)
    said[:, :width] = ids
    ended = torch.zeros(rows, dtype=torch.bool, device=ids.device)
    last = torch.tensor(sorted(ends), dtype=torch.long, device=ids.device)
    # Their types ask for a legacy tensor class.
    process: Any = processors
    stop: Any = criteria
    logits = steps.read(ids)
    for place in range(width, width + most):
        token = process(said[:, :place], logits).argmax(-1)
        said[:, place] = token
        ended |= torch.isin(token, last)
        if criteria:
            ended |= stop(said[:, : place + 1], None)
        count = place + 1 - width
        if count == most or (count % LOOK == 0 and bool(ended.all())):
            return said[:, : place + 1]
        logits = steps.step(token)
    raise AssertionError("at least one token is always asked for")
