"""Drawing tokens with one seed a row, so that a text does not hang on what shares its batch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from generation.systems import Decoding


class GumbelNoise(LogitsProcessor):
    """Adds Gumbel noise from one generator a row: the argmax is then a draw from the softmax."""

    def __init__(self, seeds: Sequence[int], device: torch.device) -> None:
        self._rows = [torch.Generator(device).manual_seed(seed) for seed in seeds]

    def __call__(self, _: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """scores: shape (rows, vocabulary), float32; tokens that were masked stay masked."""
        noise = torch.empty_like(scores)
        for row, generator in zip(noise, self._rows, strict=True):
            row.exponential_(generator=generator)
        return scores - noise.log_()


class StopText(StoppingCriteria):
    """Stops a row as soon as its new text holds one of the stop strings, and notes where.

    transformers' own stop strings also look into the prompt's end, and continuous batching
    ignores them; this looks at what the row itself said.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, stop: Sequence[str], start: int, rows: int
    ) -> None:
        self._tokenizer, self._stop, self._start = tokenizer, tuple(stop), start
        # A stop string of n bytes spans at most n tokens, and it must end in the newest one.
        self._window = max(len(text.encode()) for text in stop) + 4
        self.stopped_at: list[int | None] = [None] * rows

    def __call__(self, input_ids: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        """Shape (rows,): which rows are done; `stopped_at` holds their numbers of new tokens."""
        length = input_ids.shape[1] - self._start
        tails = input_ids[:, max(self._start, input_ids.shape[1] - self._window) :].tolist()
        for row, tail in enumerate(tails):
            if self.stopped_at[row] is None:
                text = self._tokenizer.decode(tail, skip_special_tokens=True)
                if any(stop in text for stop in self._stop):
                    self.stopped_at[row] = length
        done = [place is not None for place in self.stopped_at]
        return torch.tensor(done, dtype=torch.bool, device=input_ids.device)


def draw(decoding: Decoding, seeds: Sequence[int], device: torch.device) -> LogitsProcessorList:
    """The processors after which the argmax is the token of that decoding."""
    if decoding.temperature == 0:
        return LogitsProcessorList()
    chain = LogitsProcessorList()
    if decoding.temperature != 1:
        chain.append(TemperatureLogitsWarper(decoding.temperature))
    if decoding.top_k:
        chain.append(TopKLogitsWarper(decoding.top_k))
    if decoding.top_p < 1:
        chain.append(TopPLogitsWarper(decoding.top_p))
    chain.append(GumbelNoise(seeds, device))
    return chain
