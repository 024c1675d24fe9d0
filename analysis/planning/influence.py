"""How much one prompt moves each statistic: what its interval's width comes from.

A statistic of many prompts is its value for endlessly many plus the mean of what each prompt adds
(its influence); the interval is as wide as these spread. Sums over the model, nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.agreement.alpha import alpha_ordinal
from analysis.arrays import Floats
from analysis.judges.votes import Votes
from analysis.planning.intervals import TRUTHS
from analysis.planning.model import Voters, chances, verdict_chances
from analysis.planning.population import (
    ENDLESS,
    VALUES,
    Population,
    as_tally,
    difference_to_others,
    normal_nodes,
    unordered,
    vector_chances,
)
from analysis.systems.bradley_terry import pseudo_inverse

STEP = 1e-5
"""By which share of its weight a count vector is raised to see how alpha moves."""

COARSE = 61
"""Points for each of the two systems of a pair."""


@dataclass(frozen=True)
class Answers:
    """A population with the people and the judge whose answers it holds."""

    people: Voters
    judge: Voters
    population: Population

    def deviation(self, influence: Floats) -> float:
        """The standard deviation over prompts of the sum of their pairs' influences.

        influence: shape (pairs, vectors, verdicts), with mean 0 over each population of a pair.
        """
        table = self.population.table
        mean = (table * influence).sum(axis=(1, 2))
        own = ((table * influence**2).sum(axis=(1, 2)) - mean**2).sum()
        return float(np.sqrt(max(own + self._between_pairs(influence, mean), 0)))

    def _between_pairs(self, influence: Floats, mean: Floats) -> float:
        """Twice the covariances of two pairs that share a system, given its response's quality."""
        model = self.population.model
        if model.systems < 3:
            return 0.0
        _, weights = normal_nodes(COARSE)
        given = [
            self._given_one(influence[number], pair) for number, pair in enumerate(model.pairs)
        ]
        total = 0.0
        for system in range(model.systems):
            own = [
                ends[pair.index(system)] - mean[number]
                for number, (pair, ends) in enumerate(zip(model.pairs, given, strict=True))
                if system in pair
            ]
            together = np.sum(own, axis=0)
            total += float(weights @ (together**2 - np.sum(np.square(own), axis=0)))
        return total

    def _given_one(self, influence: Floats, pair: tuple[int, int]) -> tuple[Floats, Floats]:
        """The mean influence of a pair given one response's effect: the first's, the second's."""
        model, (first, second) = self.population.model, pair
        points, weights = normal_nodes(COARSE)
        gap = model.strength[first] - model.strength[second]
        effect = model.spread / np.sqrt(2) * points
        difference = (gap + effect[:, None] - effect).ravel()
        vectors = vector_chances(
            chances(self.people, difference, first, second), self.population.labels
        )
        verdicts = verdict_chances(self.judge, difference, first, second)
        found = np.einsum("nv,nc,vc->n", vectors, verdicts, influence).reshape(COARSE, COARSE)
        return found @ weights, weights @ found


def win_rate(at: Population) -> Floats:
    """The influences on the first system's win rate by majority."""
    truth = at.win_rate(0)
    _, decided = at.outcomes
    total = sum(decided[number] for number, pair in enumerate(at.model.pairs) if 0 in pair)
    made = np.zeros_like(at.table)
    for number, pair in enumerate(at.model.pairs):  # the first system stands first in its pairs
        if 0 in pair:
            made[number] = (np.where(at.decided, at.score - truth, 0) / total)[:, None]
    return made


def alpha(at: Population) -> Floats:
    """The influences on Krippendorff's ordinal alpha."""
    pairs = len(at.model.pairs)
    weights = unordered(at.vectors, at.table.sum(axis=(0, 2))) / pairs
    raised = (1 - STEP) * weights + STEP * np.eye(len(weights))
    moved = alpha_ordinal(as_tally(at.vectors), np.vstack([weights, raised]) * ENDLESS)
    each = (moved[1:] - moved[0]) / STEP / pairs
    return np.broadcast_to(each[None, :, None], at.table.shape)


def strength(at: Population) -> Floats:
    """The influences on the first system's log strength less the last's."""
    wins, strengths = at.wins, at.strengths
    share = 1 / (1 + np.exp(strengths[None, :] - strengths[:, None]))
    weight = (wins + wins.T) * share * (1 - share)
    information = np.diag(weight.sum(axis=1)) - weight
    inverse = pseudo_inverse(information)
    pull = inverse[0] - inverse[-1]
    made = np.zeros_like(at.table)
    for number, (one, other) in enumerate(at.model.pairs):
        moved = (pull[one] - pull[other]) * (at.score - share[one, other])
        made[number] = np.where(at.decided, moved, 0)[:, None]
    return made


def judge(at: Population) -> Floats:
    """The influences on the judge's leave-one-out agreement less people's."""
    votes = Votes.of(at.vectors, VALUES)
    each = (difference_to_others(votes) / at.labels - at.judge_minus_human) / len(at.model.pairs)
    return np.broadcast_to(each[None], at.table.shape)


INFLUENCES: dict[str, Callable[[Population], Floats]] = {
    "win_rate": win_rate,
    "alpha": alpha,
    "strength": strength,
    "judge": judge,
}
"""By the names of `intervals.STATISTICS`."""


def deviations(answers: Answers) -> Iterator[tuple[str, float]]:
    """Each statistic's standard deviation over prompts."""
    for name, influence in INFLUENCES.items():
        yield name, answers.deviation(influence(answers.population))


def steadiness(answers: Answers, statistic: str) -> float:
    """The standard deviation of a statistic over its estimated error, 1 for a normal mean.

    Where the error shrinks as the statistic grows, as for log strengths, it is less: a t test finds
    large effects more surely than the noncentral t distribution says. For two systems only, from
    the influences on the ratio of value and error.
    """
    at = answers.population
    table = at.table

    def ratio(changed: Floats) -> float:
        one = replace(answers, population=replace(at, table=changed))
        error = one.deviation(INFLUENCES[statistic](one.population))
        return TRUTHS[statistic](one.population) / error

    whole, moved = ratio(table), np.zeros_like(table)
    for cell in np.argwhere(table > 0):
        raised = (1 - STEP) * table
        raised[tuple(cell)] += STEP
        moved[tuple(cell)] = (ratio(raised) - whole) / STEP
    mean = float((table * moved).sum())
    return float(np.sqrt((table * moved**2).sum() - mean**2))
