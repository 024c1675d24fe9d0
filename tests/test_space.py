"""The app as a Space runs it: the disk is wiped at every restart."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.annotation import postgres
from tests.builders import a_plan, a_study_folder
from tests.served import Visitor, answers_to, served

SECRET = "a secret of the Space"


def a_space(study: Path) -> Path:
    """The study as a Space brings it: with nothing that people produced."""
    shutil.rmtree(study, ignore_errors=True)
    return a_study_folder(study, a_plan(labels_per_pair=3), pairs=8)


@pytest.fixture
def postgres_url() -> Iterator[str]:
    if postgres.programs() is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    with postgres.server() as server:
        with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE space")
        yield server.format("space")


@pytest.mark.postgres
def test_with_postgresql_people_go_on_where_they_were_after_the_disk_is_wiped(
    tmp_path: Path, postgres_url: str
) -> None:
    settings = {"SPACE_ID": "lab/study", "SECRET": SECRET, "DATABASE_URL": postgres_url}
    study = a_space(tmp_path / "study")
    with served(study, **settings) as app, httpx.Client(base_url=app.url, timeout=20) as client:
        assert "they survive a restart" in app.next_line()
        visitor = Visitor(client)
        visitor.join("ann")
        task = visitor.start()["task"]
        sent = {"submission_id": "first-one", "token": task["token"], "answers": answers_to(task)}
        following = visitor.call("submit", sent)["next"]
        app.stop(signal.SIGKILL)
        a_space(study)
        app.start()
        assert visitor.start() == following
        assert following["task"]["done"] == 1
