"""A database that goes away and comes back: a sentence, nothing lost, nothing doubled."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

import psycopg
import pytest
from sqlalchemy import event

from annotation.assignment import Answer
from annotation.blind import Draft, Submission, Task
from annotation.served import load_served
from annotation.settings import database_url
from annotation.store import DatabaseAway, Store
from annotation.study import PAIRS_FILE, write_jsonl
from annotation.workflow import Workflow
from tests.annotation import postgres
from tests.builders import a_pair, a_plan, a_study_folder

ANSWERS = (Answer(criterion="overall", target="pair", choice="a"),)
PAGES = 100_000
LONG = "이유 " * 3_000  # several pages of a database


class Trouble(NamedTuple):
    """A store whose database can be made to fail, and what is said then."""

    store: Store
    away: Callable[[], AbstractContextManager[None]]
    said: str


def a_sqlite(folder: Path) -> Store:
    return Store.open(f"sqlite:///{folder / 'annotations.db'}", busy_seconds=0.05)


@contextmanager
def locked(folder: Path) -> Iterator[Trouble]:
    """Another process writes and does not come to an end."""

    @contextmanager
    def away() -> Iterator[None]:
        with closing(sqlite3.connect(folder / "annotations.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    with closing(a_sqlite(folder)) as store:
        yield Trouble(store, away, "locked")


@contextmanager
def with_pragma(folder: Path, on: str, off: str, said: str) -> Iterator[Trouble]:
    """SQLite refuses what is asked over every connection that is taken while `on` holds."""
    with closing(a_sqlite(folder)) as store:
        engine, pragmas = store._database.engine, [off]

        @event.listens_for(engine, "checkout")
        def _set(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute(f"PRAGMA {pragmas[-1]}")

        @contextmanager
        def away() -> Iterator[None]:
            pragmas.append(on)
            yield
            pragmas.append(off)

        yield Trouble(store, away, said)


def full(folder: Path) -> AbstractContextManager[Trouble]:
    """The disk has no room for one more page; what fits into those that are there goes through."""
    return with_pragma(folder, "max_page_count=1", f"max_page_count={PAGES}", "full")


def read_only(folder: Path) -> AbstractContextManager[Trouble]:
    return with_pragma(folder, "query_only=ON", "query_only=OFF", "readonly")


@contextmanager
def stopped(folder: Path) -> Iterator[Trouble]:
    """PostgreSQL is stopped with all its connections, and started again."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    with postgres.running() as server:
        with psycopg.connect(server.url.format("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE away")

        @contextmanager
        def away() -> Iterator[None]:
            server.stop()
            yield
            server.start()

        url = database_url(folder, {"DATABASE_URL": server.url.format("away")})
        with closing(Store.open(url)) as store:
            yield Trouble(store, away, "cannot be used now")


@pytest.fixture(params=[locked, full, read_only, pytest.param(stopped, marks=pytest.mark.postgres)])
def trouble(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Trouble]:
    with request.param(tmp_path) as made:
        yield made


@pytest.fixture
def workflow(trouble: Trouble, tmp_path: Path) -> Workflow:
    folder = a_study_folder(tmp_path / "study", a_plan(labels_per_pair=1), 3)
    return Workflow(load_served(folder), trouble.store, coin=Random(0))


def submission(task: Task) -> Submission:
    return Submission(
        submission_id=f"of-{task.token}", token=task.token, answers=ANSWERS, comment=LONG
    )


def test_what_could_not_be_saved_is_saved_once_when_it_is_sent_again(
    workflow: Workflow, trouble: Trouble
) -> None:
    ann = workflow.join("ann").annotator
    first = workflow.next_task(ann)
    assert isinstance(first, Task)
    acknowledged = workflow.submit(ann, submission(first))
    second = workflow.next_task(ann)
    assert isinstance(second, Task)
    kept = Draft(token=second.token, answers=ANSWERS, comment=LONG, sequence=1)
    with trouble.away():
        with pytest.raises(DatabaseAway, match=trouble.said):
            workflow.save_draft(ann, kept)
        with pytest.raises(DatabaseAway, match=trouble.said):
            workflow.submit(ann, submission(second))
    workflow.save_draft(ann, kept)
    again = workflow.next_task(ann)
    assert isinstance(again, Task)
    assert (again.token, again.draft_comment) == (second.token, kept.comment)
    receipts = [workflow.submit(ann, submission(second)) for _ in range(2)]
    assert receipts[0] == receipts[1]
    assert workflow.submit(ann, submission(first)).submission_id == acknowledged.submission_id
    labels = list(trouble.store.labels("trial"))
    assert len(labels) == len({label.key for label in labels}) == 2


def test_a_join_during_the_trouble_leaves_nobody_behind(
    workflow: Workflow, trouble: Trouble
) -> None:
    with trouble.away(), suppress(DatabaseAway):
        workflow.join("ann", joining_id="0" * 32)
    joined = workflow.join("ann", joining_id="0" * 32)
    assert workflow.annotator_of(joined.return_key) == joined.annotator


def test_pairs_that_are_added_meanwhile_are_served_when_it_is_back(
    workflow: Workflow, trouble: Trouble
) -> None:
    ann = workflow.join("ann").annotator
    path = workflow.study.folder / PAIRS_FILE
    write_jsonl(path, [a_pair(number) for number in range(5)])
    os.utime(path, (1, 1))
    with trouble.away(), suppress(DatabaseAway):
        workflow.next_task(ann)
    shown = workflow.next_task(ann)
    assert isinstance(shown, Task)
    assert shown.remaining == 5
    assert workflow.study_problem is None
