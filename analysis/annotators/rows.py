"""The rows of a report on each annotator, and on the true choices that they make likely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analysis.agreement.coefficients import NOTHING_SHARED
from analysis.annotators.dawid_skene import dawid_skene
from analysis.annotators.leave_one_out import agreement_with_others
from analysis.arrays import Ints, compact
from analysis.ballots import NONE, Ballots
from analysis.estimates import Estimate, TooFewLabels
from analysis.outcomes import NO_LABEL
from analysis.resampling.resample import GroupMeans, share_interval

EXPECTATION = "Dawid and Skene's model by expectation and maximisation, from the shares of votes"
NO_OTHERS = "the others have no majority on anything that this annotator labelled"


def estimates(people: Ballots) -> Iterator[Estimate]:
    """Every row on the annotators of one criterion."""
    present = np.flatnonzero(np.bincount(people.annotator, minlength=len(people.annotators)))
    means = agreement_with_others(people)
    remark = "against the choice of most of the others, where they have one"
    yield from _shares(people, "loo_agreement", means, present, remark, NO_OTHERS)
    yield from _dawid_skene(people)


def _blank(people: Ballots, name: str, annotator: int, n: int, reason: str) -> Estimate:
    return Estimate(
        name,
        people.criterion.key,
        subject={"annotator": people.annotators[annotator]},
        n=n,
        unit=people.unit_name,
        reason=reason,
    )


def _shares(
    people: Ballots, name: str, means: GroupMeans, present: Ints, remark: str, missing: str
) -> Iterator[Estimate]:
    """A share of each annotator's labels."""
    for who in present.tolist():
        row = _blank(people, name, who, int(means.n[who]), missing)
        if not row.n:
            yield row
            continue
        share, clusters = float(means.mean[who]), int(means.clusters[who])
        interval, method = share_interval(share, float(means.error[who]), clusters)
        yield row.known(share, interval, f"{remark}; {method}")


def _dawid_skene(people: Ballots) -> Iterator[Estimate]:
    """How many units have which choice as the likeliest, and the annotators' accuracies."""
    units, unit = compact(people.unit, len(people.counts))
    who, annotator = compact(people.annotator, len(people.annotators))
    labels = np.bincount(annotator, minlength=len(who))
    name, criterion = "dawid_skene_count", people.criterion.key
    choices = (*people.choices, "none")
    counts = [
        Estimate(
            name, criterion, {"choice": one}, n=len(units), unit=people.unit_name, reason=NO_LABEL
        )
        for one in choices
    ]
    accuracies = [
        _blank(people, "dawid_skene_accuracy", one, int(n), NO_LABEL)
        for one, n in zip(who.tolist(), labels.tolist(), strict=True)
    ]
    if not people.tally.pairable:
        reason = NOTHING_SHARED if len(units) else NO_LABEL
        yield from (replace(row, reason=reason) for row in (*counts, *accuracies))
        return
    try:
        found = dawid_skene(unit, annotator, people.choice, len(people.choices))
    except TooFewLabels as undefined:
        yield from (replace(row, reason=str(undefined)) for row in (*counts, *accuracies))
        return
    truth = np.where(found.truth == NONE, len(people.choices), found.truth)
    method = f"{EXPECTATION}, {found.steps} steps"
    for row, count in zip(counts, np.bincount(truth, minlength=len(choices)), strict=True):
        yield row.known(float(count), method=method)
    for row, accuracy in zip(accuracies, found.accuracy.tolist(), strict=True):
        yield row.known(accuracy, method=method)
