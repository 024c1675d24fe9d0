"""How the criteria go together, and what people's labels follow besides what is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analysis.estimates import Estimate
from analysis.report.document import (
    DASH,
    Cell,
    Figure,
    Section,
    Table,
    Text,
    Value,
    section,
    table,
)
from analysis.report.pictures.heat import Heat
from analysis.report.rows import Rows

EFFECTS = {
    "length_effect": "the longer response (log odds where it is very much longer)",
    "list_effect": "the response with a list, where only one has it (log odds)",
}
SURE = 0.05
OVERALL = "overall"
HALO = 0.8
MOST_CRITERIA = 12
MOST_CATEGORIES = 10
"""More make a table too wide; `report.json` has them."""


def p_value(row: Estimate | None) -> str:
    """The adjusted p of a row as a cell."""
    if row is None or row.p_adjusted is None:
        return DASH
    return "< 0.001" if row.p_adjusted < 0.001 else f"{row.p_adjusted:.3f}"


def together(estimates: Iterable[Estimate]) -> Section:
    """Each two criteria, those that go together the most first."""
    every = [one for one in estimates if one.statistic == "criteria_correlation"]
    found = [one for one in every if not one.slice]
    found.sort(key=lambda one: -(one.value if one.value is not None else -2.0))
    body = [(_both(one), Value(one), p_value(one), one.n) for one in found]
    if not any(one.value is not None for one in found):
        return section("How the criteria go together")
    return section(
        "How the criteria go together",
        _map(found),
        table(
            "Correlation of two criteria over the labels of the same people on the same pairs",
            ("", "correlation", "p, adjusted", "labels of both"),
            body,
            shown=40,
            rest="couples of criteria",
        ),
        *_said(found),
        _in_categories(every, found),
    )


def _in_categories(every: list[Estimate], found: list[Estimate]) -> Table | None:
    """The same correlations in each category, where there are several."""
    cells = {
        (_both(one), str(one.slice["category"])): one for one in every if "category" in one.slice
    }
    names = sorted({name for _, name in cells})
    if not 1 < len(names) <= MOST_CATEGORIES:
        return None
    return table(
        "Correlation of two criteria in each category",
        ("", *names),
        [(_both(one), *(Value(cells.get((_both(one), name))) for name in names)) for one in found],
        shown=40,
        rest="couples of criteria",
    )


def _map(found: list[Estimate]) -> Figure | None:
    """Each criterion by each, where there are three or more."""
    names = list(dict.fromkeys(one for row in found for one in _criteria(row)))[:MOST_CRITERIA]
    if len(names) < 3:
        return None
    values = {_criteria(row): row.value for row in found}

    def of(one: str, other: str) -> float | None:
        return values.get((one, other), values.get((other, one)))

    numbers = [[of(one, other) for other in names] for one in names]
    said = "; ".join(f"{_both(row)} {Value(row, 2).text}" for row in found[:MOST_CRITERIA])
    return Figure(
        "Correlation of each two criteria.",
        Heat(
            tuple(f"{place + 1} {name}" for place, name in enumerate(names)),
            tuple(str(place + 1) for place in range(len(names))),
            tuple(tuple(None if one is None else (1 + one) / 2 for one in row) for row in numbers),
            tuple(tuple("" if one is None else f"{one:.2f}" for one in row) for row in numbers),
            "criterion",
            "criterion",
            sided=True,
        ),
        f"Correlations of criteria, the greatest first: {said}.",
        table(
            "Correlations of criteria",
            ("", "correlation"),
            [(_both(one), Value(one)) for one in found],
        ),
        told=True,
    )


def _criteria(row: Estimate) -> tuple[str, ...]:
    both = row.subject["criteria"]
    return both if isinstance(both, tuple) else (str(both),)


def _both(row: Estimate) -> str:
    both = row.subject["criteria"]
    return " / ".join(both) if isinstance(both, tuple) else str(both)


def _said(found: list[Estimate]) -> Iterator[Text]:
    """Which criterion overall follows the most, and which two are hardly told apart."""
    of_overall = {
        other: row.value
        for row in found
        if row.value is not None and isinstance(both := row.subject["criteria"], tuple)
        for other in both
        if OVERALL in both and other != OVERALL
    }
    if len(of_overall) > 1:
        order = sorted(of_overall, key=lambda one: -(of_overall[one] or 0.0))
        said = ", ".join(f"{one} ({of_overall[one]:.2f})" for one in order)
        yield Text(f"Overall follows, the most first: {said}.")
    alike = [
        _both(row)
        for row in found
        if row.value is not None and row.value > HALO and OVERALL not in _both(row).split(" / ")
    ]
    if alike:
        yield Text(f"People hardly tell apart, which may be a halo: {'; '.join(alike)}.")


def besides(rows: Rows) -> Section:
    """Length and lists, beside what the systems are worth."""
    body: list[tuple[Cell, ...]] = []
    told = []
    for name, title in EFFECTS.items():
        row = rows.known(name)
        if row is None:
            continue
        body.append((title, Value(row), p_value(row), row.n))
        if row.p_adjusted is not None and row.p_adjusted < SURE:
            liked = "prefer" if (row.value or 0.0) > 0 else "avoid"
            told.append(Text(f"People {liked} {title.split(' (')[0]}, whoever wrote it."))
    return section(
        "What people prefer besides",
        table(
            "People's preference for length and lists, at equal strengths of the systems",
            ("", "effect", "p, adjusted", "labels"),
            body,
        ),
        *told,
        _effects_in_categories(rows),
    )


def _effects_in_categories(rows: Rows) -> Table | None:
    names = rows.slices("length_effect", "category")
    if not 1 < len(names) <= MOST_CATEGORIES:
        return None
    body: list[tuple[Cell, ...]] = []
    for name in names:
        found = [rows.get(one, {}, {"category": name}) for one in EFFECTS]
        if any(row is not None and row.value is not None for row in found):
            cells = [cell for row in found for cell in (Value(row), p_value(row))]
            body.append((name, *cells, max(row.n for row in found if row is not None)))
    return table(
        "The same in each category, in log odds",
        ("category", "length", "p, adjusted", "list", "p, adjusted", "labels"),
        body,
        "p by Holm over the criteria of a category.",
    )
