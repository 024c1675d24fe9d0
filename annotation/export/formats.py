"""Every format by its name, and what of a study it can hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from annotation.export.published import alpaca_eval, pandalm, tulu
from annotation.export.tables import TABLES, labels_with_texts, pairs
from annotation.export.wanted import CannotExport, Member, Plan, Tally, Wanted
from annotation.export.writers import WRITERS


@dataclass(frozen=True)
class Format:
    """How a format is planned; `is_table` where it holds any view, and is one file."""

    plan: Callable[[Wanted], Plan]
    is_table: bool = False
    is_folder: bool = False


def plan(wanted: Wanted) -> Plan:
    """The files that an export will make; raises CannotExport where the format fits nothing."""
    chosen = FORMATS[wanted.format]
    if wanted.view != "labels" and not chosen.is_table:
        tables = ", ".join(name for name, one in FORMATS.items() if one.is_table)
        raise CannotExport(
            f"--view {wanted.view}: the format {wanted.format} has a view of its own, expected "
            f"--format with one of {tables}"
        )
    return chosen.plan(wanted)


def _table(wanted: Wanted) -> Plan:
    tally = Tally()
    if wanted.view == "labels" and wanted.format == "csv":
        tables = [labels_with_texts(wanted, tally)]
    else:
        tables = [TABLES[wanted.view](wanted, tally)]
    if wanted.view == "labels" and wanted.format == "xlsx":
        tables.append(pairs(wanted, Tally()))  # the texts once, not in each row
    name = f"{wanted.view}.{wanted.format}"
    return Plan((Member(name, lambda: WRITERS[wanted.format](tables)),), tally)


FORMATS: dict[str, Format] = {
    **{name: Format(_table, is_table=True) for name in WRITERS},
    "pandalm": Format(pandalm, is_folder=True),
    "tulu": Format(tulu, is_folder=True),
    "alpaca-eval": Format(alpaca_eval),
}
