"""What the page is told while the database is away, with the whole app on a locked SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.pages.conftest import ClientOf
from tests.served import Visitor, answers_to


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    database = folder / "study" / "annotations.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def client(client_of: ClientOf) -> TestClient:
    return client_of()


def test_answers_are_asked_for_again_with_a_sentence(client: TestClient, tmp_path: Path) -> None:
    visitor = Visitor(client)
    visitor.join("ann")
    task = visitor.start()["task"]
    sent = {"submission_id": "submission-1", "token": task["token"], "answers": answers_to(task)}
    with locked(tmp_path):
        refused = visitor.call("submit", sent)
    assert refused["ok"] is False
    assert refused["again"] is True
    assert "cannot reach its database" in refused["error"]
    assert visitor.call("submit", sent)["ok"]


def test_who_joins_then_is_answered_503_with_a_sentence(client: TestClient, tmp_path: Path) -> None:
    Visitor(client)  # whose origin the gate asks for
    with locked(tmp_path):
        answer = client.post("/session/join", json={"pseudonym": "ben"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "cannot reach its database" in answer.json()["error"]
