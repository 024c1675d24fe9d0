"""Submit labels over HTTP: the app's own path against a plain FastAPI endpoint with the same write.

    python -m benchmarks.submit [--submissions N]

Both servers call the same function: read the signed cookie, save five labels in one transaction
on SQLite (WAL, synchronous FULL), take the next pair, render it, answer. So what is compared is
the way there: gate and Gradio's component_server, or FastAPI alone. CPU is the server process's;
client and server share the machine's cores. Everything stays on the loopback address.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, NamedTuple, cast

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from starlette.types import ASGIApp

from annotation.pages.annotate import server_functions
from annotation.pages.mount import annotators_app
from annotation.pages.serve import listen
from annotation.pages.session import Sessions
from annotation.pages.text import ENGLISH
from annotation.schema import Pair, PairResponse, Prompt
from annotation.served import load_served
from annotation.settings import database_url
from annotation.store import Store
from annotation.study import PAIRS_FILE, StudyPlan, write_jsonl, write_plan
from annotation.workflow import Workflow

PATHS = ("app", "plain")
CRITERIA = ("conciseness", "clarity", "adherence", "formality", "overall")
SECRET = "the secret of a benchmark"
LONGEST = 240.0
"""Seconds after which a run stops, however far it got."""


def study_folder(folder: Path, pairs: int, annotators: int) -> Path:
    """A study of five criteria with answers of about 120 words."""
    criteria = [
        {"key": key, "question": f"Which is better in {key}?", "scale": "preference3"}
        for key in CRITERIA
    ]
    plan = {"key": "submit", "title": "Submit", "labels_per_pair": annotators}
    write_plan(folder, StudyPlan.model_validate({**plan, "criteria": criteria}))
    made = (
        Pair(
            prompt=Prompt(text=f"Prompt {n}", task="writing"),
            response_a=PairResponse(system="x", text=f"First {n}. " + "A sentence. " * 60),
            response_b=PairResponse(system="y", text=f"Second {n}. " + "A sentence. " * 60),
        )
        for n in range(pairs)
    )
    write_jsonl(folder / PAIRS_FILE, made)
    return folder


def plain_app(workflow: Workflow, sessions: Sessions) -> FastAPI:
    """The same functions behind FastAPI alone."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    functions = {each.__name__: each for each in server_functions(workflow, sessions, ENGLISH)}
    start, submit = functions["start"], functions["submit"]

    @app.post("/start")
    def plain_start(data: dict[str, Any], request: Request) -> dict[str, Any]:
        return start(data, cast(gr.Request, request))

    @app.post("/submit")
    def plain_submit(data: dict[str, Any], request: Request) -> dict[str, Any]:
        return submit(data, cast(gr.Request, request))

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    return app


def serve(path: str, folder: Path, port: int) -> None:
    """One of the two servers, in a process of its own."""
    workflow = Workflow(load_served(folder), Store.open(database_url(folder, {})))
    app: ASGIApp = (
        annotators_app(workflow, SECRET)[1]
        if path == "app"
        else plain_app(workflow, Sessions(SECRET, workflow.study.key))
    )
    with listen("127.0.0.1", port) as listening:
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


class Labeller:
    """One annotator's connection, with one request on the way at a time."""

    def __init__(self, path: str, port: int, cookie: str) -> None:
        self._path = path
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {
            "Cookie": cookie,
            "Content-Type": "application/json",
            "Origin": f"http://127.0.0.1:{port}",
        }
        self._component = self._component_id() if path == "app" else None
        self._next: dict[str, Any] = self._call("start", {})["next"]

    def submit(self, number: int) -> None:
        """Answer the open pair; raises where it was not acknowledged with another one."""
        task = self._next["task"]
        answers = [
            {"criterion": row["criterion"], "target": "pair", "choice": "a"} for row in task["rows"]
        ]
        reply = self._call(
            "submit",
            {"submission_id": f"{id(self)}-{number}", "token": task["token"], "answers": answers},
        )
        if not reply["ok"]:
            raise RuntimeError(reply["error"])
        self._next = reply["next"]

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _call(self, function: str, data: dict[str, Any]) -> dict[str, Any]:
        if self._path == "plain":
            return self._send("POST", f"/{function}", data)
        asked = {
            "data": data,
            "component_id": self._component,
            "fn_name": function,
            "session_hash": str(id(self)),
        }
        return self._send("POST", "/gradio_api/component_server/", asked)

    def _component_id(self) -> int:
        components = self._send("GET", "/config", None)["components"]
        return int(next(each["id"] for each in components if each["type"] == "html"))

    def _send(self, method: str, where: str, data: object) -> dict[str, Any]:
        body = None if data is None else json.dumps(data)
        self._connection.request(method, where, body, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{where} answered {answer.status}: {content[:200]!r}")
        found: dict[str, Any] = json.loads(content)
        return found


class Figure(NamedTuple):
    """What one run measured."""

    cpu_ms: float
    """CPU of the server for one submission, in milliseconds."""
    per_second: float
    """Submissions a second."""


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", maxsplit=1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(path: str, folder: Path) -> Iterator[tuple[int, int]]:
    """Process id and port of a server that answers."""
    with listen("127.0.0.1", 0) as probe:
        port = int(probe.getsockname()[1])
    process = get_context("spawn").Process(target=serve, args=(path, folder, port))
    process.start()
    try:
        for _ in range(600):
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                break
            except OSError:
                sleep(0.1)
            finally:
                connection.close()
        if process.pid is None or not process.is_alive():
            raise RuntimeError(f"the {path} server did not start")
        yield process.pid, port
    finally:
        process.terminate()
        process.join(timeout=30)


def measure(path: str, submissions: int, in_flight: int) -> Figure:
    """Submit from `in_flight` annotators at once, on a new database."""
    each = submissions // in_flight
    with tempfile.TemporaryDirectory() as name:
        folder = study_folder(Path(name), 2 * each + 40, in_flight + 2)
        cookies = joined(folder, in_flight)
        with running(path, folder) as (pid, port):
            labellers = [Labeller(path, port, cookie) for cookie in cookies]
            for labeller in labellers:  # the first request opens files and fills caches
                labeller.submit(0)
            before, began = cpu_seconds(pid), perf_counter()
            with ThreadPoolExecutor(in_flight) as pool:
                done = sum(pool.map(lambda one: label(one, each, began), labellers))
            seconds, cpu = perf_counter() - began, cpu_seconds(pid) - before
            for labeller in labellers:
                labeller.close()
    return Figure(cpu_ms=1000 * cpu / done, per_second=done / seconds)


def joined(folder: Path, annotators: int) -> list[str]:
    """The cookies of new annotators."""
    store = Store.open(database_url(folder, {}))
    try:
        workflow = Workflow(load_served(folder), store)
        keys = [workflow.join(f"annotator {n}").return_key for n in range(annotators)]
    finally:
        store.close()
    sessions = Sessions(SECRET, workflow.study.key)
    return [f"{sessions.cookie}={sessions.signed(key)}" for key in keys]


def label(labeller: Labeller, count: int, began: float) -> int:
    """Submit `count` times; how often it was done in time."""
    for number in range(1, count + 1):
        if perf_counter() - began > LONGEST:
            return number - 1
        labeller.submit(number)
    return count


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=1500, help="in each run")
    submissions = parser.parse_args().submissions
    for in_flight in (10, 50):
        app, plain = (measure(path, submissions, in_flight) for path in PATHS)
        for name, figure in (("app", app), ("plain FastAPI", plain)):
            print(
                f"submit, {in_flight} in flight, {name}: {figure.cpu_ms:.2f} ms CPU a request, "
                f"{figure.per_second:.0f} submissions/s, "
                f"{figure.per_second * len(CRITERIA):.0f} labels/s"
            )
        ratio = app.cpu_ms / plain.cpu_ms
        print(f"submit, {in_flight} in flight: {ratio:.2f} times the CPU of plain FastAPI")


if __name__ == "__main__":
    main()
