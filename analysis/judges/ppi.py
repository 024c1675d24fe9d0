"""Prediction-powered win rates: few human labels, made more precise by a judge of many pairs.

The judge's verdicts predict; the labelled pairs tell how wrong they are. Whatever the judge is
worth, the estimate stays right on average as long as the labelled pairs are a random subset.
Source: Angelopoulos, Duchi and Zrnic (2023), PPI++; their estimate, errors clustered by prompt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import Bools, Floats, Ints, summed
from analysis.resampling.resample import DENSE_CELLS


@dataclass(frozen=True)
class Moments:
    """Sums that the estimate needs, one entry a group (or a resample of it), shape (groups,).

    `labelled` counts scores y with predictions, `rest` predictions alone; the others are sums of
    y, predictions, their product and the squared predictions, each over one of the two.
    """

    labelled: Floats
    y: Floats
    predicted: Floats
    product: Floats
    square: Floats
    rest: Floats
    rest_predicted: Floats
    rest_square: Floats

    @property
    def weight(self) -> Floats:
        """How far predictions are trusted (lambda), 0 to 1: what makes the error least."""
        n, rest = self.labelled, self.rest
        pool = n + rest
        with np.errstate(invalid="ignore", divide="ignore"):
            covariance = self.product / n - self.y / n * (self.predicted / n)
            mean = (self.predicted + self.rest_predicted) / pool
            variance = (self.square + self.rest_square - pool * mean**2) / (pool - 1)
            weight = covariance / ((1 + n / rest) * variance)
        usable = (rest > 0) & (variance > 1e-12)
        return np.where(usable, np.clip(weight, 0, 1), 0.0)

    @property
    def estimate(self) -> Floats:
        """mean(y) - lambda (mean of the labelled predictions - mean of the others); may be NaN."""
        with np.errstate(invalid="ignore", divide="ignore"):
            shift = self.predicted / self.labelled - self.rest_predicted / self.rest
            rate: Floats = self.y / self.labelled - np.where(
                self.rest > 0, self.weight * shift, 0.0
            )
        return rate


def moments(columns: Floats) -> Moments:
    """From sums of `contributions`, shape (groups, 8)."""
    return Moments(*columns.T)


def contributions(y: Floats, predicted: Floats, labelled: Bools) -> tuple[Floats, ...]:
    """What each row adds to the eight moments; y is not read where not `labelled`."""
    has, rest = labelled.astype(np.float64), (~labelled).astype(np.float64)
    known = np.where(labelled, y, 0.0)
    by_people = has, known, has * predicted, known * predicted, has * predicted**2
    return *by_people, rest, rest * predicted, rest * predicted**2


@dataclass(frozen=True)
class Rows:
    """Scores and predictions by group and prompt, each array of shape (rows,).

    y: score by people, 0 to 1, read only where `labelled`; predicted: score by the judge.
    """

    y: Floats
    predicted: Floats
    labelled: Bools
    group: Ints
    cluster: Ints

    def among_decided(self, decided: Bools, groups: int) -> tuple[Rows, Ints]:
        """Rows whose mean y over all labelled ones is that over the decided; how many these are.

        decided: shape (rows,), which labelled rows have an outcome; y is read only there. They are
        not a random subset of all pairs, the labelled ones are: so an undecided row stays, with
        the mean of the decided as its y, and these move away from it by what share they are, which
        is the influence of each on a mean over the decided ones only.
        """
        labelled = np.bincount(self.group[self.labelled], minlength=groups)
        number = np.bincount(self.group[decided], minlength=groups)
        total = summed(self.y[decided], self.group[decided], groups)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean, times = (total / number)[self.group], (labelled / number)[self.group]
        return replace(self, y=np.where(decided, mean + times * (self.y - mean), mean)), number

    def sums(self, groups: int) -> Moments:
        """The moments of each group."""
        columns = contributions(self.y, self.predicted, self.labelled)
        return Moments(*(summed(column, self.group, groups) for column in columns))


def clustered_errors(rows: Rows, found: Moments) -> tuple[Floats, Ints]:
    """The standard error of each group's estimate and its number of labelled prompts.

    The influences of a prompt's rows are summed, those of labelled rows and of the others each
    enlarged by G/(G-1) for their own number of prompts G: both samples may be small.
    """
    groups = len(found.labelled)
    cells = _Cells.of(rows, groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = found.weight[rows.group]
        centre = ((found.y - found.weight * found.predicted) / found.labelled)[rows.group]
        middle = (found.rest_predicted / found.rest)[rows.group]
        own = (rows.y - weight * rows.predicted - centre) / found.labelled[rows.group]
        rest = weight * (rows.predicted - middle) / found.rest[rows.group]
    labelled, prompts = cells.scaled_sums(own, rows.labelled)
    others, _ = cells.scaled_sums(rest, ~rows.labelled)
    error = np.sqrt(summed((labelled + others) ** 2, cells.group, groups))
    return np.where(prompts > 1, error, np.nan), prompts


@dataclass(frozen=True)
class _Cells:
    """One cell for each group and prompt: `cell` of each row, `group` of each cell."""

    cell: Ints
    group: Ints
    groups: int

    @classmethod
    def of(cls, rows: Rows, groups: int) -> _Cells:
        width = int(rows.cluster.max(initial=0)) + 1
        cell = rows.group.astype(np.int64) * width + rows.cluster
        if groups * width <= DENSE_CELLS:
            return cls(cell, np.arange(groups * width) // width, groups)
        names, cell = np.unique(cell, return_inverse=True)
        return cls(cell, names // width, groups)

    def scaled_sums(self, influence: Floats, part: Bools) -> tuple[Floats, Ints]:
        """The influences of some rows by cell times sqrt(G/(G-1)), and each group's G of them."""
        cells = len(self.group)
        filled = np.bincount(self.cell[part], minlength=cells) > 0
        clusters = np.bincount(self.group[filled], minlength=self.groups)
        sums = summed(influence[part], self.cell[part], cells)
        factor = np.sqrt(clusters / np.maximum(clusters - 1, 1))
        return sums * factor[self.group], clusters
