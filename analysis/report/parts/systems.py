"""How the systems compare: wins, strengths with intervals, and each two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from analysis.estimates import Names
from analysis.report.document import DASH, Cell, Figure, Section, Text, Value, section, table
from analysis.report.parts.agreement import (
    MOST_DRAWN,
    WITHOUT_ONE,
    first_of,
    forest,
    without_one,
)
from analysis.report.pictures.forest import Forest
from analysis.report.pictures.stacks import Stack, Stacks
from analysis.report.rows import Rows
from analysis.report.wording import a_few

COUNTS = ("win_count", "tie_count", "loss_count")


def ranked(rows: Rows, subject: Names) -> list[str]:
    """The systems, the strongest first."""

    def strength(system: str) -> float:
        one = {**subject, "system": system}
        row = rows.get("bradley_terry", one) or rows.get("win_rate", one)
        return -row.value if row is not None and row.value is not None else 0.0

    return sorted(rows.subjects("win_count", "system", subject), key=strength)


def systems(rows: Rows, subject: Names, title: str) -> Section:
    """Wins and strengths by people's majority, or by the judge of `subject`."""
    order = ranked(rows, subject)
    if not any(rows.known("win_rate", {**subject, "system": one}) for one in order):
        return section(title)
    whose = f"by the judge {subject['judge']}" if subject else "by people's majority"
    best = {one: rows.known("best_probability", {**subject, "system": one}) for one in order}
    groups = {one: rows.known("system_group", {**subject, "system": one}) for one in order}
    strengths = {one: rows.get("bradley_terry", {**subject, "system": one}) for one in order}
    ranged = any(without_one(one) != DASH for one in strengths.values())
    heads = ["system", "won", "tied", "lost", "win rate", "Bradley-Terry"]
    heads += [WITHOUT_ONE] * ranged + ["rank"]
    heads += ["group"] * any(groups.values()) + ["probability of being best"] * any(best.values())

    def cells(system: str) -> Iterator[Cell]:
        one = {**subject, "system": system}
        yield system
        yield from (Value(rows.get(name, one), form="count") for name in COUNTS)
        yield Value(rows.get("win_rate", one))
        yield Value(strengths[system])
        if ranged:
            yield without_one(strengths[system])
        yield Value(rows.get("rank", one), 0)
        if any(groups.values()):
            yield Value(groups[system], form="count")
        if any(best.values()):
            yield Value(best[system])

    numbers = table(
        f"Systems {whose}", heads, [tuple(cells(one)) for one in order], shown=60, rest="systems"
    )
    figures = []
    if not subject:
        figures = [_bars(rows, order), _strengths(rows, order)]
    return section(title, *figures, numbers, *_verdict(rows, order, subject))


def _verdict(rows: Rows, order: list[str], subject: Names) -> Iterator[Text]:
    """Who is best, in a sentence."""
    row = rows.known("best_probability", {**subject, "system": order[0]})
    if row is None or row.value is None:
        return
    level = level_with(rows, order, {}, subject)
    if level:
        yield Text(f"{a_few([order[0], *level])} are level: none of them is the best.")
        return
    said = f"The best configuration is {order[0]}, with probability {row.value:.2f}"
    said += f" ({row.method})." if row.method else "."
    beside = beside_first(rows, order, {}, subject)
    if beside:
        said += f" With every comparison counted, it is not told apart from {a_few(beside)}."
    yield Text(said)


def level_with(
    rows: Rows, order: Sequence[str], part: Names, subject: Names | None = None
) -> list[str]:
    """The others that stand exactly where the first of them stands."""
    found = _of_each(rows, "rank", order, part, subject)
    return [one for one in order[1:] if found.get(one, 0.0) == found.get(order[0])]


def beside_first(
    rows: Rows, order: Sequence[str], part: Names, subject: Names | None = None
) -> list[str]:
    """The others of the first one's group, which cannot be told apart from it."""
    found = _of_each(rows, "system_group", order, part, subject)
    return [one for one in order[1:] if found.get(one, 0.0) == found.get(order[0])]


def _of_each(
    rows: Rows, name: str, order: Sequence[str], part: Names, subject: Names | None
) -> dict[str, float]:
    found = {one: rows.known(name, {**(subject or {}), "system": one}, part) for one in order}
    return {one: row.value for one, row in found.items() if row and row.value is not None}


def _bars(rows: Rows, order: list[str]) -> Figure | None:
    bars: list[Stack] = []
    body: list[tuple[Cell, ...]] = []
    for system in order:
        counts = [rows.get(name, {"system": system}) for name in COUNTS]
        values = [row.value or 0.0 for row in counts if row is not None]
        total = sum(values)
        if not total or len(values) < len(COUNTS):
            continue
        rate = rows.get("win_rate", {"system": system})
        body.append((system, *(Value(row, form="count") for row in counts), Value(rate)))
        said = f"win rate {rate.value:.2f}, {total:,.0f} pairs" if rate and rate.value else ""
        bars.append(Stack(system, said, tuple(value / total for value in values)))
    if not bars:
        return None
    alt = "; ".join(
        f"{bar.label} won {bar.parts[0]:.0%}, tied {bar.parts[1]:.0%}, lost {bar.parts[2]:.0%}"
        for bar in bars[:MOST_DRAWN]
    )
    return Figure(
        f"Comparisons won, tied and lost, by people's majority{first_of(len(bars))}.",
        Stacks(tuple(bars[:MOST_DRAWN]), ("won", "tied", "lost"), (0, 2, 4)),
        f"Stacked bars: {alt}.",
        table(
            "Won, tied and lost",
            ("system", "won", "tied", "lost", "win rate"),
            body,
        ),
        told=True,
    )


def _strengths(rows: Rows, order: list[str]) -> Figure | None:
    found = [(one, rows.known("bradley_terry", {"system": one})) for one in order]
    drawn = [(_numbered(rows, one), row) for one, row in found if row is not None]
    if not drawn:
        return None
    said = "; ".join(f"{name} {Value(row, 2).text}" for name, row in drawn[:MOST_DRAWN])
    star = " A star marks what is regularised." if any(row.status for _, row in drawn) else ""
    return Figure(
        "Bradley-Terry strengths (log scale, mean 0) with 95% intervals, clustered by prompt"
        f"{_letters(rows, order)}{first_of(len(drawn))}.{star}",
        grouped(rows, order[:MOST_DRAWN], forest(drawn[:MOST_DRAWN], base=0, digits=2)),
        f"Ranking of the systems: {said}.",
        table("Strengths", ("system", "Bradley-Terry"), [(one, Value(row)) for one, row in drawn]),
        told=True,
    )


def _numbered(rows: Rows, system: str) -> str:
    rank = rows.known("rank", {"system": system})
    return system if rank is None else f"{rank.value:.0f}. {system}"


def grouped(rows: Rows, order: list[str], drawn: Forest) -> Forest:
    """The same in the colours of groups of systems that cannot be told apart."""
    found = [rows.known("system_group", {"system": one}) for one in order]
    groups = [int(row.value) for row in found if row is not None and row.value is not None]
    if len(groups) != len(drawn.dots):
        return drawn
    dots = tuple(
        replace(dot, series=group - 1) for dot, group in zip(drawn.dots, groups, strict=True)
    )
    return replace(drawn, dots=dots, names=tuple(f"group {one + 1}" for one in range(max(groups))))


def _letters(rows: Rows, order: list[str]) -> str:
    if not any(rows.known("system_group", {"system": one}) for one in order):
        return ""
    return "; systems of one group cannot be told apart"
