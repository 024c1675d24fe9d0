"""How two criteria go together over the labels of the same people."""

from __future__ import annotations

from collections.abc import Sequence
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


@dataclass(frozen=True)
class Moments:
    """What a correlation needs of each block of prompts: sums of 1, x, y, xx, yy and xy.

    sums: shape (blocks, 6); `centred` says whether the means are taken off.
    """

    sums: Floats
    clusters: int
    centred: bool

    @classmethod
    def of(cls, one: Floats, other: Floats, cluster: Ints, *, centred: bool) -> Moments:
        """Those of two values of each opinion, shape (opinions,); raises TooFewLabels."""
        if not len(one):
            raise TooFewLabels(NOTHING_BOTH)
        if centred:
            one, other = one - one.mean(), other - other.mean()
        block, blocks = blocks_of(cluster)
        columns = (np.ones(len(one)), one, other, one * one, other * other, one * other)
        sums = np.stack([summed(column, block, blocks) for column in columns], axis=1)
        clusters = len(compact(cluster, int(cluster.max()) + 1)[0])
        made = cls(sums, clusters, centred)
        if not np.isfinite(made.value):
            raise TooFewLabels(CONSTANT)
        return made

    @property
    def value(self) -> float:
        """The correlation, NaN where all labels of one say the same."""
        return float(_pearson(self.sums.sum(axis=0, keepdims=True), self.centred)[0])

    def correlation(self, resampled: Floats) -> Correlation:
        """With what is found in the resamples of its sums, shape (resamples, 6)."""
        value, blocks = self.value, len(self.sums)
        if self.clusters < 2:
            return Correlation(value, Interval(), None)
        drawn = _pearson(resampled, self.centred)
        return Correlation(value, percentile_interval(drawn, blocks), _p(value, self.sums, blocks))


def correlation(
    one: Floats, other: Floats, cluster: Ints, bootstrap: Bootstrap, *, centred: bool
) -> Correlation:
    """Pearson's correlation with an interval over prompts and p from its linearised error.

    one, other, cluster: shape (opinions,). Preferences are not centred: sum xy / sqrt(sum x2 sum
    y2) is what Pearson's correlation is once each pair also stands there with a and b exchanged, so
    that the order of a pair changes nothing. Raises TooFewLabels where undefined.
    """
    return correlations([Moments.of(one, other, cluster, centred=centred)], bootstrap)[0]


def correlations(moments: Sequence[Moments], bootstrap: Bootstrap) -> list[Correlation]:
    """Those of many moments; all over as many blocks are resampled in one go."""
    places: dict[int, list[int]] = {}
    for place, one in enumerate(moments):
        places.setdefault(len(one.sums), []).append(place)
    found: dict[int, Correlation] = {}
    for blocks, same in places.items():
        sums = np.concatenate([moments[place].sums for place in same], axis=1)
        drawn = resampled_sums(sums, bootstrap) if blocks > 1 else sums
        for number, place in enumerate(same):
            found[place] = moments[place].correlation(drawn[:, 6 * number : 6 * number + 6])
    return [found[place] for place in range(len(moments))]


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
