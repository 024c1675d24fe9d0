"""Dawid and Skene's model: the likeliest true choices, and how often each annotator gives them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.annotators.vote_patterns import Votes
from analysis.arrays import Bools, Floats, Ints
from analysis.estimates import TooFewLabels

CONVERGED = 1e-7
"""The model has converged when no probability of it moves by more in a step."""

MOST_STEPS = 1_000

MOST_DOUBTED = 20_000
"""Of so many distinct patterns of labels or fewer the fit is made again from another start."""

AS_LIKELY = 1.92
"""Models whose log likelihoods differ by no more are both in the 95% region of likelihood."""

ALIKE = 0.02
"""By so much two models' accuracies, and their likeliest choices, may differ."""

ALIKE_POSTERIORS = 1e-9


@dataclass(frozen=True)
class DawidSkene:
    """The fitted model.

    prior: shape (choices,); confusion: shape (annotators, choices, choices), how likely each
    annotator gives a choice (second axis) where another is true (last axis); truth: shape (units,),
    the likeliest choice, -1 where two are equally likely; rival: another model that explains the
    labels about as well, where one was found.
    """

    prior: Floats
    confusion: Floats
    truth: Ints
    steps: int
    rival: DawidSkene | None = None

    @property
    def accuracy(self) -> Floats:
        """How likely each annotator gives the true choice, shape (annotators,)."""
        right = np.diagonal(self.confusion, axis1=1, axis2=2)
        accuracy: Floats = right @ self.prior
        return accuracy

    @property
    def determined(self) -> Bools:
        """Whose accuracy the rival has too, shape (annotators,)."""
        if self.rival is None:
            return np.ones(len(self.confusion), bool)
        same: Bools = np.abs(self.accuracy - self.rival.accuracy) <= ALIKE
        return same

    @property
    def doubtful(self) -> float:
        """The share of units of which the rival has another likeliest choice."""
        return 0.0 if self.rival is None else float((self.truth != self.rival.truth).mean())


def dawid_skene(
    unit: Ints,
    annotator: Ints,
    choice: Ints,
    choices: int,
    most_steps: int = MOST_STEPS,
    converged: float = CONVERGED,
    accelerated: bool = True,
) -> DawidSkene:
    """Fit by expectation and maximisation, starting from each unit's shares of votes.

    unit, annotator, choice: shape (labels,), numbered from 0 without gaps. Units that got the same
    choices from the same annotators are fitted once. Every two steps are extrapolated where that
    makes the labels likelier (SQUAREM), which ends many times sooner. Where labels are few it is
    fitted again from a start that trusts votes less: a model that is about as likely is the
    `rival`. Raises TooFewLabels where the model has not converged after `most_steps`.
    Source: Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates; Varadhan
    and Roland (2008), Simple and globally convergent methods for accelerating any EM algorithm.
    """
    votes = Votes.of(unit, annotator, choice, choices)
    limits = most_steps, converged, accelerated
    found = _fitted(votes, votes.started(votes.shares), *limits)
    if not found.converged:
        raise TooFewLabels(
            f"Dawid and Skene's model has not converged in {most_steps:,} steps: the labels say "
            f"too little of the annotators; {_alone(unit)}"
        )
    if len(votes.times) > MOST_DOUBTED:
        return found.model
    other = _fitted(votes, votes.started(_doubting(votes)), *limits)
    if other.likelihood < found.likelihood - AS_LIKELY:
        return found.model
    return replace(found.model, rival=other.model)


def _alone(unit: Ints) -> str:
    """How many units only one annotator labelled, who is then compared with nobody."""
    labels = np.bincount(unit)
    return f"{np.count_nonzero(labels == 1):,} of {len(labels):,} units have one label"


def _doubting(votes: Votes) -> Floats:
    """Chances by which six of ten votes are right, the others as all votes are spread."""
    spread = votes.times @ votes.shares / votes.times.sum()
    chances: Floats = 0.6 * votes.shares + 0.4 * spread
    return chances


@dataclass(frozen=True)
class _Fit:
    model: DawidSkene
    likelihood: float
    converged: bool


def _fitted(
    votes: Votes, start: Floats, most_steps: int, converged: float, accelerated: bool
) -> _Fit:
    """The model after as many steps as it takes, or as are allowed."""
    at, steps, moved = start, 0, np.inf
    while True:
        first = votes.step(at)
        steps += 1
        moved = float(np.abs(first.after - at).max())
        if moved < converged or steps >= most_steps:
            prior, confusion = votes.parts(first.after)
            truth = _likeliest(first.posterior)[votes.pattern]
            model = DawidSkene(prior, confusion, truth, steps)
            return _Fit(model, first.likelihood, moved < converged)
        if not accelerated or steps == 1:
            at = first.after
            continue
        second = votes.step(first.after)
        extrapolated = _extrapolated(at, first.after, second.after)
        further = votes.step(votes.made_possible(extrapolated, second.after))
        steps += 2
        at = further.after if further.likelihood >= second.likelihood else second.after


def _extrapolated(start: Floats, first: Floats, second: Floats) -> Floats:
    """Where two steps lead if each that follows were shorter by the same factor."""
    move = first - start
    bend = second - first - move
    size = float(np.linalg.norm(bend))
    reach = max(float(np.linalg.norm(move)) / size, 1.0) if size > 0 else 1.0
    return start + 2 * reach * move + reach**2 * bend


def _likeliest(posterior: Floats) -> Ints:
    most = posterior.max(axis=1, keepdims=True)
    alone = (posterior > most - ALIKE_POSTERIORS).sum(axis=1) == 1
    return np.where(alone, posterior.argmax(axis=1), -1)
