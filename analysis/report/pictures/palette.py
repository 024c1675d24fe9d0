"""The colours of report.html and its figures, light and dark, and the style made of them.

Text on every fill has a contrast of 4.5 or more, which a test works out.
"""

from __future__ import annotations

from collections.abc import Mapping

MARGIN = 16
"""Pixels around a figure in a file of its own."""

LIGHT: Mapping[str, str] = {
    "ground": "#f3f4f6",
    "paper": "#ffffff",
    "ink": "#1c2330",
    "soft": "#566072",
    "line": "#d8dce3",
    "edge": "#7d8696",
    "accent": "#2456b8",
    "tint": "#eef2fa",
    "good": "#17693a",
    "bad": "#a61b1b",
    "s0": "#2456b8",
    "s1": "#b4500b",
    "s2": "#187a55",
    "s3": "#8a3fa0",
    "s4": "#a3263f",
    "s5": "#5d6470",
    "p0": "#1f5a9e",
    "p1": "#8dbbe6",
    "p2": "#d3d7df",
    "p3": "#f2b982",
    "p4": "#b4500b",
    "p5": "#9aa1ae",
    "h0": "#eef2fa",
    "h1": "#cfddf3",
    "h2": "#a4c0ea",
    "h3": "#2f66bd",
    "h4": "#17407f",
    "on-light": "#14181f",
    "on-dark": "#ffffff",
}
DARK: Mapping[str, str] = {
    "ground": "#14171d",
    "paper": "#1c212a",
    "ink": "#e3e7ee",
    "soft": "#a5afbf",
    "line": "#343c49",
    "edge": "#7b8699",
    "accent": "#9dbdff",
    "tint": "#232b3a",
    "good": "#7fd6a4",
    "bad": "#ff9a94",
    "s0": "#8db4ff",
    "s1": "#f2a35e",
    "s2": "#6fd0a3",
    "s3": "#d79be8",
    "s4": "#ff95a6",
    "s5": "#b4bcc9",
    "p0": "#7db5f5",
    "p1": "#2c5c96",
    "p2": "#454d5b",
    "p3": "#8a4a12",
    "p4": "#f2a35e",
    "p5": "#646d7c",
    "h0": "#222936",
    "h1": "#28405f",
    "h2": "#2f5a94",
    "h3": "#86b2f2",
    "h4": "#bcd6ff",
    "on-light": "#14181f",
    "on-dark": "#ffffff",
}
PARTS = 6
"""Fills of stacked bars: clearly, slightly, tie, slightly, clearly, and what is none of them."""
SHADES = 5
"""Fills of a heat map, from least to most."""

_ON_DARK = {"light": {"p0", "p4", "h3", "h4"}, "dark": {"p1", "p2", "p3", "p5", "h0", "h1", "h2"}}
WIDTHS = (400, 460, 520, 580, 660, 760, 980, 1240)
"""Least widths that a figure may have."""


def width_class(least: int) -> int:
    """The number of the first width that is not below `least`."""
    return next((one for one, width in enumerate(WIDTHS) if width >= least), len(WIDTHS) - 1)


def text_on(theme: str, fill: str) -> str:
    """The name of the colour for text on that fill."""
    return "on-dark" if fill in _ON_DARK[theme] else "on-light"


def figure_css(colours: Mapping[str, str] | None) -> str:
    """The style of figures: with these colours, or with the page's variables for None."""

    def of(name: str) -> str:
        return f"var(--{name})" if colours is None else colours[name]

    font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
    rules = [
        f"text{{font:12.5px {font};fill:{of('ink')}}}",
        f".v{{fill:{of('soft')};font-variant-numeric:tabular-nums}}",
        f".a{{font-size:11.5px;fill:{of('soft')}}}",
        f".grid{{stroke:{of('line')};stroke-width:1}}",
        f".base{{stroke:{of('edge')};stroke-width:1.2;stroke-dasharray:4 3}}",
        f".paper{{fill:{of('paper')}}}",
    ]
    for number in range(6):
        rules.append(f".f{number}{{fill:{of(f's{number}')}}}")
        rules.append(f".l{number}{{stroke:{of(f's{number}')};stroke-width:2.2;fill:none}}")
    for name in [*(f"p{one}" for one in range(PARTS)), *(f"h{one}" for one in range(SHADES))]:
        ink = f"var(--on-{name})" if colours is None else colours[text_on("light", name)]
        edge = f";stroke:{of('paper')};stroke-width:1"
        rules.append(f".{name}{{fill:{of(name)}{edge}}}")
        rules.append(f".on-{name}{{fill:{ink};font-size:11.5px}}")
    return "".join(rules)


def variables(theme: str) -> str:
    """The CSS variables of a theme."""
    colours = {"light": LIGHT, "dark": DARK}[theme]
    plain = [f"--{name}:{value}" for name, value in colours.items()]
    fills = [*(f"p{one}" for one in range(PARTS)), *(f"h{one}" for one in range(SHADES))]
    plain += [f"--on-{fill}:{colours[text_on(theme, fill)]}" for fill in fills]
    return ";".join(plain)
