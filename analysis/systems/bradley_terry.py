"""Bradley-Terry strengths of systems by Newton's method, with errors clustered by prompt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.arrays import Floats, Ints, compact
from analysis.estimates import TooFewLabels
from analysis.resampling.resample import DENSE_CELLS

NO_INFORMATION = 1e-12
"""An eigenvalue of an information matrix below this share of the greatest is 0 but for rounding."""

PRIOR_WINS = 0.5
"""Wins given to both of each two compared systems where the data alone have no finite answer."""

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

    def between_different(self) -> Comparisons:
        """Without what a system has against itself, which says nothing."""
        rows = self.first != self.second
        if rows.all():
            return self
        return Comparisons(
            self.first[rows], self.second[rows], self.score[rows], self.cluster[rows]
        )

    def couple(self, systems: int) -> Ints:
        """first x systems + second: the place of each comparison in a table of the systems."""
        return self.first.astype(np.int64) * systems + self.second

    def endings(self, couple: Ints, systems: int) -> tuple[Floats, Floats]:
        """How often the row's system beat the column's, and how often they tied, both ways.

        couple: what `couple` gives; both have the shape (systems, systems).
        """
        ending = couple * 3 + (2 * self.score).astype(np.int64)
        counts = np.bincount(ending, minlength=3 * systems**2).astype(np.float64)
        lost, tied, won = counts.reshape(systems, systems, 3).transpose(2, 0, 1)
        return won + lost.T, tied + tied.T

    @cached_property
    def prompts(self) -> tuple[int, Ints]:
        """How many clusters there are, and each comparison's among them."""
        names, cluster = compact(self.cluster, int(self.cluster.max(initial=-1)) + 1)
        return len(names), cluster


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
    games = games.between_different()
    couple = games.couple(systems)
    wins, ties = games.endings(couple, systems)
    wins, regularised = with_answer(wins + ties / 2)
    strengths = maximum_likelihood(wins)
    met = wins + wins.T
    covariance = _covariance(games, couple, strengths, met, regularised=regularised)
    return Strengths(strengths, covariance, regularised, games.prompts[0])


def with_answer(wins: Floats) -> tuple[Floats, bool]:
    """The wins with the prior where they alone have no finite answer, and whether it was needed.

    Raises TooFewLabels where systems were never compared.
    """
    check_compared(wins)
    regularised = cycles(wins) > 1
    return wins + PRIOR_WINS * ((wins + wins.T) > 0) if regularised else wins, regularised


def check_compared(met: Floats) -> None:
    """Raise TooFewLabels where systems were never compared, directly or through others."""
    if _all_positive(met + met.T):
        return
    groups, _ = connected_components(coo_array(met), directed=True, connection="weak")
    if groups > 1:
        raise TooFewLabels(f"the systems fall into {groups} groups that were never compared")


def cycles(wins: Floats) -> int:
    """Into how many parts the systems fall within which each beat each, directly or not."""
    if _all_positive(wins):
        return 1
    parts, _ = connected_components(coo_array(wins), directed=True, connection="strong")
    return int(parts)


def _all_positive(table: Floats) -> bool:
    """Of each two different systems: then no ways between them need be followed."""
    return bool((table + np.eye(len(table)) > 0).all())


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


def _covariance(
    games: Comparisons, couple: Ints, strengths: Floats, met: Floats, *, regularised: bool
) -> Floats:
    """H+ (sum_g s_g s_g') H+ G/(G-1), with the scores s_g summed within each prompt.

    With a prior the scores say nothing of the error, for those who always win leave none: then it
    is H+, as wide as if all comparisons of a prompt were one. NaN with one prompt.
    """
    systems = len(strengths)
    clusters, cluster = games.prompts
    if clusters < 2:
        return np.full((systems, systems), np.nan)
    probability = _win_probability(strengths)
    inverse = pseudo_inverse(_information(met, probability))
    if regularised:
        as_one = max(len(games.score) / clusters, 1.0)
        return inverse * as_one
    residual = games.score - probability.ravel()[couple]
    middle = clustered_squares(
        np.append(residual, -residual),
        np.append(games.first, games.second),
        np.append(cluster, cluster),
        (clusters, systems),
    )
    covariance: Floats = inverse @ middle @ inverse
    return covariance


def pseudo_inverse(information: Floats) -> Floats:
    """The inverse of an information matrix along all that it is not 0 along.

    That strengths have no origin makes one eigenvalue 0, and rounding can leave it just above what
    the library takes for 0 by default: then the errors would be of the order of 1e6.
    """
    return np.asarray(linalg.pinvh(information, rtol=NO_INFORMATION), np.float64)


def clustered_squares(
    scores: Floats, parameter: Ints, cluster: Ints, shape: tuple[int, int]
) -> Floats:
    """G/(G-1) sum_g s_g s_g', where s_g sums the scores of a cluster by parameter.

    scores, parameter, cluster: shape (n,); shape: (clusters G, parameters). Where a table of the
    sums would be large it is kept sparse, because most parameters are in few clusters.
    """
    clusters, parameters = shape
    if clusters * parameters <= DENSE_CELLS:
        cells = cluster.astype(np.int64) * parameters + parameter
        table = np.bincount(cells, weights=scores, minlength=clusters * parameters)
        sums = table.reshape(shape)
        return np.asarray(sums.T @ sums * (clusters / (clusters - 1)), np.float64)
    sparse = coo_array((scores, (cluster, parameter)), shape=shape).tocsr()
    return np.asarray((sparse.T @ sparse).toarray() * (clusters / (clusters - 1)), np.float64)
