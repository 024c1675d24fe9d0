"""All that a database holds, to compare two of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from annotation.store import Store
from annotation.store.capture import DERIVED, NOT_CAPTURED

_DRAWN = {"split": "token"}
"""Table to its column that is drawn by chance whenever the row is made."""


def everything(path: Path) -> dict[str, list[Any]]:
    """Table to its sorted rows, figures among them; not what a mirror leaves out for good."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: sorted(connection.execute(f"SELECT {_columns(connection, name)}"), key=repr)
            for (name,) in names
            if name in DERIVED or name not in NOT_CAPTURED
        }


def _columns(connection: sqlite3.Connection, table: str) -> str:
    told = connection.execute(f'PRAGMA table_xinfo("{table}")').fetchall()
    names = [name for _, name, *_ in told if name != _DRAWN.get(table)]
    return ", ".join(f'"{name}"' for name in names) + f' FROM "{table}"'


def figured(store: Store, study: str) -> None:
    """Have the figures of the study made, as the researchers' page does it."""
    while store.refigure(study):
        pass
