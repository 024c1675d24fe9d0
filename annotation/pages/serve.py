"""Serve the app at the address of the settings until it is told to stop."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from annotation.durability import plain_durability
from annotation.pages.logs import RequestLog, write_json_lines
from annotation.schema import TiebreakError
from annotation.settings import Settings


class CannotListen(TiebreakError):
    """An address that the app cannot listen on."""


def serve(app: ASGIApp, settings: Settings, lost_pairs: Sequence[str]) -> None:
    """Say where, and serve; raises CannotListen before anything is served.

    On SIGTERM and SIGINT the requests in flight are answered first.
    """
    with listen(settings.host, settings.port) as listening:
        sys.stdout.write(announcement(settings, lost_pairs))
        sys.stdout.flush()
        if settings.log_json:
            write_json_lines()
            app = RequestLog(app)
        config = uvicorn.Config(
            app,
            log_level="warning",
            log_config=None if settings.log_json else uvicorn.config.LOGGING_CONFIG,
            server_header=False,
            proxy_headers=False,  # session and gate read those that they can trust
            timeout_graceful_shutdown=10,
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; opened by us, so that a taken port is known before the first word."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        why = error.strerror or str(error)
        raise CannotListen(f"{host}:{port}: cannot listen here: {why}; set HOST or PORT") from None


def announcement(settings: Settings, lost_pairs: Sequence[str]) -> str:
    """What is served, where, where the labels go and whether they outlive a restart."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    lines = [
        f"Study {settings.study} at http://{host}:{settings.port}",
        plain_durability(settings).sentence,
    ]
    if lost_pairs:
        some = ", ".join(lost_pairs[:3]) + (" ..." if len(lost_pairs) > 3 else "")
        are = "pair of the database is" if len(lost_pairs) == 1 else "pairs of the database are"
        lines.append(f"{len(lost_pairs)} {are} no longer in the study: {some}")
    return "\n".join(lines) + "\n"
