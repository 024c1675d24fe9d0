"""How single responses are rated: each level's share and the mean, by system."""

from __future__ import annotations

from analysis.estimates import Names
from analysis.report.document import DASH, Cell, Figure, Section, Value, section, table
from analysis.report.parts.agreement import MOST_DRAWN, first_of, forest
from analysis.report.pictures.stacks import Stack, Stacks
from analysis.report.rows import Rows

FILLS = {2: (0, 4), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}
"""The fills of so many levels, the highest first."""


def levels_of(rows: Rows) -> list[str]:
    """The levels in the scale's order."""
    return list(dict.fromkeys(str(one.subject["level"]) for one in rows.named("rating_share")))


def ratings(rows: Rows, subject: Names | None = None, title: str = "Ratings") -> Section:
    """The table of every system, the best first, and bars or means."""
    beside = subject or {}
    names = rows.subjects("mean_rating", "system", beside)
    if not names:
        return section(title)
    levels = levels_of(rows)

    def mean(system: str) -> float:
        row = rows.known("mean_rating", {**beside, "system": system})
        return -(row.value or 0) if row is not None else 0.0

    names = sorted(names, key=mean)
    body: list[tuple[Cell, ...]] = []
    for system in names:
        one = {**beside, "system": system}
        row = rows.get("mean_rating", one)
        shares = [Value(rows.get("rating_share", {**one, "level": level})) for level in levels]
        body.append((system, *shares, Value(row), row.n if row is not None else DASH))
    numbers = table("Ratings by system", ("system", *levels, "mean", "rated"), body, rest="systems")
    if beside:
        return section(title, numbers)
    return section(title, _bars(rows, names, levels), _means(rows, names, levels), numbers)


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


def _means(rows: Rows, names: list[str], levels: list[str]) -> Figure | None:
    found = [(one, rows.known("mean_rating", {"system": one})) for one in names]
    drawn = [(one, row) for one, row in found if row is not None]
    if not drawn or len(levels) <= 2:
        return None
    said = "; ".join(f"{name} {Value(row, 2).text}" for name, row in drawn[:MOST_DRAWN])
    return Figure(
        f"Mean rating with 95% intervals, clustered by prompt{first_of(len(drawn))}.",
        forest(drawn[:MOST_DRAWN], digits=2),
        f"Mean ratings: {said}.",
        table("Mean ratings", ("system", "mean"), [(one, Value(row)) for one, row in drawn]),
        told=True,
    )
