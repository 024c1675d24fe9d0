"""The intervals that a report gives for one drawn study, made by the report's own functions."""

from __future__ import annotations

from collections.abc import Iterable

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


def truths(population: Population) -> dict[str, float]:
    """What each statistic would be with endlessly many prompts."""
    strengths, rate = population.strengths, population.win_rate(0)
    return {
        "win_rate": rate,
        "alpha": population.alpha,
        "strength": float(strengths[0] - strengths[-1]),
        "judge": population.judge_minus_human,
        "ppi": rate,
    }


def found(design: Design, drawn: Drawn, bootstrap: Bootstrap) -> dict[str, Interval]:
    """The interval of each statistic; without ends where the report gives none."""
    people, verdicts, parts = drawn.people, drawn.verdicts, design.parts
    source = [human_outcomes(people)[0]]
    wins = ranking.estimates(people, parts, source, bootstrap)
    judged = beside_people.judge_rows(people, verdicts, parts, bootstrap)
    powered = ppi_rows.estimates(people, verdicts, parts, bootstrap)
    units = np.flatnonzero(people.labelled)
    rng = bootstrap.generator("agreement", people.criterion.key, "{}")
    agreement = intervals(people.tally.part(units), people.cluster_of(units), bootstrap, rng)
    return {
        "win_rate": _of(wins, "win_rate"),
        "alpha": agreement["krippendorff_alpha_ordinal"],
        "strength": strength_difference(people),
        "judge": _of(judged, "judge_minus_human"),
        "ppi": _of(powered, "ppi_win_rate"),
    }


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
