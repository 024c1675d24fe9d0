from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from annotation.pages.logs import JsonLines, RequestLog
from tests.builders import a_study_folder
from tests.served import ROOT, Visitor, answers_to, environment, free_port


def told(record: logging.LogRecord) -> dict[str, Any]:
    line = JsonLines().format(record)
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    """What our logger is given."""
    kept: list[logging.LogRecord] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(record)

    handler = Keeper()
    log = logging.getLogger("tiebreak")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield kept
    log.removeHandler(handler)
    log.setLevel(logging.NOTSET)


def answering(_request: Request) -> Response:
    return PlainTextResponse("hello")


def breaking(_request: Request) -> Response:
    raise ValueError("ann@example.org wrote this")


@pytest.fixture
def client() -> TestClient:
    routes = [Route("/healthz", answering), Route("/readyz", breaking), Route("/{any}", answering)]
    return TestClient(RequestLog(Starlette(routes=routes)), raise_server_exceptions=False)


def test_a_request_is_told_without_who_asked(
    client: TestClient, records: list[logging.LogRecord]
) -> None:
    client.get("/healthz?PROLIFIC_PID=secret", headers={"Cookie": "kept=secret"})
    line = told(records[-1])
    assert line["event"] == "request"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/healthz", 200)
    assert line["bytes"] == len("hello")
    assert line["milliseconds"] >= 0
    assert "secret" not in json.dumps(line)


def test_a_strangers_path_is_not_quoted(
    client: TestClient, records: list[logging.LogRecord]
) -> None:
    client.get("/ann@example.org")
    assert told(records[-1])["path"] == "(unlisted)"


def test_of_an_exception_its_kind_and_place_are_told_and_not_its_words(
    client: TestClient, records: list[logging.LogRecord]
) -> None:
    client.get("/readyz")
    assert told(records[-1])["status"] == 500
    assert told(records[-1])["level"] == "error"
    try:
        raise ValueError("ann@example.org wrote this")
    except ValueError:
        line = told(logging.LogRecord("uvicorn", 40, "", 1, "went wrong", (), sys.exc_info()))
    assert line["error"] == "ValueError"
    assert line["frames"][-1].startswith("test_logs.py:")
    assert "ann@" not in json.dumps(line)


def test_a_deployment_writes_nothing_but_json_and_nobodys_words(tmp_path: Path) -> None:
    study = a_study_folder(tmp_path / "study")
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment(study, port, LOG="json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with httpx.Client(base_url=f"http://localhost:{port}") as browser:
            visitor = Visitor(browser)
            key = visitor.join("marker-ann")["return_key"]
            task = visitor.start()["task"]
            sent = {"token": task["token"], "answers": answers_to(task), "comment": "marker-note"}
            visitor.call("submit", {**sent, "submission_id": "x" * 22, "seconds": 1.0})
            browser.get("/readyz?marker-query=1").raise_for_status()
        process.terminate()
        _, err = process.communicate(timeout=30)
    lines = [json.loads(line) for line in err.splitlines()]
    assert {"/session/join", "/readyz"} <= {line["path"] for line in lines}
    assert "marker" not in err
    assert key not in err


def test_an_unknown_kind_of_log_is_refused(tmp_path: Path) -> None:
    env = environment(a_study_folder(tmp_path / "study"), free_port(), LOG="xml")
    ended = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (2, "LOG: found 'xml', expected text or json\n")
