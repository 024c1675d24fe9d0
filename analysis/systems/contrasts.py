"""Which systems can be told apart: tests of each two, groups, ranks and who is best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from analysis.arrays import Floats, Ints
from analysis.resampling.multiplicity import adjusted

SURE = 0.05
"""The chance of any false split among systems that are equal."""

SAME = 1e-7
"""Values nearer than this differ by rounding only."""

NO_ERROR = 1e-9
"""Differences with less error stand on prompts that all say the same: they cannot be tested."""


@dataclass(frozen=True)
class Standing:
    """A value of each system, its covariance over prompts, and how many prompts there are."""

    value: Floats
    covariance: Floats
    clusters: int


@dataclass(frozen=True)
class Contrasts:
    """Each two systems; all arrays have the shape (couples,), `p` is NaN where there is no test.

    difference: the first's value less the second's, with its standard error; `p` by t with one
    degree of freedom less than prompts, two-sided; `holm` adjusts it over the couples.
    """

    first: Ints
    second: Ints
    difference: Floats
    error: Floats
    p: Floats
    holm: Floats


def contrasts(standing: Standing) -> Contrasts:
    """Test each two systems."""
    first, second = np.triu_indices(len(standing.value), 1)
    difference = standing.value[first] - standing.value[second]
    variance = np.diag(standing.covariance)
    square = variance[first] + variance[second] - 2 * standing.covariance[first, second]
    error = np.sqrt(np.maximum(square, 0))
    tested = (error > NO_ERROR) & (standing.clusters > 1)
    t = np.divide(np.abs(difference), error, out=np.zeros(len(error)), where=tested)
    p = np.where(tested, 2 * stdtr(max(standing.clusters - 1, 1), -t), np.nan)
    holm = adjusted(np.where(tested, p, 1.0), "holm")
    return Contrasts(first, second, difference, error, p, np.where(tested, holm, np.nan))


def groups(value: Floats, found: Contrasts) -> Ints:
    """Groups of systems of which no two can be told apart, 1 for the strongest; (systems,).

    From the strongest down, a system opens a new group where it differs surely (Holm, 5%) from a
    member of the present one. So equal systems are all in group 1 in 95% of studies or more.
    """
    systems = len(value)
    apart = np.zeros((systems, systems), bool)
    apart[found.first, found.second] = found.holm < SURE
    apart |= apart.T
    group = np.zeros(systems, np.int64)
    members: list[int] = []
    number = 1
    for system in np.argsort(-value, kind="stable").tolist():
        if apart[system, members].any():
            number, members = number + 1, []
        members.append(system)
        group[system] = number
    return group


def drawn(standing: Standing, draws: int, rng: np.random.Generator) -> Floats:
    """Values drawn about what was found, shape (draws, systems).

    From the multivariate t distribution with one degree of freedom less than prompts: the
    covariance is itself found on so many.
    """
    values, vectors = np.linalg.eigh(standing.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    noise = rng.standard_normal((draws, len(root))) @ root.T
    freedom = max(standing.clusters - 1, 1)
    made: Floats = standing.value + noise / np.sqrt(rng.chisquare(freedom, (draws, 1)) / freedom)
    return made


def ranks(values: Floats) -> Ints:
    """1 for the greatest; equal values share the better rank. Works on the last axis."""
    scores = -np.round(values / SAME)
    order = np.argsort(scores, axis=-1)
    ordered = np.take_along_axis(scores, order, axis=-1)
    first = np.zeros(ordered.shape, np.int64)  # where those begin that share a place
    places = np.arange(1, scores.shape[-1])
    first[..., 1:] = np.where(ordered[..., 1:] > ordered[..., :-1], places, 0)
    ranked = np.empty_like(first)
    np.put_along_axis(ranked, order, np.maximum.accumulate(first, axis=-1) + 1, axis=-1)
    return ranked


def rank_intervals(draws: Floats) -> Floats:
    """95% ranges of the ranks over draws of shape (draws, systems); shape (2, systems)."""
    found = np.quantile(ranks(draws), (0.025, 0.975), axis=0, method="inverted_cdf")
    return found.astype(np.float64)


def best_probability(draws: Floats) -> Floats:
    """How often each system is the best one, those at one place in equal parts; (systems,)."""
    first = ranks(draws) == 1
    shares: Floats = (first / first.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares
