"""A table of numbers as shades: two things' verdicts against each other, or systems."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.report.pictures.palette import SHADES
from analysis.report.pictures.svg import PHONE, Drawing, shortened

CELL, HEAD = 36, 38
LABELS = 0.28
"""The share of the width that the rows' names take."""
MOST_LETTERS = 24
NARROW = 40
"""Pixels of a column with short names."""


@dataclass(frozen=True)
class Heat:
    """Cells by row and column: `shades` are 0 to 1 (None is empty), `texts` stand in them.

    `sided` shades are from one side over a half to the other.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    shades: tuple[tuple[float | None, ...], ...]
    texts: tuple[tuple[str, ...], ...]
    across: str
    down: str
    sided: bool = False

    @property
    def height(self) -> int:
        """In pixels."""
        return HEAD + CELL * len(self.rows) + 4

    @property
    def least_width(self) -> int:
        """Room for the names of columns and rows."""
        longest = max(len(name) for name in self.columns)
        column = max(NARROW, min(longest, 12) * 7 + 6)
        wide = len(self.columns) * column / (1 - LABELS)
        wanted = int(max(wide, (7 * self._letters + 10) / LABELS))
        return wanted if wanted > PHONE else 0

    @property
    def _letters(self) -> int:
        """Of a row's name; longer ones lose their middle."""
        return min(MOST_LETTERS, max(len(name) for name in self.rows))

    def draw(self, on: Drawing) -> None:
        """The names of what goes down and across stand above."""
        on.text(0, 11, f"{self.down} ↓", "a")
        on.text(1, 11, f"{self.across} →", "a", "end")
        step = (1 - LABELS) / len(self.columns)
        for number, name in enumerate(self.columns):
            middle = LABELS + step * (number + 0.5)
            on.text(middle, HEAD - 7, shortened(name, 12), "a", "middle")
        for number, name in enumerate(self.rows):
            self._row(on, number, name, step)

    def _row(self, on: Drawing, number: int, name: str, step: float) -> None:
        down = HEAD + CELL * number
        on.text(LABELS, down + CELL / 2 + 4, shortened(name, self._letters), "t", "end", -8)
        row = zip(self.columns, self.shades[number], self.texts[number], strict=True)
        for place, (column, shade, text) in enumerate(row):
            if shade is None:
                continue
            step_of_it = min(int(shade * SHADES), SHADES - 1)
            kind = f"p{SHADES - 1 - step_of_it}" if self.sided else f"h{step_of_it}"
            start = LABELS + step * place
            with on.told(f"{name} / {column}: {text}"):
                on.rect(start, start + step, down, CELL, kind)
                middle = start + step / 2
                on.text(middle, down + CELL / 2 + 4, text, f"on-{kind}", "middle")
