"""How far people prefer the longer response, and the one with a list, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from analysis.arrays import Bools, Floats, Ints, compact
from analysis.systems.bradley_terry import clustered_squares

RIDGE = 0.01
"""On the systems' strengths: those who never lose stay finite, others hardly move."""

FEATURE_RIDGE = 1e-6
SEPARATED = 10.0
"""Beyond such a slope the feature alone tells wins from losses."""


@dataclass(frozen=True)
class Comparisons:
    """Pairs with all their preferences taken together, one row a pair.

    system_a, system_b, cluster: shape (pairs,), the systems numbered without gaps; for_b, number:
    how many preferences are for b, a tie half, of how many; features: shape (pairs, features), b's
    less a's.
    """

    system_a: Ints
    system_b: Ints
    cluster: Ints
    for_b: Floats
    number: Floats
    features: Floats


@dataclass(frozen=True)
class Effects:
    """The slope of each feature in log odds, with its error clustered by prompt; (features,)."""

    slope: Floats
    error: Floats
    separated: Bools
    clusters: int


def effects(games: Comparisons) -> Effects:
    """logit P(b preferred) = strength of b - strength of a + slopes . features, all in one.

    The strengths take up what the systems are worth, so that a better system that writes more is
    no taste for length. There is no intercept: the order of a pair changes nothing.
    """
    systems = int(max(games.system_a.max(), games.system_b.max())) + 1
    width = games.features.shape[1]
    at = np.zeros(systems + width)
    ridge = np.append(np.full(systems, RIDGE), np.full(width, FEATURE_RIDGE))
    information = np.diag(ridge)
    for _ in range(100):
        share = expit(_log_odds(games, at, systems))
        residual = games.for_b - games.number * share
        gradient = _gradient(games, residual, systems) - ridge * at
        information = _information(games, games.number * share * (1 - share), systems)
        information += np.diag(ridge)
        step = np.linalg.solve(information, gradient)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        at = at + step
        if np.abs(step).max() < 1e-9 or np.abs(at[systems:]).max(initial=0) > SEPARATED:
            break
    slope = at[systems:]
    names, block = compact(games.cluster, int(games.cluster.max()) + 1)
    error = np.full(width, np.nan)
    if len(names) > 1:
        residual = games.for_b - games.number * expit(_log_odds(games, at, systems))
        middle = _squares(games, residual, block, len(names), systems)
        inverse = np.linalg.inv(information)
        error = np.sqrt(np.maximum(np.diag(inverse @ middle @ inverse), 0))[systems:]
    return Effects(slope, error, np.abs(slope) > SEPARATED, len(names))


def _log_odds(games: Comparisons, at: Floats, systems: int) -> Floats:
    strength = at[:systems]
    odds: Floats = strength[games.system_b] - strength[games.system_a]
    return odds + games.features @ at[systems:]


def _gradient(games: Comparisons, residual: Floats, systems: int) -> Floats:
    strengths = np.bincount(games.system_b, weights=residual, minlength=systems)
    strengths -= np.bincount(games.system_a, weights=residual, minlength=systems)
    return np.append(strengths, games.features.T @ residual)


def _information(games: Comparisons, weight: Floats, systems: int) -> Floats:
    width = games.features.shape[1]
    cells = games.system_a.astype(np.int64) * systems + games.system_b
    met = np.bincount(cells, weights=weight, minlength=systems**2).reshape(systems, systems)
    met = met + met.T
    information = np.zeros((systems + width, systems + width))
    information[:systems, :systems] = np.diag(met.sum(axis=1)) - met
    own = np.arange(systems)
    information[own, own] = met.sum(axis=1) - np.diag(met)
    weighted = games.features * weight[:, None]
    for column in range(width):
        cross = np.bincount(games.system_b, weights=weighted[:, column], minlength=systems)
        cross -= np.bincount(games.system_a, weights=weighted[:, column], minlength=systems)
        information[:systems, systems + column] = information[systems + column, :systems] = cross
    information[systems:, systems:] = games.features.T @ weighted
    return information


def _squares(
    games: Comparisons, residual: Floats, block: Ints, clusters: int, systems: int
) -> Floats:
    width, pairs = games.features.shape[1], len(residual)
    scores = [residual, -residual, *(games.features * residual[:, None]).T]
    parameters = [games.system_b, games.system_a]
    parameters += [np.full(pairs, systems + column) for column in range(width)]
    return clustered_squares(
        np.concatenate(scores),
        np.concatenate(parameters),
        np.tile(block, width + 2),
        (clusters, systems + width),
    )
