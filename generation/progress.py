"""The bar of a run: answers done, and within a batch the tokens that its answers have got."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TextIO

from tqdm import tqdm

from generation.backends.base import Backend, Result, Step, TellsSteps

SHOWN_AFTER, EVERY = 2.0, 1.0
"""Seconds before a bar is shown, and between two looks into the same batch."""

LONG_SECONDS = 30 * 60
"""A run expected to take longer is told that a server would be the better place for the model."""

_ADVICE = (
    "{}: this will take more than half an hour. A server (vLLM, TGI, llama.cpp) on a GPU is the "
    "better place for this model: start one and use the endpoint backend, or divide the work with "
    "--shard. What is answered so far stays."
)


class Bar:
    """A bar with the rate, the time left and where the present batch is."""

    def __init__(
        self,
        total: int,
        name: str,
        advise: bool = False,
        after: float = SHOWN_AFTER,
        every: float = EVERY,
        file: TextIO | None = None,
    ) -> None:
        self._bar = tqdm(total=total, desc=name, unit="answer", delay=after, file=file)
        self._name, self._advise, self._after, self._every = name, advise, after, every
        self._tokens = self._failed = 0
        self._looked = 0.0

    @property
    def _seconds(self) -> float:
        return float(self._bar.format_dict["elapsed"])

    def result(self, result: Result) -> None:
        """One more request is done."""
        self._failed += result.error is not None
        self._tokens += int(result.meta.get("new_tokens", 0))
        self._bar.set_postfix_str(self._so_far(), refresh=False)
        self._bar.update()
        if self._advise and self._seconds > 60:
            self._advise = False
            if self._seconds / self._bar.n * (self._bar.total or 0) > LONG_SECONDS:
                self._bar.write(_ADVICE.format(self._name), file=sys.stderr)

    def step(self, step: Step) -> None:
        """The answers of the present batch have one token more."""
        seconds = self._seconds
        if seconds < self._after or seconds - self._looked < self._every:
            return
        self._looked = seconds
        inside = f"token {step.token} of {step.most} for {step.rows} prompts"
        said = [self._so_far()] if self._bar.n else []
        self._bar.set_postfix_str(", ".join([*said, inside]))

    def _so_far(self) -> str:
        rate = self._tokens / max(self._seconds, 1e-9)
        return f"{rate:.0f} tokens/s, {self._failed} failed"

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._bar.close()


def with_a_bar(
    results: Iterator[Result], backend: Backend, total: int, name: str, advise: bool
) -> Iterator[Result]:
    """The same results, under a bar; `advise` where a server could be a better place."""
    bar = Bar(total, name, advise)
    if isinstance(backend, TellsSteps):
        backend.on_step = bar.step
    try:
        for result in results:
            yield result
            bar.result(result)
    finally:
        if isinstance(backend, TellsSteps):
            backend.on_step = None
        bar.close()
