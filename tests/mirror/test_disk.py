"""A disk that is full, cannot be written, or a process that ends in the middle of a migration."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, event

from annotation.store import DatabaseAway, DatabaseUnusable
from annotation.store import database as database_module
from annotation.store.database import Database
from tests.mirror.conftest import Run
from tests.mirror.containers import STUDY, Container
from tests.mirror.dumps import everything


def limit_pages(container: Container, pages: int) -> None:
    """A disk with room for so many more pages."""
    engine = container.store._database.engine

    @event.listens_for(engine, "checkout")
    def _limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")


def test_on_a_full_disk_nothing_is_acknowledged_and_nothing_that_was_is_lost(run: Run) -> None:
    container = run()
    ann = container.join("ann")
    container.label(ann)
    with closing(sqlite3.connect(container.database)) as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
    limit_pages(container, pages)
    with pytest.raises(DatabaseAway, match="full"):
        container.label(ann, comment="x" * 100_000)
    kept = container.labels()
    limit_pages(container, 1_000_000)
    container.label(ann)
    container.pass_time(61)
    container.die()
    assert run().labels() == kept + 1


def test_a_disk_that_cannot_be_written_is_told_and_the_mirror_goes_on_when_it_can(run: Run) -> None:
    container = run()
    ann = container.join("ann")
    container.pass_time(2)
    container.label(ann)
    engine = container.store._database.engine

    @event.listens_for(engine, "checkout")
    def _read_only(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    container.pass_time(61)
    assert "the database cannot be used now" in (container.mirror.problem or "")
    event.remove(engine, "checkout", _read_only)

    @event.listens_for(engine, "checkout")
    def _writable(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA query_only = OFF")

    container.pass_time(301)
    assert container.mirror.problem is None
    container.die()
    assert run().labels() == 1


def test_a_rebuild_on_a_disk_without_room_leaves_no_half_database(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    container = run()
    with closing(sqlite3.connect(container.database)) as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
    ann = container.join("ann")
    for _ in range(3):
        container.label(ann, comment="x" * 100_000)
    container.pass_time(61)
    container.die()
    made = database_module._sqlite

    def small(url: str, busy_seconds: float) -> Engine:
        engine = made(url, busy_seconds)

        @event.listens_for(engine, "connect")
        def _limit(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages + 20}")

        return engine

    with monkeypatch.context() as patch:
        patch.setattr(database_module, "_sqlite", small)
        with pytest.raises(DatabaseUnusable, match=r"rebuilding: .*full"):
            run()
    assert not list(container.disk.iterdir())
    assert run().labels() == 3


def test_a_kill_in_the_middle_of_a_migration_loses_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mirror holds the tables of an older version; the new version is killed while it moves."""
    container = run()
    ann = container.join("ann")
    container.label(ann)
    container.pass_time(61)
    before = everything(container.database)
    container.die()
    upgraded = command.upgrade
    killed: list[str] = []

    def upgrade(config: Config, revision: str) -> None:
        upgraded(config, revision)
        if not killed:
            killed.append(revision)
            raise KeyboardInterrupt

    monkeypatch.setattr(command, "upgrade", upgrade)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert not container.database.exists()
    again = run()
    assert everything(again.database)["label"] == before["label"]
    assert again.known("ann").submitted == 1


def test_tables_of_an_older_version_are_brought_up_to_date_and_mirrored_anew(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = database_module.open_database
    old = "0007"  # the first version with a mirror

    def older(url: str, busy_seconds: float = 5.0, revision: str = "head") -> Database:
        return opened(url, busy_seconds, old if revision == "head" else revision)

    with monkeypatch.context() as patch:
        patch.setattr("annotation.store.store.open_database", older)
        container = run()
        container.store.add_invites(STUDY, ["x"], container.clock.now())
        container.pass_time(61)
        assert container.store.mirrored().revision == old
        container.die()
    again = run()
    assert everything(again.database)["invite"][0][:2] == ("x", STUDY)
    again.pass_time(61)
    with again.store.image() as image:
        assert again.store.mirrored().revision == image.revision
