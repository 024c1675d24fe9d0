"""The routes of the researchers' page; every one but the login asks first who it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from annotation.pages.away import ask_again
from annotation.pages.researcher import downloads
from annotation.pages.researcher.access import Access, NotAResearcher, TooManyTries
from annotation.pages.researcher.acts import ACTS, Act
from annotation.pages.researcher.text import MALFORMED, NOT_MADE, OFF, SIGN_IN, sentence
from annotation.pages.text import ENGLISH
from annotation.schema import Record, TiebreakError
from annotation.store import DatabaseAway
from annotation.workflow import Research

ASSETS = Path(__file__).parent.parent / "assets"
SCRIPTS = ("core.js", "charts.js", "overview.js", "people.js", "splits.js", "works.js", "start.js")
"""In the order in which they are put together to one file."""

REPORTS = {
    "report.html": "text/html; charset=utf-8",
    "report.md": "text/markdown; charset=utf-8",
    "report.json": "application/json",
}
Handler = Callable[[Request], Response]


class Key(Record):
    """What opens the page: the host's key, or a link that opens once."""

    key: str = Field(max_length=400)


def add_researcher_routes(app: FastAPI, research: Research, access: Access) -> None:
    """The page, its sign-in, its acts and its files."""
    if not access.door.is_open:
        app.add_api_route("/researcher", _off, methods=["GET"])
        return

    @app.get("/researcher")
    def page() -> Response:
        """The page without anything of the study in it."""
        html = (ASSETS / "html" / "researcher.html").read_text("utf-8")
        if access.door.accounts:
            html = html.replace('data-part="account" hidden', 'data-part="account"')
        return HTMLResponse(html)

    @app.get("/researcher/page.js")
    def script() -> Response:
        """The page's script."""
        parts = [(ASSETS / "js" / "researcher" / name).read_text("utf-8") for name in SCRIPTS]
        whole = "\n".join(['"use strict";', *parts])
        return Response(whole, media_type="text/javascript; charset=utf-8")

    @app.get("/researcher/page.css")
    def style() -> Response:
        """The page's style."""
        sheet = (ASSETS / "css" / "researcher.css").read_text("utf-8")
        return Response(sheet, media_type="text/css; charset=utf-8")

    @app.post("/researcher/login")
    def login(key: Key, request: Request) -> Response:
        """Sign in with the key or the link."""
        try:
            way = access.check(key.key, request)
        except TiebreakError as error:
            status = 429 if isinstance(error, TooManyTries) else 403
            return JSONResponse({"ok": False, "error": sentence(error)}, status)
        response = JSONResponse({"ok": True})
        access.sign_in(way, request, response)
        return response

    @app.post("/researcher/logout")
    def logout(request: Request) -> Response:
        """End the sign-in."""
        response = JSONResponse({"ok": True})
        access.sign_out(request, response)
        return response

    for name, act in ACTS.items():
        app.add_api_route(
            f"/researcher/do/{name}", _act(act, research, access), methods=["POST"], name=name
        )
    for name, handler in _files(research).items():
        app.add_api_route(f"/researcher/{name}", _checked(access, handler), methods=["GET"])


def _off() -> Response:
    return HTMLResponse(OFF, 404)


def _checked(access: Access, handler: Handler) -> Handler:
    """`handler` for those who are signed in, and 401 for everybody else."""

    def checked(request: Request) -> Response:
        try:
            access.way_of(request)
        except NotAResearcher:
            return JSONResponse({"ok": False, "signed_in": False, "error": SIGN_IN}, 401)
        return handler(request)

    return checked


def _act(act: Act, research: Research, access: Access) -> Callable[..., Response]:
    """`act` as a route: errors become sentences."""

    def answered(data: dict[str, Any]) -> Response:
        try:
            return JSONResponse({"ok": True, **act(research, data)})
        except ValidationError:
            return JSONResponse({"ok": False, "error": MALFORMED})
        except DatabaseAway as error:
            reply = ask_again(error, ENGLISH) | {"error": sentence(error)}
            return JSONResponse(reply, 503, {"Retry-After": "5"})
        except TiebreakError as error:
            return JSONResponse({"ok": False, "error": sentence(error)})

    def route(request: Request, data: dict[str, Any]) -> Response:
        return _checked(access, lambda _request: answered(data))(request)

    return route


def _files(research: Research) -> dict[str, Handler]:
    """What can be downloaded, by its path."""

    def export(request: Request) -> Response:
        asked = (request.query_params.get(name, "") for name in ("format", "view", "criterion"))
        try:
            made = downloads.export(research, *asked)
        except TiebreakError as error:
            return PlainTextResponse(sentence(error), 400)
        return StreamingResponse(made.chunks, headers=_saved(made.name, "application/zip"))

    def payments(_request: Request) -> Response:
        name = f"{research.key}-payments.csv"
        return Response(downloads.payments(research), headers=_saved(name, "text/csv"))

    def report(name: str) -> Handler:
        def made(_request: Request) -> Response:
            text = research.workflow.store.report_file(research.key, name)
            if text is None:
                return PlainTextResponse(NOT_MADE, 404)
            return Response(text, headers={"Content-Type": REPORTS[name]})

        return made

    reports = {name: report(name) for name in REPORTS}
    return {"export": export, "payments.csv": payments, **reports}


def _saved(name: str, kind: str) -> dict[str, str]:
    """The name under which a browser saves an answer."""
    return {"Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}"'}
