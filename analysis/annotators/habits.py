"""How annotators choose whatever the pair: the side, ties, the pace.

Every function gives one entry an annotator, shape (annotators,).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr

from analysis.arrays import Floats, Ints, order_of
from analysis.ballots import Ballots
from analysis.resampling.resample import GroupMeans, clustered_means
from analysis.tables import LabelTable


@dataclass(frozen=True)
class Sides:
    """How often each annotator preferred the response shown first, of the labels with a side.

    `p` is that of the exact binomial test against one half, two-sided; 1 without such labels.
    """

    first: GroupMeans
    p: Floats


def sides(ballots: Ballots) -> Sides:
    """Only labels that prefer a side and whose order on the screen is known."""
    side = np.sign(ballots.values)[ballots.choice]
    told = (side != 0) & (ballots.swapped >= 0)
    first = (side[told] < 0) == (ballots.swapped[told] == 0)
    who, unit = ballots.annotator[told], ballots.unit[told]
    annotators = len(ballots.annotators)
    means = clustered_means(
        first.astype(np.float64), who, ballots.cluster_of(unit), annotators
    )  # fmt: skip
    chosen = np.bincount(who, weights=first, minlength=annotators)
    fewer = np.minimum(chosen, means.n - chosen)
    # At one half the distribution is symmetric: both tails are twice the smaller one.
    p = np.where(
        means.n > 0,
        np.minimum(2 * bdtr(fewer, np.maximum(means.n, 1).astype(np.int64), 0.5), 1.0),
        1.0,
    )
    return Sides(means, p)


def ties(ballots: Ballots) -> GroupMeans:
    """The share of labels that prefer no side."""
    tied = (ballots.values[ballots.choice] == 0).astype(np.float64)
    cluster = ballots.cluster_of(ballots.unit)
    return clustered_means(tied, ballots.annotator, cluster, len(ballots.annotators))


@dataclass(frozen=True)
class Paces:
    """Median seconds with distribution-free 95% intervals; NaN where unknown or too few."""

    median: Floats
    low: Floats
    high: Floats
    n: Ints


def paces(labels: LabelTable, annotators: int) -> Paces:
    """The median of the seconds of each annotator's labels.

    The interval lies between two order statistics: the 95% interval of a binomial with one half
    says how many labels may be below the median. With five labels or fewer there is none.
    """
    known = np.isfinite(labels.seconds)
    who, seconds = labels.annotator[known], labels.seconds[known]
    seconds = seconds[order_of(who)]
    n = np.bincount(who, minlength=annotators)
    start = np.cumsum(n) - n
    for one in np.split(seconds, start[1:]):
        one.sort()  # a view: in its place among the others
    some = n > 0
    at = np.where(some, start, 0)
    padded = np.append(seconds, np.nan)
    median = (padded[at + np.maximum(n - 1, 0) // 2] + padded[at + n // 2]) / 2
    below = _binomial_quantile(n)
    wide = below >= 0
    low = padded[np.where(wide, at + below, len(seconds))]
    high = padded[np.where(wide, at + n - 1 - below, len(seconds))]
    return Paces(np.where(some, median, np.nan), low, high, n)


def _binomial_quantile(n: Ints) -> Ints:
    """The greatest k with P(X <= k) <= 2.5% for X of n fair coins; -1 where there is none."""
    if not len(n):
        return n
    tries = np.maximum(n, 1).astype(np.int64)  # which bdtr demands
    k = np.floor(tries / 2 - 1.959964 * np.sqrt(tries) / 2) + 1  # close by; then step to it
    k = np.clip(k, -1, tries - 1)
    for _ in range(4):
        too_far = (k >= 0) & (bdtr(np.maximum(k, 0), tries, 0.5) > 0.025)
        k = np.where(too_far, k - 1, k)
    return np.where(n > 0, k, -1).astype(np.int64)
