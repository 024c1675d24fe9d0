"""The intervals that a report gives for one drawn study, made by the report's own functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from analysis.agreement.coefficients import intervals
from analysis.ballots import NONE, Ballots
from analysis.estimates import Estimate, Interval
from analysis.judges import beside_people, ppi_rows
from analysis.outcomes import human_outcomes
from analysis.planning.drawing import Design, Drawn
from analysis.planning.population import Population
from analysis.resampling.resample import Bootstrap, t_interval
from analysis.systems import ranking
from analysis.systems.bradley_terry import Comparisons, bradley_terry

STATISTICS = {
    "win_rate": "win rate of the first system",
    "alpha": "Krippendorff's alpha, ordinal",
    "strength": "Bradley-Terry difference, first less last",
    "judge": "judge minus human",
    "ppi": "prediction-powered win rate of the first system",
}
"""What is looked at, by its name here."""

FIRST = "system1"


TRUTHS: dict[str, Callable[[Population], float]] = {
    "win_rate": lambda at: at.win_rate(0),
    "alpha": lambda at: at.alpha,
    "strength": lambda at: float(at.strengths[0] - at.strengths[-1]),
    "judge": lambda at: at.judge_minus_human,
    "ppi": lambda at: at.win_rate(0),
}
"""What each statistic would be with endlessly many prompts."""


def truths(population: Population) -> dict[str, float]:
    """All of them."""
    return {name: truth(population) for name, truth in TRUTHS.items()}


def _win_rate(design: Design, drawn: Drawn, bootstrap: Bootstrap) -> Interval:
    source = [human_outcomes(drawn.people)[0]]
    return _of(ranking.estimates(drawn.people, design.parts, source, bootstrap), "win_rate")


def _alpha(_design: Design, drawn: Drawn, bootstrap: Bootstrap) -> Interval:
    people, units = drawn.people, np.flatnonzero(drawn.people.labelled)
    rng = bootstrap.generator("agreement", people.criterion.key, "{}")
    made = intervals(people.tally.part(units), people.cluster_of(units), bootstrap, rng)
    return made["krippendorff_alpha_ordinal"]


def _strength(_design: Design, drawn: Drawn, _bootstrap: Bootstrap) -> Interval:
    return strength_difference(drawn.people)


def _judge(design: Design, drawn: Drawn, bootstrap: Bootstrap) -> Interval:
    rows = beside_people.judge_rows(drawn.people, drawn.verdicts, design.parts, bootstrap)
    return _of(rows, "judge_minus_human")


def _powered(design: Design, drawn: Drawn, bootstrap: Bootstrap) -> Interval:
    rows = ppi_rows.estimates(drawn.people, drawn.verdicts, design.parts, bootstrap)
    return _of(rows, "ppi_win_rate")


INTERVALS: dict[str, Callable[[Design, Drawn, Bootstrap], Interval]] = {
    "win_rate": _win_rate,
    "alpha": _alpha,
    "strength": _strength,
    "judge": _judge,
    "ppi": _powered,
}
"""The interval of each statistic; without ends where the report gives none."""


def found(design: Design, drawn: Drawn, bootstrap: Bootstrap) -> dict[str, Interval]:
    """All of them."""
    return {name: one(design, drawn, bootstrap) for name, one in INTERVALS.items()}


def strength_difference(people: Ballots) -> Interval:
    """The t interval of the first system's log strength less the last's, by sandwich errors."""
    pairs, unit = people.pairs, np.flatnonzero(people.majority != NONE)
    score = (1 - np.sign(people.values)[people.majority[unit]]) / 2
    games = Comparisons(pairs.system_a[unit], pairs.system_b[unit], score, pairs.prompt[unit])
    strengths = bradley_terry(games, len(pairs.systems))
    contrast = np.zeros(len(pairs.systems))
    contrast[[0, -1]] = 1, -1
    error = float(np.sqrt(contrast @ strengths.covariance @ contrast))
    return t_interval(float(contrast @ strengths.log_strength), error, strengths.clusters)


def _of(rows: Iterable[Estimate], statistic: str) -> Interval:
    """The interval of the row of all pairs, or of the first system."""
    (row,) = (
        one
        for one in rows
        if one.statistic == statistic and one.subject.get("system", FIRST) == FIRST
    )
    return Interval(row.low, row.high)
