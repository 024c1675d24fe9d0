"""A server in a thread that speaks the OpenAI dialect and misbehaves as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from tests.answering import Answer, answering

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

    def answer(_: str, __: str, headers: Mapping[str, str], body: bytes) -> Answer:
        status, more, content = stand_in.answer(json.loads(body), dict(headers))
        return status, more.items(), content

    with answering(answer) as address:
        stand_in.url = f"{address}/v1"
        yield stand_in
