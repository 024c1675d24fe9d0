"""The SVG that the figures need: on the page as wide as it is, as a file at a fixed width.

On a page all horizontal places are percentages, so that a figure fills its column on a phone and
on paper alike while its letters keep their size. In a file they are numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Literal

Anchor = Literal["start", "middle", "end"]
MARKS = (
    "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
    "M-4 -4h8v8h-8z",
    "M0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
    "M0 -5.5l5.2 9h-10.4z",
)
"""A mark for each series, so that colour is never all that tells two apart."""
PHONE = 340
"""Pixels that the narrowest screen has for a figure."""
LETTER = 6.6
"""Pixels of a letter, on average."""
SERIES = 6
"""Colours of series; more repeat them with other marks."""


def clean(text: str) -> str:
    """A text escaped for HTML and XML, without the characters that XML does not have."""
    kept = "".join(one for one in text if one >= " " or one in "\t\n\r")
    kept = "".join(one for one in kept if not "\ud800" <= one <= "\udfff")
    return escape(kept.replace("\ufffe", "").replace("\uffff", ""), quote=True)


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters, its middle left out."""
    flat = " ".join(text.split())
    if len(flat) <= most:
        return flat
    head = (most - 1) // 2
    return f"{flat[:head]}…{flat[-(most - 1 - head) :]}"


def beside(text: str) -> int:
    """How many letters have room on one line of the narrowest screen beside a text."""
    return max(8, int((PHONE - LETTER * len(text) - 8) / LETTER))


class Drawing:
    """Collects elements; `across` is from 0 (left) to 1 (right), `down` in pixels."""

    def __init__(self, width: int | None = None) -> None:
        self.width = width
        self._parts: list[str] = []

    def _x(self, across: float) -> str:
        return f"{100 * across:.2f}%" if self.width is None else f"{across * self.width:.1f}"

    def line(self, start: float, end: float, down: float, until: float, kind: str) -> None:
        """A line from (start, down) to (end, until)."""
        x1, x2 = self._x(start), self._x(end)
        self._parts.append(
            f'<line class="{kind}" x1="{x1}" y1="{down:g}" x2="{x2}" y2="{until:g}"/>'
        )

    def rect(self, start: float, end: float, down: float, height: float, kind: str) -> None:
        """A rectangle."""
        self._parts.append(
            f'<rect class="{kind}" x="{self._x(start)}" y="{down:g}" '
            f'width="{self._x(max(end - start, 0))}" height="{height:g}"/>'
        )

    def mark(self, across: float, down: float, series: int = 0) -> None:
        """The mark of a series."""
        shape = MARKS[(series // SERIES + series) % len(MARKS)]
        self._parts.append(
            f'<svg x="{self._x(across)}" y="{down:g}" overflow="visible">'
            f'<path class="f{series % SERIES}" d="{shape}"/></svg>'
        )

    def swatch(self, across: float, down: float, kind: str) -> None:
        """A small square of a colour."""
        self._parts.append(
            f'<rect class="{kind}" x="{self._x(across)}" y="{down:g}" width="11" height="11"/>'
        )

    def text(
        self,
        across: float,
        down: float,
        words: str,
        kind: str = "t",
        anchor: Anchor = "start",
        aside: float = 0,
    ) -> None:
        """Words at a place, so many pixels aside of it."""
        shift = f' dx="{aside:g}"' if aside else ""
        where = f'x="{self._x(across)}" y="{down:g}"{shift} text-anchor="{anchor}"'
        self._parts.append(f'<text class="{kind}" {where}>{clean(words)}</text>')

    @contextmanager
    def told(self, words: str) -> Iterator[None]:
        """Elements that say these words under the pointer."""
        self._parts.append(f"<g><title>{clean(words)}</title>")
        yield
        self._parts.append("</g>")

    @property
    def inner(self) -> str:
        """All elements."""
        return "".join(self._parts)
