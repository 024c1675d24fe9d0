"""The power of small studies to tell two systems apart, by drawing many of them at once.

For few prompts a t statistic of log strengths is neither as wide nor as symmetric as sums over the
model say, and Holm's later steps find some more. So many small studies are drawn here as arrays,
and every two systems tested as in a report.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri, stdtr

from analysis.arrays import Bools, Floats, Ints
from analysis.planning.influence import Answers
from analysis.planning.model import chances
from analysis.planning.population import normal_nodes, vector_chances
from analysis.planning.sizes import LEAST_PROMPTS
from analysis.systems.bradley_terry import Comparisons, bradley_terry
from analysis.systems.contrasts import SURE, Standing, contrasts

SMALL, MOST_PAIRS = 100, 2_500
"""Up to so many prompts, and pairs in all, sums over the model are checked by drawing."""

STUDIES = 6_000

AT_ONCE = 1_000_000
STEPS = 50


def small(answers: Answers, prompts: int) -> bool:
    """Whether studies of so many prompts are drawn."""
    pairs = prompts * len(answers.population.model.pairs)
    return prompts <= SMALL and pairs <= MOST_PAIRS


def enough_prompts(answers: Answers, wanted: float, guess: int) -> tuple[int, float]:
    """The fewest prompts with which the first system is told from the last so often; and how often.

    guess: about how many. Two sizes are drawn, and between them the normal quantile of the power is
    taken to be straight over the root of the number of prompts, as it is for a mean.
    """
    near = max(guess, LEAST_PROMPTS)
    at_guess = power(answers, near)
    slope = max(ndtri(at_guess) - ndtri(0.025), 0.5) / np.sqrt(near)
    root = np.sqrt(near) + (ndtri(wanted) - ndtri(at_guess)) / slope
    other = max(round(max(root, 0.0) ** 2), LEAST_PROMPTS)
    if abs(other - near) < 2:
        other = near + 4 if at_guess < wanted else max(near - 4, LEAST_PROMPTS)
    if other == near:
        return near, at_guess
    if at_guess >= 1 - 1 / STUDIES and other < near:  # how many fewer would do cannot be seen here
        return enough_prompts(answers, wanted, other)
    at_other = power(answers, other)
    ends = np.sqrt([near, other]), ndtri([at_guess, at_other])
    slope = (ends[1][1] - ends[1][0]) / (ends[0][1] - ends[0][0])
    if slope <= 0:  # only what drawing adds
        return (
            (near, at_guess) if at_guess >= wanted else (max(near, other), max(at_guess, at_other))
        )
    root = ends[0][0] + (ndtri(wanted) - ends[1][0]) / slope
    prompts = max(int(np.ceil(max(root, 0.0) ** 2 - 1e-9)), LEAST_PROMPTS)
    return prompts, float(ndtr(ends[1][0] + slope * (np.sqrt(prompts) - ends[0][0])))


def power(answers: Answers, prompts: int, studies: int = STUDIES, seed: int = 0) -> float:
    """How often a study of so many prompts tells the first system from the last (Holm, 5%).

    Kept off 0 and 1 by half a study, so that its normal quantile is finite.
    """
    pairs = len(answers.population.model.pairs)
    rng = np.random.default_rng([seed, prompts])
    step = max(AT_ONCE // (prompts * pairs), 1)
    found = sum(
        int(_told(answers, prompts, min(step, studies - start), rng).sum())
        for start in range(0, studies, step)
    )
    return float(np.clip(found / studies, 0.5 / studies, 1 - 0.5 / studies))


def _told(answers: Answers, prompts: int, studies: int, rng: np.random.Generator) -> Bools:
    """In which of so many studies the first system is told from the last, shape (studies,)."""
    model = answers.population.model
    quality = rng.standard_normal((studies, prompts, model.systems)) * model.spread / np.sqrt(2)
    quality += model.strength
    first, second = (np.array(one) for one in zip(*model.pairs, strict=True))
    difference = quality[:, :, first] - quality[:, :, second]
    score = _majorities(answers, difference, rng.random(difference.shape))
    p = _tests(score, first, second, model.systems)
    told: Bools = _holm(p)[:, model.systems - 2] < SURE  # the first with the last
    return told


def _majorities(answers: Answers, difference: Floats, dice: Floats) -> Floats:
    """What the majority of average people is worth to the first of two, NaN without one."""
    at = answers.population
    points = normal_nodes()[0] * max(at.model.spread, 1.0) * 1.5
    vectors = vector_chances(chances(answers.people, points, 0, 1), at.labels)
    wins, ties, losses = (
        vectors[:, at.decided & (at.score == worth)].sum(axis=1) for worth in (1.0, 0.5, 0.0)
    )
    ends = [np.interp(difference, points, one) for one in (wins, wins + ties, wins + ties + losses)]
    return np.select([dice < end for end in ends], [1.0, 0.5, 0.0], np.nan)


def _tests(score: Floats, first: Ints, second: Ints, systems: int) -> Floats:
    """p of each two systems by the report's own test; score: shape (studies, prompts, pairs)."""
    decided = np.isfinite(score)
    met = decided.sum(axis=1)
    won = np.where(decided, score, 0).sum(axis=1)
    wins = np.zeros((len(score), systems, systems))
    wins[:, first, second], wins[:, second, first] = won, met - won
    plain = _connected(wins)
    p = np.ones((len(score), len(first)))
    if plain.any():
        p[plain] = _by_sandwich(score[plain], wins[plain], first, second)
    for study in np.flatnonzero(~plain):
        p[study] = _one_by_one(score[study], first, second, systems)
    return p


def _connected(wins: Floats) -> Bools:
    """Where every system beat every other, directly or through others."""
    systems = wins.shape[1]
    reach = (wins > 0).astype(np.float64) + np.eye(systems)
    for _ in range(int(np.ceil(np.log2(max(systems, 2))))):
        reach = np.sign(reach @ reach)
    connected: Bools = np.all(reach > 0, axis=(1, 2))
    return connected


def _by_sandwich(score: Floats, wins: Floats, first: Ints, second: Ints) -> Floats:
    """By Newton's method with the last system's strength as origin, and clustered errors."""
    studies, systems = len(wins), wins.shape[1]
    sides = np.zeros((len(first), systems))
    sides[np.arange(len(first)), first], sides[np.arange(len(first)), second] = 1, -1
    sides = sides[:, :-1]
    met = (wins + wins.transpose(0, 2, 1))[:, first, second]
    won = wins[:, first, second]
    strength = np.zeros((studies, systems - 1))
    for _ in range(STEPS):
        share = 1 / (1 + np.exp(-strength @ sides.T))
        gradient = (won - met * share) @ sides
        information = np.einsum("sp,pi,pj->sij", met * share * (1 - share), sides, sides)
        step = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
        strength += step / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1.0)
        if np.abs(step).max() < 1e-9:
            break
    share = 1 / (1 + np.exp(-strength @ sides.T))
    decided = np.isfinite(score)
    residual = np.where(decided, score - share[:, None, :], 0)
    sums = residual @ sides
    clusters = decided.any(axis=2).sum(axis=1)
    middle = np.einsum("sgi,sgj->sij", sums, sums)
    inverse = np.linalg.inv(information)
    covariance = inverse @ middle @ inverse * (clusters / (clusters - 1))[:, None, None]
    error = np.sqrt(np.einsum("pi,sij,pj->sp", sides, covariance, sides))
    t = np.abs(strength @ sides.T) / error
    p: Floats = 2 * stdtr((clusters - 1)[:, None].astype(np.float64), -t)
    return p


def _one_by_one(score: Floats, first: Ints, second: Ints, systems: int) -> Floats:
    """By the report's own functions, where a prior is needed."""
    prompt, pair = np.nonzero(np.isfinite(score))
    games = Comparisons(first[pair], second[pair], score[prompt, pair], prompt)
    found = bradley_terry(games, systems)
    each = contrasts(Standing(found.log_strength, found.covariance, found.clusters))
    return np.where(np.isfinite(each.p), each.p, 1.0)


def _holm(p: Floats) -> Floats:
    """Holm's adjustment of each row."""
    order = np.argsort(p, axis=1)
    tests = p.shape[1]
    steps = np.take_along_axis(p, order, axis=1) * (tests - np.arange(tests))
    made = np.empty_like(p)
    np.put_along_axis(made, order, np.minimum(np.maximum.accumulate(steps, axis=1), 1), axis=1)
    return made
