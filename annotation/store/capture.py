"""Triggers that write every change of a table into `change`, in the change's transaction.

They catch what any statement of any process does, and are made from the tables as they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from annotation.store.records import DatabaseUnusable

DERIVED = frozenset({"profile", "share", "annotator_sum", "split"})
"""Figures that are computed from the labels: `refiguring.py` makes them again."""
NOT_CAPTURED = (
    DERIVED
    | {"change", "mirror", "alembic_version"}
    | {"researcher_session", "work", "report_file"}
)
"""Sign-ins of researchers end with the disk: whoever reads the mirror has no use for them. A report
is made again."""
_DERIVED_COLUMNS = {"pair": frozenset({"stale"})}
"""What says whether figures are up to date; a change of nothing else is not caught."""
_PREFIX = "capture_"
_VISIBLE = 0  # what table_xinfo says of a column that is stored as given


@dataclass(frozen=True)
class Relation:
    """A table: its columns in their order, without those that the database computes."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    reals: frozenset[str]
    """Columns of floating point numbers, which travel as text of 17 digits to stay exact."""


def relations(connection: Connection) -> Mapping[str, Relation]:
    """Every table that is captured, by name."""
    names = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).scalars()
    return {name: _relation(connection, name) for name in sorted(set(names) - NOT_CAPTURED)}


def _relation(connection: Connection, name: str) -> Relation:
    told = connection.exec_driver_sql(f'PRAGMA table_xinfo("{name}")').all()
    stored = [column for column in told if column.hidden == _VISIBLE]
    for column in stored:
        if "BLOB" in column.type.upper():
            raise DatabaseUnusable(f"{name}.{column.name}: the mirror cannot hold bytes")
    key = sorted((column.pk, column.name) for column in stored if column.pk)
    return Relation(
        columns=tuple(column.name for column in stored),
        key=tuple(column for _, column in key),
        reals=frozenset(
            column.name
            for column in stored
            if any(word in column.type.upper() for word in ("REAL", "FLOA", "DOUB"))
        ),
    )


def install(connection: Connection) -> None:
    """The triggers of every table, made anew; a migration may have dropped some."""
    remove(connection)
    for name, relation in relations(connection).items():
        put = _insert("put", name, _fields("NEW", relation.columns, relation))
        drop = _insert("drop", name, _fields("OLD", relation.key, relation))
        moved = " OR ".join(f'OLD."{one}" IS NOT NEW."{one}"' for one in relation.key)
        bodies = {
            "INSERT": f"{put};",
            "UPDATE": f"{drop} WHERE {moved}; {put};",
            "DELETE": f"{drop};",
        }
        if name == "annotator":  # who withdraws leaves nothing behind, and the mirror begins anew
            bodies["DELETE"] += (
                " UPDATE change SET fields = NULL;"
                " UPDATE mirror SET anew = anew + 1, withdrawn = withdrawn + 1;"
            )
        derived = _DERIVED_COLUMNS.get(name, frozenset())
        watched = ", ".join(f'"{one}"' for one in relation.columns if one not in derived)
        for event, body in bodies.items():
            of = f" OF {watched}" if event == "UPDATE" else ""
            connection.exec_driver_sql(
                f'CREATE TRIGGER "{_PREFIX}{name}_{event.lower()}" AFTER {event}{of} ON "{name}" '
                f"BEGIN {body} END"
            )


def remove(connection: Connection) -> None:
    """No trigger of ours is left."""
    names = connection.exec_driver_sql(
        f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{_PREFIX}%'"
    ).scalars()
    for name in names.all():
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def _insert(kind: str, name: str, fields: str) -> str:
    return f"INSERT INTO change (kind, relation, fields) SELECT '{kind}', '{name}', {fields}"


def _fields(row: str, columns: tuple[str, ...], relation: Relation) -> str:
    return "json_array(" + ", ".join(_field(row, one, relation) for one in columns) + ")"


def _field(row: str, column: str, relation: Relation) -> str:
    value = f'{row}."{column}"'
    if column not in relation.reals:
        return value
    return f"CASE WHEN {value} IS NULL THEN NULL ELSE printf('%!.17g', {value}) END"
