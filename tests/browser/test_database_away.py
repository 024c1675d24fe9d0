"""PostgreSQL goes away while people label, and comes back: the page says so and goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from annotation.settings import database_url
from annotation.store import Store
from tests.annotation import postgres
from tests.browser.conftest import FIVE, Visit
from tests.builders import a_study_folder
from tests.served import Served, served

pytestmark = pytest.mark.postgres

AWAY = re.compile("cannot reach its database")


class OnPostgres(NamedTuple):
    """The app on a server that can be stopped."""

    app: Served
    server: postgres.Server
    url: str


@pytest.fixture
def on_postgres(tmp_path: Path) -> Iterator[OnPostgres]:
    if postgres.programs() is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    study = a_study_folder(tmp_path / "study", FIVE, 5)
    with postgres.running() as server:
        with psycopg.connect(server.url.format("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE away")
        url = server.url.format("away")
        with served(study, DATABASE_URL=url, SECRET="sixteen characters") as app:
            yield OnPostgres(app, server, database_url(study, {"DATABASE_URL": url}))


def test_the_page_says_that_the_database_is_away_and_sends_all_when_it_is_back(
    on_postgres: OnPostgres, visit: Visit
) -> None:
    screen = visit(on_postgres.app).join()
    screen.page.evaluate("window.notReloaded = true")
    screen.press("1", "2", "3", "1")
    screen.says("status", "Saved")
    on_postgres.server.stop()
    screen.press("2")
    screen.says("notice", AWAY)
    screen.press("Enter")
    screen.says("notice", AWAY)
    screen.says("status", re.compile(r"^Saving, retry \d+$"))
    on_postgres.server.start()
    screen.labelled(1)
    screen.says("notice", "")
    assert screen.page.evaluate("window.notReloaded")
    with closing(Store.open(on_postgres.url)) as store:
        assert len(list(store.labels("trial"))) == 5


def test_a_page_that_is_loaded_meanwhile_waits_for_the_database(
    on_postgres: OnPostgres, visit: Visit
) -> None:
    screen = visit(on_postgres.app).join()
    screen.press("3")
    screen.says("status", "Saved")
    on_postgres.server.stop()
    screen.page.reload()
    screen.says("notice", AWAY)
    on_postgres.server.start()
    screen.shows("task")
    assert screen.chosen() == ["b"]
