"""A judge's ratings of single responses against people's: correlations and the mean difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from analysis.arrays import Floats, Ints
from analysis.ballots import Ballots, Grouping
from analysis.estimates import NO_INTERVAL, Estimate
from analysis.judges.judging import Verdicts
from analysis.resampling.ratios import blocks_of, method_of
from analysis.resampling.resample import Bootstrap, percentile_interval

NOT_BOTH = "nothing has both a person's rating and a usable one of the judge"
CONSTANT = "people or the judge gave everything one rating"
CHUNK = 20_000_000
"""Cells of resampled tables that are held at once."""


def estimates(
    people: Ballots, verdicts: Verdicts, parts: tuple[Grouping, ...], bootstrap: Bootstrap
) -> Iterator[Estimate]:
    """`judge_spearman`, `judge_kendall_tau_b` and `judge_mean_absolute_error` of a rating.

    A unit's rating by people is the mean of their labels' values. Units where the judge gave no
    usable verdict (or two) have no rating of its and are left out; `judge_invalid_share` and
    `judge_inconsistent_share` count them.
    """
    usable = people.labelled[verdicts.unit] & (verdicts.verdict < verdicts.choices)
    unit, said = verdicts.unit[usable], verdicts.verdict[usable]
    counts = people.counts[unit]
    mean = np.round(counts @ people.values / np.maximum(counts.sum(axis=1), 1), 9)
    for grouping in parts:
        if grouping.name == "systems":
            continue
        for names, rows in grouping.rows(people.pair_of(unit)):
            blank = Estimate(
                "judge_spearman",
                people.criterion.key,
                subject={"judge": verdicts.judge},
                slice=names,
                n=len(rows),
                unit=people.unit_name,
                reason=NOT_BOTH,
                method="against the mean rating by people",
            )
            cluster = people.cluster_of(unit[rows])
            yield from _rows(blank, mean[rows], people.values[said[rows]], cluster, bootstrap)


def _rows(
    blank: Estimate, people: Floats, judge: Floats, cluster: Ints, bootstrap: Bootstrap
) -> Iterator[Estimate]:
    if not blank.n:
        for name in MEASURES:
            yield replace(blank, statistic=name)
        return
    levels, row = np.unique(people, return_inverse=True)
    marks, column = np.unique(judge, return_inverse=True)
    shape, pattern = (len(levels), len(marks)), row * len(marks) + column
    whole = np.bincount(pattern, minlength=shape[0] * shape[1]).reshape(1, *shape)
    drawn, blocks = _resampled(pattern, cluster, shape, bootstrap, (levels, marks))
    for name, measure in MEASURES.items():
        value = float(measure(whole.astype(np.float64), levels, marks)[0])
        estimate = replace(blank, statistic=name)
        if not np.isfinite(value):
            yield replace(estimate, reason=CONSTANT)
            continue
        interval = percentile_interval(drawn[name], blocks) if drawn else NO_INTERVAL
        method = f"{blank.method}; {method_of(bootstrap, cluster)}"
        yield estimate.known(value, interval, method)


def _resampled(
    pattern: Ints,
    cluster: Ints,
    shape: tuple[int, int],
    bootstrap: Bootstrap,
    values: tuple[Floats, Floats],
) -> tuple[dict[str, Floats], int]:
    """Each measure in each resample of the prompts, nothing where there is only one; how many."""
    block, blocks = blocks_of(cluster)
    if blocks < 2:
        return {}, blocks
    cells = shape[0] * shape[1]
    table = np.bincount(block * cells + pattern, minlength=blocks * cells).reshape(blocks, cells)
    table = table.astype(np.float32)  # whole numbers far below 2**24
    found: dict[str, list[Floats]] = {name: [] for name in MEASURES}
    step = max(1, CHUNK // cells)
    for times in bootstrap.times(blocks):
        for start in range(0, len(times), step):
            counts = times[start : start + step].astype(np.float32) @ table
            counted = counts.astype(np.float64).reshape(-1, *shape)
            for name, measure in MEASURES.items():
                found[name].append(measure(counted, *values))
    return {name: np.concatenate(parts) for name, parts in found.items()}, blocks


def _divided(over: Floats, under: Floats) -> Floats:
    """over / under, NaN where there is nothing to divide by."""
    quotient: Floats = np.divide(over, under, out=np.full(len(over), np.nan), where=under > 0)
    return quotient


def spearman(counts: Floats, _people: Floats, _judge: Floats) -> Floats:
    """Spearman's rho of tables of how often each two values met; ties share the mean rank.

    counts: shape (tables, people's values, judge's values), both ascending. -1 to 1; NaN where one
    of them is constant.
    """
    rows, columns = counts.sum(axis=2), counts.sum(axis=1)
    n = rows.sum(axis=1, keepdims=True)
    one, other = (np.cumsum(part, axis=1) - part / 2 - n / 2 for part in (rows, columns))
    covariance = np.einsum("tij,ti,tj->t", counts, one, other, optimize=True)
    spread = np.sqrt((rows * one**2).sum(axis=1) * (columns * other**2).sum(axis=1))
    return _divided(covariance, spread)


def kendall_tau_b(counts: Floats, _people: Floats, _judge: Floats) -> Floats:
    """Kendall's tau-b of such tables; -1 to 1, NaN where one side is constant."""
    # What lies below and to the right of each cell is concordant, below and to the left discordant.
    below = counts.sum(axis=1, keepdims=True) - np.cumsum(counts, axis=1)
    right = below.sum(axis=2, keepdims=True) - np.cumsum(below, axis=2)
    left = np.cumsum(below, axis=2) - below
    difference = (counts * (right - left)).sum(axis=(1, 2))
    rows, columns = counts.sum(axis=2), counts.sum(axis=1)
    n = rows.sum(axis=1)
    untied = [(n**2 - (part**2).sum(axis=1)) / 2 for part in (rows, columns)]
    spread = np.sqrt(untied[0] * untied[1])
    return _divided(difference, spread)


def mean_absolute_error(counts: Floats, people: Floats, judge: Floats) -> Floats:
    """The mean distance between the two values of such tables, in the scale's units."""
    apart = np.abs(people[:, None] - judge)
    n = counts.sum(axis=(1, 2))
    total = np.einsum("tij,ij->t", counts, apart)
    return _divided(total, n)


MEASURES: dict[str, Callable[[Floats, Floats, Floats], Floats]] = {
    "judge_spearman": spearman,
    "judge_kendall_tau_b": kendall_tau_b,
    "judge_mean_absolute_error": mean_absolute_error,
}
