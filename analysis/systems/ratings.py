"""The rating rows of a report: how often each system gets each level, and its mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analysis.arrays import Floats
from analysis.ballots import Ballots, Grouping
from analysis.estimates import Estimate
from analysis.outcomes import Outcomes, blank_row
from analysis.resampling.resample import (
    CLUSTERED,
    GroupMeans,
    clustered_means,
    share_interval,
    t_interval,
)


def estimates(
    ballots: Ballots, parts: tuple[Grouping, ...], sources: list[Outcomes]
) -> Iterator[Estimate]:
    """Every rating row of a rating criterion."""
    for source in sources:
        for grouping in parts:
            yield from _rows(ballots, grouping, source)


def _rows(ballots: Ballots, grouping: Grouping, source: Outcomes) -> Iterator[Estimate]:
    systems = ballots.pairs.systems
    code = grouping.code[ballots.pair_of(source.unit)].astype(np.int64)
    kept = code >= 0
    unit, choice = source.unit[kept], source.choice[kept]
    group = code[kept] * len(systems) + ballots.system_of(unit)
    cluster = ballots.cluster_of(unit)
    size = len(grouping.slices) * len(systems)

    def means(score: Floats) -> GroupMeans:
        return clustered_means(score, group, cluster, size)

    shares = [
        means((choice == number).astype(np.float64)) for number in range(len(ballots.choices))
    ]
    mean = means(ballots.values[choice])
    for number, names in enumerate(grouping.slices):
        for system, name in enumerate(systems):
            if name not in names.get("systems", systems):  # type: ignore[operator]
                continue
            cell = number * len(systems) + system
            blank = blank_row(ballots, source, names, int(mean.n[cell]))
            blank = replace(blank, statistic="rating_share")
            blank = replace(blank, subject={**source.judge, "system": name})
            for level, share in zip(ballots.choices, shares, strict=True):
                subject = {**blank.subject, "level": level}
                yield _share(replace(blank, subject=subject), share, cell)
            yield _mean(replace(blank, statistic="mean_rating"), mean, cell, ballots.values)


def _share(blank: Estimate, means: GroupMeans, cell: int) -> Estimate:
    if not means.n[cell]:
        return blank
    value = float(means.mean[cell])
    found = share_interval(value, float(means.error[cell]), int(means.clusters[cell]))
    return blank.known(value, *found)


def _mean(blank: Estimate, means: GroupMeans, cell: int, values: Floats) -> Estimate:
    if not means.n[cell]:
        return blank
    value, error = float(means.mean[cell]), float(means.error[cell])
    interval = t_interval(value, error, int(means.clusters[cell]), values.min(), values.max())
    return blank.known(value, interval, CLUSTERED)
