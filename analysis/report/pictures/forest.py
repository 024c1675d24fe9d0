"""Values with their intervals, one below the other, on one axis."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.report.pictures import legend
from analysis.report.pictures.axis import Axis
from analysis.report.pictures.svg import SERIES, Drawing, beside, shortened

ROW, TOP, FOOT = 40, 4, 24


@dataclass(frozen=True)
class Dot:
    """A value with its interval, what it is of, and how it reads; None is undefined."""

    label: str
    text: str
    value: float | None
    low: float | None = None
    high: float | None = None
    series: int = 0


@dataclass(frozen=True)
class Forest:
    """Dots on one axis, the first above; `names` are of the series, where there are several."""

    dots: tuple[Dot, ...]
    axis: Axis
    title: str = ""
    names: tuple[str, ...] = field(default=())
    least_width: int = 0

    @property
    def height(self) -> int:
        """In pixels."""
        return legend.height(self.names) + TOP + ROW * len(self.dots) + FOOT + 16 * bool(self.title)

    def draw(self, on: Drawing) -> None:
        """Labels stand above their intervals, so that they fit on any screen."""
        legend.draw(on, self.names, lambda x, y, one: on.mark(x + 0.012, y + 6, one))
        top = legend.height(self.names) + TOP
        bottom = top + ROW * len(self.dots)
        self.axis.numbers(on, bottom + 13)
        for number, dot in enumerate(self.dots):
            down = top + ROW * number
            with on.told(f"{dot.label}: {dot.text}"):
                on.text(0, down + 14, shortened(dot.label, beside(dot.text)))
                on.text(1, down + 14, dot.text, "v", "end")
                self.axis.grid(on, down + 19, down + 35)
                _interval(on, self.axis, dot, down + 27)
        if self.title:
            on.text(1, bottom + FOOT + 10, self.title, "a", "end")


def _interval(on: Drawing, axis: Axis, dot: Dot, down: float) -> None:
    if dot.value is None:
        return
    if dot.low is not None and dot.high is not None:
        kind = f"l{dot.series % SERIES}"
        start, end = axis.at(dot.low), axis.at(dot.high)
        on.line(start, end, down, down, kind)
        for side in (start, end):
            on.line(side, side, down - 3, down + 3, kind)
    on.mark(axis.at(dot.value), down, dot.series)
