"""What a study would find with endlessly many prompts: exact sums over the model's chances."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np

from analysis.agreement.alpha import alpha_ordinal
from analysis.arrays import Bools, Floats, Ints
from analysis.judges.votes import Votes
from analysis.planning.model import Model, Voters, chances, verdict_chances
from analysis.resampling.tally import Tally
from analysis.systems.bradley_terry import maximum_likelihood

NODES, REACH = 321, 8.0
"""Points of the sum over prompts, and how many standard deviations they reach.

Sums over even steps are nearly exact for what is smooth and ends in nothing.
"""

ENDLESS = 1e9
"""So many units that a coefficient's correction for few of them is gone."""

VALUES = np.array([-1.0, 0.0, 1.0])
"""Of the choices a, tie and b."""

SCORES = np.array([1.0, 0.5, 0.0])
"""What a choice is worth to system a."""


def normal_nodes(nodes: int = NODES) -> tuple[Floats, Floats]:
    """Even points and weights that stand for the standard normal distribution."""
    points = np.linspace(-REACH, REACH, nodes)
    weights = np.exp(-(points**2) / 2)
    return points, weights / weights.sum()


def count_vectors(labels: int) -> Ints:
    """Every way in which so many labels can fall on a, tie and b, shape (vectors, 3)."""
    ways = [(a, tie, labels - a - tie) for a in range(labels + 1) for tie in range(labels + 1 - a)]
    return np.array(ways)


def vector_chances(chance: Floats, labels: int) -> Floats:
    """The chances of the count vectors of `labels` different voters drawn from all.

    chance: shape (voters, nodes, 3), how each chooses. Shape (nodes, vectors).
    """
    voters, nodes = chance.shape[:2]
    # found[m, i, j]: the sum over all m voters taken so far of their chance of i times a, j ties.
    found = np.zeros((labels + 1, labels + 1, labels + 1, nodes))
    found[0, 0, 0] = 1
    for one in chance:
        for taken in range(min(labels, voters), 0, -1):
            before = found[taken - 1]
            found[taken] += before * one[:, 2]
            found[taken, 1:] += before[:-1] * one[:, 0]
            found[taken, :, 1:] += before[:, :-1] * one[:, 1]
    vectors = count_vectors(labels)
    picked: Floats = found[labels, vectors[:, 0], vectors[:, 1]].T / comb(voters, labels)
    return picked


@dataclass(frozen=True)
class Population:
    """Chances of what is said on a pair, shape (pairs, vectors, verdicts); a is the pair's first.

    `labels` people label a pair, drawn from the panel; the judge's verdict is a, tie or b.
    """

    model: Model
    labels: int
    table: Floats

    @classmethod
    def of(cls, model: Model, people: Voters, judge: Voters, labels: int) -> Population:
        """The population of the model's prompts with these people and this judge."""
        points, weights = normal_nodes()
        tables = []
        for first, second in model.pairs:
            gap = model.strength[first] - model.strength[second]
            difference = gap + model.spread * points
            vectors = vector_chances(chances(people, difference, first, second), labels)
            verdicts = verdict_chances(judge, difference, first, second)
            tables.append(np.einsum("n,nv,nc->vc", weights, vectors, verdicts))
        return cls(model, labels, np.array(tables))

    @cached_property
    def vectors(self) -> Ints:
        """The count vectors, shape (vectors, 3)."""
        return count_vectors(self.labels)

    @cached_property
    def decided(self) -> Bools:
        """Which count vectors have a majority, shape (vectors,)."""
        return has_majority(self.vectors)

    @cached_property
    def score(self) -> Floats:
        """What the majority of each count vector is worth to system a; 0.5 without one."""
        return majority_scores(self.vectors)

    @cached_property
    def outcomes(self) -> tuple[Floats, Floats]:
        """For each pair how much a's majorities are worth, and how many there are."""
        said = self.table.sum(axis=2)[:, self.decided]
        return said @ self.score[self.decided], said.sum(axis=1)

    def win_rate(self, system: int) -> float:
        """The share of the system's pairs with a majority that it wins, a tie is half."""
        won, decided = self.outcomes
        pairs = np.array(self.model.pairs)
        own = (pairs == system).any(axis=1)
        worth = np.where(pairs[:, 0] == system, won, decided - won)
        return float(worth[own].sum() / decided[own].sum())

    @property
    def strengths(self) -> Floats:
        """Bradley-Terry strengths of the majorities, shape (systems,)."""
        return maximum_likelihood(self.wins)

    @property
    def wins(self) -> Floats:
        """How often the row's system beats the column's in a prompt, (systems, systems)."""
        wins = np.zeros((self.model.systems, self.model.systems))
        for (one, other), won, decided in zip(self.model.pairs, *self.outcomes, strict=True):
            wins[one, other], wins[other, one] = won, decided - won
        return wins

    @property
    def alpha(self) -> float:
        """Krippendorff's ordinal alpha, with a coin for which response is a."""
        both = unordered(self.vectors, self.table.sum(axis=(0, 2)))
        return float(alpha_ordinal(as_tally(self.vectors), both[None] * ENDLESS)[0])

    @property
    def judge_minus_human(self) -> float:
        """Leave-one-out agreement of the judge less that of people."""
        votes = Votes.of(self.vectors, VALUES)
        over = difference_to_others(votes)
        said = self.table.sum(axis=0)
        return float((said * over).sum() / (said.sum(axis=1) @ votes.references))


def has_majority(vectors: Ints) -> Bools:
    """Whether one choice has strictly the most labels, shape (vectors,)."""
    alone: Bools = (vectors == vectors.max(axis=1, keepdims=True)).sum(axis=1) == 1
    return alone


def majority_scores(vectors: Ints) -> Floats:
    """What the majority is worth to system a, 0.5 where there is none, shape (vectors,)."""
    return np.where(has_majority(vectors), SCORES[vectors.argmax(axis=1)], 0.5)


def difference_to_others(votes: Votes) -> Floats:
    """Likeness to the others' modes, the judge's less people's, shape (vectors, 3)."""
    judge = votes.judge_to_others(votes.exact)[:, : votes.choices]
    difference: Floats = judge - votes.people_to_others(votes.exact)[:, None]
    return difference


def unordered(vectors: Ints, weights: Floats) -> Floats:
    """The weights if a coin says which response is a; the last axis holds the vectors."""
    order = np.lexsort(vectors.T[::-1])
    mirrored = np.lexsort(vectors[:, ::-1].T[::-1])
    turned = np.empty_like(weights)
    turned[..., order] = weights[..., mirrored]
    both: Floats = (weights + turned) / 2
    return both


def as_tally(vectors: Ints) -> Tally:
    """A tally of nothing but the vectors, to be weighted."""
    return Tally(vectors, np.zeros(0, np.int64), VALUES)
