"""The real app as a process of its own, and a visitor who speaks HTTP with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from starlette.testclient import TestClient

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(study: Path, port: int, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"SECRET", "HOST"}}
    database = f"sqlite:///{study / 'annotations.db'}"
    return {**kept, "STUDY": str(study), "PORT": str(port), "DATABASE_URL": database, **more}


class Served:
    """`python app.py` on a port of its own; it can be killed and started again there."""

    def __init__(self, study: Path, **settings: str) -> None:
        self.study = study
        self.said: list[str] = []
        """Its lines on standard output so far."""
        self._settings = settings
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it; returns when it listens."""
        self._process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env=environment(self.study, self.port, **self._settings),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.said = [self._process.stdout.readline()]
        assert str(self.port) in self.said[0]

    def next_line(self) -> str:
        """The next line of its standard output, waited for."""
        assert self._process is not None
        assert self._process.stdout is not None
        self.said.append(self._process.stdout.readline())
        return self.said[-1]

    def freeze(self) -> None:
        """Have it answer nothing any more; what is asked waits until it is stopped."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it; the exit status."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(how)
        with process:
            return process.wait(timeout=20)


@contextmanager
def served(study: Path, **settings: str) -> Iterator[Served]:
    """The app, serving `study` with these settings until the end of the block."""
    app = Served(study, **settings)
    app.start()
    try:
        yield app
    finally:
        app.stop()


class Visitor:
    """A browser without a screen: it keeps its cookie and calls what the page's script calls."""

    def __init__(self, client: httpx.Client | TestClient) -> None:
        self._client = client
        self._client.headers["Origin"] = str(client.base_url).rstrip("/")
        self._component: int | None = None

    def join(self, pseudonym: str = "ann") -> dict[str, Any]:
        return self.post("/session/join", {"pseudonym": pseudonym})

    def post(self, path: str, data: object) -> dict[str, Any]:
        answer = self._client.post(path, json=data).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def call(self, function: str, data: object = None) -> dict[str, Any]:
        """What a server function of the page answers."""
        payload = {
            "data": data or {},
            "component_id": self.component(),
            "fn_name": function,
            "session_hash": "a",
        }
        return self.post("/gradio_api/component_server/", payload)

    def component(self) -> int:
        if self._component is None:
            config = self._client.get("/config").raise_for_status().json()
            found = [each["id"] for each in config["components"] if each["type"] == "html"]
            (self._component,) = found
        return self._component

    def start(self) -> dict[str, Any]:
        """What the page shows first: {"task": ...} or {"finished": ...}."""
        found: dict[str, Any] = self.call("start")["next"]
        return found


def answers_to(task: dict[str, Any], option: int = 0) -> list[dict[str, str]]:
    """An answer to every question of a shown task."""
    return [
        {
            "criterion": row["criterion"],
            "target": row["target"],
            "choice": row["options"][option]["value"],
        }
        for row in task["rows"]
    ]
