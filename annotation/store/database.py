"""Open SQLite or PostgreSQL and bring its tables up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    TimeoutError,
)
from sqlmodel import Session

from annotation.store.records import DatabaseAway, DatabaseUnusable, Replaced

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
BUSY_SECONDS = 5.0
_PATIENCE = 10
"""Seconds for a connection to PostgreSQL; the page asks again after twice as many."""
_ALONE = 0x7469_6562  # any number that is ours: one replica changes the tables, the others wait


class Database:
    """An engine and its two kinds of session: reading, and writing in one short transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing = Lock() if engine.dialect.name == "sqlite" else None
        self._refusal: str | None = None

    @property
    def is_sqlite(self) -> bool:
        """Whether row locks are unknown, because writers come one after the other anyway."""
        return self._writing is not None

    @property
    def is_replaced(self) -> bool:
        """Whether another process has taken over, so that nothing is changed here."""
        return self._refusal is not None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database; raises DatabaseAway."""
        with _asked(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self, *, always: bool = False) -> Iterator[Session]:
        """A session whose changes are committed together at the end, or not at all.

        SQLite polls while it waits for another writer; the lock makes threads queue instead.
        Raises DatabaseAway; after that nobody knows whether the changes were committed, and a
        retry must be harmless.
        Raises Replaced where another process has taken over; `always`: not even then.
        """
        with (
            _asked(),
            self._writing or nullcontext(),
            Session(self.engine, expire_on_commit=False) as session,
        ):
            if self._refusal is not None and not always:
                raise Replaced(self._refusal)
            session.connection(execution_options={"begin_immediate": True})
            yield session
            session.commit()

    def forget_deleted(self) -> None:
        """Take what was deleted out of SQLite's log, too; its pages were overwritten before.

        While somebody reads an older state the log stays until it is written anew.
        """
        if self.is_sqlite:
            with _asked(), self.engine.connect() as connection:
                _pragma(connection, "wal_checkpoint(TRUNCATE)")

    def refuse_writers(self, why: str) -> None:
        """No change is committed from now on: `writing` raises Replaced. Waits for one that is."""
        with self._writing or nullcontext():
            self._refusal = why

    def alone(self, session: Session) -> None:
        """Until the end of its transaction, no other replica's session gets past this point."""
        if not self.is_sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ALONE})


@contextmanager
def _asked() -> Iterator[None]:
    """What the drivers say when a database is gone, locked, full or read-only, in one sentence."""
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as error:
        raise DatabaseAway(f"the database cannot be used now: {_reason(error)}") from error
    except TimeoutError as error:
        raise DatabaseAway(f"no connection to the database came free: {error}") from error


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]


def open_database(url: str, busy_seconds: float = BUSY_SECONDS, revision: str = "head") -> Database:
    """The database at `url` with its tables at `revision`, or up to date.

    Raises DatabaseUnusable in one sentence.
    busy_seconds: so long a writer waits for a writer of another process (SQLite).
    """
    try:
        engine = _sqlite(url, busy_seconds) if url.startswith("sqlite") else _postgresql(url)
    except (ArgumentError, ModuleNotFoundError, ValueError) as error:
        raise DatabaseUnusable(f"the database URL cannot be used: {error}") from None
    database = Database(engine)
    try:
        with engine.connect() as connection:
            if database.is_sqlite:
                # Outside a transaction: a table that is made anew is dropped in between.
                _pragma(connection, "foreign_keys=OFF")
            connection = connection.execution_options(begin_immediate=True)
            with Session(connection) as session, session.begin():
                database.alone(session)
                _migrate(connection, revision)
            if database.is_sqlite:
                _pragma(connection, "foreign_keys=ON")
    except DBAPIError as error:
        engine.dispose()
        raise DatabaseUnusable(f"{make_url(url).render_as_string()}: {_reason(error)}") from None
    except DatabaseUnusable:
        engine.dispose()
        raise
    return database


def _pragma(connection: Connection, pragma: str) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute(f"PRAGMA {pragma}")


def _sqlite(url: str, busy_seconds: float) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
        hide_parameters=True,  # an error must not carry what people wrote into a log
        pool_size=16,
        max_overflow=48,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        durable = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
        for pragma in (*durable, "secure_delete=ON"):  # what is deleted is overwritten
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("begin_immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _postgresql(url: str) -> Engine:
    patient = make_url(url).update_query_dict({"connect_timeout": str(_PATIENCE)})
    return create_engine(
        make_url(url) if "connect_timeout" in make_url(url).query else patient,
        pool_size=10,
        max_overflow=30,
        pool_timeout=_PATIENCE,
        pool_pre_ping=True,
        hide_parameters=True,
    )


def _migrate(connection: Connection, revision: str) -> None:
    config = migration_config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        newest = ScriptDirectory.from_config(config).get_current_head()
        raise DatabaseUnusable(
            f"the database was made by another version of Tiebreak (newest known here: {newest}): "
            f"{error}"
        ) from None


def migration_config() -> Config:
    """Alembic's configuration, without a file: where the migrations lie."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
