"""The alternative-annotator test: may a judge stand in for one of the annotators?

Each annotator is left out in turn; on each unit the judge and that annotator are compared by how
well they match the others' labels. Source: Calderon, Reichart and Dror (2025), The Alternative
Annotator Test for LLM-as-a-Judge. Theirs takes labels as independent; the same test with the
labels of one prompt as a cluster stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from analysis.arrays import Bools, Floats, Ints, compact, summed
from analysis.ballots import Ballots
from analysis.judges.judging import FAILURES, Verdicts, with_ties
from analysis.judges.votes import Votes
from analysis.resampling.multiplicity import adjusted

SAME_COST = 1e-9
"""Costs nearer than this differ by rounding only."""


@dataclass(frozen=True)
class Contests:
    """The contests of judge and annotator, summed where annotator, prompt and slices are the same.

    Each array has the shape (cells,). `pair` is any pair of the cell, `n` its contests, `lead` how
    many more of them the annotator won than the judge, `square` the sum of the squared leads of
    its contests, `judge` how many the judge won or tied.
    """

    annotator: Ints
    prompt: Ints
    pair: Ints
    n: Floats
    lead: Floats
    square: Floats
    judge: Floats


def contests(people: Ballots, verdicts: Verdicts) -> Contests:
    """A contest for each label of a unit that others labelled too and the judge judged."""
    verdict = np.full(len(people.counts), -1)
    verdict[verdicts.unit] = with_ties(people, verdicts)
    votes = Votes.of(people.tally.vectors, people.values)
    vector = people.tally.vector_of_unit[people.unit]
    rows = np.flatnonzero((verdict[people.unit] >= 0) & (votes.number[vector] > 1))
    lead, judge = outcomes(votes, ordinal(people))
    vector, choice, said = vector[rows], people.choice[rows], verdict[people.unit[rows]]
    pair = people.pair_of(people.unit[rows])
    first, strand = people.pairs.strands
    key = people.annotator[rows].astype(np.int64) * len(first) + strand[pair]
    names, cell = compact(key, len(people.annotators) * len(first))

    def by_cell(scores: Floats) -> Floats:
        return summed(scores, cell, len(names))

    won = lead[vector, choice, said]
    pair = first[names % max(len(first), 1)]
    return Contests(
        annotator=names // max(len(first), 1),
        prompt=people.pairs.prompt[pair],
        pair=pair,
        n=np.bincount(cell, minlength=len(names)).astype(np.float64),
        lead=by_cell(won),
        square=by_cell(won**2),
        judge=by_cell(judge[vector, choice, said]),
    )


def ordinal(people: Ballots) -> bool:
    """Whether choices are nearer to some than to others: then the score is -RMSE, not accuracy."""
    return people.rated or people.criterion.scale.kind == "preference5"


def outcomes(votes: Votes, by_distance: bool) -> tuple[Floats, Floats]:
    """Who matches the others better, for each count vector, annotator's choice and verdict.

    The first is 1 where the annotator does, -1 where the judge does, 0 where both do alike; the
    second is 1 where the judge does or both. Shape (vectors, choices, choices + failures). What is
    no verdict matches nobody, and by distance is farther off than any choice.
    """
    others = votes.vectors[:, None, :] - np.eye(votes.choices)
    distance = 1 - votes.exact
    if by_distance:
        distance = (votes.values[:, None] - votes.values) ** 2
    farthest = distance.max() + by_distance
    distance = np.concatenate([distance, np.full((FAILURES, votes.choices), farthest)])
    cost = others @ distance.T
    own = np.diagonal(cost, axis1=1, axis2=2)[:, :, None]
    annotator, judge = own <= cost + SAME_COST, cost <= own + SAME_COST
    return annotator.astype(np.float64) - judge, judge.astype(np.float64)


@dataclass(frozen=True)
class Leads:
    """How far each annotator leads the judge, each array of shape (annotators,).

    `mean` is from -1 to 1; `error` takes contests as independent, `clustered` those of a prompt
    as one cluster; `clusters` counts the prompts, `judge` is the share that the judge won or tied.
    """

    n: Floats
    mean: Floats
    error: Floats
    clustered: Floats
    clusters: Ints
    judge: Floats


def leads(found: Contests, group: Ints, groups: int) -> Leads:
    """The leads of groups of cells; a cell is all of an annotator's contests on one prompt."""

    def by_group(scores: Floats) -> Floats:
        return summed(scores, group, groups)

    n, clusters = by_group(found.n), np.bincount(group, minlength=groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = by_group(found.lead) / n
        # Whole numbers, so that equal contests have a spread of exactly 0.
        spread = n * by_group(found.square) - by_group(found.lead) ** 2
        error = np.sqrt(spread / (n * (n - 1)) / n)
        off = found.lead - found.n * mean[group]
        clustered = np.sqrt(clusters / (clusters - 1) * by_group(off**2)) / n
        judge = by_group(found.judge) / n
    return Leads(n, mean, error, clustered, clusters, judge)


def p_values(mean: Floats, error: Floats, freedom: Floats | Ints, epsilon: float) -> Floats:
    """One-sided p-values of "the annotator leads by less than epsilon" by t; (annotators,).

    Where all differences are equal there is no spread: p is 0 if they are below epsilon, else 1.
    Without a second observation (error NaN) it is 1.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        p = stdtr(np.maximum(freedom, 1), (mean - epsilon) / error)
    return np.where(error == 0, np.where(mean < epsilon, 0.0, 1.0), np.where(error > 0, p, 1.0))


def rejected(p: Floats, q: float) -> Bools:
    """For which annotators the judge is taken to be as good, with false claims bounded by q."""
    found: Bools = adjusted(p, "by") <= q
    return found
