"""The rows on length: how often the longer response is preferred, and win rates controlled for it.

For people (their majority of each pair) and for each judge alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.special import expit, logit

from analysis.arrays import Ints, compact
from analysis.ballots import Ballots, Grouping
from analysis.estimates import NO_INTERVAL, Estimate, Interval
from analysis.judges.length_control import Controlled, Games, length_controlled
from analysis.outcomes import Outcomes, blank_row
from analysis.resampling.ratios import blocks_of
from analysis.resampling.resample import clustered_means, share_interval, t_interval

MARGIN = 30
"""Characters: responses whose lengths differ by no more are not taken as longer and shorter."""

UNKNOWN = "the texts of the responses are unknown"
ALIKE = f"no preferred side where lengths differ by more than {MARGIN} characters"
CONSTANT = "all differences of length are much the same"
LOGISTIC = "logistic regression on tanh(difference of length / its standard deviation)"
DELTA = "t interval by the delta method, sandwich errors clustered by prompt"
LOG_ODDS = "t interval of the log odds, sandwich errors clustered by prompt"
SEPARATED = "ridge 1e-3, because length alone tells wins from losses: no interval"


def estimates(
    ballots: Ballots, parts: tuple[Grouping, ...], sources: list[Outcomes]
) -> Iterator[Estimate]:
    """`longer_preferred` and `length_controlled_win_rate` of people and of each judge."""
    a, b = ballots.pairs.length_a, ballots.pairs.length_b
    difference = None if a is None or b is None else a - b
    for source in sources:
        for grouping in parts:
            if grouping.name != "systems":
                yield from _longer(ballots, grouping, source, difference)
            yield from _controlled(ballots, grouping, source, difference)


def _longer(
    ballots: Ballots, grouping: Grouping, source: Outcomes, difference: Ints | None
) -> Iterator[Estimate]:
    """The share of the longer response among decided pairs whose lengths clearly differ."""
    unit, side = source.unit, np.sign(ballots.values)[source.choice]
    if difference is None:
        unit, longer = unit[:0], side[:0]
    else:
        code = grouping.code[unit]
        clear = (np.abs(difference[unit]) > MARGIN) & (side != 0) & (code >= 0)
        unit, longer = unit[clear], ((side < 0) == (difference[unit] > 0))[clear].astype(float)
    cluster = ballots.cluster_of(unit)
    means = clustered_means(longer, grouping.code[unit], cluster, len(grouping.slices))
    for number, names in enumerate(grouping.slices):
        row = blank_row(ballots, source, names, int(means.n[number]))
        row = replace(row, statistic="longer_preferred")
        if not row.n:
            yield replace(row, reason=UNKNOWN if difference is None else ALIKE)
            continue
        share, clusters = float(means.mean[number]), int(means.clusters[number])
        interval, by = share_interval(share, float(means.error[number]), clusters)
        method = f"lengths that differ by more than {MARGIN} characters, without ties"
        yield row.known(share, interval, f"{method}; {by}")


def _controlled(
    ballots: Ballots, grouping: Grouping, source: Outcomes, difference: Ints | None
) -> Iterator[Estimate]:
    """Each system's win rate at equal lengths."""
    pairs, width = ballots.pairs, len(ballots.pairs.systems)
    code = grouping.code[source.unit].astype(np.int64)
    rows = np.flatnonzero(code >= 0) if difference is not None else np.zeros(0, np.int64)
    pair, code = source.unit[rows], code[rows]
    side = np.sign(ballots.values)[source.choice[rows]]
    longer = np.zeros(0, np.int64) if difference is None else difference[pair]
    cells = np.append(code * width + pairs.system_a[pair], code * width + pairs.system_b[pair])
    names, group = compact(cells, len(grouping.slices) * width)
    cluster = blocks_of(pairs.prompt[pair])[0]
    games = Games(
        group,
        np.append(longer, -longer),
        np.append(1 - side, 1 + side) / 2,
        np.append(cluster, cluster),
    )
    found = length_controlled(games, len(names))
    place = dict(zip(names.tolist(), range(len(names)), strict=True))
    for number, members in enumerate(grouping.systems(pairs)):
        for system in members:
            at = place.get(number * width + system)
            blank = blank_row(ballots, source, grouping.slices[number], 0)
            blank = replace(
                blank,
                statistic="length_controlled_win_rate",
                subject={**source.judge, "system": pairs.systems[system]},
                reason=UNKNOWN if difference is None else source.missing,
            )
            yield blank if at is None else _rate(blank, found, at)


def _rate(blank: Estimate, found: Controlled, at: int) -> Estimate:
    row = replace(blank, n=int(found.n[at]))
    if found.constant[at]:
        return replace(row, reason=CONSTANT)
    rate = float(found.rate[at])
    if found.regularised[at]:
        row = replace(row, status="regularised")
        return row.known(rate, NO_INTERVAL, f"{LOGISTIC}; {SEPARATED}")
    interval, method = rate_interval(rate, float(found.error[at]), int(found.clusters[at]))
    return row.known(rate, interval, f"{LOGISTIC}; {method}")


def rate_interval(rate: float, error: float, clusters: int) -> tuple[Interval, str]:
    """The interval of a rate from the error of its log odds, and its name.

    The delta method's, or that of the log odds where it is wider: close to 0 and 1 the delta method
    takes for known what was only extrapolated.
    """
    near = t_interval(rate, error * rate * (1 - rate), clusters, 0, 1)
    odds = t_interval(float(logit(rate)), error, clusters) if 0 < rate < 1 else near
    if near.low is None or near.high is None or odds.low is None or odds.high is None:
        return near, DELTA
    ends = float(expit(odds.low)), float(expit(odds.high))
    if ends[1] - ends[0] <= near.high - near.low:
        return near, DELTA
    return Interval(*ends), LOG_ODDS
