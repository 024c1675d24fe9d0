"""The ranking rows of a report: wins, win rates and strengths of systems by slice and basis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from scipy.special import stdtrit

from analysis.arrays import Floats, Ints
from analysis.ballots import Ballots, Grouping
from analysis.estimates import NO_INTERVAL, Estimate, Interval, Names, TooFewLabels, canonical
from analysis.outcomes import Outcomes, blank_row
from analysis.resampling.resample import Bootstrap, clustered_means, share_interval
from analysis.systems.bradley_terry import (
    ELO_MEAN,
    ELO_SCALE,
    Comparisons,
    Strengths,
    bradley_terry,
    rank_intervals,
    ranks,
)

SANDWICH = "Newton, ties as half wins; sandwich errors clustered by prompt"


Members: TypeAlias = list[list[int]]
"""The systems of each slice."""


def estimates(
    ballots: Ballots,
    parts: tuple[Grouping, ...],
    sources: list[Outcomes],
    bootstrap: Bootstrap,
) -> Iterator[Estimate]:
    """Every ranking row of a criterion that compares the two responses."""
    for grouping in parts:
        members = grouping.systems(ballots.pairs)
        for source in sources:
            yield from _wins(ballots, grouping, members, source)
            yield from _strengths(ballots, grouping, members, source, bootstrap)


def _wins(
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
    win, tie, loss = (
        np.bincount(group[net == sign], minlength=size) for sign in (1, 0, -1)
    )  # fmt: skip
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


def _strengths(
    ballots: Ballots,
    grouping: Grouping,
    members: Members,
    source: Outcomes,
    bootstrap: Bootstrap,
) -> Iterator[Estimate]:
    """Bradley-Terry, Elo scale and rank of the systems of each slice."""
    code = grouping.code[source.unit]
    order = np.argsort(code, kind="stable")
    bounds = np.searchsorted(code[order], np.arange(len(grouping.slices) + 1))
    side = np.sign(ballots.values)[source.choice]
    for number, systems in enumerate(members):
        rows = order[bounds[number] : bounds[number + 1]]
        names = grouping.slices[number]
        blank = blank_row(ballots, source, names, len(rows))
        blank = replace(blank, statistic="bradley_terry")
        subjects: list[Names] = [
            {**source.judge, "system": ballots.pairs.systems[one]} for one in systems
        ]
        wanted = ("bradley_terry",) if "systems" in names else ("bradley_terry", *DERIVED)
        try:
            found = _fitted(ballots, source.unit[rows], side[rows], systems)
        except TooFewLabels as undefined:
            reason = str(undefined) if len(rows) else source.missing
            for name in wanted:
                for subject in subjects:
                    yield replace(blank, statistic=name, subject=subject, reason=reason)
            continue
        rng = bootstrap.generator(
            "ranks", ballots.criterion.key, canonical(blank.subject), canonical(blank.slice)
        )
        yield from _strength_rows(blank, subjects, found, wanted, bootstrap, rng)


def _fitted(ballots: Ballots, pair: Ints, side: Floats, systems: list[int]) -> Strengths:
    pairs = ballots.pairs
    if len(systems) < 2:
        raise TooFewLabels("there is only one system")
    games = Comparisons(
        np.searchsorted(systems, pairs.system_a[pair]),
        np.searchsorted(systems, pairs.system_b[pair]),
        (1 - side) / 2,
        pairs.prompt[pair],
    )
    return bradley_terry(games, len(systems))


DERIVED = ("elo_scale", "rank")


def _strength_rows(
    blank: Estimate,
    subjects: list[Names],
    found: Strengths,
    wanted: tuple[str, ...],
    bootstrap: Bootstrap,
    rng: np.random.Generator,
) -> Iterator[Estimate]:
    blank = replace(blank, status="regularised" if found.regularised else None)
    strengths = found.log_strength
    reach = np.full(len(strengths), np.nan)
    if found.clusters > 1:
        reach = stdtrit(found.clusters - 1, 0.975) * found.error
    yield from _scaled_rows(blank, subjects, strengths, reach, SANDWICH)
    if "elo_scale" in wanted:
        elo, method = replace(blank, statistic="elo_scale"), f"1000 + 400/ln 10 x {SANDWICH}"
        scaled = ELO_MEAN + ELO_SCALE * strengths
        yield from _scaled_rows(elo, subjects, scaled, ELO_SCALE * reach, method)
    if "rank" in wanted:
        yield from _rank_rows(blank, subjects, found, bootstrap, rng)


def _scaled_rows(
    blank: Estimate, subjects: list[Names], values: Floats, reach: Floats, method: str
) -> Iterator[Estimate]:
    for subject, value, half in zip(subjects, values.tolist(), reach.tolist(), strict=True):
        found = Interval(value - half, value + half) if half == half else NO_INTERVAL
        yield replace(blank, subject=subject).known(value, found, method)


def _rank_rows(
    blank: Estimate,
    subjects: list[Names],
    found: Strengths,
    bootstrap: Bootstrap,
    rng: np.random.Generator,
) -> Iterator[Estimate]:
    method = f"ranks of {bootstrap.resamples} draws from the strengths' clustered normal "
    method += f"approximation, seed {bootstrap.seed}"
    ends = None
    if found.clusters > 1:
        ends = rank_intervals(found, bootstrap.resamples, rng)
    for number, rank in enumerate(ranks(found.log_strength).tolist()):
        row = replace(blank, statistic="rank", subject=subjects[number])
        interval = NO_INTERVAL
        if ends is not None:
            interval = Interval(float(ends[0, number]), float(ends[1, number]))
        yield row.known(float(rank), interval, method)
