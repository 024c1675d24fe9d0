"""The app as a Space runs it: the disk is wiped at every restart."""

from __future__ import annotations

import json
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from annotation.settings import BadSetting, read_settings
from tests.annotation import postgres
from tests.builders import a_plan, a_study_folder
from tests.served import Served, Visitor, answers_to, served
from tests.stand_in_hub import WRITER, Reply, StandInHub, running_hub

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


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    """The stand-in, for an app in a process of its own."""
    with running_hub() as running:
        yield running


def mirrored(hub: StandInHub, home: Path, **more: str) -> dict[str, str]:
    """The settings of a Space whose labels are mirrored, quickly enough for a test."""
    return {
        "SPACE_ID": "lab/study",
        "SECRET": SECRET,
        "MIRROR": "lab/mirror",
        "MIRROR_SECONDS": "1",
        "MIRROR_HANDOVER_SECONDS": "1",
        "HF_TOKEN": WRITER,
        "HF_ENDPOINT": hub.url,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(home),
        **more,
    }


def wait_until(hub: StandInHub, condition: Callable[[], bool]) -> None:
    """Until `condition`, looked at whenever an app asks the hub; it asks again and again."""
    asked = threading.Condition()

    def told(_method: str, _path: str) -> Reply | None:
        with asked:
            asked.notify_all()
        return None

    hub.trouble = told
    with asked:
        assert asked.wait_for(condition, timeout=60)
    hub.trouble = None


def in_mirror(hub: StandInHub, text: str) -> bool:
    repo = hub.repos.get(("dataset", "lab/mirror"))
    return repo is not None and any(text.encode() in each for each in repo.head.files.values())


def submit(visitor: Visitor, task: dict[str, Any], name: str) -> dict[str, Any]:
    sent = {"submission_id": name, "token": task["token"], "answers": answers_to(task)}
    return visitor.call("submit", sent)


def test_mirrored_labels_outlive_a_kill_and_the_disk_and_people_go_on(
    tmp_path: Path, hub: StandInHub
) -> None:
    study = a_space(tmp_path / "study")
    settings = mirrored(hub, tmp_path / "home")
    with served(study, **settings) as app, httpx.Client(base_url=app.url, timeout=20) as client:
        assert "mirrored to the private repository lab/mirror" in app.next_line()
        assert "what is younger is lost with the disk" in app.next_line()
        visitor = Visitor(client)
        visitor.join("ann")
        task = visitor.start()["task"]
        following = submit(visitor, task, "the-first-submission")["next"]
        wait_until(hub, lambda: in_mirror(hub, following["task"]["token"]))
        app.stop(signal.SIGKILL)
        a_space(study)
        assert not (study / "annotations.db").exists()
        app.start()
        assert visitor.start() == following
        assert following["task"]["done"] == 1
        assert submit(visitor, task, "the-first-submission")["ok"], "a retry is acknowledged again"


def test_a_study_from_a_dataset_repository_goes_on_after_the_disk_is_lost(
    tmp_path: Path, hub: StandInHub
) -> None:
    source = a_space(tmp_path / "source")
    files = {path.name: path.read_bytes() for path in source.iterdir()}
    hub.repo("lab/study").commit({**files}, "a study")
    disk = tmp_path / "disk"
    database = disk / "lab--study" / "annotations.db"
    settings = mirrored(
        hub, tmp_path / "home", STUDIES=str(disk), DATABASE_URL=f"sqlite:///{database}"
    )
    study = Path("hf://datasets/lab/study")
    with served(study, **settings) as app, httpx.Client(base_url=app.url, timeout=20) as client:
        visitor = Visitor(client)
        visitor.join("ann")
        following = submit(visitor, visitor.start()["task"], "the-first-submission")["next"]
        wait_until(hub, lambda: in_mirror(hub, following["task"]["token"]))
        app.stop(signal.SIGKILL)
        shutil.rmtree(disk)
        app.start()
        assert database.exists()
        assert visitor.start() == following


def test_a_stop_saves_what_was_labelled_last(tmp_path: Path, hub: StandInHub) -> None:
    study = a_space(tmp_path / "study")
    settings = mirrored(hub, tmp_path / "home", MIRROR_SECONDS="3600", MIRROR_LABELS="10000")
    with served(study, **settings) as app, httpx.Client(base_url=app.url, timeout=20) as client:
        visitor = Visitor(client)
        visitor.join("ann")
        assert submit(visitor, visitor.start()["task"], "the-last-submission")["ok"]
        assert app.stop(signal.SIGTERM) == 0
    assert in_mirror(hub, "the-last-submission")
    lease = json.loads(hub.repo("lab/mirror").head.files["mirror/lease.json"])
    assert lease["state"] == "left"


def test_the_older_of_two_containers_hands_over_and_takes_no_more_labels(
    tmp_path: Path, hub: StandInHub
) -> None:
    patient = {"MIRROR_SECONDS": "60", "MIRROR_HANDOVER_SECONDS": "60"}
    old, new = (
        Served(a_space(tmp_path / disk), **mirrored(hub, tmp_path / "home", **patient))
        for disk in ("old", "new")
    )
    old.start()
    try:
        with httpx.Client(base_url=old.url, timeout=20) as before:
            visitor = Visitor(before)
            return_key = visitor.join("ann")["return_key"]
            following = submit(visitor, visitor.start()["task"], "the-first-submission")["next"]
            new.start()
            refused = submit(visitor, following["task"], "the-second-submission")
            assert not refused["ok"]
            assert refused["again"], "the page keeps the answer and sends it until it is taken"
            assert "A newer copy of this site is taking over" in refused["error"]
        with httpx.Client(base_url=new.url, timeout=20) as after:
            visitor = Visitor(after)
            visitor.post("/session/resume", {"return_key": return_key})
            assert visitor.start() == following
            assert submit(visitor, following["task"], "the-second-submission")["ok"]
    finally:
        old.stop()
        new.stop()


@pytest.mark.parametrize(("missing", "said"), [("SECRET", "SECRET"), ("HF_TOKEN", "HF_TOKEN")])
def test_a_mirror_without_what_it_needs_is_refused(
    tmp_path: Path, hub: StandInHub, missing: str, said: str
) -> None:
    settings = mirrored(hub, tmp_path)
    del settings[missing]
    with pytest.raises(BadSetting, match=f"MIRROR: found without {said}"):
        read_settings(settings)
