"""Plans of studies: prompts, pairs, labels, annotators, hours and cost for what is wanted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.planning.assumptions import Assumptions, BadAssumption
from analysis.planning.influence import INFLUENCES, Answers, steadiness
from analysis.planning.intervals import TRUTHS
from analysis.planning.model import Model, Voters
from analysis.planning.population import Population
from analysis.planning.sizes import (
    NO_EFFECT,
    half_width,
    power,
    prompts_for_half_width,
    prompts_for_power,
)
from analysis.planning.small_studies import enough_prompts, small
from analysis.watch import Watch, unwatched

PANELS = 200
"""So many panels of annotators are drawn to see how far their findings differ."""

WIDER = 1.1
"""For other annotators an interval may be a tenth wider than for these."""

NEEDS_TWO = ("alpha", "judge")
"""Statistics that need two labels of a pair."""

WITHOUT = {
    "strength": "win rate: found 0.5, expected another one to plan for telling systems apart: "
    "equal systems have no difference to find",
    "judge": "judge minus human: found 0, expected another number to plan for telling a judge from "
    "people: there is no difference to find",
}
"""Why no study can find the effect, by statistic."""

OF_SYSTEMS = ("win_rate", "strength")
"""Statistics of two systems; the others are of all pairs."""


@dataclass(frozen=True)
class Goal:
    """What is wanted of a statistic: an interval of +- `half_width`, or `power` to find an effect.

    `strength` with a power tells the first system from the last; `judge` a judge from people.
    """

    statistic: str
    half_width: float | None = None
    power: float | None = None


@dataclass(frozen=True)
class Costs:
    """What a label takes: a price, or minutes at an hourly rate; None is unknown."""

    price_per_label: float | None = None
    minutes_per_pair: float | None = None
    hourly_rate: float | None = None
    labels_per_annotator: int = 200

    def hours(self, labels: int) -> float | None:
        """All annotators' hours."""
        return None if self.minutes_per_pair is None else labels * self.minutes_per_pair / 60

    def total(self, labels: int) -> float | None:
        """What all labels cost."""
        if self.price_per_label is not None:
            return labels * self.price_per_label
        hours = self.hours(labels)
        return None if hours is None or self.hourly_rate is None else hours * self.hourly_rate


@dataclass(frozen=True)
class Size:
    """How many prompts reach a goal with so many labels a pair.

    `expected` is the half-width or the power that this gives, `effect` the statistic's value,
    `deviation` how much a prompt moves it.
    """

    goal: Goal
    labels_per_pair: int
    prompts: int
    effect: float
    deviation: float
    expected: float


@dataclass(frozen=True)
class Plan(Size):
    """One way to reach a goal with all that it takes.

    `annotators` can do the labels, and with `annotators_for_others` the interval for other
    annotators is a tenth wider than for these.
    """

    pairs: int
    labels: int
    annotators: int
    annotators_for_others: int
    hours: float | None
    cost: float | None


@dataclass(frozen=True)
class Basis:
    """What plans are made from: assumptions, and how a pilot's spread compares with the model's.

    `pairs_per_prompt` as the study will have them; `scale` multiplies the model's deviations, by
    statistic.
    """

    assumptions: Assumptions
    pairs_per_prompt: float
    scale: Mapping[str, float] = field(default_factory=dict)

    @property
    def comparisons(self) -> int:
        """How many pairs of systems are tested together."""
        systems = self.assumptions.systems
        return systems * (systems - 1) // 2


def plans(
    basis: Basis,
    goal: Goal,
    labels: Sequence[int],
    costs: Costs,
    seed: int = 0,
    watch: Watch = unwatched,
) -> list[Plan]:
    """A plan for each number of labels a pair that the statistic allows, the cheapest first."""
    allowed = sorted({one for one in labels if one > 1 or goal.statistic not in NEEDS_TWO})
    if not allowed:
        raise BadAssumption(f"{goal.statistic}: found 1 label a pair, expected two or more")
    made = [_plan(basis, goal, one, costs, seed) for one in watch(allowed, "labels a pair")]
    return sorted(made, key=lambda plan: (plan.labels, plan.prompts))


def size(basis: Basis, goal: Goal, labels: int) -> Size:
    """The prompts that the goal needs with so many labels a pair."""
    assumed = with_labels(basis.assumptions, labels)
    answers = average_answers(assumed, judged=goal.statistic == "judge")
    effect = TRUTHS[goal.statistic](answers.population)
    deviation = answers.deviation(INFLUENCES[goal.statistic](answers.population))
    deviation *= basis.scale.get(goal.statistic, 1.0)
    if goal.half_width is not None:
        prompts = prompts_for_half_width(deviation, goal.half_width)
        expected = half_width(deviation, prompts)
    elif goal.power is not None:
        level = 0.05 / basis.comparisons if goal.statistic == "strength" else 0.05
        if abs(effect) < NO_EFFECT:
            raise BadAssumption(WITHOUT[goal.statistic])
        steady = steadiness(_two_systems(assumed, goal.statistic), goal.statistic)
        prompts = prompts_for_power(effect, deviation, goal.power, level, steady)
        expected = power(effect, deviation, prompts, level, steady)
        if goal.statistic == "strength" and not basis.scale and small(answers, prompts):
            prompts, expected = enough_prompts(answers, goal.power, prompts)
    else:
        raise BadAssumption("found neither a half-width nor a power, expected one of them")
    return Size(goal, labels, prompts, effect, deviation, expected)


def _plan(basis: Basis, goal: Goal, labels: int, costs: Costs, seed: int) -> Plan:
    found = size(basis, goal, labels)
    pairs = math.ceil(found.prompts * basis.pairs_per_prompt)
    total = pairs * labels
    between = panel_deviation(with_labels(basis.assumptions, labels), goal.statistic, seed)
    share = (WIDER**2 - 1) * found.deviation**2 / found.prompts
    return Plan(
        **vars(found),
        pairs=pairs,
        labels=total,
        annotators=max(labels, math.ceil(total / costs.labels_per_annotator)),
        annotators_for_others=max(labels, math.ceil(between**2 / share)) if share else labels,
        hours=costs.hours(total),
        cost=costs.total(total),
    )


def with_labels(assumed: Assumptions, labels: int) -> Assumptions:
    """The same with so many labels a pair, and annotators enough for them."""
    return replace(assumed, labels=labels, annotators=max(labels, assumed.annotators))


def average_answers(assumed: Assumptions, judged: bool = True) -> Answers:
    """The population of people who are all average, and the judge where one is asked for."""
    model = assumed.model()
    people = model.people(assumed.labels)
    judge = assumed.judge(model) if judged else people.only(np.array([0]))
    return Answers(people, judge, Population.of(model, people, judge, assumed.labels))


def _two_systems(assumed: Assumptions, statistic: str) -> Answers:
    """The same with the first and the last system alone."""
    return average_answers(replace(assumed, systems=2), judged=statistic == "judge")


def panel_deviation(assumed: Assumptions, statistic: str, seed: int = 0) -> float:
    """How far one annotator moves what endlessly many prompts would give.

    The standard deviation over panels times the root of their size, so that over the root of
    another size it is that of panels of such a size.
    """
    model, rng = assumed.model(), np.random.default_rng(seed)
    judge = _judge(assumed, model, statistic)
    people = model.people(assumed.annotators)
    panels = [assumed.spread.draw(people, rng) for _ in range(PANELS)]
    found = [TRUTHS[statistic](Population.of(model, one, judge, assumed.labels)) for one in panels]
    return float(np.std(found, ddof=1) * np.sqrt(assumed.annotators))


def _judge(assumed: Assumptions, model: Model, statistic: str) -> Voters:
    if statistic == "judge":
        return assumed.judge(model)
    return model.people(1)
