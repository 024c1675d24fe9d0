"""Shares of a whole, one bar below the other."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.report.pictures import legend
from analysis.report.pictures.svg import Drawing, beside, shortened

ROW, BAR = 44, 19
WIDE_ENOUGH = {1: 0.05, 2: 0.085, 3: 0.12}
"""A narrower part has no number of so many digits in it."""


@dataclass(frozen=True)
class Stack:
    """One bar: what it is of, how much it stands for, and the parts, which sum to 1."""

    label: str
    text: str
    parts: tuple[float, ...]


@dataclass(frozen=True)
class Stacks:
    """Bars of the same parts; `fills` are the parts' colours by number."""

    bars: tuple[Stack, ...]
    names: tuple[str, ...]
    fills: tuple[int, ...]
    least_width: int = 0

    @property
    def height(self) -> int:
        """In pixels."""
        return legend.height(self.names) + ROW * len(self.bars)

    def draw(self, on: Drawing) -> None:
        """Labels stand above their bars."""
        legend.draw(on, self.names, lambda x, y, one: on.swatch(x, y, f"p{self.fills[one]}"))
        top = legend.height(self.names)
        for number, bar in enumerate(self.bars):
            down = top + ROW * number
            on.text(0, down + 14, shortened(bar.label, beside(bar.text)))
            on.text(1, down + 14, bar.text, "v", "end")
            self._bar(on, bar, down + 20)

    def _bar(self, on: Drawing, bar: Stack, down: float) -> None:
        start = 0.0
        for name, fill, part in zip(self.names, self.fills, bar.parts, strict=True):
            end = start + part
            with on.told(f"{bar.label}: {name} {100 * part:.1f}%"):
                on.rect(start, end, down, BAR, f"p{fill}")
                percent = f"{100 * part:.0f}"
                if part >= WIDE_ENOUGH[len(percent)]:
                    middle = (start + end) / 2
                    on.text(middle, down + 14, f"{percent}%", f"on-p{fill}", "middle")
            start = end
