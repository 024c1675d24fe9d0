"""The rows that set systems beside each other: rank, group, each two, who is best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.estimates import NO_INTERVAL, Estimate, Interval, Names
from analysis.resampling.resample import Bootstrap, t_interval
from analysis.systems.contrasts import (
    Standing,
    best_probability,
    contrasts,
    drawn,
    groups,
    rank_intervals,
    ranks,
)

MOST_CONTRASTED = 30
"""In slices of the pairs, each two of more systems are not listed: there would be too many."""

NO_TEST = "all prompts say the same of these two: nothing to test by"


@dataclass(frozen=True)
class Compared:
    """The systems of a slice by name, what of them is compared, and how the report names it."""

    systems: Sequence[str]
    standing: Standing
    value_name: str
    error_name: str


def contrast_rows(
    blank: Estimate, compared: Compared, bootstrap: Bootstrap, rng: np.random.Generator
) -> Iterator[Estimate]:
    """`rank`, `best_probability`, `system_group` and `pairwise_significance` of one slice."""
    yield from _ranks(blank, compared, bootstrap, rng)
    listed = not blank.slice or len(compared.systems) <= MOST_CONTRASTED
    if compared.standing.clusters > 1:
        yield from _groups(blank, compared, listed)


def _of(blank: Estimate, statistic: str, **names: str | tuple[str, ...]) -> Estimate:
    judge: Names = {key: blank.subject[key] for key in blank.subject if key == "judge"}
    return replace(blank, statistic=statistic, subject={**judge, **names})


def _ranks(
    blank: Estimate, compared: Compared, bootstrap: Bootstrap, rng: np.random.Generator
) -> Iterator[Estimate]:
    standing = compared.standing
    method = f"{bootstrap.resamples} draws from the clustered t approximation of the "
    method += f"{compared.value_name}, seed {bootstrap.seed}"
    draws = drawn(standing, bootstrap.resamples, rng) if standing.clusters > 1 else None
    ends = None if draws is None else rank_intervals(draws)
    for number, rank in enumerate(ranks(standing.value).tolist()):
        interval = NO_INTERVAL
        if ends is not None:
            interval = Interval(float(ends[0, number]), float(ends[1, number]))
        row = _of(blank, "rank", system=compared.systems[number])
        yield row.known(float(rank), interval, f"ranks of {method}")
    if draws is not None:
        best = best_probability(draws).tolist()
        for system, share in zip(compared.systems, best, strict=True):
            row = _of(blank, "best_probability", system=system)
            yield row.known(share, method=f"share of {method}")


def _groups(blank: Estimate, compared: Compared, listed: bool) -> Iterator[Estimate]:
    standing = compared.standing
    found = contrasts(standing)
    method = f"greedy from the strongest; {compared.value_name} told apart by Holm at 5%"
    for system, group in zip(compared.systems, groups(standing.value, found), strict=True):
        yield _of(blank, "system_group", system=system).known(float(group), method=method)
    if not listed:
        return
    method = f"difference of {compared.value_name}; {compared.error_name}"
    rows = (found.first, found.second, found.difference, found.error, found.p, found.holm)
    for first, second, gap, error, p, holm in zip(*(one.tolist() for one in rows), strict=True):
        both = tuple(sorted((compared.systems[first], compared.systems[second])))
        row = _of(blank, "pairwise_significance", systems=both)
        if p != p:  # NaN
            yield row.known(gap, method=f"{method}; {NO_TEST}")
            continue
        row = row.known(gap, t_interval(gap, error, standing.clusters), method)
        yield replace(row, p=p, p_adjusted=holm, adjustment="holm")
