"""The exact fast bootstrap over prompts, and cluster-robust means, for statistics of counts.

Everything that a statistic needs of the labels is how often each pattern occurs (a count vector,
a cell of a confusion matrix). Resampling prompts then means resampling rows of the table prompts x
patterns, and equal rows need only be counted: exact, and free of the number of labels.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

from analysis.arrays import Floats, Ints
from analysis.estimates import Interval

MOST_DROPPED = 0.05
"""With more undefined resamples than this share, an interval would describe the others only."""

CLUSTERED = "t interval, clustered by prompt"
WILSON = "Wilson interval with t, clustered by prompt"
WILSON_OVER_PROMPTS = "Wilson interval over prompts"
NO_SPREAD = "nothing differs between prompts: no interval"

ALL_ALIKE = 1e-9
"""An error below this is that of prompts which all say the same."""

FEW_ROWS = 200
"""So many distinct clusters are drawn faster by their multiplicities than one by one."""

CLUSTERS_PER_ROW = 10
"""So are more of them where each is had by so many clusters in the mean, and where there are too
many clusters for their draws to be kept for other criteria."""

DENSE_CELLS = 4_000_000
"""Up to so many groups x clusters a table is faster than sorting the rows, and up to CELLS_PER_ROW
times as many as there are rows."""

CELLS_PER_ROW = 4

CHUNK, KEPT, ALL_KEPT = 4_000_000, 64_000_000, 256_000_000
"""Draws made at once, those of so many clusters kept for the next statistic of as many, and all."""


@dataclass(frozen=True)
class Bootstrap:
    """How many resamples, and from which seed every generator is derived."""

    resamples: int = 1000
    seed: int = 0
    _times: dict[int, list[NDArray[np.uint8]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def generator(self, *words: str) -> np.random.Generator:
        """A generator of its own for what `words` name, so that adding one changes no other."""
        return np.random.default_rng([self.seed, zlib.crc32("\0".join(words).encode("utf-8"))])

    @property
    def method(self) -> str:
        """How the report names it."""
        drawn = f"B={self.resamples}, seed {self.seed}"
        return f"cluster bootstrap over prompts, {drawn}, expanded percentiles"

    def times(self, clusters: int) -> Iterator[NDArray[np.uint8]]:
        """How often each cluster is drawn in each resample, in chunks of (some, clusters).

        The same number of clusters gets the same draws, so that differences of statistics of the
        same prompts are within one resample; they are kept where they are small.
        """
        chunks: Iterable[NDArray[np.uint8]] = self._times.get(clusters, ())
        if not chunks:
            chunks = self._drawn(clusters)
            all_kept = (sum(self._times) + clusters) * self.resamples
            if self.keeps(clusters) and all_kept <= ALL_KEPT:
                chunks = self._times[clusters] = list(chunks)
        yield from chunks

    def keeps(self, clusters: int) -> bool:
        """Whether the draws of so many clusters are few enough to be kept."""
        return clusters * self.resamples <= KEPT

    def _drawn(self, clusters: int) -> Iterator[NDArray[np.uint8]]:
        rng = self.generator("clusters", str(clusters))
        step = max(1, CHUNK // clusters)
        for start in range(0, self.resamples, step):
            size = min(step, self.resamples - start)
            drawn = rng.integers(0, clusters, size=(size, clusters))
            drawn += np.arange(size)[:, None] * clusters
            times = np.bincount(drawn.ravel(), minlength=size * clusters)
            yield np.minimum(times, 255).astype(np.uint8).reshape(size, clusters)


def resampled_counts(
    pattern: Ints, cluster: Ints, patterns: int, bootstrap: Bootstrap, rng: np.random.Generator
) -> Floats:
    """How often each pattern occurs in each resample of the clusters, shape (resamples, patterns).

    pattern, cluster: shape (n,), the pattern and the cluster (prompt) of each unit.
    """
    rows, row_of_cluster = _distinct_rows(pattern, cluster, patterns)
    clusters = len(row_of_cluster)
    shared = bootstrap.keeps(clusters)
    if len(rows) <= (FEW_ROWS if shared else max(FEW_ROWS, clusters // CLUSTERS_PER_ROW)):
        share = np.bincount(row_of_cluster, minlength=len(rows)) / clusters
        order = np.argsort(-share)  # the largest first leaves less to draw for the others
        return rng.multinomial(clusters, share[order], size=bootstrap.resamples) @ rows[order]
    # The counts are whole numbers: below 2**24 float32 holds them exactly, in half the time.
    kind: Any = np.float32 if len(pattern) < 2**20 else np.float64
    table = rows[row_of_cluster].astype(kind)
    chunks = [times.astype(kind) @ table for times in bootstrap.times(clusters)]
    return np.concatenate(chunks).astype(np.float64)


def _distinct_rows(pattern: Ints, cluster: Ints, patterns: int) -> tuple[Floats, Ints]:
    """The distinct rows of the table clusters x patterns, and the row that each cluster has."""
    sizes = np.bincount(cluster)
    if sizes.max(initial=0) == 1:  # each prompt has one pair: its pattern is its row
        return np.eye(patterns), pattern[np.argsort(cluster, kind="stable")]
    names = np.flatnonzero(sizes)
    _, first, row_of_cluster = np.unique(
        _fingerprints(pattern, cluster, patterns)[names], return_index=True, return_inverse=True
    )
    row_of_first = np.full(len(sizes), -1)
    row_of_first[names[first]] = np.arange(len(first))
    row = row_of_first[cluster]
    cells = row[row >= 0] * patterns + pattern[row >= 0]
    rows = np.bincount(cells, minlength=len(first) * patterns).reshape(len(first), patterns)
    return rows.astype(np.float64), row_of_cluster


def _fingerprints(pattern: Ints, cluster: Ints, patterns: int) -> NDArray[np.uint64]:
    """For each cluster a number that is equal for equal rows; 64 bits of sums of random marks.

    That two different rows share one has a chance below 1e-7 for a million clusters.
    """
    marks = np.random.default_rng(0).integers(0, 2**40, size=(2, max(patterns, 1)))
    high, low = (np.bincount(cluster, weights=mark[pattern]).astype(np.uint64) for mark in marks)
    return high * np.uint64(0x9E3779B97F4A7C15) + low


def percentile_interval(values: Floats, clusters: int) -> Interval:
    """The interval between two percentiles of resampled values; NaN marks an undefined resample.

    The 2.5th and the 97.5th, moved outwards by how much narrower than a t interval a bootstrap of
    so many clusters is: resamples vary by (G-1)/G too little, and know no t quantile. With 30
    clusters they are the 1.9th and the 98.1st, with 300 the 2.4th and the 97.6th.
    Source: Hesterberg (2015), What teachers should know about the bootstrap: expanded percentiles.
    """
    defined = values[np.isfinite(values)]
    dropped = 1 - len(defined) / len(values)
    share = dropped if dropped > 0 else None
    if dropped > MOST_DROPPED:
        return Interval(dropped_share=share)
    low, high = np.quantile(defined, _expanded(clusters))
    return Interval(float(low), float(high), share)


def percentile_intervals(values: Floats, clusters: int) -> list[Interval]:
    """That interval for each column of values, shape (resamples, statistics)."""
    if not np.isfinite(values).all():
        return [percentile_interval(column, clusters) for column in values.T]
    low, high = np.quantile(values, _expanded(clusters), axis=0)
    return [Interval(*ends) for ends in zip(low.tolist(), high.tolist(), strict=True)]


def _expanded(clusters: int) -> tuple[float, float]:
    reach = stdtrit(clusters - 1, 0.975) * np.sqrt(clusters / (clusters - 1))
    return float(ndtr(-reach)), float(ndtr(reach))


def t_interval(
    value: float, error: float, clusters: int, least: float = -np.inf, greatest: float = np.inf
) -> Interval:
    """value +- t error with clusters - 1 degrees of freedom, kept within the possible values."""
    if clusters < 2:
        return Interval()
    reach = float(stdtrit(clusters - 1, 0.975)) * error
    return Interval(max(value - reach, least), min(value + reach, greatest))


def share_interval(share: float, error: float, clusters: int) -> tuple[Interval, str]:
    """The interval of a share from 0 to 1, and how the report names it.

    Wilson's, which covers near 0 and 1 too where share +- t error does not: for as many
    independent prompts as would have this error, share (1 - share) / error^2, with the t quantile
    of the clusters instead of 1.96. Where all clusters say the same the error tells nothing, and it
    is Wilson's over the clusters.
    Source: Franco, Little, Louis and Slud (2019), Comparative study of confidence intervals for
    proportions in complex sample surveys.
    """
    if share in (0.0, 1.0) or error < ALL_ALIKE:
        return wilson_interval(share, clusters), WILSON_OVER_PROMPTS
    if clusters < 2:
        return Interval(), WILSON
    quantile = float(stdtrit(clusters - 1, 0.975))
    return wilson_interval(share, share * (1 - share) / error**2, quantile), WILSON


def wilson_interval(share: float, n: float, quantile: float = 1.959963984540054) -> Interval:
    """Wilson's interval of a share of n."""
    z2 = quantile**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low, high = max(0.0, float(middle - reach)), min(1.0, float(middle + reach))
    return Interval(0.0 if share == 0 else low, 1.0 if share == 1 else high)


@dataclass(frozen=True)
class GroupMeans:
    """Means of groups with cluster-robust standard errors, each of shape (groups,).

    `mean` and `error` are NaN for a group without scores, `error` also for one with one cluster.
    """

    mean: Floats
    error: Floats
    n: Ints
    clusters: Ints


def clustered_means(score: Floats, group: Ints, cluster: Ints, groups: int) -> GroupMeans:
    """The mean score of each group; score, group and cluster have shape (n,)."""
    n = np.bincount(group, minlength=groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(group, weights=score, minlength=groups) / n
        error, clusters = clustered_error(score - mean[group], group, cluster, n)
    return GroupMeans(mean, error, n, clusters)


def clustered_error(influence: Floats, group: Ints, cluster: Ints, n: Ints) -> tuple[Floats, Ints]:
    """The standard error of each group's mean influence, and its number of clusters G.

    sqrt(G/(G-1) sum_g (sum_{i in g} influence_i)^2) / n; NaN with fewer than two clusters.
    influence, group, cluster: shape (rows,); n: shape (groups,), the rows of each group.
    """
    groups, width = len(n), int(cluster.max(initial=0)) + 1
    cell = group.astype(np.int64) * width + cluster
    if groups * width <= max(DENSE_CELLS, CELLS_PER_ROW * len(cell)):
        sums = np.bincount(cell, weights=influence, minlength=groups * width)
        filled = np.zeros(groups * width, bool)
        filled[cell] = True
        square = np.einsum("gc,gc->g", sums.reshape(groups, width), sums.reshape(groups, width))
        clusters = np.count_nonzero(filled.reshape(groups, width), axis=1)
    else:
        cells, cell = np.unique(cell, return_inverse=True)
        sums = np.bincount(cell, weights=influence, minlength=len(cells))
        square = np.bincount(cells // width, weights=sums**2, minlength=groups)
        clusters = np.bincount(cells // width, minlength=groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(clusters / (clusters - 1) * square) / n
    return np.where(clusters > 1, error, np.nan), clusters
