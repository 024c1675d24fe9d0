"""How many prompts an interval or a test needs, from how much a prompt moves the statistic."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import chdtri, ndtr, ndtri, stdtrit

from analysis.planning.assumptions import BadAssumption

LEAST_PROMPTS = 20
"""With fewer, what is computed here is no longer what a study finds."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)
NODES, WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2
"""Points and weights of an integral over the probabilities from 0 to 1."""

NO_EFFECT = 1e-9
"""An effect below this is none: what solving for equal systems leaves."""

MOST_PROMPTS = 10_000_000
"""No study has more; who would need them looks for nothing."""


def half_width(deviation: float, prompts: int) -> float:
    """Half of a 95% interval of a mean over so many prompts: t deviation / sqrt(prompts)."""
    return float(stdtrit(prompts - 1, 0.975) * deviation / math.sqrt(prompts))


def power(
    effect: float, deviation: float, prompts: int, level: float = 0.05, steadiness: float = 1.0
) -> float:
    """How often a two-sided t test at that level finds an effect; 0 to 1.

    By the noncentral t distribution with prompts - 1 degrees of freedom. `steadiness` is the
    standard deviation of the t statistic where it is not 1: then the statistic is as far from the
    bound, counted in its own standard deviations, as one with 1 would be.
    """
    if deviation == 0:
        return 1.0
    bound = float(stdtrit(prompts - 1, 1 - level / 2))
    shift = abs(effect) / deviation * math.sqrt(prompts)
    shift = bound + (shift - bound) / steadiness
    # Over the estimated error, as a share of the true one: the library's distribution function of
    # the noncentral t is NaN for some of the levels that many pairs of systems need.
    error = np.sqrt(chdtri(prompts - 1, 1 - NODES) / (prompts - 1))
    found = ndtr(shift - bound * error) + ndtr(-shift - bound * error)
    return float(np.clip(WEIGHTS @ found, 0, 1))


def normal_prompts(deviation: float, half: float) -> float:
    """The textbook's z^2 deviation^2 / half^2, before t makes it a few more."""
    return float((ndtri(0.975) * deviation / half) ** 2)


def prompts_for_half_width(deviation: float, half: float) -> int:
    """The fewest prompts whose interval is no wider than +- half; at least 20."""
    return _fewest(
        lambda prompts: half_width(deviation, prompts) <= half, normal_prompts(deviation, half)
    )


def prompts_for_power(
    effect: float,
    deviation: float,
    wanted: float,
    level: float = 0.05,
    steadiness: float = 1.0,
) -> int:
    """The fewest prompts with which the effect is found with the wanted power; at least 20."""
    if abs(effect) < NO_EFFECT:
        raise BadAssumption("there is no difference to find: expected an effect that is not 0")
    reach = ndtri(1 - level / 2) + ndtri(wanted)
    return _fewest(
        lambda prompts: power(effect, deviation, prompts, level, steadiness) >= wanted,
        float(reach * deviation / effect) ** 2,
    )


def _fewest(enough: Callable[[int], bool], guess: float) -> int:
    """The least number from 20 on that is enough, near the guess; being enough is for good."""
    if guess > MOST_PROMPTS:
        raise BadAssumption(
            f"this would need about {guess:.1e} prompts, expected at most {MOST_PROMPTS:,}"
        )
    low, high = LEAST_PROMPTS - 1, max(LEAST_PROMPTS, math.ceil(guess))
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
