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
) -> DawidSkene:
    """Fit by expectation and maximisation, starting from each unit's shares of votes.

    unit, annotator, choice: shape (labels,), numbered from 0 without gaps. Units that got the same
    choices from the same annotators are fitted once. Raises TooFewLabels where the model has not
    converged after `most_steps`.
    Source: Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates.
    """
    annotators, units = int(annotator.max()) + 1, int(unit.max()) + 1
    said = annotator.astype(np.int64) * choices + choice
    first, pattern = _patterns(unit, said, units, annotators * choices)
    times = np.bincount(pattern).astype(np.float64)
    votes = csr_array(
        (np.ones(len(said)), (unit, said)), shape=(units, annotators * choices)
    )[first]  # fmt: skip
    posterior = _shares(votes, annotators, choices)
    prior, confusion = _maximised(votes, posterior, times, annotators)
    for step in range(1, most_steps + 1):
        posterior = _expected(votes, prior, confusion)
        was = prior, confusion
        prior, confusion = _maximised(votes, posterior, times, annotators)
        moved = max(np.abs(prior - was[0]).max(), np.abs(confusion - was[1]).max())
        if moved < converged:
            return DawidSkene(prior, confusion, _likeliest(posterior)[pattern], step)
    raise TooFewLabels(f"Dawid and Skene's model has not converged in {most_steps:,} steps")


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


def _shares(votes: csr_array, annotators: int, choices: int) -> Floats:
    """The share of a unit's votes for each choice, shape (units, choices)."""
    counts = votes @ np.tile(np.eye(choices), (annotators, 1))
    shares: Floats = counts / counts.sum(axis=1, keepdims=True)
    return shares


def _expected(votes: csr_array, prior: Floats, confusion: Floats) -> Floats:
    """How likely each choice is the true one, shape (units, choices)."""
    choices = len(prior)
    logarithm = np.log(prior) + votes @ np.log(confusion).reshape(-1, choices)
    logarithm -= logarithm.max(axis=1, keepdims=True)
    likely = np.exp(logarithm)
    posterior: Floats = likely / likely.sum(axis=1, keepdims=True)
    return posterior


def _maximised(
    votes: csr_array, posterior: Floats, times: Floats, annotators: int
) -> tuple[Floats, Floats]:
    choices = posterior.shape[1]
    weighted = posterior * times[:, None]
    counts = (votes.T @ weighted).reshape(annotators, choices, choices) + SMOOTHING
    prior = weighted.sum(axis=0) + SMOOTHING
    return prior / prior.sum(), counts / counts.sum(axis=1, keepdims=True)


def _likeliest(posterior: Floats) -> Ints:
    most = posterior.max(axis=1, keepdims=True)
    alone = (posterior > most - ALIKE_POSTERIORS).sum(axis=1) == 1
    return np.where(alone, posterior.argmax(axis=1), -1)
