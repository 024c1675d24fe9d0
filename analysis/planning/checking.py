"""Whether plans keep their word: the planned study drawn again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.planning.drawing import Design, draw
from analysis.planning.intervals import INTERVALS
from analysis.planning.plans import Basis, Plan, average_answers, with_labels
from analysis.resampling.resample import Bootstrap
from analysis.watch import Watch, unwatched


@dataclass(frozen=True)
class Check:
    """A plan, and what `studies` drawn by it gave: power, or the mean half-width.

    `error` is the standard error that comes from drawing so many studies only.
    """

    plan: Plan
    studies: int
    found: float
    error: float


def checked(
    basis: Basis,
    plan: Plan,
    studies: int,
    resamples: int = 1000,
    seed: int = 0,
    watch: Watch = unwatched,
) -> Check:
    """Draw the planned study of average people so often, and read its report's interval."""
    assumed = with_labels(basis.assumptions, plan.labels_per_pair)
    answers = average_answers(assumed, judged=plan.goal.statistic == "judge")
    design = Design(answers.population.model, plan.prompts, plan.labels_per_pair)
    ends: Floats = np.empty((studies, 2))
    for number in watch(range(studies), "studies drawn by the plan"):
        rng = np.random.default_rng([seed, number])
        drawn = draw(design, answers.people, answers.judge, rng)
        found = INTERVALS[plan.goal.statistic](design, drawn, Bootstrap(resamples, number))
        ends[number] = found.low, found.high
    if plan.goal.power is not None:
        each = ((ends[:, 0] > 0) | (ends[:, 1] < 0)).astype(np.float64)
    else:
        each = (ends[:, 1] - ends[:, 0]) / 2
    return Check(plan, studies, float(each.mean()), float(each.std() / np.sqrt(studies)))
