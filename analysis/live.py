"""Agreement and annotators' habits from counts that a database keeps, while people still label.

The same numbers as those of a report, without its labels: agreement from how many prompts have
which counts, annotators from sums over prompts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import bdtr

from analysis.agreement.coefficients import (
    ALL_EQUAL,
    COEFFICIENTS,
    NOTHING_SHARED,
    interval_method,
    interval_of,
)
from analysis.arrays import Floats, Ints
from analysis.estimates import Estimate
from analysis.resampling.resample import Bootstrap, percentile_interval, share_interval
from analysis.resampling.tally import Tally
from annotation.schema import Criterion

LIVE = ("percent_agreement", "krippendorff_alpha_ordinal", "krippendorff_alpha_nominal", "gwet_ac1")
"""The coefficients that are shown while people label; a report has all of them."""

NO_OTHERS = "the others have no majority on anything that this annotator labelled"
NO_SIDES = "no label that prefers a side"

MANY_ROWS = 300
FEWER_RESAMPLES = 200
"""With more kinds of prompts than that, so many resamples keep the page quick."""


@dataclass(frozen=True)
class Agreement:
    """A criterion's labels, and its coefficients by their names."""

    labels: Mapping[str, int]
    """Choice to how often it was given."""
    prompts: int
    estimates: Mapping[str, Estimate]


def agreement(
    criterion: Criterion,
    profiles: Sequence[tuple[Sequence[Mapping[str, int]], int]],
    bootstrap: Bootstrap,
) -> Agreement:
    """From profiles: the count vectors of a prompt's units, and how many prompts have just these.

    Choices that the scale does not have are left out. Intervals resample prompts. A coefficient
    without a value says why.
    """
    choices = criterion.scale.choices
    rows: list[list[tuple[int, ...]]] = [
        [tuple(unit.get(choice, 0) for choice in choices) for unit in units]
        for units, _ in profiles
    ]
    times = np.array([prompts for _, prompts in profiles], np.int64)
    vectors = sorted({vector for row in rows for vector in row})
    at = {vector: number for number, vector in enumerate(vectors)}
    table = np.zeros((len(rows), len(vectors)))
    for number, row in enumerate(rows):
        for vector in row:
            table[number, at[vector]] += 1
    counts = np.array(vectors, np.int64).reshape(-1, len(choices))
    values = np.array([*criterion.scale.values.values()], np.float64)
    tally = Tally(counts, np.zeros(0, np.int64), values)
    weights = (times @ table)[None]
    total = (weights[0] @ counts).astype(int) if len(vectors) else np.zeros(len(choices), int)
    labels = dict(zip(choices, total.tolist(), strict=True))
    estimates = _estimates(criterion, tally, table, times, weights, bootstrap)
    return Agreement(labels, int(times.sum()), estimates)


def _estimates(
    criterion: Criterion,
    tally: Tally,
    table: Floats,
    times: Ints,
    weights: Floats,
    bootstrap: Bootstrap,
) -> dict[str, Estimate]:
    rated = criterion.scale.kind == "rating"
    pairable = int((weights[0] * (tally.labels > 1)).sum()) if len(table) else 0
    blank = Estimate(
        LIVE[0],
        criterion.key,
        n=pairable,
        unit="pairs and targets" if rated else "pairs",
        reason=NOTHING_SHARED,
    )
    if not pairable:
        return {name: replace(blank, statistic=name) for name in LIVE}
    paired = table @ (tally.labels > 0) > 0  # prompts without labels are no clusters
    table, times = table[paired], times[paired]
    resampled = _resampled(criterion, table, times, bootstrap)
    found: dict[str, Estimate] = {}
    for name in LIVE:
        row = replace(blank, statistic=name)
        value = float(COEFFICIENTS[name](tally, weights)[0])
        if not np.isfinite(value):
            found[name] = replace(row, reason=ALL_EQUAL)
        elif resampled is None:
            found[name] = row.known(value)
        else:
            prompts = int(times.sum())
            ends = percentile_interval(COEFFICIENTS[name](tally, resampled), prompts)
            interval = interval_of(name, ends, prompts)
            method = f"cluster bootstrap over prompts, B={len(resampled)}, seed {bootstrap.seed}"
            found[name] = row.known(value, interval, interval_method(name, value, interval, method))
    return found


def _resampled(
    criterion: Criterion, table: Floats, times: Ints, bootstrap: Bootstrap
) -> Floats | None:
    """How often each vector occurs in resamples of the prompts, (resamples, vectors)."""
    prompts = int(times.sum())
    if prompts < 2:
        return None
    size = bootstrap.resamples
    if len(table) > MANY_ROWS:
        size = min(size, FEWER_RESAMPLES)
    order = np.argsort(-times)  # the largest first leaves less to draw for the others
    rng = bootstrap.generator("live", criterion.key)
    drawn = rng.multinomial(prompts, times[order] / prompts, size=size)
    resampled: Floats = drawn @ table[order]
    return resampled


@dataclass(frozen=True)
class ClusterSums:
    """Sums over prompts of a part and of the whole that it is a share of, and their products."""

    prompts: int
    whole: int
    part: int
    whole_whole: int
    part_whole: int
    part_part: int

    @property
    def share(self) -> float:
        """The part's share of the whole, which must not be 0."""
        return self.part / self.whole

    @property
    def error(self) -> float:
        """The standard error of the share, clustered by prompt; NaN with fewer than two.

        sqrt(G/(G-1) sum_g (part_g - share whole_g)^2) / whole.
        """
        if self.prompts < 2:
            return float("nan")
        share = self.share
        square = self.part_part - 2 * share * self.part_whole + share**2 * self.whole_whole
        spread = max(square, 0.0) * self.prompts / (self.prompts - 1)
        return float(np.sqrt(spread)) / self.whole


def agreement_with_others(
    annotator: str, criterion: str | None, sums: ClusterSums, unit: str = "labels"
) -> Estimate:
    """The share of an annotator's labels that are the others' majority, where they have one."""
    subject = {"annotator": annotator}
    row = Estimate("loo_agreement", criterion, subject, n=sums.whole, unit=unit, reason=NO_OTHERS)
    if not sums.whole:
        return row
    interval, method = share_interval(sums.share, sums.error, sums.prompts)
    return row.known(sums.share, interval, method)


def side_bias(
    annotator: str, criterion: str | None, sums: ClusterSums, unit: str = "labels"
) -> Estimate:
    """P(the response shown first is preferred) - P(the second), -1 to 1; p: exact binomial test."""
    subject = {"annotator": annotator}
    row = Estimate("side_bias", criterion, subject, n=sums.whole, unit=unit, reason=NO_SIDES)
    if not sums.whole:
        return row
    interval, method = share_interval(sums.share, sums.error, sums.prompts)
    if interval.low is not None and interval.high is not None:
        interval = replace(interval, low=2 * interval.low - 1, high=2 * interval.high - 1)
    fewer = min(sums.part, sums.whole - sums.part)
    p = min(2 * float(bdtr(fewer, sums.whole, 0.5)), 1.0)
    return replace(row.known(2 * sums.share - 1, interval, method), p=p)
