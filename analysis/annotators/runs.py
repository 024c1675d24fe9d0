"""How long annotators chose the same on and on, and how unusual that is by their own shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Bools, Floats, Ints, order_of
from analysis.ballots import NONE, Ballots
from analysis.tables import NO_MOMENT, LabelTable

NEAR_ONE = 1e-6
"""So close to 1 the closed form of a term is rounding, and its limit is taken."""

MOST_STEPS = 100


@dataclass(frozen=True)
class Runs:
    """The most labels in a row with one and the same choice on the screen; each (annotators,).

    `p` is how likely somebody with the annotator's shares of choices has a run as long or longer if
    each answer is drawn by itself; NaN where `timed` is false: times do not order the answers.
    """

    longest: Ints
    p: Floats
    timed: Bools


def longest_runs(ballots: Ballots, labels: LabelTable) -> Runs:
    """The longest runs by time, of the labels of the ballots' criterion.

    Where the order shown is unknown it is taken to be the pair's; labels without a time come first,
    in the order of their lines. For p the ratings of both responses of a pair are one answer, that
    choice where they are alike and none otherwise, because good prompts have two good responses.
    """
    shown = labels.choice.astype(np.int64)
    if not ballots.rated:
        shown = np.where(labels.swapped == 1, ballots.mirror[shown], shown)
    order = labels.by_time()
    order = order[order_of(labels.annotator[order])]
    who, shown = labels.annotator[order].astype(np.int64), shown[order]
    size = len(ballots.annotators)
    longest = _longest(who, shown, size)
    starts = _starts(who, labels.pair[order])
    who, moment = who[starts], labels.moment[order][starts]
    answer = shown[starts]
    if ballots.rated and len(starts):
        alike = np.minimum.reduceat(shown, starts) == np.maximum.reduceat(shown, starts)
        answer = np.where(alike, answer, NONE)
    timed = _timed(who, moment, size)
    number = np.bincount(who, minlength=size)
    some = answer != NONE
    width = len(ballots.choices)
    cells = np.bincount(who[some] * width + answer[some], minlength=size * width)
    shares = cells.reshape(size, width) / np.maximum(number, 1)[:, None]
    runs = longest if not ballots.rated else _longest(who, answer, size)
    p = np.where(timed, chance_of_run(shares, number, runs), np.nan)
    return Runs(longest, p, timed)


def _starts(*columns: Ints) -> Ints:
    """The rows at which one of the columns changes."""
    if not len(columns[0]):
        return np.zeros(0, np.int64)
    changed = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return np.flatnonzero(np.append(True, changed))


def _longest(who: Ints, choice: Ints, size: int) -> Ints:
    """The longest run of one choice of each annotator, no choice not being one."""
    starts = _starts(who, choice)
    lengths = np.diff(np.append(starts, len(who)))
    real = choice[starts] != NONE
    longest = np.zeros(size, np.int64)
    np.maximum.at(longest, who[starts][real], lengths[real])
    return longest


def _timed(who: Ints, moment: Ints, size: int) -> Bools:
    """Whether the annotator's answers all have times of their own."""
    same = (who[1:] == who[:-1]) & (moment[1:] == moment[:-1])
    unordered = np.append(False, same)[: len(who)] | (moment == NO_MOMENT)
    timed: Bools = np.bincount(who, weights=unordered, minlength=size) == 0
    return timed


def chance_of_run(shares: Floats, number: Ints, longest: Ints) -> Floats:
    """How likely so many independent answers have a run as long or longer, shape (annotators,).

    shares: shape (annotators, choices), of all answers; what lacks to 1 is of answers that are in
    no run. Exact with fewer answers than two such runs have, where there can be but one; otherwise
    by the nearest pole of the generating function, which errs by less than 0.02, and where the
    chance is below 0.2 by less than 0.0005.
    Source: Feller (1968), An Introduction to Probability Theory I, XIII.7.
    """
    length = np.maximum(longest, 1)[:, None].astype(np.float64)
    n = number.astype(np.float64)[:, None]
    one_run = (shares**length * (1 + (n - length) * (1 - shares))).sum(axis=1)
    chance = np.where(longest < 2, 1.0, one_run)
    several = (longest > 1) & (number >= 2 * longest)
    beyond, slope = _pole(shares[several], length[several])
    none = -(n[several, 0] + 1) * np.log1p(beyond) - np.log1p(-slope)
    chance[several] = -np.expm1(none)
    return np.clip(chance, 0, 1)


def _pole(shares: Floats, length: Floats) -> tuple[Floats, Floats]:
    """How far beyond 1 the pole lies, d = sum of r(p (1 + d)), and the slope of that sum there.

    The chance of no run of `length` within n answers is about (1 + d)^-(n+1) / (1 - slope), with
    r(u) = u^length / (1 + u + ... + u^(length-1)). Newton's method from below: the sum is convex.
    """
    beyond = np.zeros(len(shares))
    slope = np.zeros(len(shares))
    for _ in range(MOST_STEPS):
        term, rise = _term(shares * (1 + beyond)[:, None], length)
        slope = np.minimum((shares * rise).sum(axis=1), 1 - NEAR_ONE)
        step = (term.sum(axis=1) - beyond) / (1 - slope)
        beyond = beyond + step
        if np.all(np.abs(step) <= 1e-14 * beyond):
            break
    return beyond, slope


def _term(u: Floats, length: Floats) -> tuple[Floats, Floats]:
    """r(u) and its derivative."""
    close = np.abs(u - 1) < NEAR_ONE
    u = np.where(close, 0.5, u)
    power = u**length
    term = power * (1 - u) / (1 - power)
    safe = np.where(u > 0, u, 1.0)
    rise = np.where(u > 0, term * (length / safe / (1 - power) - 1 / (1 - u)), 0.0)
    return np.where(close, 1 / length, term), np.where(close, (length + 1) / 2 / length, rise)
