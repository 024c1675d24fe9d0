"""The names of what a figure shows, above it, in as many columns as they leave room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analysis.report.pictures.svg import Drawing, shortened

LINE = 18
LONG = ((13, 3), (22, 2))
"""Names of at most so many characters stand in so many columns on the narrowest screen."""


def columns(names: Sequence[str]) -> int:
    """How many names stand side by side."""
    longest = max((len(name) for name in names), default=0)
    return next((count for most, count in LONG if longest <= most), 1)


def height(names: Sequence[str]) -> int:
    """In pixels, with a gap below."""
    return -(-len(names) // columns(names)) * LINE + 8 if names else 0


def draw(on: Drawing, names: Sequence[str], sign: Callable[[float, float, int], None]) -> None:
    """Each name behind its sign; `sign(across, down, number)` draws one."""
    side = columns(names)
    for number, name in enumerate(names):
        across, down = (number % side) / side, (number // side) * LINE
        sign(across, down + 1, number)
        on.text(across, down + 11, shortened(name, 44), "a", aside=18)
