from __future__ import annotations

import re

import pytest

from annotation.pages.annotate import ASSETS

CSS = (ASSETS / "css" / "page.css").read_text("utf-8")
LIGHT, DARK = re.findall(r"--ground: #[^}]*?color-scheme", CSS)
WRITING = [
    *(("ink", "paper"), ("ink", "ground"), ("ink", "tint"), ("soft", "paper"), ("soft", "tint")),
    *(("accent", "paper"), ("on-accent", "accent"), ("warn", "paper"), ("bad", "paper")),
]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.1)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(mode: str, one: str, other: str) -> float:
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", mode))
    dark, light = sorted((luminance(colours[one]), luminance(colours[other])))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), WRITING)
def test_all_writing_is_legible_to_level_aa(mode: str, ink: str, ground: str) -> None:
    assert contrast(mode, ink, ground) >= 4.5


@pytest.mark.parametrize("mode", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "tint"])
def test_the_edges_of_choices_and_the_focus_ring_are_visible(mode: str, ground: str) -> None:
    assert contrast(mode, "edge", ground) >= 3
    assert contrast(mode, "accent", ground) >= 3


def test_both_panes_have_one_style() -> None:
    assert "data-side" not in CSS
    assert not re.search(r"pane:(first|last|nth)", CSS)
