"""The rows of the alternative-annotator test: the share of annotators that a judge may replace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np

from analysis.arrays import Floats, Ints, summed
from analysis.ballots import Ballots, Grouping
from analysis.estimates import NO_INTERVAL, Estimate, Interval
from analysis.judges.alt_test import Contests, Leads, contests, leads, ordinal, p_values, rejected
from analysis.judges.judging import Verdicts
from analysis.resampling.ratios import blocks_of, method_of, resampled_sums
from analysis.resampling.resample import CLUSTERED, Bootstrap, percentile_interval, t_interval

EPSILONS = (0.0, 0.1, 0.15, 0.2, 0.3)
FEWEST = 30
"""An annotator with fewer contests is not tested."""
Q = 0.05
FEW_TESTED = 30
"""With more annotators the interval of rho is linearised: resampling them all is too much."""
LISTED = 10
NOBODY = f"no annotator has {FEWEST} labels beside another person's and the judge's"
ONE_PROMPT = "all labels are of one prompt"


def estimates(
    people: Ballots, verdicts: Verdicts, parts: tuple[Grouping, ...], bootstrap: Bootstrap
) -> Iterator[Estimate]:
    """`alt_test_omega` (plain and clustered) and `alt_test_rho`: overall, by category, by task."""
    found, width = contests(people, verdicts), len(people.annotators)
    score = "-RMSE" if ordinal(people) else "accuracy"
    for grouping in parts:
        if grouping.name == "systems":
            continue
        code = grouping.code[found.pair].astype(np.int64)
        rows = np.flatnonzero(code >= 0)
        inside = _part(found, rows)
        group = code[rows] * width + inside.annotator
        everyone = leads(inside, group, len(grouping.slices) * width)
        for number, names in enumerate(grouping.slices):
            tested = number * width + np.flatnonzero(
                everyone.n[number * width : (number + 1) * width] >= FEWEST
            )
            blank = Estimate(
                "alt_test_omega",
                people.criterion.key,
                subject={"judge": verdicts.judge},
                slice=names,
                n=len(tested),
                unit="annotators",
                reason=NOBODY,
                method=f"{score}, annotators with {FEWEST} labels or more",
            )
            yield from _rows(blank, inside, group, everyone, tested, bootstrap)


def _part(found: Contests, rows: Ints) -> Contests:
    return Contests(**{one.name: getattr(found, one.name)[rows] for one in fields(found)})


def _rows(
    blank: Estimate,
    found: Contests,
    group: Ints,
    everyone: Leads,
    tested: Ints,
    bootstrap: Bootstrap,
) -> Iterator[Estimate]:
    rho = replace(blank, statistic="alt_test_rho")
    if len(tested):
        rho = _advantage(rho, found, group, everyone, tested, bootstrap)
    yield rho
    for epsilon in EPSILONS:
        subject = {**blank.subject, "epsilon": epsilon}
        yield replace(rho, subject=subject)
        mean, n = everyone.mean[tested], everyone.n[tested]
        plain = p_values(mean, everyone.error[tested], n - 1, epsilon)
        row = replace(blank, subject=subject)
        yield _omega(row, plain, "t-test of labels")
        row = replace(row, statistic="alt_test_omega_clustered")
        clusters = everyone.clusters[tested]
        if len(tested) and clusters.max() < 2:
            yield replace(row, reason=ONE_PROMPT)
            continue
        clustered = p_values(mean, everyone.clustered[tested], clusters - 1, epsilon)
        yield _omega(row, clustered, "t-test clustered by prompt, prompts - 1 degrees of freedom")


def _omega(row: Estimate, p: Floats, test: str) -> Estimate:
    """The share of annotators for whom the judge is shown to be as good but for epsilon."""
    if not len(p):
        return row
    method = f"{row.method}; one-sided {test}, Benjamini-Yekutieli at q = {Q}"
    if len(p) <= LISTED:
        method += "; p " + ", ".join(f"{one:.3g}" for one in np.sort(p))
    return row.known(float(rejected(p, Q).mean()), NO_INTERVAL, method)


def _advantage(
    row: Estimate,
    found: Contests,
    group: Ints,
    everyone: Leads,
    tested: Ints,
    bootstrap: Bootstrap,
) -> Estimate:
    """How often the judge is as near to the others as an annotator, averaged over annotators."""
    share = everyone.judge[tested]
    value = float(share.mean())
    place = np.full(len(everyone.n), -1)
    place[tested] = np.arange(len(tested))
    who = place[group]
    cells = np.flatnonzero(who >= 0)
    who, cluster = who[cells], found.prompt[cells]
    if np.ptp(cluster) == 0:
        return row.known(value, NO_INTERVAL, f"{row.method}; {ONE_PROMPT}")
    block, blocks = blocks_of(cluster)
    if len(tested) > FEW_TESTED:
        off = (found.judge[cells] - found.n[cells] * share[who]) / everyone.n[tested][who]
        spread = summed(off, block, blocks) / len(tested)
        error = float(np.sqrt(blocks / (blocks - 1) * (spread**2).sum()))
        return row.known(
            value, t_interval(value, error, blocks, 0, 1), f"{row.method}; {CLUSTERED}"
        )
    interval = _resampled(found, cells, block * len(tested) + who, blocks, len(tested), bootstrap)
    return row.known(value, interval, f"{row.method}; {method_of(bootstrap, cluster)}")


def _resampled(
    found: Contests, cells: Ints, place: Ints, blocks: int, tested: int, bootstrap: Bootstrap
) -> Interval:
    """The interval of the mean of the annotators' shares; some may be absent from a resample."""
    sums = [
        summed(column[cells], place, blocks * tested).reshape(blocks, tested)
        for column in (found.judge, found.n)
    ]
    drawn = resampled_sums(np.concatenate(sums, axis=1), bootstrap)
    judge, n = drawn[:, :tested], drawn[:, tested:]
    shares = np.divide(judge, n, out=np.zeros_like(judge), where=n > 0)
    present = (n > 0).sum(axis=1)
    means = np.divide(shares.sum(axis=1), present, out=np.full(len(n), np.nan), where=present > 0)
    return percentile_interval(means, blocks)
