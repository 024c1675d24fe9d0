"""The rows of prediction-powered win rates: each system's, by each judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analysis.arrays import Bools, Floats, Ints, summed
from analysis.ballots import NONE, Ballots, Grouping
from analysis.estimates import NO_INTERVAL, Estimate, Interval
from analysis.judges.judging import Verdicts, with_ties
from analysis.judges.ppi import Moments, Rows, clustered_errors, contributions, moments
from analysis.resampling.ratios import blocks_of, method_of, resampled_sums
from analysis.resampling.resample import (
    CLUSTERED,
    Bootstrap,
    percentile_interval,
    share_interval,
)

FEW_PROMPTS = 50
"""With fewer labelled prompts the interval is by bootstrap: too few for the normal limit."""

NOT_BOTH = "no pair has both a human majority and a verdict of the judge"
NO_REST = "no pair has the judge's verdict alone, so this is people's own win rate"
RANDOM = "right if the labelled pairs are a random subset of the judged ones"


def estimates(
    people: Ballots, verdicts: Verdicts, parts: tuple[Grouping, ...], bootstrap: Bootstrap
) -> Iterator[Estimate]:
    """`ppi_win_rate` of each system: overall, by category and by task.

    A win rate over the pairs with a majority; those that people labelled without one tell with the
    others how the judge's verdicts on labelled pairs differ from those on the rest. Inconsistent is
    a tie, and so is a verdict that is none: leaving its pairs out would choose the labelled ones by
    the judge.
    """
    systems = len(people.pairs.systems)
    pair, rows, decided = _both_sides(people, verdicts)
    for grouping in parts:
        if grouping.name == "systems":
            continue
        code = grouping.code[pair].astype(np.int64)
        kept = np.flatnonzero(code >= 0)
        group = code[kept] * systems + rows.group[kept]
        groups = len(grouping.slices) * systems
        inside, scored = _some(rows, kept, group).among_decided(decided[kept], groups)
        found = inside.sums(groups)
        errors, prompts = clustered_errors(inside, found)
        few = (found.rest > 0) & (scored > 0) & (prompts > 1) & (prompts < FEW_PROMPTS)
        drawn = _by_bootstrap(inside, few, prompts, bootstrap)
        for number, members in enumerate(grouping.systems(people.pairs)):
            for system in members:
                cell = number * systems + system
                blank = Estimate(
                    "ppi_win_rate",
                    people.criterion.key,
                    subject={"judge": verdicts.judge, "system": people.pairs.systems[system]},
                    slice=grouping.slices[number],
                    n=int(scored[cell]),
                    reason=NOT_BOTH,
                )
                by = drawn.get(cell) or _by_t(found, cell, float(errors[cell]), int(prompts[cell]))
                yield _row(blank, found, cell, *by)


def _both_sides(people: Ballots, verdicts: Verdicts) -> tuple[Ints, Rows, Bools]:
    """Pair, row and whether it has a majority, for both systems of each pair that was judged."""
    pairs = people.pairs
    unit = verdicts.unit
    majority = people.majority[unit]
    side = np.sign(people.values)
    verdict = with_ties(people, verdicts)
    usable = verdict < verdicts.choices
    judge = np.where(usable, side[np.where(usable, verdict, 0)], 0.0)
    human = side[majority]  # of NONE the last choice, which is not read
    cluster = blocks_of(pairs.prompt[unit])[0]
    rows = Rows(
        y=np.append(1 - human, 1 + human) / 2,
        predicted=np.append(1 - judge, 1 + judge) / 2,
        labelled=np.tile(people.labelled[unit], 2),
        group=np.append(pairs.system_a[unit], pairs.system_b[unit]).astype(np.int64),
        cluster=np.append(cluster, cluster),
    )
    return np.append(unit, unit), rows, np.tile(majority != NONE, 2)


def _some(rows: Rows, which: Ints, group: Ints | None = None) -> Rows:
    return Rows(
        rows.y[which],
        rows.predicted[which],
        rows.labelled[which],
        rows.group[which] if group is None else group,
        rows.cluster[which],
    )


def _by_t(found: Moments, cell: int, error: float, prompts: int) -> tuple[Interval, str]:
    rate = float(found.estimate[cell])
    if not np.isfinite(rate) or prompts < 2:
        return NO_INTERVAL, CLUSTERED
    return share_interval(min(max(rate, 0.0), 1.0), error, prompts)


def _by_bootstrap(
    rows: Rows, groups: Bools, prompts: Ints, bootstrap: Bootstrap
) -> dict[int, tuple[Interval, str]]:
    """Some groups' intervals: both samples resampled by prompt, lambda anew in each resample."""
    rows = _some(rows, np.flatnonzero(groups[rows.group]))
    order = np.argsort(rows.group, kind="stable")
    found = {}
    for group in np.flatnonzero(groups).tolist():
        ends = np.searchsorted(rows.group[order], (group, group + 1))
        own = _some(rows, order[ends[0] : ends[1]])
        block, blocks = blocks_of(own.cluster)
        columns = contributions(own.y, own.predicted, own.labelled)
        sums = np.stack([summed(column, block, blocks) for column in columns], axis=1)
        rates: Floats = moments(resampled_sums(sums, bootstrap)).estimate
        interval = percentile_interval(rates, int(prompts[group]))
        found[group] = interval, method_of(bootstrap, own.cluster)
    return found


def _row(blank: Estimate, found: Moments, cell: int, interval: Interval, method: str) -> Estimate:
    """The row, kept between 0 and 1: a win rate beyond them is no win rate."""
    if not blank.n:
        return blank
    rest, weight = int(found.rest[cell]), float(found.weight[cell])
    rate = float(np.clip(found.estimate[cell], 0, 1))
    if interval.low is not None and interval.high is not None:
        low, high = (float(np.clip(end, 0, 1)) for end in (interval.low, interval.high))
        interval = replace(interval, low=low, high=high)
    detail = f"{rest} more pairs by the judge alone, lambda {weight:.3f}; {RANDOM}"
    return blank.known(rate, interval, f"PPI++; {detail if rest else NO_REST}; {method}")
