"""Dawid and Skene's model: the likeliest true choices, and how often each annotator gives them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from analysis.arrays import Floats, Ints
from analysis.estimates import TooFewLabels

CONVERGED = 1e-7
"""The model has converged when no probability of it moves by more in a step."""

MOST_STEPS = 1_000
SMOOTHING = 1e-9
"""Added to each count, so that what an annotator never chose stays possible."""

ALIKE_POSTERIORS = 1e-9


@dataclass(frozen=True)
class DawidSkene:
    """The fitted model.

    prior: shape (choices,); confusion: shape (annotators, choices, choices), how likely each
    annotator gives a choice (second axis) where another is true (last axis); truth: shape (units,),
    the likeliest choice, -1 where two are equally likely.
    """

    prior: Floats
    confusion: Floats
    truth: Ints
    steps: int

    @property
    def accuracy(self) -> Floats:
        """How likely each annotator gives the true choice, shape (annotators,)."""
        right = np.diagonal(self.confusion, axis1=1, axis2=2)
        accuracy: Floats = right @ self.prior
        return accuracy


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
    makes the labels likelier (SQUAREM), which ends many times sooner. Raises TooFewLabels where the
    model has not converged after `most_steps`.
    Source: Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates; Varadhan
    and Roland (2008), Simple and globally convergent methods for accelerating any EM algorithm.
    """
    votes = _Votes.of(unit, annotator, choice, choices)
    at, steps = votes.started(), 0
    while steps < most_steps:
        first = votes.step(at)
        steps += 1
        if np.abs(first.after - at).max() < converged:
            prior, confusion = votes.parts(first.after)
            truth = _likeliest(first.posterior)[votes.pattern]
            return DawidSkene(prior, confusion, truth, steps)
        if not accelerated or steps == 1:
            at = first.after
            continue
        second = votes.step(first.after)
        further = votes.step(votes.made_possible(_extrapolated(at, first.after, second.after)))
        steps += 2
        at = further.after if further.likelihood >= second.likelihood else second.after
    raise TooFewLabels(
        f"Dawid and Skene's model has not converged in {most_steps:,} steps: the labels say too "
        "little of the annotators"
    )


def _extrapolated(start: Floats, first: Floats, second: Floats) -> Floats:
    """Where two steps lead if each that follows were shorter by the same factor."""
    move = first - start
    bend = second - first - move
    size = float(np.linalg.norm(bend))
    reach = max(float(np.linalg.norm(move)) / size, 1.0) if size > 0 else 1.0
    return start + 2 * reach * move + reach**2 * bend


@dataclass(frozen=True)
class _Step:
    """The model after one step, with the likelihood and the posterior of the one before it."""

    after: Floats
    likelihood: float
    posterior: Floats


@dataclass(frozen=True)
class _Votes:
    """The distinct patterns of labels; a model is the prior and the confusions in one array."""

    table: csr_array
    times: Floats
    pattern: Ints
    annotators: int
    choices: int

    @classmethod
    def of(cls, unit: Ints, annotator: Ints, choice: Ints, choices: int) -> _Votes:
        annotators, units = int(annotator.max()) + 1, int(unit.max()) + 1
        width = annotators * choices
        said = annotator.astype(np.int64) * choices + choice
        first, pattern = _patterns(unit, said, units, width)
        every = csr_array((np.ones(len(said)), (unit, said)), shape=(units, width))
        times = np.bincount(pattern).astype(np.float64)
        return cls(every[first], times, pattern, annotators, choices)

    def parts(self, model: Floats) -> tuple[Floats, Floats]:
        """The prior, shape (choices,), and the confusions, (annotators, choices, choices)."""
        prior, confusion = model[: self.choices], model[self.choices :]
        return prior, confusion.reshape(self.annotators, self.choices, self.choices)

    def started(self) -> Floats:
        """The model by each unit's share of votes for each choice."""
        counts = self.table @ np.tile(np.eye(self.choices), (self.annotators, 1))
        return self._maximised(counts / counts.sum(axis=1, keepdims=True))

    def step(self, model: Floats) -> _Step:
        """How likely each choice is true, and the likeliest model of that."""
        prior, confusion = self.parts(model)
        logarithm = np.log(prior) + self.table @ np.log(confusion).reshape(-1, self.choices)
        most = logarithm.max(axis=1, keepdims=True)
        likely = np.exp(logarithm - most)
        total = likely.sum(axis=1, keepdims=True)
        likelihood = float(self.times @ (most + np.log(total))[:, 0])
        posterior = likely / total
        return _Step(self._maximised(posterior), likelihood, posterior)

    def _maximised(self, posterior: Floats) -> Floats:
        weighted = posterior * self.times[:, None]
        counts = (self.table.T @ weighted).reshape(self.annotators, self.choices, self.choices)
        return self._shares(weighted.sum(axis=0) + SMOOTHING, counts + SMOOTHING)

    def _shares(self, prior: Floats, counts: Floats) -> Floats:
        shares = counts / counts.sum(axis=1, keepdims=True)
        return np.append(prior / prior.sum(), shares.ravel())

    def made_possible(self, model: Floats) -> Floats:
        """The model with all probabilities above 0 that sum to 1 where they must."""
        prior, confusion = self.parts(np.maximum(model, SMOOTHING))
        return self._shares(prior, confusion)


def _patterns(unit: Ints, said: Ints, units: int, width: int) -> tuple[Ints, Ints]:
    """One unit of each pattern of labels, and the pattern of each unit.

    By sums of random marks of 64 bits: that two patterns share one has a chance below 1e-7 for a
    million units.
    """
    marks = np.random.default_rng(0).integers(0, 2**40, size=(2, width))
    high, low = (
        np.bincount(unit, weights=mark[said], minlength=units).astype(np.uint64) for mark in marks
    )
    key: NDArray[np.uint64] = high * np.uint64(0x9E3779B97F4A7C15) + low
    _, first, pattern = np.unique(key, return_index=True, return_inverse=True)
    return first, pattern


def _likeliest(posterior: Floats) -> Ints:
    most = posterior.max(axis=1, keepdims=True)
    alone = (posterior > most - ALIKE_POSTERIORS).sum(axis=1) == 1
    return np.where(alone, posterior.argmax(axis=1), -1)
