"""What a judge's two orders say of the judge itself: how steady it is, what side it favours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analysis.arrays import Bools, Ints
from analysis.ballots import Ballots, Grouping
from analysis.estimates import Estimate
from analysis.resampling.resample import (
    CLUSTERED,
    clustered_means,
    share_interval,
    t_interval,
)

NO_ORDERS = "nothing was judged in both orders with a usable verdict"


def estimates(ballots: Ballots, judge: str, parts: tuple[Grouping, ...]) -> Iterator[Estimate]:
    """`order_consistency` and `first_position_bias`: overall, by category and by task."""
    unit, given, swapped = _both_orders(ballots, judge)
    for grouping in parts:
        if grouping.name == "systems":
            continue
        for names, pairs in grouping.members():
            inside = np.zeros(len(ballots.pairs), bool)
            inside[pairs] = True
            part: Bools = inside[ballots.pair_of(unit)]
            blank = Estimate(
                "order_consistency",
                ballots.criterion.key,
                subject={"judge": judge},
                slice=names,
                n=int(part.sum()),
                unit=ballots.unit_name,
                reason=NO_ORDERS,
            )
            yield from _rows(ballots, blank, unit[part], given[part], swapped[part])


def _both_orders(ballots: Ballots, judge: str) -> tuple[Ints, Ints, Ints]:
    """Units with a usable verdict in both orders, and the choice in each; first runs only."""
    number = ballots.annotators.index(judge)
    own = ballots.only(
        (ballots.annotator == number)
        & (ballots.repeat == 0)
        & (ballots.choice < len(ballots.choices))
    )
    sides = [own.only(own.swapped == order) for order in (0, 1)]
    # Of records with one key the latest alone is in the table, so each unit is there once.
    unit, first, second = np.intersect1d(sides[0].unit, sides[1].unit, return_indices=True)
    return (
        unit,
        sides[0].choice[first].astype(np.int64),
        sides[1].choice[second].astype(np.int64),
    )


def _rows(
    ballots: Ballots, blank: Estimate, unit: Ints, given: Ints, swapped: Ints
) -> Iterator[Estimate]:
    bias = replace(blank, statistic="first_position_bias")
    if not len(unit):
        yield blank
        yield bias
        return
    cluster, together = ballots.cluster_of(unit), np.zeros(len(unit), np.int64)
    same = clustered_means((given == swapped).astype(np.float64), together, cluster, 1)
    share, clusters = float(same.mean[0]), int(same.clusters[0])
    yield blank.known(share, *share_interval(share, float(same.error[0]), clusters))
    # Values below 0 prefer a, which stands first where the order is the given one.
    sign = np.sign(ballots.values)
    favour = (sign[swapped] - sign[given]) / 2
    mean = clustered_means(favour, together, cluster, 1)
    value = float(mean.mean[0])
    reach = t_interval(value, float(mean.error[0]), clusters, -1.0, 1.0)
    flips = int((favour == 1).sum()), int((favour == -1).sum())
    yield replace(
        bias.known(value, reach, f"{CLUSTERED}; p: exact McNemar of {flips[0]} and {flips[1]}"),
        p=_even_chance(flips[0], sum(flips)) if sum(flips) else None,
    )


def _even_chance(heads: int, tosses: int) -> float:
    """p of so many heads of a fair coin, two-sided."""
    from scipy.stats import binomtest  # here, because it is slow to load and needs a judge

    return float(binomtest(heads, tosses).pvalue)
