"""Look at a database without changing it: which version of the tables it has, and its clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Literal, NamedTuple

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from annotation.store.database import migration_config
from annotation.store.records import DatabaseUnusable


class Inspected(NamedTuple):
    """What a database says of itself."""

    tables: Literal["none", "older", "current", "newer"]
    """Of which version they are, seen from this one."""
    clock: datetime | None
    """A server's clock; None for a file, which has ours."""


def inspect_database(url: str) -> Inspected:
    """What the database at `url` says of itself; raises DatabaseUnusable."""
    scripts = ScriptDirectory.from_config(migration_config())
    known = [one.revision for one in scripts.walk_revisions()]
    with _connected(url) as connection:
        revision = None
        if "alembic_version" in inspect(connection).get_table_names():
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        clock = None
        if connection.dialect.name != "sqlite":
            clock = connection.execute(text("SELECT now()")).scalar()
    if revision is None:
        return Inspected("none", clock)
    if revision not in known:
        return Inspected("newer", clock)
    return Inspected("current" if revision == known[0] else "older", clock)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    """A connection that sets nothing up; a SQLite file is opened for reading and never made."""
    if url.startswith("sqlite"):
        url = f"sqlite:///file:{url.removeprefix('sqlite:///')}?mode=ro&uri=true"
    try:
        engine = create_engine(url)
    except (ArgumentError, ModuleNotFoundError, ValueError) as error:
        raise DatabaseUnusable(f"the database URL cannot be used: {error}") from None
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise DatabaseUnusable(f"{make_url(url).render_as_string()}: {reason}") from None
    finally:
        engine.dispose()
