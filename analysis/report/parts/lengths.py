"""What length does: how often the longer response wins, and win rates at equal lengths."""

from __future__ import annotations

from analysis.judges.length_baseline import JUDGE as LENGTH
from analysis.report.behind import Behind, Lengths, Step
from analysis.report.document import DASH, Figure, Section, Value, section, table
from analysis.report.parts.systems import ranked
from analysis.report.pictures.curves import Curves, Point
from analysis.report.rows import Rows

MOST_SERIES = 5


def lengths(rows: Rows, behind: Behind | None) -> Section:
    """The curve by how much longer, and the table of controlled win rates."""
    order = ranked(rows, {})
    known = [one for one in order if rows.known("length_controlled_win_rate", {"system": one})]
    body = [
        (
            one,
            Value(rows.get("win_rate", {"system": one})),
            Value(rows.get("length_controlled_win_rate", {"system": one})),
        )
        for one in order
        if known
    ]
    return section(
        "Length",
        None if behind is None else _curve(behind),
        table(
            "Win rates as they are and at equal lengths, by people's majority",
            ("system", "win rate", "at equal lengths"),
            body,
            rest="systems",
            shown=60,
        ),
    )


def _curve(behind: Behind) -> Figure | None:
    series = [one for one in behind.lengths if one.who != LENGTH]
    if not series:
        return None
    drawn, more = series[:MOST_SERIES], len(series) - MOST_SERIES
    names = [one.who or "people" for one in drawn]
    steps = [f"{one.least:,}–{one.most:,}" for one in drawn[0].steps]
    steps[-1] = f"{drawn[0].steps[-1].least:,}+"
    said = "; ".join(f"{name}: {_said(one)}" for name, one in zip(names, drawn, strict=True))
    left = f" {more} more judges are in the CSV." if more > 0 else ""
    return Figure(
        "How often the longer response wins (a tie is half), by how much longer it is, with 95% "
        f"intervals. Each group has about a fifth of the pairs that people decided.{left}",
        Curves(
            tuple(steps),
            tuple(names),
            tuple(
                tuple(
                    Point(step.share, step.interval.low, step.interval.high, step.n)
                    for step in one.steps
                )
                for one in drawn
            ),
            "difference in characters",
        ),
        f"Share of pairs that the longer response wins. {said}.",
        table(
            "The longer response's win rate",
            ("who", "characters longer", "share", "low", "high", "pairs"),
            [
                (
                    one.who or "people",
                    f"{step.least:,}–{step.most:,}",
                    *(DASH if number is None else number for number in _numbers(step)),
                    step.n,
                )
                for one in series
                for step in one.steps
            ],
        ),
    )


def _numbers(step: Step) -> tuple[float | None, float | None, float | None]:
    return step.share, step.interval.low, step.interval.high


def _said(one: Lengths) -> str:
    return ", ".join(
        f"{step.share:.0%} at {step.least:,} to {step.most:,} characters"
        for step in one.steps
        if step.share is not None
    )
