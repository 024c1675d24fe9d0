"""A server in a thread that speaks the OpenAI dialect and misbehaves as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

Reply: TypeAlias = tuple[int, dict[str, str], bytes]
Behaviour: TypeAlias = Callable[[dict[str, Any], int], Reply]
"""From a request's body and its number, counted from 0, to status, headers and body."""


def completion(text: object = "An answer.", reason: str = "stop") -> Reply:
    """A well-formed chat completion."""
    message = {"role": "assistant", "content": text}
    body = {
        "model": "served-model",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
    }
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


def refusal(status: int, **headers: str) -> Reply:
    """An error of the server's."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named, b'{"error": "so it is"}'


class StandIn:
    """What the server was asked, and how many it served at a time."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        self.url = ""

    def answer(self, body: dict[str, Any], headers: dict[str, str]) -> Reply:
        """What the behaviour makes of it."""
        with self._lock:
            number = len(self.bodies)
            self.bodies.append(body)
            self.headers.append(headers)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            return self.behaviour(body, number)
        finally:
            with self._lock:
                self._now -= 1


@contextmanager
def served(behaviour: Behaviour) -> Iterator[StandIn]:
    """A running server; its address is `url`."""
    stand_in = StandIn(behaviour)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, content = stand_in.answer(body, headers)
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            with suppress(ConnectionError):  # a client that did not want to wait has hung up
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
