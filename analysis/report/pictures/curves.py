"""Shares by steps of something, a line for each series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analysis.report.pictures import legend
from analysis.report.pictures.svg import SERIES, Drawing

TALL, FOOT, LEFT, RIGHT = 210, 40, 0.09, 0.985
BESIDE = 0.03
"""How far series stand apart within a step, as a share of the step's width."""


@dataclass(frozen=True)
class Point:
    """A share with its interval, or None."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0


@dataclass(frozen=True)
class Curves:
    """Series of points, one at each step; a line at `base`."""

    steps: tuple[str, ...]
    names: tuple[str, ...]
    series: tuple[tuple[Point, ...], ...]
    title: str
    base: float = 0.5
    least_width: int = 0

    @property
    def height(self) -> int:
        """In pixels."""
        return legend.height(self.names) + TALL + FOOT + 8

    def draw(self, on: Drawing) -> None:
        """Shares go from 0 to 100% whatever they are, so that two figures compare."""
        legend.draw(on, self.names, lambda x, y, one: on.mark(x + 0.012, y + 6, one))
        top = legend.height(self.names) + 8

        def at(share: float) -> float:
            return top + TALL * (1 - share)

        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            on.line(LEFT, RIGHT, at(share), at(share), "base" if share == self.base else "grid")
            on.text(LEFT, at(share) + 4, f"{100 * share:.0f}%", "a", "end", -6)
        width = (RIGHT - LEFT) / len(self.steps)
        for number, step in enumerate(self.steps):
            on.text(LEFT + width * (number + 0.5), top + TALL + 17, step, "a", "middle")
        on.text(RIGHT, top + TALL + 34, self.title, "a", "end")
        for number, points in enumerate(self.series):
            aside = (number - (len(self.series) - 1) / 2) * BESIDE * width * 2
            places = [LEFT + width * (one + 0.5) + aside for one in range(len(points))]
            self._series(on, number, points, places, at)

    def _series(
        self,
        on: Drawing,
        number: int,
        points: tuple[Point, ...],
        places: list[float],
        at: Callable[[float], float],
    ) -> None:
        kind, last = f"l{number % SERIES}", None
        for across, one in zip(places, points, strict=True):
            if one.value is None:
                continue
            down = at(one.value)
            if last is not None:
                on.line(last[0], across, last[1], down, kind)
            last = across, down
        for across, one in zip(places, points, strict=True):
            if one.value is None:
                continue
            with on.told(f"{self.names[number]}: {100 * one.value:.1f}% of {one.n:,}"):
                if one.low is not None and one.high is not None:
                    on.line(across, across, at(one.low), at(one.high), kind)
                on.mark(across, at(one.value), number)
