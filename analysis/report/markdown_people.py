"""The part of report.md on those who labelled."""

from __future__ import annotations

from analysis.estimates import Estimate, Names
from analysis.report.sentences import Rows, number, table

SHOWN = 50
"""So many annotators stand in the table, those with the most labels first."""

COLUMNS = {
    "loo_agreement": "as most of the others",
    "dawid_skene_accuracy": "right by Dawid-Skene",
}


def annotators(rows: Rows) -> list[str]:
    """One line an annotator; only the columns in which somebody has a value."""
    found = [one for one in rows.all if one.statistic == "dawid_skene_accuracy"]
    found.sort(key=lambda one: (-one.n, str(one.subject["annotator"])))
    shown, more = found[:SHOWN], len(found) - SHOWN
    subjects = [one.subject for one in shown]
    names = [name for name in COLUMNS if any(_known(rows, name, one) for one in subjects)]
    lines = table(
        ("annotator", *(COLUMNS[name] for name in names), "labels"),
        [
            [
                str(one.subject["annotator"]),
                *(number(rows.get(name, one.subject, {})) for name in names),
                f"{one.n:,}",
            ]
            for one in shown
        ],
    )
    if more > 0:
        lines += ["", f"{more:,} more with fewer labels: see `report.json`."]
    return lines


def _known(rows: Rows, name: str, subject: Names) -> bool:
    row: Estimate | None = rows.get(name, subject, {})
    return row is not None and row.value is not None
