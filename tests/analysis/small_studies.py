"""Labels of small studies, written as one string a pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from analysis.arrays import Floats, Ints
from analysis.ballots import Ballots
from analysis.estimates import Estimate
from analysis.labels import from_records
from analysis.report.compose import Report, analyse
from analysis.resampling.resample import Bootstrap
from analysis.resampling.tally import Tally
from analysis.tables import StudyLabels
from annotation.schema import Label, Pair
from annotation.study import StudyPlan
from tests.builders import a_label, a_pair, a_plan, a_prompt, a_response

CHOICE = {"A": "a", "B": "b", "T": "tie", "X": "both_bad"}
PREFERENCE3 = np.array([-1.0, 0.0, 1.0])

FIXTURE_D = ("AAA", "AAB", "BBB", "TBT")
"""Four pairs, three annotators: the counts [3,0,0] [2,0,1] [0,0,3] [0,2,1]."""


def counts_of(rows: Iterable[str], choices: str = "ATB") -> Ints:
    """Count vectors, one string of choices a unit."""
    return np.array([[row.count(choice) for choice in choices] for row in rows])


def tally_of(rows: Iterable[str], choices: str = "ATB", values: Floats = PREFERENCE3) -> Tally:
    return Tally.of(counts_of(rows, choices), values)


def people(rows: Sequence[str], pairs: Sequence[Pair], **fields: Any) -> list[Label]:
    """One label of annotator 1, 2, ... for each letter of a pair's row; a dot is no label."""
    return [
        a_label(pair_id=pair.id, annotator=f"ann{number}", choice=CHOICE[letter], **fields)
        for row, pair in zip(rows, pairs, strict=True)
        for number, letter in enumerate(row, start=1)
        if letter != "."
    ]


def judged(judge: str, orders: Mapping[Any, Sequence[str]], pairs: Sequence[Pair]) -> list[Label]:
    """A judge's choices by the order shown, in the pair's own order."""
    return [
        a_label(pair_id=pair.id, annotator=judge, kind="judge", choice=choice, swapped=swapped)
        for swapped, choices in orders.items()
        for pair, choice in zip(pairs, choices, strict=True)
        if choice
    ]


def some_pairs(number: int) -> list[Pair]:
    return [a_pair(one) for one in range(number)]


def pair_of(number: int, first: str, second: str, prompt: int | None = None) -> Pair:
    """A pair of two systems; pairs of the same `prompt` are one cluster."""
    return a_pair(
        number,
        prompt=a_prompt(f"Prompt {number if prompt is None else prompt}"),
        response_a=a_response(first, f"First answer {number}."),
        response_b=a_response(second, f"Second answer {number}."),
    )


def study_of(rows: Sequence[str], plan: StudyPlan | None = None) -> StudyLabels:
    pairs = some_pairs(len(rows))
    return from_records(plan or a_plan(), pairs, people(rows, pairs))


def ballots_of(labels: StudyLabels, kind: str = "human", criterion: int = 0) -> Ballots:
    return Ballots.of(labels, criterion, labels.of_kind(kind))


def report_of(pairs: Sequence[Pair], labels: Sequence[Label], *criteria: Any) -> Report:
    return analyse(from_records(a_plan(*criteria), pairs, labels), Bootstrap(100))


def row_of(
    report: Report,
    statistic: str,
    subject: Any = None,
    part: Any = None,
    criterion: str = "overall",
) -> Estimate:
    """The one estimate that speaks of this."""
    (found,) = [
        one
        for one in report.estimates
        if (one.statistic, one.criterion) == (statistic, criterion)
        and (one.subject, one.slice) == (subject or {}, part or {})
    ]
    return found
