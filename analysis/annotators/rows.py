"""The rows of a report on each annotator, and on the true choices that they make likely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analysis.agreement.coefficients import NOTHING_SHARED
from analysis.annotators import habits, runs, steadiness
from analysis.annotators.dawid_skene import ALIKE, dawid_skene
from analysis.annotators.leave_one_out import agreement_with_others
from analysis.arrays import Ints, compact
from analysis.ballots import NONE, Ballots
from analysis.estimates import NO_INTERVAL, Estimate, Interval, TooFewLabels
from analysis.outcomes import NO_LABEL
from analysis.resampling.multiplicity import adjusted_rows
from analysis.resampling.resample import GroupMeans, share_interval
from analysis.tables import LabelTable, StudyLabels

EXPECTATION = "Dawid and Skene's model by expectation and maximisation, from the shares of votes"
RIVAL = "not determined by the labels: a model that is about as likely"
AGAINST_OTHERS = "against the choice of most of the others, where they have one"
AGAIN = "second answers against first ones"
AGAINST_GOLD = "answers to pairs with known answers, clustered by pair"
TIES = "labels that prefer no side"
SIDES = "first shown less second shown, labels with a side; p: exact binomial"
ORDER_STATISTICS = "interval between order statistics"
LONGEST = "most labels in a row, by time, with the same choice on the screen"
OWN_SHARES = "p: as long or longer, each label drawn by itself by the annotator's own shares"
OWN_PAIRS = f"{OWN_SHARES}, of pairs whose responses were rated alike"
NO_TIMES = "no p, because times do not tell the order"
NO_OTHERS = "the others have no majority on anything that this annotator labelled"
NO_REPEATS = "this annotator met no pair again"
NO_GOLD = "this annotator answered no pair with a known answer"
NO_SIDES = "no label that prefers a side and whose order on the screen is known"
NO_SECONDS = "the labels have no seconds"


def estimates(study: StudyLabels, number: int, people: Ballots) -> Iterator[Estimate]:
    """Every row on the annotators of the study's criterion of that number."""
    labels = study.of_kind("human")
    labels = labels.where(labels.criterion == number)
    size = len(people.annotators)
    steady = steadiness.self_consistency(study, number)
    gold = steadiness.gold_accuracy(study.gold, number, size)
    present = np.bincount(people.annotator, minlength=size) + steady.n + gold.n > 0
    everyone = np.flatnonzero(present)
    loo = agreement_with_others(people)
    yield from _shares(people, "loo_agreement", loo, everyone, AGAINST_OTHERS, NO_OTHERS)
    yield from _shares(people, "self_consistency", steady, everyone, AGAIN, NO_REPEATS)
    yield from _shares(people, "gold_accuracy", gold, everyone, AGAINST_GOLD, NO_GOLD)
    if not people.rated:
        yield from _shares(people, "tie_share", habits.ties(people), everyone, TIES, NO_LABEL)
        yield from _side_bias(people, everyone)
    yield from _paces(people, labels, everyone)
    yield from _runs(people, labels, everyone)
    yield from _dawid_skene(people)


def _side_bias(people: Ballots, everyone: Ints) -> Iterator[Estimate]:
    """P(first shown preferred) - P(second), -1 to 1; p adjusted over the annotators."""
    found = habits.sides(people)
    first = found.first
    rows: list[Estimate] = []
    for who in everyone.tolist():
        row = _blank(people, "side_bias", who, int(first.n[who]), NO_SIDES)
        if row.n:
            share = float(first.mean[who])
            interval, method = share_interval(
                share, float(first.error[who]), int(first.clusters[who])
            )
            if interval.low is not None and interval.high is not None:
                interval = Interval(2 * interval.low - 1, 2 * interval.high - 1)
            row = row.known(2 * share - 1, interval, f"{SIDES}; {method}")
            row = replace(row, p=float(found.p[who]))
        rows.append(row)
    yield from adjusted_rows(rows, "bh")


def _paces(people: Ballots, labels: LabelTable, everyone: Ints) -> Iterator[Estimate]:
    found = habits.paces(labels, len(people.annotators))
    for who in everyone.tolist():
        row = _blank(people, "median_seconds", who, int(found.n[who]), NO_SECONDS)
        if row.n:
            low, high = float(found.low[who]), float(found.high[who])
            interval = Interval(low, high) if low == low else NO_INTERVAL
            row = row.known(float(found.median[who]), interval, ORDER_STATISTICS)
        yield row


def _runs(people: Ballots, labels: LabelTable, everyone: Ints) -> Iterator[Estimate]:
    """The longest run of each annotator; p adjusted over the annotators, because this screens."""
    found = runs.longest_runs(people, labels)
    n = np.bincount(people.annotator, minlength=len(found.longest))
    rows = []
    for who in everyone.tolist():
        row = _blank(people, "straight_lining", who, int(n[who]), NO_LABEL)
        if row.n:
            by = (OWN_PAIRS if people.rated else OWN_SHARES) if found.timed[who] else NO_TIMES
            row = row.known(float(found.longest[who]), method=f"{LONGEST}; {by}")
            row = replace(row, p=float(found.p[who]) if found.timed[who] else None)
        rows.append(row)
    yield from adjusted_rows(rows, "bh")


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
        if found.doubtful > ALIKE:
            yield replace(row, reason=f"{RIVAL} makes others likeliest on {found.doubtful:.0%}")
        else:
            yield row.known(float(count), method=method)
    shared = np.bincount(annotator, weights=np.bincount(unit)[unit] > 1).astype(np.int64).tolist()
    each = zip(accuracies, found.accuracy.tolist(), found.determined.tolist(), shared, strict=True)
    for place, (row, accuracy, determined, common) in enumerate(each):
        if determined or found.rival is None:
            yield row.known(accuracy, method=method)
            continue
        says = f"{found.rival.accuracy[place]:.2f} in place of {accuracy:.2f}"
        reason = f"{RIVAL} gives {says}: others labelled {common:,} of these {row.n:,}"
        yield replace(row, reason=reason)
