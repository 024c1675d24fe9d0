"""One annotator's browser without a screen: a cookie, and a connection to each replica in turn."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Any

from annotation.schema import TiebreakError
from benchmarks.soak.replicas import Replicas

Reply = dict[str, Any]
COMPONENT_SERVER = "/gradio_api/component_server/"
_AGAIN = {502, 503, 504}
"""What a proxy says whose replicas are all away, and an app whose database is."""


class ServerFault(TiebreakError):
    """An answer that is not 200."""


class Browser:
    """Sends what the page's script sends, again and again until it is answered."""

    def __init__(self, replicas: Replicas, turn: int, count: Callable[[str], None]) -> None:
        self.cookie = ""
        self._replicas = replicas
        self._turn = turn
        self._count = count
        self._connections: dict[int, HTTPConnection] = {}
        self._page: tuple[int, frozenset[str]] | None = None

    def twin(self) -> Browser:
        """Another tab with the same cookie, at another replica's turn."""
        other = Browser(self._replicas, self._turn + 1, self._count)
        other.cookie, other._page = self.cookie, self._page
        return other

    @property
    def functions(self) -> frozenset[str]:
        """The server functions that this version of the page has."""
        return self._component()[1]

    def join(self, pseudonym: str, joining_id: str) -> Reply:
        """Join under a new name; the cookie is kept."""
        asked = {"pseudonym": pseudonym, "joining_id": joining_id}
        return self.send("POST", "/session/join", asked, lose=True)

    def call(self, function: str, data: Reply, lose: bool = False) -> Reply:
        """What a server function answers; with `lose` the first answer is lost on the way."""
        asked = {
            "data": data,
            "component_id": self._component()[0],
            "fn_name": function,
            "session_hash": "soak",
        }
        return self.send("POST", COMPONENT_SERVER, asked, lose)

    def send(self, method: str, path: str, data: object, lose: bool = False) -> Reply:
        """The answer, from whichever replica has one; raises ServerFault or TookTooLong."""
        body = None if data is None else json.dumps(data)
        while True:
            port = self._replicas.port(self._turn)
            self._turn += 1
            try:
                return self._exchange(port, method, path, body, lose)
            except (OSError, HTTPException):
                self._count("answers lost on the way")
                self._connections.pop(port).close()
                self._replicas.wait_for_one()
                lose = False

    def close(self) -> None:
        """Give the connections back."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _exchange(self, port: int, method: str, path: str, body: str | None, lose: bool) -> Reply:
        connection = self._connections.get(port) or HTTPConnection("127.0.0.1", port, timeout=60)
        self._connections[port] = connection
        headers = {
            "Cookie": self.cookie,
            "Content-Type": "application/json",
            "Origin": f"http://127.0.0.1:{port}",
        }
        connection.request(method, path, body, headers)
        if lose:
            raise ConnectionResetError("this answer is lost on purpose")
        answer = connection.getresponse()
        content = answer.read()
        if answer.status in _AGAIN:
            raise ConnectionResetError(f"{path} answered {answer.status}")
        if answer.status != 200:
            raise ServerFault(f"{path} answered {answer.status}: {content[:200]!r}")
        self.cookie = (answer.getheader("Set-Cookie") or self.cookie).split(";")[0]
        found: Reply = json.loads(content)
        return found

    def _component(self) -> tuple[int, frozenset[str]]:
        if self._page is None:
            components = self.send("GET", "/config", None)["components"]
            page = next(each for each in components if each["type"] == "html")
            self._page = int(page["id"]), frozenset(page["props"]["server_fns"])
        return self._page
