"""`python -m benchmarks.alpha`: alpha with 1,000 resamples, ours against a loop over a library."""

from __future__ import annotations

import time
from collections.abc import Callable

import krippendorff
import numpy as np

from analysis.agreement.coefficients import COEFFICIENTS
from analysis.arrays import Ints
from analysis.resampling.resample import Bootstrap, percentile_interval, resampled_counts
from analysis.resampling.tally import Tally

RESAMPLES = 1000
VALUES = np.array([-1.0, 0.0, 1.0])
AIMS = {1_000: 300, 100_000: 10_000, 1_000_000: 5_000}
LONGEST_LOOP = 10.0
"""Seconds of the library's loop after which the rest is extrapolated."""


def main() -> None:
    """Print one line a size and form of the data."""
    for pairs, aim in AIMS.items():
        labels = _labels(pairs, np.random.default_rng(0))
        ours = min(_seconds(lambda: _ours(labels)) for _ in range(7))  # noqa: B023
        for form, alpha_of in (("labels", _alpha_of_labels), ("count vectors", _alpha_of_counts)):
            theirs, made = _library_loop(labels, alpha_of)
            how = "run in full" if made == RESAMPLES else f"extrapolated from {made} resamples"
            aimed = f" (aim: {aim:,})" if form == "labels" else ""
            print(
                f"alpha, {RESAMPLES:,} resamples, {pairs:,} x 3 labels: {ours:.4f} s; a loop over "
                f"the library given {form} {theirs:,.1f} s ({how}): {theirs / ours:,.0f} times"
                f"{aimed}",
                flush=True,
            )


def _labels(pairs: int, rng: np.random.Generator) -> Ints:
    """What three annotators chose of each pair (0 a, 1 tie, 2 b), shape (3, pairs)."""
    truth = rng.random(pairs) + rng.normal(0, 0.25, (3, pairs))
    return (truth > 0.4).astype(np.int64) + (truth > 0.6)


def _counts(labels: Ints) -> Ints:
    """How often each pair got each choice, shape (pairs, 3)."""
    pairs = labels.shape[1]
    cells = np.arange(pairs) * 3 + labels
    return np.bincount(cells.ravel(), minlength=pairs * 3).reshape(pairs, 3)


def _ours(labels: Ints) -> None:
    """The interval of ordinal alpha, each pair a prompt of its own."""
    tally = Tally.of(_counts(labels), VALUES)
    weights = resampled_counts(
        tally.vector_of_unit,
        np.arange(labels.shape[1]),
        len(tally.vectors),
        Bootstrap(RESAMPLES),
        np.random.default_rng(0),
    )
    percentile_interval(COEFFICIENTS["krippendorff_alpha_ordinal"](tally, weights), labels.shape[1])


def _alpha_of_labels(labels: Ints) -> None:
    krippendorff.alpha(reliability_data=labels, level_of_measurement="ordinal")


def _alpha_of_counts(labels: Ints) -> None:
    krippendorff.alpha(value_counts=_counts(labels), level_of_measurement="ordinal")


def _library_loop(labels: Ints, alpha_of: Callable[[Ints], None]) -> tuple[float, int]:
    """Seconds of 1,000 resamples by the package, and how many of them were made to know."""
    rng = np.random.default_rng(0)
    pairs = labels.shape[1]
    start, made = time.perf_counter(), 0
    while made < RESAMPLES and (made < 3 or time.perf_counter() - start < LONGEST_LOOP):
        alpha_of(labels[:, rng.integers(0, pairs, pairs)])
        made += 1
    return (time.perf_counter() - start) / made * RESAMPLES, made


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
