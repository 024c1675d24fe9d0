"""Continuous batching through `generate_batch`: what it cannot do, and whether it is faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from transformers import ContinuousBatchingConfig

from annotation.schema import Record
from generation.backends.base import BackendLost, Result
from generation.backends.batch import Answered, read_answer
from generation.backends.model import LocalModel
from generation.systems import Decoding

PAGE, MOST_AT_ONCE = 32, 64
"""Tokens of a page of the cache, and requests that share it, on a CPU."""

FINISHED = 3
"""transformers' RequestStatus of an answer that is whole; 4 is a failed one."""


class Trial(Record):
    """How long both ways took for the same requests."""

    static_seconds: float
    continuous_seconds: float | None

    @property
    def continuous(self) -> bool:
        """Whether continuous batching was the faster one."""
        return self.continuous_seconds is not None and self.continuous_seconds < self.static_seconds

    def sentence(self, requests: int) -> str:
        """What was chosen and why, for whoever runs it."""
        if self.continuous_seconds is None:
            return "static batching, because continuous batching lost answers to the first prompts"
        chosen = "continuous" if self.continuous else "static"
        return (
            f"{chosen} batching, because the first {requests} prompts took "
            f"{self.static_seconds:.1f} s in static and {self.continuous_seconds:.1f} s in "
            "continuous batches"
        )


def refuse_continuous(decoding: Decoding) -> str | None:
    """Why continuous batching cannot do this decoding, or None when it can."""
    if decoding.stop:
        return "continuous batching ignores stop strings, so leave out `stop` or batch statically"
    if decoding.temperature:
        return (
            "continuous batching has one seed for everything, so that a resumed run would draw "
            "other answers: set temperature = 0 or batch statically"
        )
    return None


def answer_continuously(
    model: LocalModel, prompts: Sequence[Sequence[int]], decoding: Decoding
) -> list[Answered]:
    """The likeliest tokens of `prompts`, in their order, without fixed batches."""
    made = model.network.generate_batch(
        inputs=[list(ids) for ids in prompts],
        generation_config=model.likeliest(decoding.max_new_tokens),
        continuous_batching_config=_cache(model, prompts, decoding),
        progress_bar=False,
    )
    # They come back in the order of the prompts, but one that was lost is simply not there.
    if len(made) != len(prompts):
        raise BackendLost(
            f"continuous batching gave {len(made)} answers to {len(prompts)} prompts; "
            'set batching = "static"'
        )
    return [
        _read(model, ids, output, decoding)
        for ids, output in zip(prompts, made.values(), strict=True)
    ]


def _cache(
    model: LocalModel, prompts: Sequence[Sequence[int]], decoding: Decoding
) -> ContinuousBatchingConfig:
    """On a CPU, room for these prompts alone: by default nine tenths of the memory are taken."""
    if model.network.device.type != "cpu":
        return ContinuousBatchingConfig()
    longest = max(len(ids) for ids in prompts) + decoding.max_new_tokens
    pages = -(-longest // PAGE) + 1
    at_once = min(len(prompts), MOST_AT_ONCE)
    return ContinuousBatchingConfig(
        page_size=PAGE, num_blocks=pages * at_once, max_batch_tokens=max(512, longest)
    )


def _read(model: LocalModel, ids: Sequence[int], output: object, decoding: Decoding) -> Answered:
    status, error = getattr(output, "status", None), getattr(output, "error", None)
    tokens: list[int] = list(getattr(output, "generated_tokens", []))
    if error is not None or status != FINISHED:
        # A prompt larger than the cache comes back empty and without an exception.
        sentence = f"continuous batching failed with status {status}: {error or 'no reason given'}"
        return Answered(error=sentence, prompt_tokens=len(ids))
    answered = read_answer(model, tokens, decoding)
    return answered.model_copy(update={"prompt_tokens": len(ids), "width": len(ids)})


def trial(
    static: Callable[[], list[Result]],
    continuous: Callable[[], list[Result]],
    clock: Callable[[], float],
) -> tuple[list[Result], Trial]:
    """Run both ways once; the results of the faster one, and both times."""
    start = clock()
    by_batch = static()
    middle = clock()
    try:
        without = continuous()
    except BackendLost:
        return by_batch, Trial(static_seconds=middle - start, continuous_seconds=None)
    timed = Trial(static_seconds=middle - start, continuous_seconds=clock() - middle)
    return (without if timed.continuous else by_batch), timed
