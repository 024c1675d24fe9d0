"""The rows that compare a judge's ranking of the systems with people's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import Floats, Ints, compact, summed
from analysis.ballots import NONE, Ballots, Grouping
from analysis.estimates import NO_INTERVAL, Estimate
from analysis.judges.judging import Verdicts, with_ties
from analysis.judges.rank_correlation import kendall_tau_b, spearman_rho
from analysis.resampling.ratios import blocks_of, method_of, resampled_sums
from analysis.resampling.resample import Bootstrap, percentile_interval

FEW_SYSTEMS = 5
"""With fewer the correlation takes so few values that an interval would claim too much."""

TOO_FEW = "fewer than two systems have both a human majority and a verdict of the judge"
ALL_TIED = "people or the judge score all systems alike"
SCORES = "scores over the pairs that both decided, both rankings anew in each resample"


@dataclass(frozen=True)
class _Scores:
    """Scores by people and by the judge, each array of shape (rows,): a row for each system."""

    pair: Ints
    system: Ints
    cluster: Ints
    people: Floats
    judge: Floats


def estimates(
    people: Ballots, verdicts: Verdicts, parts: tuple[Grouping, ...], bootstrap: Bootstrap
) -> Iterator[Estimate]:
    """`kendall_tau` and `spearman_rho` of win rates or mean ratings: all, by category, by task."""
    found = _scores(people, verdicts)
    kind = "mean ratings" if people.rated else "win rates"
    for grouping in parts:
        if grouping.name == "systems":
            continue
        for names, rows in grouping.rows(found.pair):
            blank = Estimate(
                "kendall_tau",
                people.criterion.key,
                subject={"judge": verdicts.judge},
                slice=names,
                unit="systems",
                reason=TOO_FEW,
                method=f"{kind} as {SCORES}",
            )
            yield from _rows(blank, found, rows, bootstrap)


def _scores(people: Ballots, verdicts: Verdicts) -> _Scores:
    said = with_ties(people, verdicts)
    both = (people.majority[verdicts.unit] != NONE) & (said < verdicts.choices)
    unit, said = verdicts.unit[both], said[both]
    majority, pair = people.majority[unit], people.pair_of(unit)
    cluster = people.cluster_of(unit)
    if people.rated:
        value = people.values
        return _Scores(pair, people.system_of(unit), cluster, value[majority], value[said])
    side = np.sign(people.values)
    one, other = side[majority], side[said]
    return _Scores(
        np.append(pair, pair),
        np.append(people.pairs.system_a[pair], people.pairs.system_b[pair]),
        np.append(cluster, cluster),
        np.append(1 - one, 1 + one) / 2,
        np.append(1 - other, 1 + other) / 2,
    )


def _rows(blank: Estimate, found: _Scores, rows: Ints, bootstrap: Bootstrap) -> Iterator[Estimate]:
    names, system = compact(found.system[rows], int(found.system.max(initial=-1)) + 1)
    systems, cluster = len(names), found.cluster[rows]
    blank = replace(blank, n=systems)
    if systems < 2:
        yield blank
        yield replace(blank, statistic="spearman_rho")
        return
    block, blocks = blocks_of(cluster)
    place = block * systems + system
    sums = np.concatenate(
        [
            summed(column, place, blocks * systems).reshape(blocks, systems)
            for column in (found.people[rows], found.judge[rows], np.ones(len(rows)))
        ],
        axis=1,
    )
    whole = sums.sum(axis=0, keepdims=True)
    drawn = resampled_sums(sums, bootstrap) if blocks > 1 and systems >= FEW_SYSTEMS else None
    for name, correlation in (("kendall_tau", kendall_tau_b), ("spearman_rho", spearman_rho)):
        value = float(correlation(*_means(whole, systems))[0])
        row = replace(blank, statistic=name)
        if not np.isfinite(value):
            yield replace(row, reason=ALL_TIED)
        elif drawn is None:
            few = f"; fewer than {FEW_SYSTEMS} systems: no interval"
            yield row.known(value, NO_INTERVAL, f"{blank.method}{few if blocks > 1 else ''}")
        else:
            interval = percentile_interval(correlation(*_means(drawn, systems)), blocks)
            yield row.known(value, interval, f"{blank.method}; {method_of(bootstrap, cluster)}")


def _means(sums: Floats, systems: int) -> tuple[Floats, Floats]:
    """The mean scores by people and by the judge, NaN for systems that a resample lacks."""
    n = sums[:, 2 * systems :]
    people, judge = (
        np.divide(part, n, out=np.full_like(n, np.nan), where=n > 0)
        for part in (sums[:, :systems], sums[:, systems : 2 * systems])
    )
    return people, judge
