"""Two app processes behind nginx, round robin without stickiness, on one PostgreSQL."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psycopg
import pytest

from annotation.schema import Label
from annotation.settings import database_url
from annotation.store import Store
from benchmarks.soak import proxy
from benchmarks.soak.replicas import Place, Replica
from tests.annotation import postgres
from tests.builders import a_criterion, a_plan, a_study_folder
from tests.served import Visitor, answers_to

pytestmark = pytest.mark.postgres

PAIRS = 12
WALK = 3


class Balanced(NamedTuple):
    """Two replicas and what stands before them."""

    url: str
    replicas: list[Replica]
    database_url: str
    log: Path
    """The address of the replica that answered, a line a request."""

    def labels(self) -> list[Label]:
        with closing(Store.open(self.database_url)) as store:
            return list(store.labels("trial"))

    def last_replicas(self, count: int) -> list[str]:
        return self.log.read_text().splitlines()[-count:]


@pytest.fixture(scope="module")
def balanced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Balanced]:
    if postgres.programs() is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    try:
        proxy.nginx()
    except proxy.NoNginx as missing:
        pytest.skip(str(missing))
    folder = tmp_path_factory.mktemp("replicas")
    plan = a_plan(a_criterion("clear"), a_criterion("overall"), labels_per_pair=9)
    study = a_study_folder(folder / "study", plan, PAIRS)
    with ExitStack() as stack:
        server = stack.enter_context(postgres.server())
        with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE replicas")
        url = database_url(study, {"DATABASE_URL": server.format("replicas")})
        replicas = [Replica(Place(study, url, 1800, folder / "app.log")) for _ in range(2)]
        for each in replicas:
            stack.callback(each.stop, signal.SIGTERM)
            each.start()
        front = stack.enter_context(proxy.before(replicas))
        yield Balanced(front.url, replicas, url, front.log)


@pytest.fixture
def visitor(balanced: Balanced) -> Iterator[Visitor]:
    with httpx.Client(base_url=balanced.url, timeout=30) as client:
        yield Visitor(client)


def draft(visitor: Visitor, task: dict[str, Any], option: int) -> list[dict[str, str]]:
    """Keep an answer to the first question on the way."""
    answers = answers_to(task, option)[:1]
    sent = {"token": task["token"], "answers": answers, "sequence": task["sequence"] + 1}
    assert visitor.call("save_draft", sent)["ok"]
    return answers


def submission(task: dict[str, Any], option: int) -> dict[str, Any]:
    answers = answers_to(task, option)
    return {"submission_id": f"of-{task['token']}", "token": task["token"], "answers": answers}


def test_both_replicas_show_the_same_pair(balanced: Balanced, visitor: Visitor) -> None:
    visitor.join("same")
    shown = [visitor.start() for _ in range(4)]
    assert all(each == shown[0] for each in shown)
    assert len(set(balanced.last_replicas(4))) == 2


def test_a_draft_kept_by_one_replica_is_shown_by_the_other(
    balanced: Balanced, visitor: Visitor
) -> None:
    visitor.join("draft")
    answers = draft(visitor, visitor.start()["task"], option=2)
    shown = [visitor.start()["task"]["answers"] for _ in range(2)]
    assert len(set(balanced.last_replicas(2))) == 2
    assert shown == [answers, answers]


def test_pairs_are_labelled_with_reloads_and_retries_at_the_other_replica(
    balanced: Balanced, visitor: Visitor
) -> None:
    visitor.join("walk")
    shown = visitor.start()
    for number in range(WALK):
        draft(visitor, shown["task"], option=number)
        shown = visitor.start()
        replies = [visitor.call("submit", submission(shown["task"], number)) for _ in range(2)]
        assert len(set(balanced.last_replicas(2))) == 2, "the retry came to the other replica"
        assert replies[0] == replies[1]
        shown = replies[0]["next"]
    assert shown["task"]["done"] == WALK
    mine = [label for label in balanced.labels() if label.annotator == "walk"]
    assert len(mine) == len({label.key for label in mine}) == 2 * WALK


def test_one_replica_goes_on_where_the_other_was_killed(
    balanced: Balanced, visitor: Visitor
) -> None:
    visitor.join("alone")
    task = visitor.start()["task"]
    balanced.replicas[0].stop(signal.SIGKILL)
    try:
        replies = [visitor.call("submit", submission(task, 0)) for _ in range(2)]
    finally:
        balanced.replicas[0].start()
    assert replies[0] == replies[1]
    assert len([label for label in balanced.labels() if label.annotator == "alone"]) == 2
