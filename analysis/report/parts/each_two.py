"""Each two systems: who won how often, by people's majority, as a table and as a matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.estimates import Estimate
from analysis.report.document import DASH, Cell, Figure, Section, Value, section, table
from analysis.report.parts.agreement import FEW_SHARED
from analysis.report.parts.criteria import p_value
from analysis.report.parts.systems import COUNTS, ranked
from analysis.report.pictures.heat import Heat
from analysis.report.rows import Rows

PAIRS_SHOWN = 40
TOO_FEW = (
    f"No alpha is shown of fewer than {FEW_SHARED} pairs that two people labelled; `report.json` "
    "has it."
)
MOST_SYSTEMS = 12
"""More make a matrix that no page can hold."""


def each_two(rows: Rows) -> Section:
    """Every pair of systems: who won how often, the win rate and people's agreement."""
    met = rows.couples("win_rate")
    if not any(_against(rows, "win_rate", *both) for both in met):
        return section("Each two systems")
    body = [tuple(_couple(rows, both)) for both in met]
    heads = ("first / second", "first won", "tied", "first lost", "win rate of the first")
    order = ranked(rows, {})
    return section(
        "Each two systems",
        table(
            "Each two systems, by people's majority",
            (*heads, "p, adjusted", "alpha, ordinal"),
            body,
            *([TOO_FEW] if any(row[-1] == DASH for row in body) else []),
            shown=PAIRS_SHOWN,
            rest="pairs of systems",
        ),
        *_matrix(rows, order),
    )


def _couple(rows: Rows, both: tuple[str, str]) -> Iterator[Cell]:
    first, part = {"system": both[0]}, {"systems": both}
    yield " / ".join(both)
    yield from (Value(rows.get(name, first, part), form="count") for name in COUNTS)
    yield Value(rows.get("win_rate", first, part))
    yield p_value(rows.known("pairwise_significance", {"systems": both}))
    alpha = rows.get("krippendorff_alpha_ordinal", {}, part)
    yield DASH if alpha is None or alpha.n < FEW_SHARED else Value(alpha)


def _against(rows: Rows, name: str, one: str, other: str) -> Estimate | None:
    return rows.known(name, {"system": one}, {"systems": tuple(sorted((one, other)))})


def _matrix(rows: Rows, order: Sequence[str]) -> Iterator[Figure]:
    """PandaLM's matrix: what the row's system won, tied and lost against the column's."""
    if len(order) < 3:
        return
    body = [(one, *(_record(rows, one, other) for other in order)) for one in order]
    numbers = table("Won / tied / lost, the row against the column", ("", *order), body, words=True)
    shown = order[:MOST_SYSTEMS]
    rates = [[_against(rows, "win_rate", one, other) for other in shown] for one in shown]
    columns = [str(number + 1) for number in range(len(shown))]
    said = f"; the {MOST_SYSTEMS} strongest of {len(order)}" if len(order) > MOST_SYSTEMS else ""
    yield Figure(
        f"Win rate of the row's system against the column's, by people's majority{said}.",
        Heat(
            tuple(f"{number + 1} {name}" for number, name in enumerate(shown)),
            tuple(columns),
            tuple(tuple(None if one is None else one.value for one in row) for row in rates),
            tuple(tuple("" if one is None else f"{one.value:.2f}" for one in row) for row in rates),
            "against",
            "system",
            sided=True,
        ),
        "Win rates of each system against each other; the table below has the counts.",
        numbers,
    )


def _record(rows: Rows, one: str, other: str) -> str:
    counts = [_against(rows, name, one, other) for name in COUNTS]
    if one == other or not all(counts):
        return DASH
    return " / ".join(f"{row.value:.0f}" for row in counts if row is not None)
