"""The rows that set two judges, or a judge and people, beside each other on the same pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from analysis.arrays import Bools, Floats, Ints
from analysis.ballots import NONE, Ballots, Grouping
from analysis.estimates import Estimate, Names
from analysis.judges.judging import Verdicts, with_ties
from analysis.judges.length_baseline import JUDGE as LENGTH
from analysis.judges.length_rows import ALIKE, MARGIN, UNKNOWN
from analysis.judges.paired import gap
from analysis.resampling.multiplicity import adjusted_rows
from analysis.resampling.ratios import method_of
from analysis.resampling.resample import NO_SPREAD, Bootstrap

MOST_COUPLED = 30
"""Of more judges each is set beside `length` only: there would be too many couples."""

LONGER: Names = {"basis": "longer_preferred"}
"""The slice of what a judge has more than people not in agreement but in love of length."""

ACCURACIES = (
    "accuracy against the human majority, the first's less the second's, on what both judged, "
    "within one resample"
)
LENGTHS = (
    f"share of the longer response where lengths differ by more than {MARGIN} characters, without "
    "ties, the judge's less that of people's majority, on what both decided, within one resample"
)
NOT_BOTH = "nothing with a human majority has a verdict of both"
NOT_DECIDED = "nothing was decided by both people's majority and the judge"


def of_judges(
    judges: Ballots,
    people: Ballots,
    verdicts: Sequence[Verdicts],
    parts: Sequence[Grouping],
    bootstrap: Bootstrap,
) -> Iterator[Estimate]:
    """`pairwise_significance` of each two judges: how much more accurate the first is.

    The first in the alphabet less the second; p adjusted by Holm over the couples of a slice.
    """
    right = {one.judge: _right(judges, people, one) for one in verdicts}
    everyone = sorted(right)
    listed = [
        both
        for both in combinations(everyone, 2)
        if len(everyone) <= MOST_COUPLED or LENGTH in both
    ]
    for grouping in parts:
        if grouping.name == "systems":
            continue
        found: list[list[Estimate]] = [[] for _ in grouping.slices]
        for first, second in listed:
            one, other = right[first], right[second]
            unit = np.flatnonzero((one != NONE) & (other != NONE))
            blank = Estimate(
                "pairwise_significance",
                people.criterion.key,
                subject={"annotators": (first, second)},
                unit=people.unit_name,
                reason=NOT_BOTH,
            )
            each = zip(found, grouping.rows(people.pair_of(unit)), strict=True)
            for rows, (names, place) in each:
                inside = unit[place]
                over = np.stack([one[inside], other[inside]], axis=1).astype(np.float64)
                row = replace(blank, slice=names, n=len(inside))
                cluster = people.cluster_of(inside)
                rows.append(_row(row, ACCURACIES, (over, np.ones_like(over)), cluster, bootstrap))
        for rows in found:
            yield from adjusted_rows(rows, "holm")


def _right(judges: Ballots, people: Ballots, one: Verdicts) -> Ints:
    """1 where the judge says what people's majority says, 0 where not, shape (units,); or NONE."""
    right = np.full(len(people.majority), NONE, np.int8)
    majority = people.majority[one.unit]
    decided = majority != NONE
    right[one.unit[decided]] = (with_ties(judges, one) == majority)[decided]
    return right


def of_length(
    judges: Ballots,
    people: Ballots,
    one: Verdicts,
    parts: Sequence[Grouping],
    bootstrap: Bootstrap,
) -> Iterator[Estimate]:
    """How much more often a judge prefers the longer response than people's majority does."""
    said, majority = with_ties(judges, one), people.majority[one.unit]
    both = (said < one.choices) & (majority != NONE)
    pair, a, b = one.unit[both], people.pairs.length_a, people.pairs.length_b
    difference = None if a is None or b is None else (a - b)[pair]
    sides = [np.sign(people.values)[choice[both]] for choice in (said, majority)]
    for grouping in parts:
        if grouping.name == "systems":
            continue
        for names, place in grouping.rows(pair):
            row = Estimate(
                "judge_minus_human",
                people.criterion.key,
                subject={"judge": one.judge},
                slice={**names, **LONGER},
                n=len(place),
                reason=NOT_DECIDED,
            )
            if difference is None or not row.n:
                yield replace(row, reason=UNKNOWN) if difference is None else row
                continue
            preferred = [_longer(side[place], difference[place]) for side in sides]
            over, under = np.array(preferred, np.float64).transpose(1, 2, 0)
            row = replace(row, n=int(under.any(axis=1).sum()), reason=ALIKE)
            cluster = people.cluster_of(pair[place])
            yield _row(row, LENGTHS, (over, under), cluster, bootstrap)


def _longer(side: Floats, difference: Ints) -> tuple[Bools, Bools]:
    """Where the longer response is preferred, and where it could be; below 0 prefers a."""
    clear: Bools = (np.abs(difference) > MARGIN) & (side != 0)
    return clear & ((side < 0) == (difference > 0)), clear


def _row(
    row: Estimate, words: str, sums: tuple[Floats, Floats], cluster: Ints, bootstrap: Bootstrap
) -> Estimate:
    found = gap(*sums, cluster, bootstrap)
    if found is None:
        return row
    if found.p is None:
        return row.known(found.value, method=f"{words}; {NO_SPREAD}")
    made = row.known(found.value, found.interval, f"{words}; {method_of(bootstrap, cluster)}")
    return replace(made, p=found.p)
