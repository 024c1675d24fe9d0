"""A stated model of how people and a judge choose between two responses.

In prompt g the response of system x has the quality strength_x + u_gx, with u_gx normal. Who
compares x with y sees the difference d of the qualities, adds an own taste for each system, scales
the sum by an own sensitivity, is drawn to the left or right by an own side bias, and adds logistic
noise; beyond an own threshold x or y is chosen, within it a tie. All pairs of systems meet in every
prompt, so the pairs of a prompt are not independent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Self

import numpy as np
from scipy.special import expit

from analysis.arrays import Floats, Ints

CHOICES = ("a", "tie", "b")


@dataclass(frozen=True)
class Voters:
    """People, or a judge: each array has the shape (voters,), but `taste` (voters, systems).

    `sensitivity` multiplies the difference in quality, `threshold` is the reach of a tie, and
    `side` is what the response shown first gains; all but sensitivity are log odds.
    """

    sensitivity: Floats
    threshold: Floats
    side: Floats
    taste: Floats

    @classmethod
    def alike(cls, voters: int, systems: int, threshold: float, sensitivity: float = 1.0) -> Self:
        """Voters without a taste and a side, who all choose by the same rule."""
        return cls(
            np.full(voters, sensitivity),
            np.full(voters, threshold),
            np.zeros(voters),
            np.zeros((voters, systems)),
        )

    def __len__(self) -> int:
        return len(self.side)

    def only(self, who: Ints) -> Voters:
        """Some of the voters."""
        return Voters(self.sensitivity[who], self.threshold[who], self.side[who], self.taste[who])


@dataclass(frozen=True)
class Spread:
    """How voters differ: standard deviations in log sensitivity, log threshold, side and taste."""

    sensitivity: float = 0.3
    threshold: float = 0.3
    side: float = 0.3
    taste: float = 0.2

    def draw(self, around: Voters, rng: np.random.Generator) -> Voters:
        """Voters whose effects are drawn around those given."""
        return Voters(
            around.sensitivity * np.exp(self.sensitivity * rng.standard_normal(len(around))),
            around.threshold * np.exp(self.threshold * rng.standard_normal(len(around))),
            around.side + self.side * rng.standard_normal(len(around)),
            around.taste + self.taste * rng.standard_normal(around.taste.shape),
        )


@dataclass(frozen=True)
class Model:
    """The systems' strengths in log odds, shape (systems,), and how far prompts spread about them.

    `spread` is the standard deviation of the difference in quality of two responses to a prompt;
    `threshold` is that of the average person.
    """

    strength: Floats
    spread: float
    threshold: float

    @property
    def systems(self) -> int:
        """How many there are."""
        return len(self.strength)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Every two systems, the pairs of each prompt."""
        return list(combinations(range(self.systems), 2))

    def people(self, voters: int) -> Voters:
        """People who are all like the average one."""
        return Voters.alike(voters, self.systems, self.threshold)

    def equal(self) -> Model:
        """The same with systems that are equally strong."""
        return replace(self, strength=np.zeros(self.systems))


def chances(voters: Voters, difference: Floats, first: int, second: int) -> Floats:
    """How likely each voter chooses a, tie and b, shape (voters, *difference.shape, 3).

    `first` is system a, `second` is system b; averaged over which is shown on which side.
    """
    wide = (slice(None),) + (None,) * difference.ndim
    liking = voters.taste[:, first] - voters.taste[:, second]
    lean = voters.sensitivity[wide] * (difference + liking[wide])
    shown_first = choice_chances(lean + voters.side[wide], voters.threshold[wide])
    shown_second = choice_chances(lean - voters.side[wide], voters.threshold[wide])
    mean: Floats = (shown_first + shown_second) / 2
    return mean


def choice_chances(lean: Floats, threshold: Floats) -> Floats:
    """The chances of a, tie and b for who leans so far towards a, shape (*lean.shape, 3)."""
    a, b = expit(lean - threshold), expit(-lean - threshold)
    return np.stack([a, np.maximum(1 - a - b, 0), b], axis=-1)


def verdict_chances(judge: Voters, difference: Floats, first: int, second: int) -> Floats:
    """The chances of a judge's verdict from both orders, shape (*difference.shape, 3).

    Both orders the same choice, or else a tie; `judge` is one voter.
    """
    liking = judge.taste[0, first] - judge.taste[0, second]
    lean = judge.sensitivity[0] * (difference + liking)
    threshold = np.asarray(judge.threshold[0])
    both = choice_chances(lean + judge.side[0], threshold) * choice_chances(
        lean - judge.side[0], threshold
    )
    return np.stack([both[..., 0], 1 - both[..., 0] - both[..., 2], both[..., 2]], axis=-1)
