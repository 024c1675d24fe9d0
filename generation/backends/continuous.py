"""Continuous batching through `generate_batch`: what it cannot do, and whether it is faster."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from transformers import ContinuousBatchingConfig

from annotation.schema import Record
from generation.backends.base import BackendLost, Result
from generation.backends.batch import Answered, read_answer
from generation.backends.model import LocalModel
from generation.systems import Decoding

PAGE, MOST_AT_ONCE = 32, 64
"""Tokens of a page of the cache, and requests that share it, on a CPU."""

WAIT = 0.1
"""Seconds between looks at whether the time is up."""

FINISHED = 3
"""transformers' RequestStatus of an answer that is whole; 4 is a failed one."""


class TooSlow(BackendLost):
    """Continuous batching was not done when its time was up."""


class Trial(Record):
    """How long both ways took for the same requests; None where answers were lost."""

    static_seconds: float
    continuous_seconds: float | None
    given_up: bool = False

    @property
    def continuous(self) -> bool:
        """Whether continuous batching was the faster one."""
        return (
            not self.given_up
            and self.continuous_seconds is not None
            and self.continuous_seconds < self.static_seconds
        )

    def sentence(self, requests: int) -> str:
        """What was chosen and why, for whoever runs it."""
        if self.continuous_seconds is None:
            return "static batching, because continuous batching lost answers to the first prompts"
        chosen = "continuous" if self.continuous else "static"
        more = "more than " if self.given_up else ""
        return (
            f"{chosen} batching, because the first {requests} prompts took "
            f"{self.static_seconds:.1f} s in static and {more}{self.continuous_seconds:.1f} s in "
            "continuous batches"
        )


def refuse_continuous(decoding: Decoding, compiled: bool = False) -> str | None:
    """Why continuous batching cannot do this decoding, or None when it can."""
    if compiled:
        return (
            "continuous batching has steps of its own, so leave out `compile` or batch statically"
        )
    if decoding.stop:
        return "continuous batching ignores stop strings, so leave out `stop` or batch statically"
    if decoding.temperature:
        return (
            "continuous batching has one seed for everything, so that a resumed run would draw "
            "other answers: set temperature = 0 or batch statically"
        )
    return None


def answer_continuously(
    model: LocalModel,
    prompts: Sequence[Sequence[int]],
    decoding: Decoding,
    seconds: float | None = None,
) -> list[Answered]:
    """The likeliest tokens of `prompts`, in their order, without fixed batches.

    Raises TooSlow when they are not all there after so many seconds.
    """
    until = None if seconds is None else time.monotonic() + seconds
    made: dict[str, Any] = {}
    with model.network.continuous_batching_context_manager(
        generation_config=model.likeliest(decoding.max_new_tokens),
        continuous_batching_config=_cache(model, prompts, decoding),
    ) as manager:
        keys = manager.add_requests(
            inputs=[list(ids) for ids in prompts], max_new_tokens=decoding.max_new_tokens
        )
        while len(made) < len(prompts) and manager.is_running():
            if until is not None and time.monotonic() > until:
                for key in keys:
                    manager.cancel_request(key)
                raise TooSlow(f"continuous batching was not done after {seconds:.1f} s")
            result = manager.get_result(timeout=WAIT)
            if result is not None and result.is_finished():
                made[result.request_id] = result
    # One that was lost is simply not there.
    if len(made) != len(prompts):
        raise BackendLost(
            f"continuous batching gave {len(made)} answers to {len(prompts)} prompts; "
            'set batching = "static"'
        )
    return [_read(model, ids, made[key], decoding) for ids, key in zip(prompts, keys, strict=True)]


def _cache(
    model: LocalModel, prompts: Sequence[Sequence[int]], decoding: Decoding
) -> ContinuousBatchingConfig:
    """On a CPU, room for these prompts alone: by default nine tenths of the memory are taken."""
    if model.network.device.type != "cpu":
        return ContinuousBatchingConfig(max_requests_per_batch=len(prompts))
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
    continuous: Callable[[float], list[Result]],
    clock: Callable[[], float],
) -> tuple[list[Result], Trial]:
    """Run both ways once; the results of the faster one, and both times.

    `continuous` is given the seconds that static batching took, after which it has lost.
    """
    start = clock()
    by_batch = static()
    middle = clock()
    seconds = middle - start
    try:
        without = continuous(seconds)
    except TooSlow:
        return by_batch, Trial(
            static_seconds=seconds, continuous_seconds=clock() - middle, given_up=True
        )
    except BackendLost:
        return by_batch, Trial(static_seconds=seconds, continuous_seconds=None)
    timed = Trial(static_seconds=seconds, continuous_seconds=clock() - middle)
    return (without if timed.continuous else by_batch), timed
