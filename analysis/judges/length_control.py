"""The win rate that a system would have if both responses were equally long.

logit P(win) = theta + phi tanh(difference of lengths / its standard deviation), by groups at once;
the length-controlled win rate is P(win) at a difference of 0. Source: Dubois et al. (2024),
Length-Controlled AlpacaEval, without the difficulty of instructions, which is known for theirs
only. Where one response always wins by length no finite theta and phi are the likeliest: then, and
only then, a ridge of 1e-3 keeps them finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from analysis.arrays import Bools, Floats, Ints, compact
from analysis.resampling.resample import clustered_error

RIDGE = 1e-3
LEAST_SPREAD = 1e-4
"""Of tanh(...), below which nothing can be said of equal lengths: one response is always longer."""

STEPS = 100
CLOSE = 1e-10
"""Slopes of the mean log likelihood below this are taken for 0."""


@dataclass(frozen=True)
class Games:
    """Comparisons from one system's side, each array of shape (rows,).

    difference: its response's length less the other's, in characters; score: 1 won, 0.5 tied,
    0 lost; group and cluster (prompt): codes.
    """

    group: Ints
    difference: Ints
    score: Floats
    cluster: Ints


@dataclass(frozen=True)
class Controlled:
    """Fits of the groups, each array of shape (groups,).

    `rate` is the length-controlled win rate, NaN where there is none: no rows, or `constant`, much
    the same difference of lengths throughout. `error` is the clustered standard error of its
    log odds, NaN with one prompt.
    """

    n: Ints
    rate: Floats
    error: Floats
    clusters: Ints
    regularised: Bools
    constant: Bools


def length_controlled(games: Games, groups: int) -> Controlled:
    """The length-controlled win rate of each group."""
    cells, cell = _cells(games, groups)
    n, spread = _spread(cells, cells.difference)
    x = np.tanh(cells.difference / np.where(spread > 0, spread, 1)[cells.group])
    moved = (spread > 0) & (_spread(cells, x)[1] > LEAST_SPREAD)
    constant = ~moved & (cells.summed(np.abs(cells.difference)) > 0)
    x[~moved[cells.group]] = 0
    separated = ~_overlapping(cells, x) & (n > 0)
    ridge = np.where(separated, RIDGE, 0.0)
    theta, phi, slopes = _Fit(x, moved, ridge).run(cells)
    residual = cells.score - expit(theta[cells.group] + phi[cells.group] * x)
    first, both, _ = slopes.inverse
    influence = (first[cells.group] + both[cells.group] * x) * residual
    scaled = influence * n[cells.group]
    error, clusters = clustered_error(scaled[cell], games.group, games.cluster, n.astype(np.int64))
    rate = np.where((n > 0) & ~constant, expit(theta), np.nan)
    return Controlled(n.astype(np.int64), rate, error, clusters, separated, constant)


@dataclass(frozen=True)
class _Cells:
    """Equal games taken together: group, difference and score of each cell, and its games.

    Cells are ordered by group; `start` is the first cell of each group, the last entry the end.
    """

    group: Ints
    difference: Ints
    score: Floats
    weight: Floats
    start: Ints

    @property
    def groups(self) -> int:
        """How many groups there are, those without games included."""
        return len(self.start) - 1

    def summed(self, column: Floats | Ints) -> Floats:
        """The sum of a column over the games of each group."""
        sums = np.add.reduceat(np.append(self.weight * column, 0.0), self.start[:-1])
        return np.where(np.diff(self.start) > 0, sums, 0.0)


def _cells(games: Games, groups: int) -> tuple[_Cells, Ints]:
    """The cells, and the cell of each game."""
    least = int(games.difference.min(initial=0))
    span = int(games.difference.max(initial=0)) - least + 1
    twice = (2 * games.score).astype(np.int64)
    key = (games.group.astype(np.int64) * span + games.difference - least) * 3 + twice
    names, cell = compact(key, groups * span * 3)
    group, rest = np.divmod(names, span * 3)
    weight = np.bincount(cell, minlength=len(names)).astype(np.float64)
    start = np.searchsorted(group, np.arange(groups + 1))
    return _Cells(group, rest // 3 + least, (rest % 3) / 2, weight, start), cell


def _spread(cells: _Cells, column: Floats | Ints) -> tuple[Floats, Floats]:
    """The number of games of each group and the standard deviation of a column over them."""
    n = cells.summed(np.ones(len(column)))
    mean = cells.summed(column) / np.maximum(n, 1)
    return n, np.sqrt(cells.summed((column - mean[cells.group]) ** 2) / np.maximum(n, 1))


def _overlapping(cells: _Cells, x: Floats) -> Bools:
    """Where wins and losses overlap in x, so that the likelihood has a finite maximum.

    A tie is half a win and half a loss. Without any spread of x both need only occur.
    """
    ends = []
    for part in (cells.score > 0, cells.score < 1):
        least, most = np.full(cells.groups, np.inf), np.full(cells.groups, -np.inf)
        np.minimum.at(least, cells.group[part], x[part])
        np.maximum.at(most, cells.group[part], x[part])
        ends.append((least, most))
    (won_least, won_most), (lost_least, lost_most) = ends
    still = (won_least == won_most) & (won_least == lost_least) & (lost_least == lost_most)
    overlap: Bools = ((won_least < lost_most) & (lost_least < won_most)) | still
    return overlap


@dataclass(frozen=True)
class _Slopes:
    """First and second derivatives of each group's penalised log likelihood at theta and phi.

    phi is held at 0 where no length differs: there its slope is 0 and its curvature 1.
    """

    theta: Floats
    phi: Floats
    theta_theta: Floats
    theta_phi: Floats
    phi_phi: Floats

    @property
    def inverse(self) -> tuple[Floats, Floats, Floats]:
        """The inverse of the information: about theta, both, and phi."""
        determinant = self.theta_theta * self.phi_phi - self.theta_phi**2
        return (
            self.phi_phi / determinant,
            -self.theta_phi / determinant,
            self.theta_theta / determinant,
        )


def _slopes(cells: _Cells, fit: _Fit, theta: Floats, phi: Floats) -> _Slopes:
    x, moved, ridge = fit.x, fit.moved, fit.ridge
    share = expit(theta[cells.group] + phi[cells.group] * x)
    residual, curve = cells.score - share, share * (1 - share)
    first = cells.summed(curve) + ridge
    return _Slopes(
        cells.summed(residual) - ridge * theta,
        np.where(moved, cells.summed(residual * x) - ridge * phi, 0.0),
        np.where(first > 0, first, 1.0),
        cells.summed(curve * x),
        np.where(moved, cells.summed(curve * x * x) + ridge, 1.0),
    )


@dataclass(frozen=True)
class _Fit:
    """What is fitted to: x of each cell; of each group, whether x varies, and the ridge."""

    x: Floats
    moved: Bools
    ridge: Floats

    def run(self, cells: _Cells) -> tuple[Floats, Floats, _Slopes]:
        """theta, phi and the derivatives at them, by Newton's method.

        A step that would change some log odds by r is cut to log(1 + r) / r of it, which never
        overshoots in logistic regression (Bach 2010) and near the end is the whole step.
        """
        theta, phi = np.zeros(cells.groups), np.zeros(cells.groups)
        n = np.maximum(cells.summed(np.ones(len(self.x))), 1)
        for _ in range(STEPS):
            now = _slopes(cells, self, theta, phi)
            if (np.maximum(np.abs(now.theta), np.abs(now.phi)) / n).max(initial=0) < CLOSE:
                break
            first, both, last = now.inverse
            step = first * now.theta + both * now.phi, both * now.theta + last * now.phi
            far = np.maximum(np.abs(step[0]) + np.abs(step[1]), 1e-12)
            cut = np.log1p(far) / far
            theta, phi = theta + cut * step[0], phi + cut * step[1]
        return theta, phi, now
