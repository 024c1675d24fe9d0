"""All that a database holds, to compare two of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from annotation.store.capture import NOT_CAPTURED


def everything(path: Path) -> dict[str, list[Any]]:
    """Table to its sorted rows, the mirror's own tables apart."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
            for (name,) in names
            if name not in NOT_CAPTURED
        }
