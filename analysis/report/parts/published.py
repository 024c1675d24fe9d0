"""The tables of the studies that the project brings together: writing, and Camels' comparisons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.estimates import Names
from analysis.report.behind import Meeting
from analysis.report.document import DASH, Cell, Figure, Section, Value, section, table
from analysis.report.parts.ratings import LABELS
from analysis.report.pictures.stacks import Stack, Stacks
from analysis.report.rows import Rows

FIRST = {"basis": "first"}
PAIRS_DRAWN = 20
FIVE = ("clearly better", "slightly better", "tie", "slightly worse", "clearly worse")
THREE = ("better", "tie", "worse")


def writing(criteria: Sequence[Mapping[str, Any]], by_key: Mapping[str, Rows]) -> Section:
    """Mean ratings by category and criterion, and their averages over the categories."""
    rated = [one["key"] for one in criteria if _levels(one) > 2]
    rows = [by_key[key] for key in rated]
    found = {name for one in rows for name in one.slices("mean_rating", "category")}
    names = sorted(found)
    systems = sorted({name for one in rows for name in one.subjects("mean_rating", "system")})
    heads = [f"{name} {key}" for name in names for key in rated]
    body = [tuple(_written(system, names, rows)) for system in systems]
    return section(
        "Mean ratings by category",
        table(
            "Mean ratings by system, category and criterion",
            ("system", *heads, *(f"average {key}" for key in rated)),
            sorted(body, key=_by_average(len(rated))) if names else (),
            "Means over all of people's labels. Averages are plain means over the categories, as "
            "in INSTRUCTEVAL's writing table.",
            rest="systems",
        ),
    )


def _labels(category: str) -> Names:
    """Of a category, over all of people's labels."""
    return {"category": category, **LABELS}


def _by_average(rated: int) -> Any:
    def key(row: tuple[Cell, ...]) -> tuple[float, str]:
        averages = [one for one in row[-rated:] if isinstance(one, float)]
        return (-sum(averages), str(row[0]))

    return key


def _levels(criterion: Mapping[str, Any]) -> int:
    scale = criterion["scale"]
    return len(scale["levels"]) if isinstance(scale, Mapping) else 0


def _written(system: str, names: Sequence[str], rows: Sequence[Rows]) -> Iterator[Cell]:
    yield system
    for name in names:
        for one in rows:
            yield Value(one.get("mean_rating", {"system": system}, _labels(name)), 2)
    for one in rows:
        parts = [one.known("mean_rating", {"system": system}, _labels(name)) for name in names]
        values = [row.value for row in parts if row is not None and row.value is not None]
        yield sum(values) / len(values) if values and len(values) == len(names) else DASH


def camels(
    rows: Rows,
    meetings: Sequence[Meeting],
    criteria: Sequence[Mapping[str, Any]],
    by_key: Mapping[str, Rows],
) -> Section:
    """Each two systems by the earliest label of each pair, with people's agreement.

    Where responses are also accepted or not (a rating of two levels), both systems' acceptance.
    """
    accepted = [by_key[one["key"]] for one in criteria if _levels(one) == 2]
    names: Sequence[str] = ()
    body, bars = [], []
    for meeting in meetings:
        names, counts = _folded(meeting)
        total = sum(counts)
        if not total:
            continue
        shares = tuple(count / total for count in counts)
        body.append(tuple(_compared(rows, accepted, meeting, shares)))
        first, second = meeting.systems
        bars.append(Stack(f"{first} against {second}", f"{total:,} pairs", shares))
    heads = ["first / second", "pairs"]
    for one in accepted:
        heads += [f"first: {_key(one)} {_best(one)}", f"second: {_key(one)} {_best(one)}"]
    heads += [f"first is {name}" if name != "tie" else name for name in names]
    heads += ["agreement", "relaxed agreement"]
    numbers = table(
        "Each two systems by the earliest label of each pair",
        heads,
        body,
        "As in How Far Can Camels Go?: shares of the earliest label of each pair, and how often "
        "the first two annotators of a pair agree on who won (relaxed: a tie is half right).",
        shown=40,
        rest="pairs of systems",
    )
    if not bars:
        return section("Each two systems by first labels")
    return section(
        "Each two systems by first labels", _drawn(bars, names, numbers.caption), numbers
    )


def _drawn(bars: Sequence[Stack], names: Sequence[str], caption: str) -> Figure:
    alt = "; ".join(
        f"{bar.label}: "
        + ", ".join(f"{name} {share:.0%}" for name, share in zip(names, bar.parts, strict=True))
        for bar in bars[:PAIRS_DRAWN]
    )
    left = f" (the first {PAIRS_DRAWN} of {len(bars)})" if len(bars) > PAIRS_DRAWN else ""
    return Figure(
        f"How the first system fares against the second, by the earliest label of each pair{left}.",
        Stacks(
            tuple(bars[:PAIRS_DRAWN]),
            tuple(names),
            {5: (0, 1, 2, 3, 4), 3: (0, 2, 4), 4: (0, 2, 4, 5)}[len(names)],
        ),
        f"Stacked bars: {alt}.",
        table(caption, ("first against second", *names), [(bar.label, *bar.parts) for bar in bars]),
        told=True,
    )


def _folded(meeting: Meeting) -> tuple[Sequence[str], tuple[int, ...]]:
    """The names of the choices, the first system's wins first."""
    if len(meeting.choices) == len(FIVE):
        return FIVE, meeting.counts
    if len(meeting.choices) > len(THREE):
        return (*THREE, "both bad"), meeting.counts
    return THREE, meeting.counts


def _key(rows: Rows) -> str:
    return str(rows.all[0].criterion)


def _best(rows: Rows) -> str:
    levels = [str(one.subject["level"]) for one in rows.named("rating_share")]
    return levels[0] if levels else ""


def _compared(
    rows: Rows, accepted: Sequence[Rows], meeting: Meeting, shares: Sequence[float]
) -> Iterator[Cell]:
    part = {"systems": meeting.systems}
    yield " / ".join(meeting.systems)
    yield sum(meeting.counts)
    for one in accepted:
        for system in meeting.systems:
            subject = {"system": system, "level": _best(one)}
            yield Value(one.get("rating_share", subject, {**part, **FIRST}))
    yield from shares
    yield Value(rows.get("first_two_agreement", {}, part))
    yield Value(rows.get("relaxed_agreement", {}, part))
