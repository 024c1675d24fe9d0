"""How two criteria go together over the labels of the same people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from analysis.arrays import Floats, Ints, compact, summed
from analysis.estimates import Interval, TooFewLabels
from analysis.resampling.ratios import blocks_of, resampled_sums
from analysis.resampling.resample import Bootstrap, percentile_interval

CONSTANT = "all labels of one of the two say the same"
NOTHING_BOTH = "nobody answered both criteria on one pair"


@dataclass(frozen=True)
class Correlation:
    """A correlation from -1 to 1, its interval, and p where more than one prompt tells."""

    value: float
    interval: Interval
    p: float | None


def correlation(
    one: Floats, other: Floats, cluster: Ints, bootstrap: Bootstrap, *, centred: bool
) -> Correlation:
    """Pearson's correlation with an interval over prompts and p from its linearised error.

    one, other, cluster: shape (opinions,). Preferences are not centred: sum xy / sqrt(sum x2 sum
    y2) is what Pearson's correlation is once each pair also stands there with a and b exchanged, so
    that the order of a pair changes nothing. Raises TooFewLabels where undefined.
    """
    if not len(one):
        raise TooFewLabels(NOTHING_BOTH)
    if centred:
        one, other = one - one.mean(), other - other.mean()
    block, blocks = blocks_of(cluster)
    columns = (np.ones(len(one)), one, other, one * one, other * other, one * other)
    sums = np.stack([summed(column, block, blocks) for column in columns], axis=1)
    value = float(_pearson(sums.sum(axis=0, keepdims=True), centred)[0])
    if not np.isfinite(value):
        raise TooFewLabels(CONSTANT)
    clusters = len(compact(cluster, int(cluster.max()) + 1)[0])
    if clusters < 2:
        return Correlation(value, Interval(), None)
    drawn = _pearson(resampled_sums(sums, bootstrap), centred)
    return Correlation(value, percentile_interval(drawn, blocks), _p(value, sums, blocks))


def _pearson(sums: Floats, centred: bool) -> Floats:
    """From sums of 1, x, y, xx, yy and xy, shape (resamples, 6)."""
    n, x, y, xx, yy, xy = sums.T
    with np.errstate(invalid="ignore", divide="ignore"):
        if centred:
            xx, yy, xy = xx - x * x / n, yy - y * y / n, xy - x * y / n
        spread = np.sqrt(np.maximum(xx, 0) * np.maximum(yy, 0))
        value: Floats = np.where(spread > 1e-9 * n, np.clip(xy / spread, -1, 1), np.nan)
    return value


def _p(value: float, sums: Floats, clusters: int) -> float | None:
    """Two-sided, by t; the influence of an opinion is zx zy - r (zx2 + zy2) / 2."""
    _, _, _, xx, yy, xy = sums.T
    share = xy / np.sqrt(xx.sum() * yy.sum())
    influence = share - value / 2 * (xx / xx.sum() + yy / yy.sum())
    error = np.sqrt(clusters / (clusters - 1) * (influence**2).sum())
    if error < 1e-12:
        return None
    return float(2 * stdtr(clusters - 1, -abs(value) / error))
