"""Judges in an annotator's place, and on preferences that are known."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.estimates import Names
from analysis.judges.alt_test_rows import EPSILONS
from analysis.report.document import DASH, Cell, Figure, Section, Value, section, table
from analysis.report.parts.agreement import forest
from analysis.report.rows import Rows


def stand_ins(rows: Rows) -> Section:
    """The alternative-annotator test: how many annotators each judge may replace, by epsilon."""
    lines: list[tuple[Cell, ...]] = []
    for judge in rows.judges:
        rho = rows.known("alt_test_rho", {"judge": judge})
        if rho is not None:
            shares = [_both(rows, judge, epsilon) for epsilon in EPSILONS]
            lines.append((judge, Value(rho), *shares))
    return section(
        "Judges in an annotator's place",
        table(
            "The alternative-annotator test",
            ("judge", "advantage", *(f"ε = {epsilon:g}" for epsilon in EPSILONS)),
            lines,
            "Advantage is how often the judge is as near to the other people as an annotator is, "
            "or nearer. For each ε: the share of annotators that the judge is shown to equal but "
            "for ε, clustered by prompt, and in parentheses by the authors' plain test. From 0.5 "
            "on it may replace them, at 0.1 crowd workers, at 0.15 trained annotators, at 0.2 "
            "experts.",
        ),
    )


def _both(rows: Rows, judge: str, epsilon: float) -> str:
    subject: Names = {"judge": judge, "epsilon": epsilon}
    clustered = rows.get("alt_test_omega_clustered", subject)
    plain = rows.get("alt_test_omega", subject)
    return f"{Value(clustered, 2).text} ({Value(plain, 2).text})"


def known_preferences(rows: Rows) -> Section:
    """The alignment table: each judge's accuracy by category, and their plain average."""
    title = "Judges against known preferences"
    names = rows.slices("reference_accuracy", "category")
    found = [one for one in rows.judges if rows.get("reference_accuracy", {"judge": one})]
    body = [
        (
            judge,
            *(
                Value(rows.get("reference_accuracy", {"judge": judge}, {"category": name}))
                for name in names
            ),
            _average(rows, judge, names),
            Value(rows.get("reference_accuracy", {"judge": judge})),
        )
        for judge in found
    ]
    known = [(one, rows.known("reference_accuracy", {"judge": one})) for one in found]
    drawn = [(one, row) for one, row in known if row is not None]
    figure = None
    if drawn:
        said = "; ".join(f"{one} {Value(row).text}" for one, row in drawn)
        figure = Figure(
            "How often the known preference is chosen, with 95% intervals; the dashed line is a "
            "coin.",
            forest(drawn, base=0.5, least=0, most=1),
            f"Accuracy on known preferences: {said}.",
            table("Accuracy", ("judge", "accuracy"), [(one, Value(row)) for one, row in drawn]),
            told=True,
        )
    heads = ("judge", *(name.capitalize() for name in names), "Avg", "all pairs")
    return section(title, figure, table("Alignment: known preferences by category", heads, body))


def _average(rows: Rows, judge: str, names: Sequence[str]) -> Cell:
    """The plain mean of the categories, as in INSTRUCTEVAL."""
    parts = [
        rows.known("reference_accuracy", {"judge": judge}, {"category": name}) for name in names
    ]
    values = [row.value for row in parts if row is not None and row.value is not None]
    return sum(values) / len(values) if values and len(values) == len(names) else DASH
