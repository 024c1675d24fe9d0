"""One mean less another over the same prompts, within one resample of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from analysis.arrays import Floats, Ints, summed
from analysis.estimates import NO_INTERVAL, Interval
from analysis.resampling.ratios import blocks_of, resampled_sums
from analysis.resampling.resample import ALL_ALIKE, Bootstrap, percentile_interval


@dataclass(frozen=True)
class Gap:
    """The difference, -1 to 1 for shares, its interval, and p where prompts differ in it."""

    value: float
    interval: Interval
    p: float | None


def gap(over: Floats, under: Floats, cluster: Ints, bootstrap: Bootstrap) -> Gap | None:
    """The first of two means less the second; None where one of them has nothing.

    over, under: shape (units, 2), what a unit adds to each mean's sum and to its number; cluster:
    shape (units,). The interval is between percentiles of the difference over resampled prompts;
    p is two-sided, by t with the linearised error clustered by prompt, for a difference of 0.
    """
    block, blocks = blocks_of(cluster)
    columns = np.concatenate([over, under], axis=1).T
    sums = np.stack([summed(column, block, blocks) for column in columns], axis=1)
    total = sums.sum(axis=0)
    if not total[2:].all():
        return None
    value = float(_gaps(total[None])[0])
    error = _error(sums) if blocks > 1 else 0.0
    if error < ALL_ALIKE:
        return Gap(value, NO_INTERVAL, None)
    drawn = _gaps(resampled_sums(sums, bootstrap))
    p = float(2 * stdtr(blocks - 1, -abs(value) / error))
    return Gap(value, percentile_interval(drawn, blocks), p)


def _gaps(sums: Floats) -> Floats:
    """The differences from sums of both means' `over` and `under`, shape (resamples, 4)."""
    over, under = sums[:, :2], sums[:, 2:]
    means = np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)
    differences: Floats = means[:, 0] - means[:, 1]
    return differences


def _error(sums: Floats) -> float:
    """The linearised standard error of the difference, from the clusters' sums, (clusters, 4)."""
    clusters, total = len(sums), sums.sum(axis=0)
    mean = total[:2] / total[2:]
    influence = (sums[:, :2] - sums[:, 2:] * mean) / total[2:]
    square = ((influence[:, 0] - influence[:, 1]) ** 2).sum()
    return float(np.sqrt(clusters / (clusters - 1) * square))
