"""Tables and estimates as CSV, every number in full, for download from report.html."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from analysis.estimates import Estimate, canonical
from analysis.report.document import DASH, Cell, Table, Value

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet would run; data/README.md says what becomes of it."""
ESTIMATE_FIELDS = (
    *("statistic", "criterion", "subject", "slice", "value", "low", "high", "n", "unit"),
    *("p", "p_adjusted", "adjustment", "status", "low_leave_one_out", "high_leave_one_out"),
    *("dropped_share", "method", "reason"),
)


def table_csv(table: Table) -> str:
    """All rows of a table; an estimate takes columns for its ends where the table has any."""
    wide = [_has_ends(row[place] for row in table.rows) for place in range(len(table.heads))]
    heads: list[str] = []
    for head, ends in zip(table.heads, wide, strict=True):
        heads += [head or "name", *([f"{head} low", f"{head} high"] if ends else [])]
    body = (
        [one for cell, ends in zip(row, wide, strict=True) for one in _cells(cell, ends)]
        for row in table.rows
    )
    return _csv(heads, body)


def _has_ends(cells: Iterable[Cell]) -> bool:
    return any(isinstance(one, Value) and one.row and one.row.low is not None for one in cells)


def _cells(cell: Cell, ends: bool) -> Iterator[object]:
    row = cell.row if isinstance(cell, Value) else None
    yield (None if row is None else row.value) if isinstance(cell, Value) else cell
    if ends:
        yield None if row is None else row.low
        yield None if row is None else row.high


def estimates_csv(estimates: Iterable[Estimate]) -> str:
    """Every estimate, one a row; subject and slice as JSON."""
    return _csv(
        ESTIMATE_FIELDS,
        (
            [
                canonical(getattr(one, name))
                if name in {"subject", "slice"}
                else getattr(one, name)
                for name in ESTIMATE_FIELDS
            ]
            for one in estimates
        ),
    )


def _csv(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(map(_safe, heads))
    writer.writerows(map(_safe, row) for row in rows)
    return made.getvalue()


def _safe(cell: object) -> object:
    """A cell that no spreadsheet runs; what is undefined is empty."""
    if cell is None or cell == DASH:
        return ""
    if isinstance(cell, str) and cell.lstrip("'").startswith(FORMULA):
        return f"'{cell}"
    return cell
