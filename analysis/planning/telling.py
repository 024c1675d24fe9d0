"""Which systems reports tell apart: equal ones too often, or those that differ too seldom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.planning.assumptions import Assumptions
from analysis.planning.checking import Check, checked
from analysis.planning.coverage import EQUAL, PLANNED, Simulation, panel
from analysis.planning.drawing import Design, draw
from analysis.planning.intervals import standing
from analysis.planning.model import Model
from analysis.planning.plans import Basis, Goal, size
from analysis.systems.contrasts import contrasts, groups
from analysis.watch import Watch, unwatched

SYSTEMS = (2, 3, 5, 10)
"""How many equal systems are compared."""

GAPS = (0.6, 0.7)
"""Win rates of the first system over the last that studies are planned for."""

POWER = 0.8


JUDGES = (-0.05, -0.1)
"""A judge's agreement less people's that studies are planned to find."""

WIDTHS = (Goal("win_rate", half_width=0.05), Goal("alpha", half_width=0.05))
"""Intervals that studies are planned for."""


@dataclass(frozen=True)
class Splits:
    """Of `studies` of so many equal systems, how many reports have more than one `system_group`."""

    systems: int
    prompts: int
    studies: int
    split: int

    @property
    def share(self) -> float:
        """The share of studies with a false split."""
        return self.split / self.studies

    @property
    def error(self) -> float:
        """Its standard error from drawing so many studies only."""
        return float(np.sqrt(self.share * (1 - self.share) / self.studies))


def false_splits(
    of: Simulation, systems: Sequence[int] = SYSTEMS, watch: Watch = unwatched
) -> Iterator[Splits]:
    """Splits among equal systems; annotators differ, but in no system's favour."""
    for number in systems:
        assumed, model = _equal(of.assumptions, number)
        rng = of.generator(EQUAL, number)
        people = panel(assumed, model, rng)
        for prompts in of.sizes:
            design = Design(model, prompts, assumed.labels)
            split = 0
            for study in watch(range(of.studies), f"{number} equal systems, {prompts} prompts"):
                drawn = draw(
                    design, people, model.people(1), of.generator(EQUAL, number, prompts, study)
                )
                found = standing(drawn.people)
                split += int(groups(found.value, contrasts(found)).max() > 1)
            yield Splits(number, prompts, of.studies, split)


def _equal(assumed: Assumptions, systems: int) -> tuple[Assumptions, Model]:
    spread = replace(assumed.spread, taste=0.0)
    equal = replace(assumed, systems=systems, win_rate=0.5, spread=spread)
    return equal, equal.model().equal()


def planned_gaps(
    of: Simulation, systems: Sequence[int] = SYSTEMS[:3], watch: Watch = unwatched
) -> Iterator[tuple[Basis, Check]]:
    """How often the report tells the first system from the last in a study planned to do so."""
    for gap in GAPS:
        for number in systems:
            assumed = replace(of.assumptions, win_rate=gap, systems=number)
            basis = Basis(assumed, number * (number - 1) / 2)
            plan = size(basis, Goal("strength", power=POWER), assumed.labels)
            seed = int(of.generator(PLANNED, number).integers(2**31))
            yield basis, checked(basis, plan, of.studies, 1, seed, watch)


def planned_others(of: Simulation, watch: Watch = unwatched) -> Iterator[tuple[Basis, Check]]:
    """What studies planned for the other goals give."""
    judged = [
        (Goal("judge", power=POWER), replace(of.assumptions, judge_minus_human=gap))
        for gap in JUDGES
    ]
    for place, (goal, assumed) in enumerate([*judged, *((one, of.assumptions) for one in WIDTHS)]):
        basis = Basis(assumed, assumed.systems * (assumed.systems - 1) / 2)
        plan = size(basis, goal, assumed.labels)
        seed = int(of.generator(PLANNED, 1000 + place).integers(2**31))
        yield basis, checked(basis, plan, of.studies, of.resamples, seed, watch)
