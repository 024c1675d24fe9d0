"""How far rankings and ratings hang on each annotator: their ranges with one left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from analysis.arrays import Floats, Ints
from analysis.ballots import Ballots
from analysis.estimates import Estimate, Names, TooFewLabels
from analysis.outcomes import Outcomes, human_outcomes
from analysis.systems import bradley_terry, davidson
from analysis.systems.contrasts import ranks

Key: TypeAlias = tuple[object, ...]
Found: TypeAlias = dict[Key, float]


def with_ranges(ballots: Ballots, rows: Iterable[Estimate]) -> Iterator[Estimate]:
    """The rows; those of all people on all pairs with the least and greatest value left out.

    With ten annotators or more nothing is added: then no one of them weighs much.
    """
    values: dict[Key, list[float]] = {}
    for one in ballots.without_each:
        for key, value in _values(one).items():
            values.setdefault(key, []).append(value)
    for row in rows:
        of_people = not set(row.slice) - {"basis"} and "judge" not in row.subject
        found = values.get(_key(row.statistic, row.subject, row.slice)) if of_people else None
        if found and row.value is not None:
            yield replace(row, low_leave_one_out=min(found), high_leave_one_out=max(found))
        else:
            yield row


def _key(statistic: str, subject: Names, basis: Names) -> Key:
    return statistic, frozenset(subject.items()), basis.get("basis")


def _values(ballots: Ballots) -> Found:
    found: Found = {}
    for source in human_outcomes(ballots):
        found.update(_rated(ballots, source) if ballots.rated else _compared(ballots, source))
    return found


def _rated(ballots: Ballots, source: Outcomes) -> Found:
    """Mean rating and share of each level of each system."""
    systems, width = ballots.pairs.systems, len(ballots.choices)
    cells = ballots.system_of(source.unit).astype(np.int64) * width + source.choice
    counts = np.bincount(cells, minlength=len(systems) * width).reshape(-1, width)
    found: Found = {}
    for system, row in zip(systems, counts.astype(np.float64), strict=True):
        if row.any():
            share = row / row.sum()
            mean = float(share @ ballots.values)
            found[_key("mean_rating", {"system": system}, source.basis)] = mean
            for level, one in zip(ballots.choices, share.tolist(), strict=True):
                names = {"system": system, "level": level}
                found[_key("rating_share", names, source.basis)] = one
    return found


def _compared(ballots: Ballots, source: Outcomes) -> Found:
    """Win rates and strengths of each system."""
    pairs, size = ballots.pairs, len(ballots.pairs.systems)
    side = np.sign(ballots.values)[source.choice]
    a, b = pairs.system_a[source.unit], pairs.system_b[source.unit]
    games = bradley_terry.Comparisons(a, b, (1 - side) / 2, pairs.prompt[source.unit])
    wins, ties = games.endings(games.couple(size), size)
    won, lost, n = wins.sum(axis=1), wins.sum(axis=0), (wins + wins.T + ties).sum(axis=1)
    asked = np.append(pairs.system_a[ballots.asked], pairs.system_b[ballots.asked])
    members = np.flatnonzero(np.bincount(asked, minlength=size))
    met = members[n[members] > 0]
    net = (won[met] - lost[met]) / n[met]
    columns: dict[str, tuple[Ints, Floats]] = {
        "net_win_rate": (met, net),
        "win_rate": (met, (net + 1) / 2),
    }
    found: Found = {}
    np.fill_diagonal(wins, 0)
    np.fill_diagonal(ties, 0)
    part = np.ix_(members, members)
    for name, strengths in _strengths(wins[part], ties[part], source, found).items():
        columns[name] = (members, strengths)
    for name, (who, numbers) in columns.items():
        for system, number in zip(who.tolist(), numbers.tolist(), strict=True):
            found[_key(name, {"system": pairs.systems[system]}, source.basis)] = number
    return found


def _strengths(wins: Floats, ties: Floats, source: Outcomes, found: Found) -> dict[str, Floats]:
    columns: dict[str, Floats] = {}
    if len(wins) < 2:
        return columns
    try:
        table, _ = bradley_terry.with_answer(wins + ties / 2)
        strengths = bradley_terry.maximum_likelihood(table)
        columns["bradley_terry"] = strengths
        columns["elo_scale"] = bradley_terry.ELO_MEAN + bradley_terry.ELO_SCALE * strengths
        columns["rank"] = ranks(strengths).astype(np.float64)
        decided, _ = davidson.with_answer(wins, ties)
        columns["davidson"], log_nu = davidson.maximum_likelihood(decided, ties)
        found[_key("davidson_nu", {}, source.basis)] = float(np.exp(log_nu))
    except TooFewLabels:
        pass  # what is undefined without an annotator has no end of a range
    return columns
