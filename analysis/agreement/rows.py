"""The agreement rows of a report: for a criterion as a whole and for each slice of its pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from analysis.agreement.alpha import ORIENTATIONS, orientation_range
from analysis.agreement.coefficients import (
    ALL_EQUAL,
    COEFFICIENTS,
    NOTHING_SHARED,
    coefficient,
    interval_method,
    intervals,
)
from analysis.agreement.kappa import (
    LINEARISED,
    Shared,
    couple_rows,
    mean_kappa,
    most_shared,
    shared_units,
)
from analysis.arrays import Floats, Ints, compact
from analysis.ballots import Ballots, Grouping
from analysis.estimates import Estimate, Interval, Names, TooFewLabels, canonical
from analysis.resampling.resample import Bootstrap, clustered_means, share_interval
from analysis.resampling.tally import Tally

Spoken: TypeAlias = tuple[Names, Names]
"""What a row speaks of: its subject and its slice."""


def estimates(
    ballots: Ballots, parts: tuple[Grouping, ...], bootstrap: Bootstrap
) -> Iterator[Estimate]:
    """Every agreement row of a criterion."""
    shared = shared_units(ballots)
    for grouping in parts:
        yield from _mean_kappas(ballots, shared, grouping)
        yield from _first_two_with_ranges(ballots, grouping)
        for names, pairs in grouping.members():
            units = (pairs[:, None] * ballots.targets + np.arange(ballots.targets)).ravel()
            yield from _coefficients(ballots, names, units, bootstrap)
    yield from couple_rows(ballots, most_shared(shared))


def _blank(ballots: Ballots, name: str, names: Names, n: int) -> Estimate:
    return Estimate(
        name,
        ballots.criterion.key,
        slice=names,
        n=n,
        unit=ballots.unit_name,
        reason=NOTHING_SHARED,
    )


def _coefficients(
    ballots: Ballots, names: Names, units: Ints, bootstrap: Bootstrap
) -> Iterator[Estimate]:
    """The coefficients of one slice; `n` counts the units that have two labels or more."""
    units = units[ballots.labelled[units]]
    tally = ballots.tally.part(units)
    blank = _blank(ballots, "percent_agreement", names, tally.pairable)
    if not tally.pairable:
        for name in (*COEFFICIENTS, *(() if ballots.rated else ("orientation_range",))):
            yield replace(blank, statistic=name)
        return
    rng = bootstrap.generator("agreement", ballots.criterion.key, canonical(names))
    found = intervals(tally, ballots.cluster_of(units), bootstrap, rng)
    without = [one.tally for one in ballots.without_each] if not names else []
    remark = f"; {ALL_EQUAL}" if tally.alike else ""
    for name in COEFFICIENTS:
        row = replace(blank, statistic=name)
        try:
            value = coefficient(name, tally)
        except TooFewLabels as undefined:
            yield replace(row, reason=str(undefined))
            continue
        low, high = _jackknife_range(name, without)
        row = replace(row, low_leave_one_out=low, high_leave_one_out=high)
        method = interval_method(name, value, found[name], bootstrap.method)
        yield row.known(value, found[name], method + remark)
    if not ballots.rated:  # the rating of one response has no order
        yield _orientations(ballots, tally, blank, bootstrap)


def _jackknife_range(name: str, without: Sequence[Tally]) -> tuple[float | None, float | None]:
    values = []
    for tally in without:
        try:
            values.append(coefficient(name, tally))
        except TooFewLabels:
            continue
    return (min(values), max(values)) if values else (None, None)


def _orientations(
    ballots: Ballots, tally: Tally, blank: Estimate, bootstrap: Bootstrap
) -> Estimate:
    """Least and greatest nominal alpha over random orders of a and b; `value` is their mean."""
    row = replace(blank, statistic="orientation_range")
    rng = bootstrap.generator("orientation", ballots.criterion.key, canonical(row.slice))
    alphas = orientation_range(tally, rng, ballots.mirror)
    if not np.isfinite(alphas).all():
        return replace(row, reason=ALL_EQUAL)
    method = f"least, mean and greatest nominal alpha over {ORIENTATIONS} random orientations"
    ends = Interval(float(alphas.min()), float(alphas.max()))
    return row.known(float(alphas.mean()), ends, f"{method}, seed {bootstrap.seed}")


def _first_two_with_ranges(ballots: Ballots, grouping: Grouping) -> Iterator[Estimate]:
    """Over all pairs also the least and greatest value with one annotator left out."""
    values: dict[tuple[object, ...], list[float]] = {}
    for one in ballots.without_each if grouping.name == "all" else ():
        for row in _first_two(one, grouping):
            if row.value is not None:
                values.setdefault(row.key, []).append(row.value)
    for row in _first_two(ballots, grouping):
        found = values.get(row.key)
        if found and row.value is not None:
            row = replace(row, low_leave_one_out=min(found), high_leave_one_out=max(found))
        yield row


def _first_two(ballots: Ballots, grouping: Grouping) -> Iterator[Estimate]:
    """Whether the first two labels of a unit, by time, say the same."""
    starts = ballots.starts
    starts = starts[np.diff(np.append(starts, len(ballots.unit))) > 1]
    unit = ballots.unit[starts]
    code = grouping.code[ballots.pair_of(unit)]
    starts, unit, code = starts[code >= 0], unit[code >= 0], code[code >= 0]
    one, other = ballots.choice[starts], ballots.choice[starts + 1]
    slices: list[Spoken | None] = [({}, names) for names in grouping.slices]
    if not ballots.rated:
        equal, relaxed = _same_outcome(ballots, one, other)
        yield from _mean_rows(ballots, "first_two_agreement", equal, code, unit, slices)
        yield from _mean_rows(ballots, "relaxed_agreement", relaxed, code, unit, slices)
        return
    same = (one == other).astype(np.float64)
    yield from _mean_rows(ballots, "first_two_agreement", same, code, unit, slices)
    systems = ballots.pairs.systems
    by_system = code.astype(np.int64) * len(systems) + ballots.system_of(unit)
    cells: list[Spoken | None] = [
        ({"system": name}, names) if name in _systems_of(names, systems) else None
        for names in grouping.slices
        for name in systems
    ]
    yield from _mean_rows(ballots, "first_two_agreement", same, by_system, unit, cells)


def _systems_of(names: Names, systems: tuple[str, ...]) -> tuple[str, ...]:
    both = names.get("systems", systems)
    return both if isinstance(both, tuple) else systems


def _same_outcome(ballots: Ballots, one: Ints, other: Ints) -> tuple[Floats, Floats]:
    """1 where two labels name the same winner; the second gives half for a tie against a winner.

    Both bad is an outcome of its own here, and like a tie it is half against anything else.
    """
    side = np.sign(ballots.values)
    outcome = np.where(np.array(ballots.choices) == "both_bad", 2, side)
    same = (outcome[one] == outcome[other]).astype(np.float64)
    half = (same == 0) & ((side[one] == 0) | (side[other] == 0))
    return same, same + 0.5 * half


def _mean_rows(
    ballots: Ballots,
    name: str,
    score: Floats,
    group: Ints,
    unit: Ints,
    groups: list[Spoken | None],
) -> Iterator[Estimate]:
    """The mean score of each group; `groups` holds its subject and slice."""
    means = clustered_means(score, group, ballots.cluster_of(unit), len(groups))
    for number, names in enumerate(groups):
        if names is None:
            continue
        row = replace(_blank(ballots, name, names[1], int(means.n[number])), subject=names[0])
        if not row.n:
            yield row
            continue
        value, clusters = float(means.mean[number]), int(means.clusters[number])
        yield row.known(value, *share_interval(value, float(means.error[number]), clusters))


def _mean_kappas(ballots: Ballots, shared: Shared, grouping: Grouping) -> Iterator[Estimate]:
    for names, rows in grouping.rows(ballots.pair_of(shared.unit)):
        part = shared.rows(rows)
        mean = mean_kappa(part, len(ballots.choices), ballots.cluster_of(part.unit))
        row = _blank(
            ballots, "mean_cohen_kappa", names, len(compact(part.unit, len(ballots.counts))[0])
        )
        if mean is not None:
            if mean.without and not names and ballots.without_each:
                ends = min(mean.without), max(mean.without)
                row = replace(row, low_leave_one_out=ends[0], high_leave_one_out=ends[1])
            method = f"mean over {mean.couples} pairs of annotators weighted by overlap"
            yield row.known(mean.kappa, mean.interval, f"{method}; {LINEARISED}")
        else:
            yield replace(row, reason=ALL_EQUAL) if row.n else row
