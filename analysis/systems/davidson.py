"""Davidson's strengths of systems: Bradley-Terry where ties have a probability of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Ints
from analysis.estimates import TooFewLabels
from analysis.systems.bradley_terry import (
    PRIOR_WINS,
    Comparisons,
    check_compared,
    clustered_squares,
    cycles,
    pseudo_inverse,
)

NO_TIES = "there is no tie"
ONLY_TIES = "every comparison is a tie"


@dataclass(frozen=True)
class Davidson:
    """Log strengths with mean 0 and the logarithm of nu, with their joint covariance.

    covariance: shape (systems + 1, systems + 1), nu last; NaN where there is only one cluster.
    """

    log_strength: Floats
    log_nu: float
    covariance: Floats
    regularised: bool
    clusters: int

    @property
    def error(self) -> Floats:
        """Standard errors, those of the strengths and last that of log nu."""
        error: Floats = np.sqrt(np.maximum(np.diag(self.covariance), 0))
        return error


def davidson(games: Comparisons, systems: int) -> Davidson:
    """P(i beats j) = p_i / (p_i + p_j + nu sqrt(p_i p_j)), a tie the rest; log p has mean 0.

    Where the likelihood may have no greatest value, each two systems that met get half a win both
    ways, and the result is marked regularised. Raises TooFewLabels without a tie, with nothing but
    ties, and where systems were never compared.
    Source: Davidson (1970), On extending the Bradley-Terry model to accommodate ties.
    """
    games = games.between_different()
    couple = games.couple(systems)
    wins, ties = games.endings(couple, systems)
    wins, regularised = with_answer(wins, ties)
    strengths, log_nu = maximum_likelihood(wins, ties)
    at = np.append(strengths, log_nu)
    covariance = _covariance(games, couple, at, wins, ties, regularised=regularised)
    return Davidson(strengths, log_nu, covariance, regularised, games.prompts[0])


def with_answer(wins: Floats, ties: Floats) -> tuple[Floats, bool]:
    """The wins with the prior where there may be no finite answer, and whether it was needed.

    There is one if ties, going both ways, and wins join all systems, and some wins go round in a
    circle. ties: symmetric. Raises TooFewLabels without an answer with the prior.
    """
    if not ties.any():
        raise TooFewLabels(NO_TIES)
    if not wins.any():
        raise TooFewLabels(ONLY_TIES)
    met = wins + ties
    check_compared(met)
    regularised = cycles(met) > 1 or cycles(wins) == len(wins)
    return wins + PRIOR_WINS * ((met + met.T) > 0) if regularised else wins, regularised


def maximum_likelihood(wins: Floats, ties: Floats) -> tuple[Floats, float]:
    """The strengths, mean 0, and log nu under which wins and ties are likeliest.

    wins: shape (systems, systems), how often the row's system beat the column's; ties: that shape,
    symmetric. Newton's method with halved steps; the likelihood is concave.
    """
    systems = len(wins)
    at = np.zeros(systems + 1)
    decided = wins.sum()
    at[-1] = np.log(max(ties.sum() / 2, 1.0) / max(decided, 1.0) * 2)
    likelihood = _log_likelihood(wins, ties, at)
    for _ in range(200):
        gradient, information = _derivatives(wins, ties, at)
        if np.abs(gradient).max() < 1e-10 * max(decided + ties.sum(), 1.0):
            break
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        while _log_likelihood(wins, ties, at + step) < likelihood - 1e-9 * abs(likelihood):
            step /= 2
        at = at + step
        likelihood = _log_likelihood(wins, ties, at)
    return at[:-1] - at[:-1].mean(), float(at[-1])


def _probabilities(difference: Floats, log_nu: float) -> tuple[Floats, Floats]:
    """How likely the first wins, and how likely a tie is, by the difference of log strengths."""
    most = np.maximum(np.abs(difference) / 2, log_nu)
    first, second = np.exp(difference / 2 - most), np.exp(-difference / 2 - most)
    tie = np.exp(log_nu - most)
    total = first + second + tie
    return first / total, tie / total


def _differences(at: Floats) -> Floats:
    difference: Floats = at[:-1, None] - at[None, :-1]
    return difference


def _log_likelihood(wins: Floats, ties: Floats, at: Floats) -> float:
    win, tie = _probabilities(_differences(at), float(at[-1]))
    tiny = np.finfo(float).tiny
    decided = (wins * np.log(np.maximum(win, tiny))).sum()
    return float(decided + (ties * np.log(np.maximum(tie, tiny))).sum() / 2)


def _derivatives(wins: Floats, ties: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Gradient, shape (systems + 1,), and information of strengths and log nu."""
    win, tie = _probabilities(_differences(at), float(at[-1]))
    loss = win.T
    met = wins + wins.T + ties
    lead = win - loss
    gradient = np.append(
        (wins - wins.T - met * lead).sum(axis=1) / 2, (ties - met * tie).sum() / 2
    )  # fmt: skip
    curve = met * (win + loss - lead**2) / 4
    information = np.zeros((len(at), len(at)))
    information[:-1, :-1] = np.diag(curve.sum(axis=1)) - curve
    information[-1, -1] = (met * tie * (1 - tie)).sum() / 2
    cross = -(met * lead * tie).sum(axis=1) / 2
    information[:-1, -1] = information[-1, :-1] = cross
    return gradient, information


def _covariance(
    games: Comparisons,
    couple: Ints,
    at: Floats,
    wins: Floats,
    ties: Floats,
    *,
    regularised: bool,
) -> Floats:
    """The sandwich clustered by prompt; with a prior the information as in Bradley-Terry."""
    systems = len(wins)
    clusters, cluster = games.prompts
    if clusters < 2:
        return np.full((systems + 1, systems + 1), np.nan)
    _, information = _derivatives(wins, ties, at)
    inverse = pseudo_inverse(information)
    if regularised:
        as_one = max(len(games.score) / clusters, 1.0)
        return inverse * as_one
    win, tie = _probabilities(_differences(at), float(at[-1]))
    lead, tie = (win - (1 - win - tie)).ravel()[couple], tie.ravel()[couple]
    residual = (games.score - 0.5) - lead / 2
    surplus = (games.score == 0.5) - tie
    middle = clustered_squares(
        np.concatenate([residual, -residual, surplus]),
        np.concatenate([games.first, games.second, np.full(len(surplus), systems)]),
        np.tile(cluster, 3),
        (clusters, systems + 1),
    )
    return inverse @ middle @ inverse
