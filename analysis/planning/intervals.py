"""The intervals that a report gives for one drawn study, made by the report's own functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from analysis.agreement.coefficients import intervals
from analysis.ballots import Ballots
from analysis.estimates import Estimate, Interval
from analysis.judges import beside_people, ppi_rows
from analysis.outcomes import human_outcomes
from analysis.planning.drawing import Design, Drawn
from analysis.planning.population import Population
from analysis.resampling.resample import Bootstrap, t_interval
from analysis.systems import ranking
from analysis.systems.bradley_terry import Comparisons, bradley_terry
from analysis.systems.contrasts import Standing, contrasts

ALPHA = "krippendorff_alpha_ordinal"

STATISTICS = {
    "win_rate": "win rate of the first system",
    "alpha": "Krippendorff's alpha, ordinal",
    "strength": "Bradley-Terry difference, first less last",
    "judge": "judge minus human",
    "ppi": "prediction-powered win rate of the first system",
}
"""What is looked at, by its name here."""

FIRST = "system01"


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


def _win_rate(design: Design, drawn: Drawn, _bootstrap: Bootstrap) -> Interval:
    (whole,), people = design.parts, drawn.people
    members, source = whole.systems(people.pairs), human_outcomes(people)[0]
    return _of(ranking.win_rows(people, whole, members, source), "win_rate")


def _alpha(_design: Design, drawn: Drawn, bootstrap: Bootstrap) -> Interval:
    people, units = drawn.people, np.flatnonzero(drawn.people.labelled)
    rng = bootstrap.generator("agreement", people.criterion.key, "{}")
    tally, cluster = people.tally.part(units), people.cluster_of(units)
    return intervals(tally, cluster, bootstrap, rng, [ALPHA])[ALPHA]


def _strength(_design: Design, drawn: Drawn, _bootstrap: Bootstrap) -> Interval:
    found = standing(drawn.people)
    each, couple = contrasts(found), first_and_last(found)
    gap, error = float(each.difference[couple]), float(each.error[couple])
    return t_interval(gap, error, found.clusters)


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


def standing(people: Ballots) -> Standing:
    """The strengths by majority, as the report compares systems by."""
    pairs, source = people.pairs, human_outcomes(people)[0]
    score = (1 - np.sign(people.values)[source.choice]) / 2
    unit = source.unit
    games = Comparisons(pairs.system_a[unit], pairs.system_b[unit], score, pairs.prompt[unit])
    found = bradley_terry(games, len(pairs.systems))
    return Standing(found.log_strength, found.covariance, found.clusters)


def first_and_last(found: Standing) -> int:
    """Which of the contrasts sets the first system beside the last."""
    return len(found.value) - 2


def _of(rows: Iterable[Estimate], statistic: str) -> Interval:
    """The interval of the row of all pairs, or of the first system."""
    (row,) = (
        one
        for one in rows
        if one.statistic == statistic and one.subject.get("system", FIRST) == FIRST
    )
    return Interval(row.low, row.high)
