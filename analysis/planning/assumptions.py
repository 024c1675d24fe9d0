"""What is assumed of a study that is not there yet, in the terms of a report, and its model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import brentq, least_squares

from analysis.arrays import Floats
from analysis.planning.model import Model, Spread, Voters
from analysis.planning.population import Population
from annotation.schema import TiebreakError

EXACT = 1e-6
"""How near the model must come to what is assumed."""

JUDGE_SIDE, JUDGE_TASTE = 0.5, 0.3
"""By how many log odds the judge favours what is shown first, and the first system."""

SENSITIVITIES = (-4.0, 4.0)
"""Logarithms of a judge's sensitivity, from nothing but noise to none."""


class BadAssumption(TiebreakError):
    """Assumptions that no study can meet, or that leave nothing to plan."""


@dataclass(frozen=True)
class Assumptions:
    """A study in a report's terms; the model follows from them.

    `win_rate` is how often a label prefers the first system to the last, a tie half, the others
    lying evenly between; `tie_share` and `alpha` (ordinal) are those of single labels on all pairs;
    `judge_minus_human` is the judge's leave-one-out agreement less people's, with `labels` a pair.
    """

    win_rate: float = 0.6
    tie_share: float = 0.2
    alpha: float = 0.5
    systems: int = 2
    labels: int = 3
    annotators: int = 5
    judge_minus_human: float = -0.05
    spread: Spread = field(default_factory=Spread)

    def __post_init__(self) -> None:
        for name, found in (("win rate", self.win_rate), ("alpha", self.alpha)):
            if not 0 < found < 1:
                raise BadAssumption(f"{name}: found {found:g}, expected more than 0, less than 1")
        if not 0 <= self.tie_share < 1:
            raise BadAssumption(f"tie share: found {self.tie_share:g}, expected 0 to less than 1")
        if self.systems < 2:
            raise BadAssumption(f"systems: found {self.systems}, expected two or more")
        if self.annotators < self.labels:
            raise BadAssumption(
                f"annotators: found {self.annotators}, expected at least the {self.labels} "
                "who label a pair"
            )

    def model(self) -> Model:
        """The model in which average people give these numbers."""
        start = np.log([self._first_spread(), 0.5])
        ties = self.tie_share > 0

        def made(x: Floats) -> Model:
            strength = x[0] * np.linspace(0.5, -0.5, self.systems)
            return Model(strength, float(np.exp(x[1])), float(np.exp(x[2])) if ties else 0.0)

        def off(x: Floats) -> Floats:
            return np.array(_single_labels(made(x))) - (self.win_rate, self.tie_share, self.alpha)

        bounds = ([-12.0, np.log(1e-3), np.log(1e-3)], [12.0, np.log(30.0), np.log(30.0)])
        found = least_squares(off, np.array([0.0, *start]), bounds=bounds, xtol=1e-14, ftol=1e-14)
        if np.abs(found.fun).max() > EXACT:
            raise BadAssumption(
                f"no people have a win rate of {self.win_rate:g}, a tie share of "
                f"{self.tie_share:g} and an alpha of {self.alpha:g} together: found at the nearest "
                + ", ".join(f"{one:.3f}" for one in _single_labels(made(found.x)))
            )
        return made(found.x)

    def _first_spread(self) -> float:
        """A spread of about this alpha: logistic noise has a standard deviation of 1.8."""
        return float(1.8 * np.sqrt(self.alpha / (1 - self.alpha)))

    def judge(self, model: Model) -> Voters:
        """The judge with biases whose agreement is as much above or below people's."""
        people = model.people(self.labels)

        def off(log_sensitivity: float) -> float:
            judge = biased_judge(model, float(np.exp(log_sensitivity)))
            at = Population.of(model, people, judge, self.labels)
            return at.judge_minus_human - self.judge_minus_human

        if self.labels < 2:
            raise BadAssumption(
                "labels: found 1, expected 2 or more to compare a judge with people"
            )
        low, high = off(SENSITIVITIES[0]), off(SENSITIVITIES[1])
        if not low < 0 < high:
            raise BadAssumption(
                f"judge minus human: found {self.judge_minus_human:+.3f}, expected between "
                f"{self.judge_minus_human + low:+.3f}, a judge of nothing but noise, and "
                f"{self.judge_minus_human + high:+.3f}, one without any"
            )
        return biased_judge(model, float(np.exp(brentq(off, *SENSITIVITIES, xtol=1e-10))))

    def without_gap(self) -> Assumptions:
        """The same with equally good systems."""
        return replace(self, win_rate=0.5)


def biased_judge(model: Model, sensitivity: float) -> Voters:
    """A judge who is an average person with other noise, for the first place and first system."""
    plain = Voters.alike(1, model.systems, model.threshold * sensitivity, sensitivity)
    taste = np.zeros((1, model.systems))
    taste[0, 0] = JUDGE_TASTE
    return replace(plain, side=np.array([JUDGE_SIDE]), taste=taste)


def _single_labels(model: Model) -> tuple[float, float, float]:
    """The first system's win rate over the last, the tie share and alpha of average people."""
    people = model.people(2)
    at = Population.of(model, people, people.only(np.array([0])), 2)
    labels = at.table.sum(axis=2) @ at.vectors / 2  # (pairs, choices)
    ends = labels[model.pairs.index((0, model.systems - 1))]
    return float(ends[0] + ends[1] / 2), float(labels[:, 1].mean()), at.alpha
