"""What a deployment writes while it serves: one JSON object a line, without personal data."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from annotation.pages.gate import is_listed

_log = logging.getLogger("tiebreak")


class JsonLines(logging.Formatter):
    """A record as one line: time (UTC), level, event, and what the event brings.

    Of an exception only its type and where it was raised are told: its message may quote what
    somebody wrote.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["event"] = "exception"
            line["error"] = type(error).__name__
            frames = traceback.extract_tb(error.__traceback__)
            line["frames"] = [f"{Path(each.filename).name}:{each.lineno}" for each in frames]
        return json.dumps(line, ensure_ascii=False)


class RequestLog:
    """Tells of every request what was asked and how it went, and nothing of who asked.

    No address, cookie, query or body; a path that is not one of ours is told as such, because a
    stranger may have put anything into it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and tell of it when it is answered."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun = time.perf_counter()
        status, sent = 500, 0

        async def watched(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            path = scope["path"] if is_listed(scope["method"], scope["path"]) else "(unlisted)"
            fields = {
                "method": scope["method"],
                "path": path,
                "status": status,
                "milliseconds": round((time.perf_counter() - begun) * 1000, 1),
                "bytes": sent,
            }
            level = logging.ERROR if status >= 500 else logging.INFO
            _log.log(level, "request", extra={"fields": fields})


def write_json_lines() -> None:
    """Have all that is logged written to stderr as JSON lines, requests from level INFO on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _log.setLevel(logging.INFO)
