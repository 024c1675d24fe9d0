"""The first page: what was asked, who answered, what was left out, and the findings in short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.judges.length_baseline import JUDGE as LENGTH
from analysis.report.behind import Who
from analysis.report.document import (
    DASH,
    Figure,
    Points,
    Section,
    Table,
    Text,
    Value,
    section,
    table,
)
from analysis.report.parts.agreement import HEADLINE, MOST_DRAWN, first_of, forest
from analysis.report.parts.judges import advice_of
from analysis.report.parts.ratings import Ratings
from analysis.report.parts.systems import beside_first, level_with, ranked
from analysis.report.rows import Rows
from analysis.report.wording import a_few, counted

LEFT_OUT = {
    "unknown_pair": "of a pair that the study does not have",
    "unknown_criterion": "of a criterion that the study does not have",
    "unknown_choice": "with a choice that its scale does not have",
    "not_applicable": "of a criterion that is not asked of the pair",
    "superseded": "replaced by a later label of the same annotator",
    "repeat": "repeated by the same annotator, to see how steady one is",
    "training": "made in training",
    "gold": "made on a pair with a known answer",
    "surplus": "more than were asked for",
    "excluded_annotator": "of annotators that the study leaves out",
    "withdrawn": "of annotators who withdrew",
}
SHOWN = 25
"""Annotators, systems and categories of a table; the CSV has all."""


def data(report_data: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """How much there is, in a sentence, and what was left out, one point a reason."""
    judges = f" and {report_data['judge_labels']:,} of judges"
    sentence = (
        f"{counted(report_data['labels'], 'label')} of "
        f"{counted(report_data['annotators'], 'annotator')}"
        f"{judges if report_data['judge_labels'] else ''} on "
        f"{counted(report_data['pairs'], 'pair')} of {counted(report_data['prompts'], 'prompt')}."
    )
    points = tuple(
        f"{count:,} {LEFT_OUT.get(reason, reason)} (`{reason}`)"
        for reason, count in report_data["excluded"].items()
    )
    return sentence, points


def asked(study: Mapping[str, Any]) -> Section:
    """The criteria, as annotators read them."""
    rows = [
        (
            one["key"],
            one["question"],
            scale_words(one["scale"]),
            ", ".join(one["applies_to"]) or "all pairs",
            one["description"],
        )
        for one in study["criteria"]
    ]
    heads = ("criterion", "question", "choices", "asked of", "in short")
    wanted = study["labels_per_pair"]
    times = "once" if wanted == 1 else f"{wanted} times"
    kept = [place for place in range(len(heads)) if any(row[place] for row in rows)]
    return section(
        "What was asked",
        Text(
            f"Version {study['version']} of the study `{study['key']}` asked of each pair {times}:"
        ),
        table(
            "Criteria",
            [heads[place] for place in kept],
            [[row[place] for place in kept] for row in rows],
            words=True,
        ),
    )


def scale_words(scale: Any) -> str:
    """The choices of a scale as one text."""
    named = {
        "preference3": "a, tie, b",
        "preference3-bad": "a, tie, b, both bad",
        "preference5": "a clearly, a slightly, tie, b slightly, b clearly",
    }
    if isinstance(scale, str):
        return named.get(scale, scale)
    if not scale.get("levels"):
        kind = str(scale["kind"])
        return named.get(kind, kind)
    return "each response: " + ", ".join(
        one["name"] if one["name"] == f"{one['value']:g}" else f"{one['name']} ({one['value']:g})"
        for one in scale["levels"]
    )


def answered(who: Who, report_data: Mapping[str, Any]) -> Section:
    """Who labelled how much, what was compared, and what was left out."""
    sentence, left_out = data(report_data)
    when = period(who)
    when = f" People answered{when}." if when else ""
    known = f" {who.references:,} labels say which response is known to be preferred."
    out = (Text("Left out:"), Points(left_out)) if left_out else (Text("No label was left out."),)
    return section(
        "Who answered, and what was left out",
        Text(sentence + when + (known if who.references else "")),
        *out,
        _counts("Labels of each annotator", "annotator", "labels", who.annotators),
        _counts("Labels of each judge", "judge", "labels", who.judges),
        _counts("Pairs of each system", "system", "pairs", who.systems),
        _counts("Pairs of each category", "category", "pairs", who.categories),
    )


def period(who: Who) -> str:
    """` on 3 May 2026`, ` from 3 May 2026 to 5 May 2026`, or nothing where it is not known."""
    if who.first is None or who.last is None:
        return ""
    first, last = (f"{one.day} {one:%B %Y}" for one in (who.first, who.last))
    return f" on {first}" if first == last else f" from {first} to {last}"


def _counts(caption: str, name: str, unit: str, counts: Mapping[str, int]) -> Table:
    return table(caption, (name, unit), counts.items(), shown=SHOWN, rest=f"more {name}s"[5:])


def in_short(study: Mapping[str, Any], by_key: Mapping[str, Rows]) -> Section:
    """One row a criterion, and each judge's verdict."""
    body = [tuple(_finding(one, by_key[one["key"]])) for one in study["criteria"]]
    verdicts = [found.summary for rows in by_key.values() for found in advice_of(rows)]
    verdicts += [said for rows in by_key.values() for said in _aligned(rows)]
    return section(
        "In short",
        _agreement(by_key),
        table(
            "How far people agree on each criterion, and which system is ahead",
            (
                *("criterion", "alpha, ordinal", "ahead", "win rate or mean", "its rank"),
                "not told apart from",
            ),
            [row for row in body if any(isinstance(one, Value) and one.row for one in row)],
            "A win rate where responses were compared (a tie is half), a mean where they were "
            "rated. Ahead is the first by Bradley-Terry, which counts whom a system met; another "
            "may have won more.",
        ),
        Points(tuple(verdicts)),
    )


def _agreement(by_key: Mapping[str, Rows]) -> Figure | None:
    """The headline of each criterion, where there are several."""
    found = [(key, rows.known(HEADLINE)) for key, rows in by_key.items()]
    drawn = [(key, row) for key, row in found if row is not None]
    if len(drawn) < 2:
        return None
    said = "; ".join(f"{key} {Value(row, 2).text}" for key, row in drawn[:MOST_DRAWN])
    return Figure(
        "Agreement between people on each criterion: Krippendorff's alpha, ordinal, with 95% "
        f"intervals{first_of(len(drawn))}.",
        forest(drawn[:MOST_DRAWN], base=0, most=1, digits=2),
        f"Ordinal alpha of each criterion: {said}.",
        table("Alpha by criterion", ("criterion", "alpha"), [(k, Value(row)) for k, row in drawn]),
        told=True,
    )


def _finding(criterion: Mapping[str, Any], rows: Rows) -> Iterator[str | Value]:
    yield criterion["key"]
    yield Value(rows.known(HEADLINE), 2)
    order = ranked(rows, {})
    first = {"system": order[0]} if order else {}
    score = rows.known("win_rate", first)
    found = Ratings.of(rows, criterion)
    if not order and found.drawn:
        first, score = {"system": found.drawn[0][0]}, found.drawn[0][1]
    order = order or found.systems
    level = level_with(rows, order, found.part) if score is not None else []
    if level:
        yield from (f"none: {a_few([order[0], *level])} are level", Value(score, 2), DASH, DASH)
        return
    yield first["system"] if score is not None else DASH
    yield Value(score, 2)
    yield Value(rows.known("rank", first, found.part) if score is not None else None, 0)
    beside = beside_first(rows, order, found.part)
    yield a_few(beside) if beside else DASH


def _aligned(rows: Rows) -> Iterator[str]:
    """How often each judge chooses the preference that is known."""
    for judge in rows.judges:
        row = rows.known("reference_accuracy", {"judge": judge})
        if row is not None:
            name = "The longer response" if judge == LENGTH else judge
            verb = "is" if judge == LENGTH else "chooses"
            yield f"{name} {verb} the known preference with a share of {Value(row, 2).text}."
