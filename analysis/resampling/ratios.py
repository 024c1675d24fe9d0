"""Statistics that are one sum over units divided by another, with intervals over prompts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import Floats, Ints, compact, summed
from analysis.estimates import NO_INTERVAL, Estimate
from analysis.resampling.resample import (
    DENSE_CELLS,
    WILSON_OVER_PROMPTS,
    Bootstrap,
    percentile_interval,
    wilson_interval,
)

MOST_CLUSTERS = 2_000
"""More prompts are taken together in so many blocks, which are resampled instead.

Prompts are independent, so blocks of them are. An interval over 2,000 blocks differs from one over
single prompts by 1.6% of its width, 1 / sqrt(2 x 2,000); one of 1,000 resamples differs from
another by 4%.
"""


@dataclass(frozen=True)
class Ratio:
    """What a unit of each pattern adds above and below the fraction bar, shape (patterns,).

    `unit` is what `under` counts, `missing` the reason where it is 0; a `share` is from 0 to 1.
    """

    over: Floats
    under: Floats
    unit: str
    missing: str
    remark: str = ""
    share: bool = True


Ratios = Mapping[str, Ratio]
"""Statistics of the same patterns, by their names."""


def values(ratios: Ratios, pattern: Ints) -> Floats:
    """Each ratio over units of those patterns, shape (ratios,); NaN where it is undefined."""
    first = next(iter(ratios.values()))
    times = np.bincount(pattern, minlength=len(first.over)).astype(np.float64)
    found: Floats = _quotients(times[None] @ _columns(ratios))[0]
    return found


def _columns(ratios: Ratios) -> Floats:
    """`over` and `under` of each, shape (patterns, 2 x ratios)."""
    return np.stack([side for one in ratios.values() for side in (one.over, one.under)], axis=1)


def _quotients(sums: Floats) -> Floats:
    over, under = sums[:, 0::2], sums[:, 1::2]
    return np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)


def ratio_rows(
    blank: Estimate,
    ratios: Ratios,
    pattern: Ints,
    cluster: Ints,
    bootstrap: Bootstrap,
    without: Sequence[Floats] = (),
) -> Iterator[Estimate]:
    """A row for each ratio, all from the same resamples of the prompts.

    pattern, cluster: shape (units,). `without` holds the values with each annotator left out. A
    share of exactly 0 or 1 has Wilson's interval over the prompts.
    """
    block, blocks = blocks_of(cluster)
    sums = _cluster_sums(_columns(ratios), pattern, block, blocks)
    total = sums.sum(axis=0)
    found = _quotients(total[None])[0]
    resampled = _quotients(resampled_sums(sums, bootstrap)) if blocks > 1 else None
    low, high = _ends(without, len(ratios))
    by_bootstrap = method_of(bootstrap, cluster)
    for number, (name, ratio) in enumerate(ratios.items()):
        row = replace(blank, statistic=name, n=round(total[2 * number + 1]), unit=ratio.unit)
        value = float(found[number])
        if not np.isfinite(value):
            yield replace(row, reason=ratio.missing)
            continue
        interval, method = NO_INTERVAL, by_bootstrap
        if resampled is not None:
            interval = percentile_interval(resampled[:, number], blocks)
        if ratio.share and value in (0.0, 1.0):
            clusters = len(np.unique(cluster[ratio.under[pattern] > 0]))
            interval, method = wilson_interval(value, clusters), WILSON_OVER_PROMPTS
        row = replace(row, low_leave_one_out=low[number], high_leave_one_out=high[number])
        yield row.known(value, interval, f"{ratio.remark}; {method}" if ratio.remark else method)


def _ends(without: Sequence[Floats], ratios: int) -> tuple[list[float | None], list[float | None]]:
    """The least and the greatest value of each ratio with one annotator left out."""
    nothing: list[float | None] = [None] * ratios
    ends = nothing.copy(), nothing.copy()
    for number in range(ratios):
        defined = [float(one[number]) for one in without if np.isfinite(one[number])]
        if defined:
            ends[0][number], ends[1][number] = min(defined), max(defined)
    return ends


def blocks_of(cluster: Ints) -> tuple[Ints, int]:
    """The clusters numbered without gaps, those beyond the limit folded into blocks; how many."""
    names, code = compact(cluster, int(cluster.max(initial=-1)) + 1)
    return (
        (code, len(names)) if len(names) <= MOST_CLUSTERS else (code % MOST_CLUSTERS, MOST_CLUSTERS)
    )


def method_of(bootstrap: Bootstrap, cluster: Ints) -> str:
    """How the report names the bootstrap of those clusters."""
    if len(cluster) > MOST_CLUSTERS and np.count_nonzero(np.bincount(cluster)) > MOST_CLUSTERS:
        return bootstrap.method.replace("prompts", f"prompts in {MOST_CLUSTERS:,} blocks", 1)
    return bootstrap.method


def _cluster_sums(columns: Floats, pattern: Ints, cluster: Ints, clusters: int) -> Floats:
    """The columns of the units' patterns summed within each cluster, shape (clusters, columns)."""
    if clusters * len(columns) <= DENSE_CELLS:
        return cluster_counts(pattern, len(columns), cluster, clusters) @ columns
    sums = [summed(column[pattern], cluster, clusters) for column in columns.T]
    return np.stack(sums, axis=1)


def cluster_counts(pattern: Ints, patterns: int, cluster: Ints, clusters: int) -> Floats:
    """How often each pattern occurs in each cluster, shape (clusters, patterns)."""
    cells = np.bincount(cluster * patterns + pattern, minlength=clusters * patterns)
    return cells.reshape(clusters, patterns).astype(np.float64)


def resampled_sums(sums: Floats, bootstrap: Bootstrap) -> Floats:
    """Sums over resampled clusters, shape (resamples, columns), from (clusters, columns).

    In single precision: the sums of counts and half points are exact, and only intervals are made
    of them.
    """
    single = sums.astype(np.float32)
    chunks = [times.astype(np.float32) @ single for times in bootstrap.times(len(sums))]
    return np.concatenate(chunks).astype(np.float64)
