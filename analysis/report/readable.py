"""A report as sections of sentences, tables and figures: the one source of report.md and .html."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analysis.estimates import Estimate
from analysis.judges.length_baseline import JUDGE as LENGTH
from analysis.report.behind import Behind
from analysis.report.compose import Report
from analysis.report.document import Document, Section, Text
from analysis.report.parts import (
    agreement,
    annotators,
    criteria,
    each_two,
    judges,
    judges_beside,
    overview,
    published,
    scales,
    stand_ins,
    systems,
)
from analysis.report.parts.benchmarks import benchmarks
from analysis.report.parts.lengths import lengths
from analysis.report.parts.methods import methods
from analysis.report.parts.ratings import ratings
from analysis.report.rows import Rows

NOTES = (
    "Brackets hold 95% intervals, clustered by prompt. A tie is half a win in win rates and "
    "strengths. No two systems of a group can be told apart: each two are tested, with a chance of "
    "5% at most of any false split. A rank's interval and the probability of being best speak of "
    "one system by itself, so that a system may have rank 1 [1, 1] and share its group. With one "
    "annotator left out other labels make the majority and fewer must be unanimous: such a range "
    "need not hold the value itself. Rankings take one outcome a pair, the choice that strictly "
    "most people made; pairs without one are left out of them. A dash is undefined; `report.json` "
    "says why, and holds every number of this page and more: rankings by every label and by the "
    "earliest one, and all numbers by task and, of many categories, by category."
)


def readable(report: Report) -> Document:
    """The whole report, in the order in which it is read."""
    study = report.study
    found_of: dict[str | None, list[Estimate]] = {}
    for row in report.estimates:
        found_of.setdefault(row.criterion, []).append(row)
    by_key = {one["key"]: Rows(found_of.get(one["key"], ())) for one in study["criteria"]}
    behind = {one.criterion: one for one in report.behind}
    found = [
        overview.in_short(study, by_key),
        overview.asked(study),
        overview.answered(report.who, report.data),
    ]
    for criterion in study["criteria"]:
        key = criterion["key"]
        parts = tuple(_criterion(criterion, behind.get(key), report, by_key))
        if not any(row.value is not None for row in by_key[key].all):
            found.append(Section(key, (Text(f"{criterion['question']} Nobody labelled it."),)))
            continue
        question = (Text(str(criterion["question"])),)
        found.append(Section(key, question, tuple(one for one in parts if not one.empty)))
    found.append(criteria.together(report.estimates))
    found.append(published.writing(study["criteria"], by_key))
    found.append(methods(report))
    found.append(Section("How to read the numbers", (Text(NOTES),)))
    return Document(study["title"], "en", tuple(one for one in found if not one.empty))


def _criterion(
    criterion: dict[str, Any], behind: Behind | None, report: Report, by_key: dict[str, Rows]
) -> Iterator[Section]:
    rows = by_key[criterion["key"]]
    yield agreement.agreement(rows)
    yield agreement.couples(rows)
    yield annotators.annotators(rows)
    yield agreement.majority(rows)
    yield systems.systems(rows, {}, "Systems")
    yield scales.scales(rows)
    yield each_two.each_two(rows)
    yield scales.by_category(rows)
    if behind is not None:
        yield published.camels(rows, behind.meetings, report.study["criteria"], by_key)
    yield ratings(rows, criterion)
    yield lengths(rows, behind)
    yield criteria.besides(rows)
    yield benchmarks(rows)
    yield judges.advice(rows)
    yield judges.judges(rows, behind)
    yield scales.judges_by_category(rows)
    yield judges_beside.beside_people(rows)
    yield stand_ins.stand_ins(rows)
    yield scales.powered(rows)
    yield stand_ins.known_preferences(rows)
    for judge in rows.judges:
        if judge == LENGTH:
            continue
        subject = {"judge": judge}
        yield systems.systems(rows, subject, f"Systems by the judge {judge}")
        yield ratings(rows, criterion, subject, f"Ratings by the judge {judge}")
