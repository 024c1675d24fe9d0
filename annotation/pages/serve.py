"""Serve the app at the address of the settings until it is told to stop."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from annotation.durability import Keeping
from annotation.pages.logs import RequestLog, write_json_lines
from annotation.schema import TiebreakError
from annotation.settings import Settings


class CannotListen(TiebreakError):
    """An address that the app cannot listen on."""


LAST_SAVE = timedelta(seconds=15)
"""So long the end waits for what is still to be mirrored."""


def serve(
    app: ASGIApp,
    settings: Settings,
    lost_pairs: Sequence[str],
    keeping: Keeping,
    researcher_link: str = "",
) -> None:
    """Say where, and serve; raises CannotListen before anything is served.

    On SIGTERM and SIGINT the requests in flight are answered first, then labels are made safe.
    """
    with listen(settings.host, settings.port) as listening:
        said = announcement(settings, lost_pairs, keeping.announced(), researcher_link)
        sys.stdout.write(said)
        sys.stdout.flush()
        keeping.start()
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
        server = uvicorn.Server(config)
        with suppress(KeyboardInterrupt), _ended_by(signal.SIGTERM, server):
            server.run(sockets=[listening])
    left = keeping.stop(LAST_SAVE)
    if left:
        sys.stderr.write(f"{left}\n")


@contextmanager
def _ended_by(which: signal.Signals, server: uvicorn.Server) -> Iterator[None]:
    """Have a signal end the server and not us, also before uvicorn listens for it, and after.

    uvicorn raises the signal that ended it once more when it has ended.
    """

    def end(_which: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = signal.signal(which, end)
    try:
        yield
    finally:
        signal.signal(which, before)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; opened by us, so that a taken port is known before the first word."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        why = error.strerror or str(error)
        raise CannotListen(f"{host}:{port}: cannot listen here: {why}; set HOST or PORT") from None


def announcement(
    settings: Settings,
    lost_pairs: Sequence[str],
    kept: Sequence[str],
    researcher_link: str = "",
) -> str:
    """What is served, where, where the labels go and whether they outlive a restart."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    lines = [
        f"Study {settings.study} at http://{host}:{settings.port}",
        *kept,
    ]
    if researcher_link:
        where = f"http://{host}:{settings.port}/researcher#once={researcher_link}"
        lines.append(f"For researchers, once: {where}")
    if lost_pairs:
        some = ", ".join(lost_pairs[:3]) + (" ..." if len(lost_pairs) > 3 else "")
        are = "pair of the database is" if len(lost_pairs) == 1 else "pairs of the database are"
        lines.append(f"{len(lost_pairs)} {are} no longer in the study: {some}")
    return "\n".join(lines) + "\n"
