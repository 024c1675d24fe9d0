"""Cohen's kappa of each two annotators, with errors clustered by prompt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.agreement.coefficients import similarity
from analysis.arrays import Floats, Ints, compact
from analysis.ballots import FEW_ANNOTATORS, Ballots
from analysis.estimates import Estimate, Interval
from analysis.resampling.resample import (
    clustered_error,
    clustered_means,
    share_interval,
    t_interval,
)

LINEARISED = "t interval, linearised, clustered by prompt"

MOST_COUPLES = 5_000
"""Of more couples of annotators those are listed that share the most; 100 people have as many."""


@dataclass(frozen=True)
class Shared:
    """Every two labels of one unit, one row each.

    people: shape (couples, 2), the annotators of each couple, the first before the second;
    couple, first, second, unit: shape (rows,), who, what each chose, and of which unit.
    """

    people: Ints
    couple: Ints
    first: Ints
    second: Ints
    unit: Ints

    @property
    def overlap(self) -> Ints:
        """How many units each couple shares."""
        return np.bincount(self.couple, minlength=len(self.people))

    def cells(self, choices: int) -> Ints:
        """The place of each row in a table of couples x choices x choices."""
        return (self.couple.astype(np.int64) * choices + self.first) * choices + self.second

    def rows(self, rows: Ints) -> Shared:
        """Some of the rows, and the couples that they are of."""
        couples, couple = compact(self.couple[rows], len(self.people))
        return Shared(
            self.people[couples], couple, self.first[rows], self.second[rows], self.unit[rows]
        )


def most_shared(shared: Shared) -> Shared:
    """The rows of the couples that are listed."""
    couples = len(shared.people)
    if couples <= MOST_COUPLES:
        return shared
    listed = np.zeros(couples, bool)
    listed[np.argsort(-shared.overlap, kind="stable")[:MOST_COUPLES]] = True
    return shared.rows(np.flatnonzero(listed[shared.couple]))


def shared_units(ballots: Ballots) -> Shared:
    """Every two labels of one unit by different annotators."""
    width = max(len(ballots.annotators), 1)
    # One stable sort of what is nearly in order, for the ballots are ordered by unit.
    order = np.argsort(ballots.unit * width + ballots.annotator, kind="stable")
    unit, annotator = ballots.unit[order], ballots.annotator[order].astype(np.int64)
    choice = ballots.choice[order]
    rows: list[Ints] = []
    for step in range(1, int(np.bincount(unit).max(initial=0))):
        rows.append(np.flatnonzero(unit[step:] == unit[:-step]))
    left = np.concatenate(rows) if rows else np.zeros(0, np.int64)
    right = np.concatenate([row + step for step, row in enumerate(rows, 1)]) if rows else left
    width = int(annotator.max(initial=0)) + 1
    couples, couple = compact(annotator[left] * width + annotator[right], width**2)
    people = np.stack([couples // width, couples % width], axis=1)
    return Shared(people, couple, choice[left], choice[right], unit[left])


@dataclass(frozen=True)
class Kappas:
    """Kappa and its clustered standard error for each couple, shape (couples,).

    NaN is undefined: kappa where both always chose one same choice, the error with one prompt.
    `influence` is each row's share in its couple's kappa, shape (rows,).
    """

    kappa: Floats
    error: Floats
    clusters: Ints
    influence: Floats


def cohen_kappas(shared: Shared, like: Floats, cluster: Ints) -> Kappas:
    """Cohen's kappa of each couple, weighted by `like` of shape (choices, choices).

    kappa = (Po - Pe) / (1 - Pe). The error is the delta method's (Fleiss, Cohen and Everitt 1969)
    with the influences summed within `cluster`, shape (rows,). -1 to 1.
    """
    choices, cells = len(like), shared.cells(len(like))
    counts = np.bincount(cells, minlength=len(shared.people) * choices**2)
    table = counts.reshape(-1, choices, choices).astype(np.float64)
    n = table.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = table / n[:, None, None]
        rows, columns = share.sum(axis=2), share.sum(axis=1)
        observed = (share * like).sum(axis=(1, 2))
        expected = np.einsum("ci,ij,cj->c", rows, like, columns)
        room = np.where(1 - expected > 1e-12, 1 - expected, np.nan)
        kappa = (observed - expected) / room
        by_first, by_second = columns @ like.T, rows @ like
        each = (slice(None), None, None)  # one of each couple, beside its table of choices
        chance = by_first[:, :, None] + by_second[:, None, :] - 2 * expected[each]
        agreed = like - observed[each]
        influence = ((agreed - chance * (1 - kappa[each])) / room[each]).ravel()[cells]
    error, clusters = clustered_error(influence, shared.couple, cluster, shared.overlap)
    return Kappas(kappa, error, clusters, influence)


@dataclass(frozen=True)
class MeanKappa:
    """The mean of the couples' kappas weighted by their overlap; `couples` had a kappa.

    `without`: the same with each annotator left out, where the others still have one.
    """

    kappa: float
    interval: Interval
    couples: int
    without: tuple[float, ...]


def mean_kappa(shared: Shared, choices: int, cluster: Ints) -> MeanKappa | None:
    """The overlap-weighted mean of the couples' kappas, None where no couple has one.

    cluster: shape (rows,), the prompt of each row. A couple without a kappa is left out.
    """
    kappas = cohen_kappas(shared, np.eye(choices), cluster)
    defined = np.isfinite(kappas.kappa)
    if not defined.any():
        return None
    overlap = shared.overlap[defined]
    kappa = float(np.average(kappas.kappa[defined], weights=overlap))
    taken = defined[shared.couple]
    influence = kappas.influence[taken] + kappas.kappa[shared.couple[taken]] - kappa
    together = np.zeros(len(influence), np.int64)
    n = np.array([int(overlap.sum())])
    error, clusters = clustered_error(influence, together, cluster[taken], n)
    interval = t_interval(kappa, float(error[0]), int(clusters[0]), -1, 1)
    without = _without_each(shared.people[defined], kappas.kappa[defined], overlap)
    return MeanKappa(kappa, interval, int(defined.sum()), without)


def _without_each(people: Ints, kappas: Floats, overlap: Ints) -> tuple[float, ...]:
    present = np.unique(people)
    if not 2 < len(present) < FEW_ANNOTATORS:
        return ()
    others = [(people != person).all(axis=1) for person in present]
    return tuple(
        float(np.average(kappas[rows], weights=overlap[rows])) for rows in others if rows.any()
    )


def couple_rows(ballots: Ballots, shared: Shared) -> Iterator[Estimate]:
    """The three kappas and percent agreement of each two annotators who share a unit."""
    cluster = ballots.cluster_of(shared.unit)
    levels, level = np.unique(ballots.values, return_inverse=True)
    ordered = replace(shared, first=level[shared.first], second=level[shared.second])
    nominal = np.eye(len(ballots.choices))
    yield from _rows(ballots, "cohen_kappa", shared, cohen_kappas(shared, nominal, cluster))
    for name, power in (("cohen_kappa_linear", 1), ("cohen_kappa_quadratic", 2)):
        like = similarity(len(levels), power)
        yield from _rows(ballots, name, ordered, cohen_kappas(ordered, like, cluster))
    same = (shared.first == shared.second).astype(np.float64)
    means = clustered_means(same, shared.couple, cluster, len(shared.people))
    agreed = Kappas(means.mean, means.error, means.clusters, same)
    yield from _rows(ballots, "percent_agreement", shared, agreed)


def _rows(ballots: Ballots, name: str, shared: Shared, found: Kappas) -> Iterator[Estimate]:
    columns = (shared.overlap, found.kappa, found.error, found.clusters)
    rows = zip(shared.people.tolist(), *(column.tolist() for column in columns), strict=True)
    for (one, other), n, value, error, clusters in rows:
        row = Estimate(
            name,
            ballots.criterion.key,
            subject={"annotators": (ballots.annotators[one], ballots.annotators[other])},
            n=n,
            unit=ballots.unit_name,
            reason="both always chose one same choice",
        )
        if value != value:  # NaN
            yield row
        elif name == "percent_agreement":
            yield row.known(value, *share_interval(value, error, clusters))
        else:
            yield row.known(value, t_interval(value, error, clusters, -1, 1), LINEARISED)
