"""The horizontal axis of a figure: its ends, its ticks, and where a value stands on it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.report.pictures.svg import Anchor, Drawing

LEFT, RIGHT = 0.012, 0.988
"""Marks at the ends keep clear of the figure's edges."""
MOST_TICKS = 6


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, with a line at `base` where that means something."""

    low: float
    high: float
    ticks: tuple[float, ...]
    digits: int
    base: float | None = None

    @classmethod
    def around(
        cls,
        values: Iterable[float],
        base: float | None = None,
        least: float = -math.inf,
        most: float = math.inf,
    ) -> Axis:
        """An axis that holds all values and `base`, within `least` and `most` if it can."""
        found = [*values, *([] if base is None else [base])] or [0.0, 1.0]
        low, high = min(found), max(found)
        spread = (high - low) or max(abs(high), 1.0)
        step = _step(spread)
        low = max(math.floor(low / step) * step, min(least, low))
        high = min(math.ceil(high / step) * step, max(most, high))
        if high - low < step / 2:
            low, high = low - step, high + step
        first = math.ceil(round(low / step, 6))
        count = math.floor(round(high / step, 6)) - first
        ticks = tuple(round((first + one) * step, 10) for one in range(count + 1))
        return cls(low, high, ticks, max(0, -math.floor(math.log10(step) + 1e-9)), base)

    def at(self, value: float) -> float:
        """How far across the figure a value stands; values beyond the ends stand at them."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return LEFT + share * (RIGHT - LEFT)

    def grid(self, on: Drawing, top: float, bottom: float) -> None:
        """Lines from `top` to `bottom` at the ticks and at the base."""
        for tick in self.ticks:
            on.line(self.at(tick), self.at(tick), top, bottom, "grid")
        if self.base is not None:
            on.line(self.at(self.base), self.at(self.base), top, bottom, "base")

    def numbers(self, on: Drawing, down: float) -> None:
        """The ticks' numbers."""
        for tick in self.ticks:
            across = self.at(tick)
            anchor: Anchor = "middle"
            if not 0.04 <= across <= 0.96:
                anchor = "start" if across < 0.5 else "end"
            on.text(across, down, f"{tick:.{self.digits}f}", "a", anchor)


def _step(spread: float) -> float:
    """1, 2 or 5 times a power of ten, so that there are not too many ticks."""
    power = 10.0 ** math.floor(math.log10(spread / MOST_TICKS))
    return next(power * one for one in (1, 2, 5, 10) if spread / (power * one) <= MOST_TICKS)
