"""Whether plans keep their word: the planned study drawn again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.planning.drawing import Design, Drawn, draw
from analysis.planning.intervals import INTERVALS, first_and_last, standing
from analysis.planning.plans import Basis, Goal, Size, average_answers, with_labels
from analysis.resampling.resample import Bootstrap
from analysis.systems.contrasts import SURE, contrasts
from analysis.watch import Watch, unwatched


@dataclass(frozen=True)
class Check:
    """A plan, and what `studies` drawn by it gave: power, or the mean half-width.

    `error` is the standard error that comes from drawing so many studies only.
    """

    plan: Size
    studies: int
    found: float
    error: float


def checked(
    basis: Basis,
    plan: Size,
    studies: int,
    resamples: int = 1000,
    seed: int = 0,
    watch: Watch = unwatched,
) -> Check:
    """Draw the planned study of average people so often, and read its report's interval."""
    assumed = with_labels(basis.assumptions, plan.labels_per_pair)
    answers = average_answers(assumed, judged=plan.goal.statistic == "judge")
    design = Design(answers.population.model, plan.prompts, plan.labels_per_pair)
    each: Floats = np.empty(studies)
    bootstrap = Bootstrap(resamples, seed)
    for number in watch(range(studies), "studies drawn by the plan"):
        rng = np.random.default_rng([seed, number])
        drawn = draw(design, answers.people, answers.judge, rng)
        each[number] = _one(plan.goal, design, drawn, bootstrap)
    return Check(plan, studies, float(each.mean()), float(each.std() / np.sqrt(studies)))


def _one(goal: Goal, design: Design, drawn: Drawn, bootstrap: Bootstrap) -> float:
    """The half-width, or 1 if the report finds the effect and 0 if not; NaN without an answer."""
    if goal.power is not None and goal.statistic == "strength":
        found = standing(drawn.people)
        return float(contrasts(found).holm[first_and_last(found)] < SURE)
    ends = INTERVALS[goal.statistic](design, drawn, bootstrap)
    if ends.low is None or ends.high is None:
        return float("nan")
    if goal.power is not None:
        return float(ends.low > 0 or ends.high < 0)
    return (ends.high - ends.low) / 2
