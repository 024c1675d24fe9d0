"""What every figure can do, and how it becomes part of a page or a file of its own."""

from __future__ import annotations

from typing import Protocol

from analysis.report.pictures import palette
from analysis.report.pictures.svg import Drawing, clean

WIDTH = 720
"""Pixels of a figure in a file of its own."""


class Picture(Protocol):
    """Something that can be drawn."""

    @property
    def height(self) -> int:
        """In pixels."""
        ...

    @property
    def least_width(self) -> int:
        """Pixels below which it is scrolled, not squeezed; 0 where it always fits."""
        ...

    def draw(self, on: Drawing) -> None:
        """Draw it."""
        ...


def inline(picture: Picture, name: str, alt: str) -> str:
    """An svg element that takes its colours from the page; `name` is its id."""
    drawing = Drawing()
    picture.draw(drawing)
    narrow = picture.least_width
    wide = "" if not narrow else f' class="w{palette.width_class(narrow)}"'
    return (
        f'<svg role="img" id="{name}" aria-labelledby="{name}-alt" width="100%" '
        f'height="{picture.height}"{wide}><title id="{name}-alt">{clean(alt)}</title>'
        f"{drawing.inner}</svg>"
    )


def standalone(picture: Picture, alt: str) -> str:
    """The same as a file: fixed width, light colours."""
    width = max(WIDTH, picture.least_width)
    drawing = Drawing(width - 2 * palette.MARGIN)
    picture.draw(drawing)
    height = picture.height + 2 * palette.MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img"><title>{clean(alt)}</title>'
        f"<style>{palette.figure_css(palette.LIGHT)}</style>"
        f'<rect class="paper" width="{width}" height="{height}"/>'
        f'<g transform="translate({palette.MARGIN} {palette.MARGIN})">{drawing.inner}</g></svg>'
    )
