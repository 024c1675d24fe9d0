"""Bradley-Terry strengths of systems by Newton's method, with errors clustered by prompt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from analysis.arrays import Floats, Ints, compact
from analysis.estimates import TooFewLabels

PRIOR_WINS = 0.5
"""Wins given to both of each two compared systems where the data alone have no finite answer."""

SAME_STRENGTH = 1e-7
"""Strengths nearer than this differ by rounding only."""

ELO_SCALE = 400 / np.log(10)
ELO_MEAN = 1000.0


@dataclass(frozen=True)
class Comparisons:
    """Who met whom and how it ended, one row a comparison, each array of shape (comparisons,).

    first, second: the systems' codes; score: 1 if the first won, 0.5 for a tie, 0 if it lost;
    cluster: the prompt.
    """

    first: Ints
    second: Ints
    score: Floats
    cluster: Ints

    def wins(self, systems: int) -> Floats:
        """How often the row's system beat the column's, ties as half, (systems, systems)."""
        forward = self.first.astype(np.int64) * systems + self.second
        backward = self.second.astype(np.int64) * systems + self.first
        wins = np.zeros(systems**2)
        wins += np.bincount(forward, weights=self.score, minlength=len(wins))
        wins += np.bincount(backward, weights=1 - self.score, minlength=len(wins))
        return wins.reshape(systems, systems)


@dataclass(frozen=True)
class Strengths:
    """Log strengths with mean 0 and their covariance; `regularised` if the prior was needed."""

    log_strength: Floats
    covariance: Floats
    regularised: bool
    clusters: int

    @property
    def error(self) -> Floats:
        """Standard errors, NaN where there is only one cluster."""
        variance = np.diag(self.covariance)  # rounding can leave a zero just below zero
        error: Floats = np.sqrt(np.maximum(variance, 0))
        return error


def bradley_terry(games: Comparisons, systems: int) -> Strengths:
    """P(i beats j) = 1 / (1 + exp(t_j - t_i)), a tie half a win each; t has mean 0.

    Where some systems never lose to the others the strengths would be infinite: then each two
    systems that met get half a win both ways, and the result is marked regularised. Raises
    TooFewLabels if systems were never compared, directly or through others.
    """
    different = games.first != games.second
    games = Comparisons(
        games.first[different], games.second[different], games.score[different],
        games.cluster[different],
    )  # fmt: skip
    wins = games.wins(systems)
    groups, _ = connected_components(coo_matrix(wins), directed=True, connection="weak")
    if groups > 1:
        raise TooFewLabels(f"the systems fall into {groups} groups that were never compared")
    parts, _ = connected_components(coo_matrix(wins), directed=True, connection="strong")
    regularised = bool(parts > 1)
    if regularised:
        wins = wins + PRIOR_WINS * ((wins + wins.T) > 0)
    strengths = maximum_likelihood(wins)
    covariance, clusters = _sandwich(games, strengths, wins + wins.T)
    return Strengths(strengths, covariance, regularised, clusters)


def maximum_likelihood(wins: Floats) -> Floats:
    """The strengths under which `wins`, shape (systems, systems), are likeliest.

    Newton's method with halved steps; the wins must lead from every system to every other.
    """
    met = wins + wins.T
    strengths = np.zeros(len(wins))
    likelihood = _log_likelihood(wins, strengths)
    for _ in range(100):
        share = _win_probability(strengths)
        gradient = wins.sum(axis=1) - (met * share).sum(axis=1)
        if np.abs(gradient).max(initial=0) < 1e-11 * max(met.sum(), 1.0):
            break
        step = np.linalg.lstsq(_information(met, share), gradient, rcond=None)[0]
        while _log_likelihood(wins, strengths + step) < likelihood - 1e-9 * abs(likelihood):
            step /= 2
        strengths = strengths + step
        likelihood = _log_likelihood(wins, strengths)
    centred: Floats = strengths - strengths.mean()
    return centred


def _win_probability(strengths: Floats) -> Floats:
    probability: Floats = 1 / (1 + np.exp(strengths[None, :] - strengths[:, None]))
    return probability


def _log_likelihood(wins: Floats, strengths: Floats) -> float:
    return float(-(wins * np.logaddexp(0, strengths[None, :] - strengths[:, None])).sum())


def _information(met: Floats, share: Floats) -> Floats:
    """The Hessian of the negative log likelihood; singular along (1, ..., 1)."""
    weight = met * share * (1 - share)
    information: Floats = np.diag(weight.sum(axis=1)) - weight
    return information


def _sandwich(games: Comparisons, strengths: Floats, met: Floats) -> tuple[Floats, int]:
    """H+ (sum_g s_g s_g') H+ G/(G-1), with the scores s_g summed within each prompt."""
    systems = len(strengths)
    names, cluster = compact(games.cluster, int(games.cluster.max(initial=-1)) + 1)
    clusters = len(names)
    residual = games.score - 1 / (1 + np.exp(strengths[games.second] - strengths[games.first]))
    scores = np.bincount(
        cluster * systems + games.first, weights=residual, minlength=clusters * systems
    )
    scores -= np.bincount(
        cluster * systems + games.second, weights=residual, minlength=clusters * systems
    )
    scores = scores.reshape(clusters, systems)
    scores -= scores.mean(axis=0)  # zero already, but for the prior
    if clusters < 2:
        return np.full((systems, systems), np.nan), clusters
    inverse = np.linalg.pinv(_information(met, _win_probability(strengths)), hermitian=True)
    middle = scores.T @ scores * (clusters / (clusters - 1))
    covariance: Floats = inverse @ middle @ inverse
    return covariance, clusters


def ranks(strengths: Floats) -> Ints:
    """1 for the strongest; equal strengths share the better rank. Works on the last axis."""
    ahead = strengths[..., None, :] - strengths[..., :, None]
    better: Ints = (ahead > SAME_STRENGTH).sum(axis=-1) + 1
    return better


def rank_intervals(found: Strengths, draws: int, rng: np.random.Generator) -> Floats:
    """95% ranges of the ranks over draws from the strengths' normal approximation, (2, systems)."""
    values, vectors = np.linalg.eigh(found.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    noise = rng.standard_normal((draws, len(root))) @ root.T
    drawn = ranks(found.log_strength + noise)
    return np.quantile(drawn, (0.025, 0.975), axis=0, method="inverted_cdf").astype(np.float64)
