"""The part of report.md on those who labelled."""

from __future__ import annotations

from analysis.estimates import Estimate, Names
from analysis.report.sentences import Rows, number, table

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
                *(number(rows.get(name, one.subject, {}), DIGITS.get(name, 3)) for name in names),
                f"{one.n:,}",
            ]
            for one in shown
        ],
    )
    if more > 0:
        lines += ["", f"{more:,} more with fewer labels: see `report.json`."]
    return lines + _partial(rows)


def _partial(rows: Rows) -> list[str]:
    """Who favours a side more than chance would, after adjusting for how many were tested."""
    told = []
    for row in rows.all:
        if row.statistic == "side_bias" and row.p_adjusted is not None and row.value is not None:
            side = "first" if row.value > 0 else "second"
            if row.p_adjusted < SURE:
                told.append(f"{row.subject['annotator']} (the {side}, p = {row.p_adjusted:.3g})")
    if not told:
        return []
    return ["", f"More often than chance, one side of the screen is preferred by {_list(told)}."]


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _known(rows: Rows, name: str, subject: Names) -> bool:
    row: Estimate | None = rows.get(name, subject, {})
    return row is not None and row.value is not None
