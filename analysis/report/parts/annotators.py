"""Those who labelled: agreement with the others, steadiness, sides and pace."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.estimates import Estimate
from analysis.report.document import Cell, Figure, Section, Table, Text, Value, section, table
from analysis.report.parts.agreement import MOST_DRAWN, first_of, forest
from analysis.report.parts.criteria import p_value
from analysis.report.rows import Rows
from analysis.report.wording import listed

SHOWN = 50
"""So many annotators stand in the table, those with the most labels first."""

COLUMNS = {
    "loo_agreement": "as most of the others",
    "dawid_skene_accuracy": "right by Dawid-Skene",
    "self_consistency": "same again",
    "gold_accuracy": "right on known pairs",
    "side_bias": "favours the first shown",
    "tie_share": "ties",
    "median_seconds": "seconds",
    "straight_lining": "same in a row",
}
DIGITS = {"median_seconds": 0, "straight_lining": 0}
SURE = 0.05
RUNS = "Same in a row is the most labels one after the other with one choice on the screen."
UNDETERMINED = (
    "A dash under right by Dawid-Skene: of this annotator's pairs others labelled so few that "
    "another accuracy is about as likely."
)
CHANCE = (
    "Its p is how likely a run so long is by the annotator's own shares of choices, adjusted "
    "(Benjamini-Hochberg) for how many annotators there are."
)


def annotators(rows: Rows) -> Section:
    """One line an annotator; only the columns in which somebody has a value."""
    found = rows.named("dawid_skene_accuracy")
    found.sort(key=lambda one: (-one.n, str(one.subject["annotator"])))
    subjects = [one.subject for one in found]
    names = [name for name in COLUMNS if any(rows.known(name, one) for one in subjects)]
    screened = any(one.p is not None for one in rows.named("straight_lining"))

    def cells(one: Estimate) -> Iterator[Cell]:
        yield str(one.subject["annotator"])
        for name in names:
            yield Value(rows.get(name, one.subject), DIGITS.get(name, 3))
        if screened:
            yield p_value(rows.get("straight_lining", one.subject))
        yield one.n

    numbers = table(
        "Annotators, those with the most labels first",
        (
            "annotator",
            *(COLUMNS[name] for name in names),
            *(["p, adjusted"] if screened else []),
            "labels",
        ),
        [tuple(cells(one)) for one in found],
        *([f"{RUNS} {CHANCE}" if screened else RUNS] if "straight_lining" in names else []),
        *([UNDETERMINED] if _undetermined(found) else []),
        shown=SHOWN,
        rest="with fewer labels",
    )
    return section(
        "Annotators",
        _agreement(rows, found, numbers),
        _pace(rows, found, numbers),
        numbers,
        *_partial(rows),
        *_on_and_on(rows),
    )


def _undetermined(found: list[Estimate]) -> bool:
    """Whether some accuracies are undetermined where others are known."""
    return len({one.value is None for one in found}) > 1


def _agreement(rows: Rows, found: list[Estimate], numbers: Table) -> Figure | None:
    drawn = _drawn(rows, found, "loo_agreement")
    if len(drawn) < 2:
        return None
    said = "; ".join(f"{name} {Value(row, 2).text}" for name, row in drawn[:MOST_DRAWN])
    return Figure(
        "How often each annotator says what most of the others say, with 95% intervals"
        f"{first_of(len(drawn))}.",
        forest(drawn[:MOST_DRAWN], least=0, most=1, digits=2),
        f"Agreement of each annotator with the others: {said}.",
        numbers,
        told=True,
    )


def _pace(rows: Rows, found: list[Estimate], numbers: Table) -> Figure | None:
    drawn = _drawn(rows, found, "median_seconds")
    if len(drawn) < 2:
        return None
    said = "; ".join(f"{name} {Value(row, 0).text}" for name, row in drawn[:MOST_DRAWN])
    return Figure(
        f"Median seconds that each annotator took{first_of(len(drawn))}.",
        forest(drawn[:MOST_DRAWN], base=0, digits=0, title="seconds"),
        f"Median seconds of each annotator: {said}.",
        numbers,
        told=True,
    )


def _drawn(rows: Rows, found: list[Estimate], name: str) -> list[tuple[str, Estimate]]:
    known = [(str(one.subject["annotator"]), rows.known(name, one.subject)) for one in found]
    return [(who, row) for who, row in known if row is not None]


def _partial(rows: Rows) -> Iterator[Text]:
    """Who favours a side more than chance would, after adjusting for how many were tested."""
    told = []
    for row in rows.named("side_bias"):
        if row.p_adjusted is not None and row.value is not None and row.p_adjusted < SURE:
            side = "first" if row.value > 0 else "second"
            told.append(f"{row.subject['annotator']} (the {side}, p = {row.p_adjusted:.3g})")
    if told:
        yield Text(
            f"More often than chance, one side of the screen is preferred by {listed(told)}."
        )


def _on_and_on(rows: Rows) -> Iterator[Text]:
    """Who chose the same on and on, beyond what the own shares of choices make likely."""
    told = [
        f"{row.subject['annotator']} ({row.value:,.0f} labels, p = {row.p_adjusted:.3g})"
        for row in rows.named("straight_lining")
        if row.p_adjusted is not None and row.value is not None and row.p_adjusted < SURE
    ]
    if told:
        yield Text(
            "For longer than chance would by the own shares of choices, the same is chosen in a "
            f"row by {listed(told)}."
        )
