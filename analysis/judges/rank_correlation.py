"""How alike two rankings of the same systems are: Kendall's tau-b and Spearman's rho."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from analysis.arrays import Floats

Scores: TypeAlias = Floats
"""One score a system in each resample, shape (resamples, systems); NaN is unknown."""

SAME_SCORE = 1e-12
CHUNK = 4_000_000


def kendall_tau_b(one: Scores, other: Scores) -> Floats:
    """Concordant less discordant couples over all that neither ties, tau-b; shape (resamples,).

    -1 to 1; NaN where a score is unknown or one ranking ties everybody.
    """
    first, second = np.triu_indices(one.shape[1], 1)
    step = max(1, CHUNK // max(len(first), 1))
    parts = []
    for start in range(0, len(one), step):
        rows = slice(start, start + step)
        a, b = (_signs(scores[rows, first] - scores[rows, second]) for scores in (one, other))
        untied = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
        agree = (a * b).sum(axis=1)
        parts.append(np.divide(agree, untied, out=np.full(len(a), np.nan), where=untied > 0))
    return _where_known(np.concatenate(parts), one, other)


def _signs(difference: Floats) -> Floats:
    signs: Floats = np.sign(np.where(np.abs(difference) > SAME_SCORE, difference, 0.0))
    return signs


def spearman_rho(one: Scores, other: Scores) -> Floats:
    """Pearson's correlation of the ranks, equal scores sharing the mean rank; shape (resamples,).

    -1 to 1; NaN where a score is unknown or one ranking ties everybody.
    """
    from scipy.stats import rankdata  # here, because it is slow to load and needs a judge

    a, b = (rankdata(np.round(scores, 12), axis=1) for scores in (one, other))
    a, b = (ranks - ranks.mean(axis=1, keepdims=True) for ranks in (a, b))
    spread = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    rho = np.divide((a * b).sum(axis=1), spread, out=np.full(len(a), np.nan), where=spread > 0)
    return _where_known(rho, one, other)


def _where_known(values: Floats, one: Scores, other: Scores) -> Floats:
    known = np.isfinite(one).all(axis=1) & np.isfinite(other).all(axis=1)
    return np.where(known, values, np.nan)
