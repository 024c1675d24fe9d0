"""The judge rows of a report: what a judge says of each pair, against the human majority."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import Bools, Ints
from analysis.ballots import NONE, Ballots, Grouping
from analysis.estimates import NO_INTERVAL, Estimate
from analysis.judges.confusions import MEASURES
from analysis.outcomes import Outcomes
from analysis.resampling.ratios import blocks_of, cluster_counts, method_of, resampled_sums
from analysis.resampling.resample import (
    WILSON_OVER_PROMPTS,
    Bootstrap,
    clustered_means,
    percentile_interval,
    share_interval,
    wilson_interval,
)

MISSING = "the judge gave no usable verdict"
FAILURES = 3
"""Verdicts that are none: invalid, abstained and inconsistent."""


@dataclass(frozen=True)
class Verdicts:
    """One judge's resolved verdict of each unit that it judged, and from how many `labels`.

    The arrays have the shape (judged,).

    Behind the `choices` of the scale stand three verdicts
    that are none: invalid, abstained and inconsistent, in this order.
    """

    judge: str
    choices: int
    unit: Ints
    verdict: Ints
    labels: Ints

    def where(self, rows: Bools) -> Verdicts:
        """The verdicts of some of the units."""
        columns = (self.unit, self.verdict, self.labels)
        return Verdicts(self.judge, self.choices, *(column[rows] for column in columns))

    @property
    def invalid(self) -> Bools:
        """No readable verdict."""
        rows: Bools = self.verdict == self.choices
        return rows

    @property
    def abstained(self) -> Bools:
        """No verdict that the judge stands by."""
        rows: Bools = self.verdict == self.choices + 1
        return rows

    @property
    def inconsistent(self) -> Bools:
        """Different verdicts for the two orders of the responses."""
        rows: Bools = self.verdict == self.choices + 2
        return rows


def resolve(ballots: Ballots) -> list[Verdicts]:
    """The verdicts of each judge: the labels of both orders as one, by the contract's rule.

    One order known: that label; equal: it; one invalid: invalid; one abstained: abstained;
    otherwise inconsistent. Of several runs the first (repeat 0) counts.
    """
    first_run = ballots.only(ballots.repeat == 0)
    return [
        resolved(first_run.only(first_run.annotator == judge), ballots.annotators[judge])
        for judge in np.unique(ballots.annotator).tolist()
    ]


def resolved(ballots: Ballots, judge: str) -> Verdicts:
    """The verdicts of one run of one judge, whose labels alone `ballots` holds."""
    choices = len(ballots.choices)
    starts = ballots.starts
    unit, said = ballots.unit[starts], ballots.choice.astype(np.int64)
    if not len(starts):
        return Verdicts(judge, choices, unit, said, said)
    least, most = np.minimum.reduceat(said, starts), np.maximum.reduceat(said, starts)
    invalid = np.logical_or.reduceat(said == choices, starts)
    abstained = np.logical_or.reduceat(said == choices + 1, starts)
    verdict = np.select(
        [least == most, invalid, abstained], [least, choices, choices + 1], choices + 2
    )
    labels = np.diff(np.append(starts, len(said)))
    return Verdicts(judge, choices, unit, verdict, labels)


def with_ties(ballots: Ballots, verdicts: Verdicts) -> Ints:
    """The verdicts with inconsistent ones as ties, where the scale has a tie."""
    if "tie" not in ballots.choices:
        return verdicts.verdict
    return np.where(verdicts.inconsistent, ballots.choices.index("tie"), verdicts.verdict)


def judge_outcomes(ballots: Ballots, verdicts: Verdicts) -> Outcomes:
    """The judge's outcomes: one a unit; invalid and abstained verdicts are undecided."""
    verdict = with_ties(ballots, verdicts)
    usable = verdict < verdicts.choices
    unit, undecided = verdicts.unit[usable], verdicts.unit[~usable]
    judge = {"judge": verdicts.judge}
    return Outcomes(unit, verdict[usable], undecided, ballots.unit_name, MISSING, {}, judge)


def estimates(
    ballots: Ballots,
    people: Ballots,
    verdicts: Verdicts,
    parts: tuple[Grouping, ...],
    bootstrap: Bootstrap,
) -> Iterator[Estimate]:
    """Every row of one judge on one criterion: overall, by category and by task."""
    for grouping in parts:
        if grouping.name == "systems":
            continue
        for names, pairs in grouping.members():
            inside = np.zeros(len(ballots.pairs), bool)
            inside[pairs] = True
            part = inside[ballots.pair_of(verdicts.unit)]
            chosen = verdicts.where(part)
            blank = Estimate(
                "judge_accuracy",
                ballots.criterion.key,
                subject={"judge": verdicts.judge},
                slice=names,
                n=len(chosen.unit),
                unit=ballots.unit_name,
                reason="the judge has no label here",
            )
            yield from _shares(ballots, chosen, blank)
            yield from _against_majority(ballots, people, chosen, blank, bootstrap)


def _shares(ballots: Ballots, verdicts: Verdicts, blank: Estimate) -> Iterator[Estimate]:
    cluster = ballots.cluster_of(verdicts.unit)
    for name, rows in (
        ("judge_invalid_share", verdicts.invalid),
        ("judge_abstained_share", verdicts.abstained),
        ("judge_inconsistent_share", verdicts.inconsistent),
    ):
        row = replace(blank, statistic=name)
        if not len(rows):
            yield row
            continue
        if name == "judge_inconsistent_share" and verdicts.labels.max() < 2:
            yield replace(row, reason="nothing was judged in both orders")
            continue
        together = np.zeros(len(rows), np.int64)
        means = clustered_means(rows.astype(np.float64), together, cluster, 1)
        value, clusters = float(means.mean[0]), int(means.clusters[0])
        yield row.known(value, *share_interval(value, float(means.error[0]), clusters))


def _against_majority(
    ballots: Ballots, people: Ballots, verdicts: Verdicts, blank: Estimate, bootstrap: Bootstrap
) -> Iterator[Estimate]:
    """The judge's verdicts against the human majority, on the units that have both."""
    majority = people.majority[verdicts.unit]
    kept = majority != NONE
    verdict = with_ties(ballots, verdicts)[kept]
    columns = verdicts.choices + FAILURES
    cell = majority[kept] * columns + verdict
    shape = (-1, verdicts.choices, columns)
    cells = verdicts.choices * columns
    table = np.bincount(cell, minlength=cells).astype(np.float64).reshape(shape)
    cluster = ballots.cluster_of(verdicts.unit[kept])
    block, blocks = blocks_of(cluster)
    resampled = None
    if blocks > 1:
        counts = cluster_counts(cell, cells, block, blocks)
        resampled = resampled_sums(counts, bootstrap).reshape(shape)
    n, by_bootstrap = int(kept.sum()), method_of(bootstrap, cluster)
    for name, statistic in MEASURES.items():
        row = replace(blank, statistic=name, n=n)
        value = float(statistic(table)[0])
        if not np.isfinite(value):
            reason = "people and judge always chose one same choice"
            yield replace(row, reason=reason if n else "no pair with a human majority")
            continue
        interval, method = NO_INTERVAL, by_bootstrap
        if resampled is not None:
            interval = percentile_interval(statistic(resampled), blocks)
        if name == "judge_accuracy" and value in (0.0, 1.0):
            clusters = len(np.unique(cluster))
            interval, method = wilson_interval(value, clusters), WILSON_OVER_PROMPTS
        yield row.known(value, interval, method)
