"""The whole annotators' app: Gradio and our few routes behind the gate."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import Field
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response

from annotation.pages import text
from annotation.pages.annotate import annotate_page, style
from annotation.pages.gate import Gate
from annotation.pages.noscript import NoScript
from annotation.pages.session import Sessions
from annotation.schema import Record, TiebreakError
from annotation.workflow import Workflow

# Served by the app itself; of these families only these two weights hold the whole alphabet.
BODY_FONT = gr.themes.LocalFont("Source Sans Pro", weights=(400, 700))
CODE_FONT = gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700))


class Joining(Record):
    """Who wants to label."""

    pseudonym: str = Field(max_length=400)


class Returning(Record):
    """Who comes back with a return link."""

    return_key: str = Field(max_length=400)


def annotators_app(workflow: Workflow, secret: str) -> tuple[gr.Blocks, Gate]:
    """Gradio's `demo`, and the app around it that is to be served."""
    sessions = Sessions(secret, workflow.study.key)
    demo = annotate_page(workflow, sessions)
    return demo, Gate(mount(demo, workflow, sessions))


def mount(demo: gr.Blocks, workflow: Workflow, sessions: Sessions) -> FastAPI:
    """`demo` and the session's routes in one app, before the gate is put in front of it."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_session_routes(app, workflow, sessions)
    app.add_middleware(NoScript, sentence=text.NO_SCRIPT)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    # No event waits in the queue; the settings are for one that only reads, should it come.
    demo.queue(default_concurrency_limit=None, status_update_rate=60, api_open=False)
    gr.mount_gradio_app(
        app,
        demo,
        path="/",
        show_error=False,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        head=style(),
        theme=gr.themes.Default(font=BODY_FONT, font_mono=CODE_FONT),
    )
    return app


def add_session_routes(app: FastAPI, workflow: Workflow, sessions: Sessions) -> None:
    """Join, resume and leave: they set a cookie, which a server function cannot; and healthz."""

    def kept(request: Request, return_key: str) -> Response:
        response = JSONResponse({"ok": True, "return_key": return_key})
        sessions.keep(return_key, request, response)
        return response

    @app.post("/session/join")
    def join(joining: Joining, request: Request) -> Response:
        """A new annotator."""
        try:
            return kept(request, workflow.join(joining.pseudonym).return_key)
        except TiebreakError as error:
            return JSONResponse({"ok": False, "error": text.of(error)})

    @app.post("/session/resume")
    def resume(returning: Returning, request: Request) -> Response:
        """One who has been here before."""
        try:
            workflow.annotator_of(returning.return_key)
        except TiebreakError as error:
            return JSONResponse({"ok": False, "error": text.of(error)})
        return kept(request, returning.return_key)

    @app.post("/session/leave")
    def leave(request: Request) -> Response:
        """Forget the annotator on this browser."""
        response = JSONResponse({"ok": True})
        sessions.forget(request, response)
        return response

    @app.get("/healthz")
    def healthz() -> Response:
        """Alive."""
        return PlainTextResponse("ok")
