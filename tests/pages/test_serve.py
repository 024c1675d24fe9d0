from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from annotation.durability import plain_durability
from annotation.mirror.kept import open_kept
from annotation.pages.serve import CannotListen, announcement, listen, serve
from annotation.settings import read_settings
from annotation.store import Store
from tests.builders import a_criterion, a_plan, a_study_folder
from tests.served import ROOT, Visitor, answers_to, environment, free_port, served

ANNOTATORS = 6
PAIRS = 8


def started(**settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("STUDY", "no-such-folder", "study.toml: not found"),
        ("DATABASE_URL", "mysql://localhost/x", "DATABASE_URL: found a URL that begins"),
        ("DATABASE_URL", "sqlite:////no/such/folder/labels.db", "/no/such/folder"),
        ("PORT", "eighty", "PORT: found 'eighty'"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(
    tmp_path: Path, setting: str, value: str, said: str
) -> None:
    study = a_study_folder(tmp_path / "study")
    ended = started(**{**environment(study, free_port()), setting: value})
    assert ended.returncode == 2
    assert said in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_port_in_use_is_told_in_one_sentence(tmp_path: Path) -> None:
    study = a_study_folder(tmp_path / "study")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = started(**environment(study, taken.getsockname()[1]))
    assert ended.returncode == 2
    assert "cannot listen here" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_port_in_use_is_known_before_anything_is_served() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(CannotListen, match="set HOST or PORT"),
    ):
        listen("127.0.0.1", taken.getsockname()[1])


def test_the_announcement_keeps_the_databases_password_to_itself() -> None:
    url = "postgresql://ann:very-secret@db.test/labels"
    settings = read_settings({"DATABASE_URL": url})
    said = announcement(settings, ["p1"], [plain_durability(settings).sentence])
    assert "very-secret" not in said
    assert "ann:***@db.test/labels" in said
    assert "1 pair of the database is no longer in the study: p1" in said


def test_sigterm_ends_the_app_at_once(tmp_path: Path) -> None:
    with served(a_study_folder(tmp_path / "study")) as app:
        with httpx.Client(base_url=app.url) as client:
            assert client.get("/healthz").text == "ok"
        assert app.stop(signal.SIGTERM) == 0


class Interrupted(uvicorn.Server):
    """Told to stop after the app has said that it serves, before it listens for signals."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        signal.raise_signal(signal.SIGTERM)
        await super().serve(sockets)

    async def main_loop(self) -> None:
        raise AssertionError("it goes on")


def test_sigterm_ends_the_app_while_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn, "Server", Interrupted)
    settings = read_settings({"STUDY": str(tmp_path), "PORT": str(free_port())})
    kept = open_kept(settings, "secret", [])
    serve(Starlette(), settings, [], kept)
    kept.store.close()


def test_a_kept_secret_is_readable_for_its_owner_alone(tmp_path: Path) -> None:
    study = a_study_folder(tmp_path / "study")
    with served(study):
        assert (study / "secret.key").stat().st_mode & 0o777 == 0o600


class Labeller:
    """Labels every pair of the study, sending each submission until it is acknowledged."""

    def __init__(self, client: httpx.Client, name: str, again: threading.Event) -> None:
        self.visitor = Visitor(client)
        self.visitor.join(name)
        self.name = name
        self.acknowledged: list[str] = []
        self._again = again

    def label_all(self, progress: threading.Semaphore) -> None:
        shown = self._insist("start", {})["next"]
        while "task" in shown:
            sent = {
                "submission_id": f"{self.name}-{len(self.acknowledged):08}",
                "token": shown["task"]["token"],
                "answers": answers_to(shown["task"]),
            }
            reply = self._insist("submit", sent)
            assert reply["ok"], reply
            self.acknowledged.append(reply["submission_id"])
            progress.release()
            shown = reply["next"]

    def _insist(self, function: str, data: object) -> dict[str, Any]:
        for _ in range(5):
            try:
                return self.visitor.call(function, data)
            except httpx.TransportError:
                assert self._again.wait(timeout=60), "the server did not come back"
        raise AssertionError(f"{function} was not answered")


def test_every_acknowledged_label_is_there_once_after_a_kill_in_full_flight(
    tmp_path: Path,
) -> None:
    plan = a_plan(a_criterion("clear"), a_criterion("overall"), labels_per_pair=ANNOTATORS)
    study = a_study_folder(tmp_path / "study", plan, PAIRS)
    again, progress = threading.Event(), threading.Semaphore(0)
    with served(study) as app, ExitStack() as stack, ThreadPoolExecutor(ANNOTATORS) as pool:
        clients = [
            stack.enter_context(httpx.Client(base_url=app.url, timeout=20))
            for _ in range(ANNOTATORS)
        ]
        labellers = [Labeller(each, f"ann{n}", again) for n, each in enumerate(clients)]
        running = [pool.submit(each.label_all, progress) for each in labellers]
        for _ in range(ANNOTATORS * PAIRS // 4):
            assert progress.acquire(timeout=60)
        app.stop(signal.SIGKILL)
        assert not any(each.done() for each in running), "killed too late to show anything"
        app.start()
        again.set()
        for each in running:
            each.result(timeout=120)
    with closing(Store.open(f"sqlite:///{study / 'annotations.db'}")) as store:
        labels = list(store.labels("trial"))
    assert len({label.key for label in labels}) == len(labels)
    assert Counter(label.annotator for label in labels) == {
        each.name: 2 * len(each.acknowledged) for each in labellers
    }
