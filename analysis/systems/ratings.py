"""The rating rows of a report: how often each system gets each level, and its mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analysis.arrays import Floats, Ints, compact
from analysis.ballots import Ballots, Grouping
from analysis.estimates import Estimate, canonical
from analysis.outcomes import Outcomes, blank_row
from analysis.resampling.resample import (
    CLUSTERED,
    Bootstrap,
    GroupMeans,
    clustered_means,
    share_interval,
    t_interval,
)
from analysis.systems.bradley_terry import clustered_squares
from analysis.systems.contrast_rows import Compared, contrast_rows
from analysis.systems.contrasts import Standing
from analysis.systems.left_out import with_ranges

TWO = 2
"""Of two levels the mean is the share of the higher one, and has its interval."""


def estimates(
    ballots: Ballots,
    parts: tuple[Grouping, ...],
    sources: list[Outcomes],
    bootstrap: Bootstrap,
) -> Iterator[Estimate]:
    """Every rating row of a rating criterion."""
    rows = (
        row
        for source in sources
        for grouping in parts
        for row in (
            *_rows(ballots, grouping, source),
            *_contrasts(ballots, grouping, source, bootstrap),
        )
    )
    yield from with_ranges(ballots, rows)


def _contrasts(
    ballots: Ballots, grouping: Grouping, source: Outcomes, bootstrap: Bootstrap
) -> Iterator[Estimate]:
    """Ranks, groups and each two systems by their mean ratings; not between two systems alone."""
    if grouping.name == "systems":
        return
    for names, rows in grouping.rows(ballots.pair_of(source.unit)):
        unit = source.unit[rows]
        score = ballots.values[source.choice[rows]]
        systems, system = compact(ballots.system_of(unit), len(ballots.pairs.systems))
        if len(systems) < 2:
            continue
        blank = blank_row(ballots, source, names, len(rows))
        standing = mean_standing(score, system, ballots.cluster_of(unit), len(systems))
        compared = Compared(
            [ballots.pairs.systems[one] for one in systems],
            standing,
            "mean ratings",
            "errors clustered by prompt",
        )
        rng = bootstrap.generator(
            "ranks", ballots.criterion.key, canonical(blank.subject), canonical(blank.slice)
        )
        yield from contrast_rows(blank, compared, bootstrap, rng)


def mean_standing(score: Floats, system: Ints, cluster: Ints, systems: int) -> Standing:
    """Mean scores with their covariance, clustered; score, system, cluster: shape (scores,)."""
    n = np.bincount(system, minlength=systems)
    mean = np.bincount(system, weights=score, minlength=systems) / n
    prompts, block = compact(cluster, int(cluster.max(initial=-1)) + 1)
    if len(prompts) < 2:
        return Standing(mean, np.full((systems, systems), np.nan), len(prompts))
    influence = (score - mean[system]) / n[system]
    covariance = clustered_squares(influence, system, block, (len(prompts), systems))
    return Standing(mean, covariance, len(prompts))


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
    value, error, clusters = means.mean[cell], means.error[cell], int(means.clusters[cell])
    least, greatest = float(values.min()), float(values.max())
    if len(values) > TWO:
        interval = t_interval(float(value), float(error), clusters, least, greatest)
        return blank.known(float(value), interval, CLUSTERED)
    span = greatest - least
    found, method = share_interval(float((value - least) / span), float(error / span), clusters)
    if found.low is not None and found.high is not None:
        found = replace(found, low=least + span * found.low, high=least + span * found.high)
    return blank.known(float(value), found, method)
