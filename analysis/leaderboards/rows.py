"""The rows that set benchmark scores beside people's and judges' rankings of the same systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from analysis.arrays import Floats, Ints, summed
from analysis.ballots import Ballots, Grouping
from analysis.estimates import NO_INTERVAL, Estimate, Interval
from analysis.judges.rank_correlation import kendall_tau_b
from analysis.outcomes import Outcomes, blank_row
from analysis.resampling.multiplicity import adjusted_rows
from analysis.resampling.ratios import blocks_of, method_of, resampled_sums
from analysis.resampling.resample import Bootstrap, percentile_interval

Benchmarks = Mapping[str, Mapping[str, float]]
"""The score of each system by benchmark; more is better."""

FEW_SYSTEMS = 5
"""With fewer the correlation takes so few values that an interval would claim too much."""

MOST_PERMUTED = 7
"""Up to so many systems all orders are gone through; 5,040 at most."""

TOO_FEW = "fewer than two systems have both a benchmark score and a win rate or mean rating"
ALL_TIED = "the benchmark, or people or the judge, score all systems alike"


@dataclass(frozen=True)
class _Scores:
    """One score a row of whom; shape (rows,)."""

    pair: Ints
    system: Ints
    cluster: Ints
    score: Floats


def estimates(
    ballots: Ballots,
    parts: tuple[Grouping, ...],
    sources: Sequence[Outcomes],
    benchmarks: Benchmarks,
    bootstrap: Bootstrap,
) -> Iterator[Estimate]:
    """`benchmark_kendall_tau` of people's majority and of each judge: all, by category, by task.

    p is adjusted by Holm over the benchmarks that one ranking is compared with.
    """
    for source in sources:
        if source.basis:
            continue
        found = _scores(ballots, source)
        for grouping in parts:
            if grouping.name == "systems":
                continue
            for names, rows in grouping.rows(found.pair):
                blank = replace(
                    blank_row(ballots, source, names, 0),
                    statistic="benchmark_kendall_tau",
                    unit="systems",
                    reason=TOO_FEW,
                )
                made = [
                    _row(ballots, blank, found, rows, (name, benchmarks[name]), bootstrap)
                    for name in sorted(benchmarks)
                ]
                yield from adjusted_rows(made, "holm")


def _scores(ballots: Ballots, source: Outcomes) -> _Scores:
    pair, cluster = ballots.pair_of(source.unit), ballots.cluster_of(source.unit)
    if ballots.rated:
        system = ballots.system_of(source.unit)
        return _Scores(pair, system, cluster, ballots.values[source.choice])
    side = np.sign(ballots.values)[source.choice]
    pairs = ballots.pairs
    return _Scores(
        np.append(pair, pair),
        np.append(pairs.system_a[pair], pairs.system_b[pair]),
        np.append(cluster, cluster),
        np.append(1 - side, 1 + side) / 2,
    )


def _row(
    ballots: Ballots,
    blank: Estimate,
    found: _Scores,
    rows: Ints,
    benchmark: tuple[str, Mapping[str, float]],
    bootstrap: Bootstrap,
) -> Estimate:
    name, scores = benchmark
    kind = "mean ratings" if ballots.rated else "win rates"
    row = replace(blank, subject={**blank.subject, "benchmark": name})
    score = np.array([scores.get(one, np.nan) for one in ballots.pairs.systems])
    rows = rows[np.isfinite(score)[found.system[rows]]]
    members, system = np.unique(found.system[rows], return_inverse=True)
    row = replace(row, n=len(members))
    if len(members) < 2:
        return row
    block, blocks = blocks_of(found.cluster[rows])
    place, size = block * len(members) + system, blocks * len(members)
    columns = (found.score[rows], np.ones(len(rows)))
    sums = np.concatenate(
        [summed(column, place, size).reshape(blocks, -1) for column in columns], axis=1
    )
    means = _means(sums.sum(axis=0, keepdims=True))
    value = float(kendall_tau_b(means, score[members][None])[0])
    if not np.isfinite(value):
        return replace(row, reason=ALL_TIED)
    p, test = permutation_p(means[0], score[members])
    method = f"tau-b of {kind} and scores; p: {test}"
    interval: Interval = NO_INTERVAL
    if len(members) < FEW_SYSTEMS:
        method += f"; fewer than {FEW_SYSTEMS} systems: no interval"
    elif blocks > 1:
        drawn = _means(resampled_sums(sums, bootstrap))
        fixed = np.repeat(score[members][None], len(drawn), axis=0)
        interval = percentile_interval(kendall_tau_b(drawn, fixed), blocks)
        method += f"; {method_of(bootstrap, found.cluster[rows])}, the scores as they are"
    return replace(row.known(value, interval, method), p=p)


def _means(sums: Floats) -> Floats:
    """Mean scores by system, NaN for systems that a resample lacks."""
    total, n = np.split(sums, 2, axis=1)
    return np.divide(total, n, out=np.full_like(n, np.nan), where=n > 0)


def permutation_p(one: Floats, other: Floats) -> tuple[float, str]:
    """The chance of so great a correlation, of either sign, in a random order of the systems.

    Over all orders of a few systems, ties and all; by SciPy's test with more. one, other: shape
    (systems,).
    """
    if len(one) > MOST_PERMUTED:
        from scipy.stats import kendalltau  # here, because it is slow to load and rarely needed

        return float(kendalltau(one, other).pvalue), "Kendall's test"
    orders = np.array(list(permutations(range(len(one)))))
    every = np.abs(kendall_tau_b(np.repeat(one[None], len(orders), axis=0), other[orders]))
    share = float((every >= every[0] - 1e-12).mean())  # the first order is the one observed
    return share, f"all {len(orders):,} orders of the systems"
