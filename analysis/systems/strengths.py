"""The rows on strengths of systems: Bradley-Terry, the Elo scale, Davidson, and what follows."""

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
from analysis.resampling.resample import ALL_ALIKE, NO_SPREAD, Bootstrap
from analysis.systems.bradley_terry import (
    ELO_MEAN,
    ELO_SCALE,
    Comparisons,
    Strengths,
    bradley_terry,
)
from analysis.systems.contrast_rows import Compared, contrast_rows
from analysis.systems.contrasts import Standing
from analysis.systems.davidson import NO_TIES, davidson

SANDWICH = "Newton, ties as half wins; t interval, sandwich errors clustered by prompt"
INFORMATION = "Newton, ties as half wins; t interval, errors by the information, a prompt as one"
DAVIDSON = "Davidson's model of ties"
LOG_NU = "interval of its logarithm"

Members: TypeAlias = list[list[int]]
"""The systems of each slice."""


def estimates(
    ballots: Ballots,
    grouping: Grouping,
    members: Members,
    source: Outcomes,
    bootstrap: Bootstrap,
) -> Iterator[Estimate]:
    """The strengths in each slice of a grouping; between two systems Bradley-Terry's alone."""
    side = np.sign(ballots.values)[source.choice]
    for (names, rows), systems in zip(grouping.rows(source.unit), members, strict=True):
        blank = blank_row(ballots, source, names, len(rows))
        blank = replace(blank, statistic="bradley_terry")
        games = _games(ballots, source.unit[rows], side[rows], systems)
        spoken = [ballots.pairs.systems[one] for one in systems]
        yield from _slice(blank, games, spoken, bootstrap, alone="systems" in names)


def _games(ballots: Ballots, pair: Ints, side: Floats, systems: list[int]) -> Comparisons:
    pairs = ballots.pairs
    place = np.zeros(len(pairs.systems), np.int64)
    place[systems] = np.arange(len(systems))
    return Comparisons(
        place[pairs.system_a[pair]],
        place[pairs.system_b[pair]],
        (1 - side) / 2,
        pairs.prompt[pair],
    )


def _slice(
    blank: Estimate, games: Comparisons, systems: list[str], bootstrap: Bootstrap, *, alone: bool
) -> Iterator[Estimate]:
    subjects: list[Names] = [{**blank.subject, "system": one} for one in systems]
    wanted = ("bradley_terry",) if alone else ("bradley_terry", "elo_scale", "rank")
    try:
        if len(systems) < 2:
            raise TooFewLabels("there is only one system")
        found = bradley_terry(games, len(systems))
    except TooFewLabels as undefined:
        reason = str(undefined) if blank.n else blank.reason
        for name in wanted:
            for subject in subjects:
                yield replace(blank, statistic=name, subject=subject, reason=reason)
        return
    status = "regularised" if found.regularised else None
    method = INFORMATION if found.regularised else SANDWICH
    fitted = replace(blank, status=status)
    yield from _bradley_terry(fitted, subjects, found, method, elo=not alone)
    if alone:
        return
    rng = bootstrap.generator(
        "ranks", str(blank.criterion), canonical(blank.subject), canonical(blank.slice)
    )
    standing = Standing(found.log_strength, found.covariance, found.clusters)
    compared = Compared(systems, standing, "log strengths", method)
    yield from contrast_rows(fitted, compared, bootstrap, rng)
    yield from _davidson(blank, subjects, games)


def _bradley_terry(
    blank: Estimate, subjects: list[Names], found: Strengths, method: str, *, elo: bool
) -> Iterator[Estimate]:
    strengths, reach = found.log_strength, _reach(found.error, found.clusters)
    yield from _scaled_rows(blank, subjects, strengths, reach, method)
    if elo:
        row = replace(blank, statistic="elo_scale")
        scaled = ELO_MEAN + ELO_SCALE * strengths
        method = f"1000 + 400/ln 10 x {method}"
        yield from _scaled_rows(row, subjects, scaled, ELO_SCALE * reach, method)


def _reach(error: Floats, clusters: int) -> Floats:
    """Half the width of the intervals, NaN with one cluster."""
    if clusters < 2:
        return np.full(len(error), np.nan)
    reach: Floats = float(stdtrit(clusters - 1, 0.975)) * error
    return reach


def _scaled_rows(
    blank: Estimate, subjects: list[Names], values: Floats, reach: Floats, method: str
) -> Iterator[Estimate]:
    for subject, value, half in zip(subjects, values.tolist(), reach.tolist(), strict=True):
        row = replace(blank, subject=subject)
        if half > ALL_ALIKE:
            yield row.known(value, Interval(value - half, value + half), method)
        else:  # NaN with one prompt
            yield row.known(value, NO_INTERVAL, f"{method}; {NO_SPREAD}")


def _davidson(blank: Estimate, subjects: list[Names], games: Comparisons) -> Iterator[Estimate]:
    """Beside Bradley-Terry where there are ties."""
    rows, nu = replace(blank, statistic="davidson"), replace(blank, statistic="davidson_nu")
    try:
        found = davidson(games, len(subjects))
    except TooFewLabels as undefined:
        if str(undefined) != NO_TIES:
            yield replace(nu, reason=str(undefined))
            yield from (replace(rows, subject=one, reason=str(undefined)) for one in subjects)
        return
    status = "regularised" if found.regularised else None
    method = DAVIDSON + "; t interval, errors by the information, a prompt as one"
    if not found.regularised:
        method = DAVIDSON + "; t interval, sandwich errors clustered by prompt"
    reach = _reach(found.error, found.clusters)
    yield from _scaled_rows(
        replace(rows, status=status), subjects, found.log_strength, reach[:-1], method
    )
    half, interval = float(reach[-1]), NO_INTERVAL
    if half == half:
        ends = np.exp([found.log_nu - half, found.log_nu + half])
        interval = Interval(float(ends[0]), float(ends[1]))
    value = float(np.exp(found.log_nu))
    yield replace(nu, status=status).known(value, interval, f"{method}; {LOG_NU}")
