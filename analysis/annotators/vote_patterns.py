"""Labels by who gave which: the distinct patterns, and one step of Dawid and Skene's model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from analysis.arrays import Floats, Ints

SMOOTHING = 1e-9
"""Added to each count, so that what an annotator never chose stays possible."""


@dataclass(frozen=True)
class Step:
    """The model after one step, with the likelihood and the posterior of the one before it."""

    after: Floats
    likelihood: float
    posterior: Floats


@dataclass(frozen=True)
class Votes:
    """The distinct patterns of labels; a model is the prior and the confusions in one array."""

    table: csr_array
    times: Floats
    pattern: Ints
    annotators: int
    choices: int

    @classmethod
    def of(cls, unit: Ints, annotator: Ints, choice: Ints, choices: int) -> Votes:
        """The patterns of labels numbered from 0 without gaps; all of shape (labels,)."""
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

    @property
    def shares(self) -> Floats:
        """Each pattern's share of votes for each choice, shape (patterns, choices)."""
        counts = self.table @ np.tile(np.eye(self.choices), (self.annotators, 1))
        shares: Floats = counts / counts.sum(axis=1, keepdims=True)
        return shares

    def started(self, posterior: Floats) -> Floats:
        """The likeliest model if the choices were true with these chances, (patterns, choices)."""
        return self._maximised(posterior)

    def step(self, model: Floats) -> Step:
        """How likely each choice is true, and the likeliest model of that."""
        prior, confusion = self.parts(model)
        logarithm = np.log(prior) + self.table @ np.log(confusion).reshape(-1, self.choices)
        most = reduce(np.maximum, logarithm.T)[:, None]  # by row it takes six times as long
        likely = np.exp(logarithm - most)
        total = likely.sum(axis=1, keepdims=True)
        likelihood = float(self.times @ (most + np.log(total))[:, 0])
        posterior = likely / total
        return Step(self._maximised(posterior), likelihood, posterior)

    def _maximised(self, posterior: Floats) -> Floats:
        weighted = posterior * self.times[:, None]
        counts = (self.table.T @ weighted).reshape(self.annotators, self.choices, self.choices)
        return self._shares(weighted.sum(axis=0) + SMOOTHING, counts + SMOOTHING)

    def _shares(self, prior: Floats, counts: Floats) -> Floats:
        shares = counts / counts.sum(axis=1, keepdims=True)
        return np.append(prior / prior.sum(), shares.ravel())

    def made_possible(self, model: Floats, otherwise: Floats) -> Floats:
        """The model with all probabilities above 0 that sum to 1 where they must.

        Those that are not take their value of another model: from just above 0 they would need
        thousands of steps to come back.
        """
        prior, confusion = self.parts(np.where(model > 0, model, otherwise))
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
