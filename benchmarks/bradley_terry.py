"""`python -m benchmarks.bradley_terry`: 200 systems with intervals, against evalica's bootstrap."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import evalica
import numpy as np

from analysis.systems.bradley_terry import Comparisons, Strengths, bradley_terry
from analysis.systems.contrasts import (
    Standing,
    best_probability,
    contrasts,
    drawn,
    groups,
    rank_intervals,
)
from analysis.systems.davidson import davidson

T = TypeVar("T")

SYSTEMS, COMPARISONS, A_PROMPT = 200, 1_000_000, 5
AIM = 4.0
RESAMPLES = 1000
TRIED = 2
"""Resamples that evalica is run on; the rest is extrapolated."""


def main() -> None:
    """Print one line a figure."""
    games = _games(np.random.default_rng(0))
    size = f"{SYSTEMS} systems, {COMPARISONS:,} comparisons, {COMPARISONS // A_PROMPT:,} prompts"
    seconds, found = _timed(lambda: bradley_terry(games, SYSTEMS))
    print(f"Bradley-Terry with clustered errors, {size}: {seconds:.2f} CPU-s (aim: {AIM:g})")
    further, _ = _timed(lambda: _told_apart(found))
    couples = SYSTEMS * (SYSTEMS - 1) // 2
    print(
        f"ranks, {couples:,} tests, groups and chances of being best besides: {further:.2f} CPU-s"
    )
    tied, _ = _timed(lambda: davidson(games, SYSTEMS))
    print(f"Davidson with clustered errors, the same comparisons: {tied:.2f} CPU-s")
    theirs = _evalica(games) * RESAMPLES
    print(
        f"{RESAMPLES:,} resamples of prompts by evalica (extrapolated from {TRIED}): "
        f"{theirs:,.0f} CPU-s, {theirs / (seconds + further):,.0f} times as long"
    )


def _games(rng: np.random.Generator) -> Comparisons:
    """Systems of normal strengths, a fifth of the outcomes ties."""
    strengths = rng.normal(0, 1, SYSTEMS)
    first = rng.integers(0, SYSTEMS, COMPARISONS)
    second = (first + rng.integers(1, SYSTEMS, COMPARISONS)) % SYSTEMS
    chance = 1 / (1 + np.exp(strengths[second] - strengths[first]))
    score = (rng.random(COMPARISONS) < chance).astype(np.float64)
    score[rng.random(COMPARISONS) < 0.2] = 0.5
    return Comparisons(first, second, score, np.arange(COMPARISONS) // A_PROMPT)


def _told_apart(found: Strengths) -> None:
    standing = Standing(found.log_strength, found.covariance, found.clusters)
    groups(found.log_strength, contrasts(standing))
    draws = drawn(standing, RESAMPLES, np.random.default_rng(0))
    rank_intervals(draws)
    best_probability(draws)


def _evalica(games: Comparisons) -> float:
    """Processor seconds of one resample: draw the prompts, and fit."""
    names = np.array([f"s{number:03}" for number in range(SYSTEMS)], object)
    winners = np.array([evalica.Winner.Y, evalica.Winner.Draw, evalica.Winner.X], object)
    winner = winners[(2 * games.score).astype(int)]
    first, second = names[games.first], names[games.second]
    rng = np.random.default_rng(0)
    prompts = COMPARISONS // A_PROMPT

    def one() -> None:
        drawn = rng.integers(0, prompts, prompts)
        rows = (drawn[:, None] * A_PROMPT + np.arange(A_PROMPT)).ravel()
        columns = (first[rows].tolist(), second[rows].tolist(), winner[rows].tolist())
        evalica.bradley_terry(*columns)

    return sum(_timed(one)[0] for _ in range(TRIED)) / TRIED


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of the processor, which other work on the machine does not lengthen."""
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


if __name__ == "__main__":
    main()
