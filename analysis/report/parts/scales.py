"""The systems by the other numbers that a report holds of them: further scales, and categories."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.judges.length_baseline import JUDGE as LENGTH
from analysis.report.document import Cell, Section, Value, section, table
from analysis.report.parts.systems import ranked
from analysis.report.rows import Rows

SCALES = {
    "net_win_rate": ("won less lost", 3),
    "elo_scale": ("Elo scale", 0),
    "davidson": ("Davidson", 3),
}
NU = (
    "Davidson's model has a parameter of ties, nu: {nu} here. A tie is half a win in Bradley-Terry "
    "strengths, of which the Elo scale is 1000 + 400 / ln 10 times."
)
POWERED = "PPI++"
OWN = "people's own win rate"
MOST_COLUMNS = 10
"""More categories or judges make a table too wide; `report.json` has them."""


def scales(rows: Rows) -> Section:
    """Net win rates, the Elo scale and Davidson's model, by people's majority."""
    order = ranked(rows, {})
    names = [
        name for name in SCALES if any(rows.known(name, {"system": one}) for one in order)
    ]  # fmt: skip
    if "davidson" not in names and "elo_scale" not in names:
        return section("Other scales")
    nu = rows.known("davidson_nu")
    return section(
        "Other scales",
        table(
            "The same systems on other scales, by people's majority",
            ("system", *(SCALES[name][0] for name in names)),
            [
                (one, *(Value(rows.get(name, {"system": one}), SCALES[name][1]) for name in names))
                for one in order
            ],
            *([NU.format(nu=Value(nu, 2).text)] if nu is not None else []),
            shown=60,
            rest="systems",
        ),
    )


def powered(rows: Rows) -> Section:
    """Win rates that a judge's verdicts on unlabelled pairs made more precise."""
    order = ranked(rows, {})
    judges = [one for one in rows.judges if _helps(rows, one, order)][:MOST_COLUMNS]
    body: list[Sequence[Cell]] = [
        (
            system,
            Value(rows.get("win_rate", {"system": system})),
            *(Value(rows.get("ppi_win_rate", {"system": system, "judge": one})) for one in judges),
        )
        for system in order
        if judges
    ]
    return section(
        "Win rates of people and a judge together",
        table(
            "Win rates by people alone, and prediction-powered by a judge",
            ("system", "people alone", *(f"with {one}" for one in judges)),
            body,
            "What people would say of all pairs that the judge judged, if those that people "
            "labelled are a random part of them.",
            shown=60,
            rest="systems",
        ),
    )


def _helps(rows: Rows, judge: str, systems: Sequence[str]) -> bool:
    """Whether the judge saw pairs that people did not."""
    found = [rows.known("ppi_win_rate", {"system": one, "judge": judge}) for one in systems]
    methods = [row.method or "" for row in found if row is not None]
    return judge != LENGTH and any(POWERED in one and OWN not in one for one in methods)


def by_category(rows: Rows) -> Section:
    """Win rates of the systems in each category."""
    return section(
        "Systems by category",
        table(
            "Win rate in each category, by people's majority",
            ("system", *_categories(rows, "win_rate")),
            _body(rows, "win_rate", "system", ranked(rows, {})),
            shown=60,
            rest="systems",
        ),
    )


def judges_by_category(rows: Rows) -> Section:
    """Accuracies of the judges in each category."""
    return section(
        "Judges by category",
        table(
            "Accuracy against people's majority in each category",
            ("judge", *_categories(rows, "judge_accuracy")),
            _body(rows, "judge_accuracy", "judge", rows.judges),
        ),
    )


def _categories(rows: Rows, statistic: str) -> list[str]:
    """The categories, where there are several that a page can hold."""
    names = rows.slices(statistic, "category")
    return names if 1 < len(names) <= MOST_COLUMNS else []


def _body(rows: Rows, statistic: str, name: str, subjects: Sequence[str]) -> list[tuple[Cell, ...]]:
    categories = _categories(rows, statistic)
    cells = {
        one: [rows.get(statistic, {name: one}, {"category": part}) for part in categories]
        for one in subjects
    }
    return [
        (one, *(Value(row) for row in found))
        for one, found in cells.items()
        if any(row is not None and row.value is not None for row in found)
    ]
