"""How single responses are rated: each level's share and the mean, by system."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from analysis.estimates import Names
from analysis.report.document import DASH, Cell, Figure, Section, Value, section, table
from analysis.report.parts.agreement import MOST_DRAWN, first_of, forest
from analysis.report.pictures.stacks import Stack, Stacks
from analysis.report.rows import Rows

FILLS = {2: (0, 4), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}
"""The fills of so many levels, the best first."""
TWO = 2
"""Of two levels the mean is the share of the better one."""


MOST_LEVELS = 7
"""More levels make a table too wide; `report.json` has their shares."""


def levels_of(criterion: Mapping[str, Any]) -> list[str]:
    """The levels of a rating criterion, the best first."""
    scale = criterion["scale"]
    levels = scale["levels"] if isinstance(scale, Mapping) else []
    return [one["name"] for one in sorted(levels, key=lambda one: -one["value"])]


def rated(rows: Rows, subject: Names | None = None) -> list[str]:
    """The systems, the best mean first and those without one last."""
    beside = subject or {}

    def mean(system: str) -> float:
        row = rows.known("mean_rating", {**beside, "system": system})
        return math.inf if row is None or row.value is None else -row.value

    return sorted(rows.subjects("mean_rating", "system", beside), key=mean)


def ratings(
    rows: Rows, criterion: Mapping[str, Any], subject: Names | None = None, title: str = "Ratings"
) -> Section:
    """The table of every system, the best first, and bars or means."""
    beside = subject or {}
    names = rows.subjects("mean_rating", "system", beside)
    if not any(rows.known("mean_rating", {**beside, "system": one}) for one in names):
        return section(title)
    levels = levels_of(criterion)
    levels = levels if len(levels) <= MOST_LEVELS else []

    names = rated(rows, beside)
    body: list[tuple[Cell, ...]] = []
    for system in names:
        one = {**beside, "system": system}
        row = rows.get("mean_rating", one)
        shares = [Value(rows.get("rating_share", {**one, "level": level})) for level in levels]
        body.append((system, *shares, Value(row), row.n if row is not None else DASH))
    numbers = table("Ratings by system", ("system", *levels, "mean", "rated"), body, rest="systems")
    if beside:
        return section(title, numbers)
    means = None if len(levels) == TWO else _means(rows, names)
    return section(title, _bars(rows, names, levels), means, numbers)


def _bars(rows: Rows, names: list[str], levels: list[str]) -> Figure | None:
    fills = FILLS.get(len(levels))
    if fills is None:
        return None
    bars: list[Stack] = []
    body: list[tuple[Cell, ...]] = []
    for system in names:
        found = [rows.known("rating_share", {"system": system, "level": one}) for one in levels]
        shares = tuple(row.value or 0.0 for row in found if row is not None)
        if len(shares) == len(levels):
            mean = rows.known("mean_rating", {"system": system})
            bars.append(Stack(system, f"mean {Value(mean, 2).text}", shares))
            body.append((system, *(Value(row) for row in found)))
    if not bars:
        return None
    alt = "; ".join(
        f"{bar.label}: "
        + ", ".join(f"{name} {share:.0%}" for name, share in zip(levels, bar.parts, strict=True))
        for bar in bars[:MOST_DRAWN]
    )
    return Figure(
        f"Share of each rating, by system{first_of(len(bars))}.",
        Stacks(tuple(bars[:MOST_DRAWN]), tuple(levels), fills),
        f"Stacked bars: {alt}.",
        table("Shares of ratings", ("system", *levels), body),
        told=True,
    )


def _means(rows: Rows, names: list[str]) -> Figure | None:
    found = [(one, rows.known("mean_rating", {"system": one})) for one in names]
    drawn = [(one, row) for one, row in found if row is not None]
    if not drawn:
        return None
    said = "; ".join(f"{name} {Value(row, 2).text}" for name, row in drawn[:MOST_DRAWN])
    return Figure(
        f"Mean rating with 95% intervals, clustered by prompt{first_of(len(drawn))}.",
        forest(drawn[:MOST_DRAWN], digits=2),
        f"Mean ratings: {said}.",
        table("Mean ratings", ("system", "mean"), [(one, Value(row)) for one, row in drawn]),
        told=True,
    )
