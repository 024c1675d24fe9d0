"""How single responses are rated: each level's share and the mean, by system.

Ratings of two levels are counted by people's majority. Of more levels all of people's labels are
averaged: two people who rate 3 and 4 have no majority, and leaving them out would waste both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.estimates import Estimate, Names
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
PLACES = {
    "rank": ("rank", 0),
    "system_group": ("group", 0),
    "best_probability": ("probability of being best", 2),
}
"""The name and the digits of what says where a system stands."""
LABELS: Names = {"basis": "labels"}


def levels_of(criterion: Mapping[str, Any]) -> list[str]:
    """The levels of a rating criterion, the best first."""
    scale = criterion["scale"]
    levels = scale["levels"] if isinstance(scale, Mapping) else []
    return [one["name"] for one in sorted(levels, key=lambda one: -one["value"])]


def basis_of(criterion: Mapping[str, Any]) -> Names:
    """Of people: each label counts where there are more than two levels."""
    return LABELS if len(levels_of(criterion)) > TWO else {}


@dataclass(frozen=True)
class Ratings:
    """The ratings of one criterion by people, or by the judge of `subject`."""

    rows: Rows
    levels: list[str]
    subject: Names
    part: Names

    @classmethod
    def of(cls, rows: Rows, criterion: Mapping[str, Any], subject: Names | None = None) -> Ratings:
        """People's by their basis; a judge rates once."""
        part = {} if subject else basis_of(criterion)
        return cls(rows, levels_of(criterion), subject or {}, part)

    def mean(self, system: str) -> Estimate | None:
        """A system's mean."""
        return self.rows.get("mean_rating", {**self.subject, "system": system}, self.part)

    def row(self, statistic: str, system: str) -> Estimate | None:
        """Another number of a system, where it is known."""
        return self.rows.known(statistic, {**self.subject, "system": system}, self.part)

    def share(self, system: str, level: str) -> Estimate | None:
        """How often a system gets a level."""
        subject = {**self.subject, "system": system, "level": level}
        return self.rows.get("rating_share", subject, self.part)

    @property
    def systems(self) -> list[str]:
        """The best mean first, and those without one last."""

        def order(system: str) -> float:
            row = self.mean(system)
            return math.inf if row is None or row.value is None else -row.value

        names = self.rows.subjects("mean_rating", "system", self.subject, self.part)
        return sorted(names, key=order)

    @property
    def drawn(self) -> list[tuple[str, Estimate]]:
        """The systems that have a mean."""
        found = [(system, self.mean(system)) for system in self.systems]
        return [(one, row) for one, row in found if row is not None and row.value is not None]

    @property
    def whose(self) -> str:
        """What the shares are of."""
        if self.subject:
            return f"by the judge {self.subject['judge']}"
        return "over all of people's labels" if self.part else "by people's majority"


def ratings(
    rows: Rows, criterion: Mapping[str, Any], subject: Names | None = None, title: str = "Ratings"
) -> Section:
    """The table of every system, the best first, and bars or means."""
    found = Ratings.of(rows, criterion, subject)
    if not found.drawn:
        return section(title)
    levels = found.levels if len(found.levels) <= MOST_LEVELS else []
    places = [name for name in PLACES if any(found.row(name, one) for one in found.systems)]
    body: list[tuple[Cell, ...]] = []
    for system in found.systems:
        row = found.mean(system)
        shares = [Value(found.share(system, level)) for level in levels]
        beside = [Value(found.row(name, system), PLACES[name][1]) for name in places]
        body.append((system, *shares, Value(row), *beside, row.n if row is not None else DASH))
    heads = ("system", *levels, "mean", *(PLACES[name][0] for name in places), "rated")
    numbers = table(f"Ratings by system, {found.whose}", heads, body, rest="systems")
    if subject:
        return section(title, numbers)
    means = None if len(levels) == TWO else _means(found)
    return section(title, _bars(found), means, numbers)


def _bars(found: Ratings) -> Figure | None:
    fills = FILLS.get(len(found.levels))
    if fills is None:
        return None
    bars: list[Stack] = []
    body: list[tuple[Cell, ...]] = []
    for system, mean in found.drawn:
        shares = [found.share(system, level) for level in found.levels]
        values = tuple(row.value or 0.0 for row in shares if row is not None)
        if len(values) == len(found.levels):
            bars.append(Stack(system, f"mean {Value(mean, 2).text}", values))
            body.append((system, *(Value(row) for row in shares)))
    if not bars:
        return None
    alt = "; ".join(
        f"{bar.label}: "
        + ", ".join(
            f"{name} {share:.0%}" for name, share in zip(found.levels, bar.parts, strict=True)
        )
        for bar in bars[:MOST_DRAWN]
    )
    return Figure(
        f"Share of each rating by system, {found.whose}{first_of(len(bars))}.",
        Stacks(tuple(bars[:MOST_DRAWN]), tuple(found.levels), fills),
        f"Stacked bars: {alt}.",
        table("Shares of ratings", ("system", *found.levels), body),
        told=True,
    )


def _means(found: Ratings) -> Figure | None:
    drawn = found.drawn
    said = "; ".join(f"{name} {Value(row, 2).text}" for name, row in drawn[:MOST_DRAWN])
    return Figure(
        f"Mean rating {found.whose}, with 95% intervals{first_of(len(drawn))}.",
        forest(drawn[:MOST_DRAWN], digits=2),
        f"Mean ratings: {said}.",
        table("Mean ratings", ("system", "mean"), [(one, Value(row)) for one, row in drawn]),
        told=True,
    )
