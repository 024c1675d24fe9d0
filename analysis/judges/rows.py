"""All that a report says of judges, of people in the same terms, and of the length baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analysis.ballots import Ballots, Grouping
from analysis.estimates import Estimate
from analysis.judges import (
    alt_test_rows,
    beside_people,
    judging,
    length_baseline,
    length_rows,
    orders,
    paired_rows,
    ppi_rows,
    rank_rows,
    ratings,
    references,
    runs,
)
from analysis.judges.judging import Verdicts, judge_outcomes
from analysis.outcomes import human_outcomes
from analysis.resampling.resample import Bootstrap


def estimates(
    judges: Ballots,
    people: Ballots,
    known: Ballots,
    parts: tuple[Grouping, ...],
    bootstrap: Bootstrap,
) -> Iterator[Estimate]:
    """People among each other, each judge's rows, and the baseline's where there is any judge."""
    verdicts = judging.resolve(judges)
    baseline = length_baseline.by_length(judges) if verdicts else None
    yield from beside_people.people_rows(people, parts, bootstrap)
    if not people.rated:
        sides = [human_outcomes(people)[0], *(judge_outcomes(judges, one) for one in verdicts)]
        yield from length_rows.estimates(people, parts, sides)
    for one in verdicts:
        yield from _of_any(judges, people, known, one, parts, bootstrap)
        yield from orders.estimates(judges, one.judge, parts)
        if not people.rated:
            each_run = runs.runs_of(judges, one.judge)
            yield from runs.estimates(people, each_run, parts, bootstrap)
            yield from paired_rows.of_length(judges, people, one, parts, bootstrap)
    everyone = [*verdicts, baseline] if baseline is not None else verdicts
    yield from paired_rows.of_judges(judges, people, everyone, parts, bootstrap)
    if baseline is not None:
        for row in _of_any(judges, people, known, baseline, parts, bootstrap):
            method = f"{length_baseline.METHOD}; {row.method}" if row.method else None
            yield replace(row, method=method)


def _of_any(
    judges: Ballots,
    people: Ballots,
    known: Ballots,
    verdicts: Verdicts,
    parts: tuple[Grouping, ...],
    bootstrap: Bootstrap,
) -> Iterator[Estimate]:
    """The rows that the baseline has too: it knows neither orders nor runs."""
    yield from judging.estimates(judges, people, verdicts, parts, bootstrap)
    yield from references.estimates(judges, known, verdicts, parts)
    yield from beside_people.judge_rows(people, verdicts, parts, bootstrap)
    yield from alt_test_rows.estimates(people, verdicts, parts, bootstrap)
    yield from rank_rows.estimates(people, verdicts, parts, bootstrap)
    if people.rated:
        yield from ratings.estimates(people, verdicts, parts, bootstrap)
    else:
        yield from ppi_rows.estimates(people, verdicts, parts, bootstrap)
