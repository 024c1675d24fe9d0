"""The ranking rows of a report: wins, ties, losses and rates by slice and basis, and strengths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analysis.ballots import Ballots, Grouping
from analysis.estimates import Estimate, Interval
from analysis.outcomes import Outcomes, blank_row
from analysis.resampling.resample import Bootstrap, clustered_means, share_interval
from analysis.systems import strengths
from analysis.systems.left_out import with_ranges
from analysis.systems.strengths import Members


def estimates(
    ballots: Ballots,
    parts: tuple[Grouping, ...],
    sources: list[Outcomes],
    bootstrap: Bootstrap,
) -> Iterator[Estimate]:
    """Every ranking row of a criterion that compares the two responses."""
    rows = _rows(ballots, parts, sources, bootstrap)
    yield from with_ranges(ballots, rows)


def _rows(
    ballots: Ballots, parts: tuple[Grouping, ...], sources: list[Outcomes], bootstrap: Bootstrap
) -> Iterator[Estimate]:
    for grouping in parts:
        members = grouping.systems(ballots.pairs)
        for source in sources:
            yield from win_rows(ballots, grouping, members, source)
            yield from strengths.estimates(ballots, grouping, members, source, bootstrap)


def win_rows(
    ballots: Ballots, grouping: Grouping, members: Members, source: Outcomes
) -> Iterator[Estimate]:
    """Wins, ties, losses and rates of each system, the pairs of a slice counted for both sides."""
    pairs, width = ballots.pairs, len(ballots.pairs.systems)
    code = grouping.code[source.unit].astype(np.int64)
    inside = code >= 0
    pair, code = source.unit[inside], code[inside]
    side = np.sign(ballots.values)[source.choice[inside]]
    group = np.append(code * width + pairs.system_a[pair], code * width + pairs.system_b[pair])
    net = np.append(-side, side)
    cluster = np.append(pairs.prompt[pair], pairs.prompt[pair])
    size = len(grouping.slices) * width
    ending = group * 3 + net.astype(np.int64) + 1
    loss, tie, win = np.bincount(ending, minlength=3 * size).reshape(size, 3).T
    means = clustered_means(net, group, cluster, size)
    for number, systems in enumerate(members):
        for system in systems:
            cell = number * width + system
            n = int(means.n[cell])
            blank = blank_row(ballots, source, grouping.slices[number], n)
            blank = replace(blank, subject={**source.judge, "system": pairs.systems[system]})
            counted = {"win_count": win, "tie_count": tie, "loss_count": loss}
            if not n:
                for name in (*counted, "win_rate", "net_win_rate"):
                    yield replace(blank, statistic=name)
                continue
            for name, count in counted.items():
                yield replace(blank, statistic=name).known(float(count[cell]))
            mean, error = float(means.mean[cell]), float(means.error[cell])
            yield from _rates(blank, mean, error, int(means.clusters[cell]))


def _rates(blank: Estimate, net: float, error: float, clusters: int) -> Iterator[Estimate]:
    """The win rate (a tie is half) and the net win rate, which is linear in it."""
    rate = (net + 1) / 2
    found, method = share_interval(rate, error / 2, clusters)
    yield replace(blank, statistic="win_rate").known(rate, found, method)
    if found.low is not None and found.high is not None:
        found = Interval(2 * found.low - 1, 2 * found.high - 1)
    yield replace(blank, statistic="net_win_rate").known(net, found, method)
