"""The whole annotators' app: Gradio and our few routes behind the gate."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response

from annotation.pages.annotate import annotate_page, style
from annotation.pages.away import add_away_handler
from annotation.pages.entry import add_entry_routes
from annotation.pages.gate import Gate
from annotation.pages.limits import RateLimit
from annotation.pages.login import add_login_routes
from annotation.pages.noscript import NoScript
from annotation.pages.researcher.access import CLOSED, Access, Door
from annotation.pages.researcher.routes import add_researcher_routes
from annotation.pages.session import Sessions
from annotation.pages.text import Language, language_of
from annotation.schema import TiebreakError
from annotation.settings import OAuth
from annotation.workflow import Research, Workflow

# Served by the app itself; of these families only these two weights hold the whole alphabet.
BODY_FONT = gr.themes.LocalFont("Source Sans Pro", weights=(400, 700))
CODE_FONT = gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700))


class NoLogin(TiebreakError):
    """A study for accounts of Hugging Face where nobody can sign in with one."""


def annotators_app(
    workflow: Workflow,
    secret: str,
    oauth: OAuth | None = None,
    old_secrets: Sequence[str] = (),
    door: Door = CLOSED,
    joins_per_minute: int = 300,
) -> tuple[gr.Blocks, Gate]:
    """Gradio's `demo`, and the app around it that is to be served; raises NoLogin.

    old_secrets: what `secret` was before; whoever has a cookie from then stays signed in.
    `door` says who may open the researchers' page; `joins_per_minute` is of each address.
    """
    if workflow.study.access.mode == "huggingface" and oauth is None:
        raise NoLogin(
            "the study is joined with Hugging Face accounts, but OAUTH_CLIENT_ID is not set; "
            "serve it on a Space with hf_oauth: true, or choose another mode in study.toml"
        )
    sessions = Sessions(secret, workflow.study.key, old_secrets)
    language = language_of(workflow.study)
    demo = annotate_page(workflow, sessions, language)
    access = Access(door, secret, workflow, old_secrets)
    joins = RateLimit(joins_per_minute, 60)
    research = Research(workflow, secret)
    app = mount(demo, research, sessions, language, access, joins, oauth)
    return demo, Gate(app)


def mount(
    demo: gr.Blocks,
    research: Research,
    sessions: Sessions,
    language: Language,
    access: Access,
    joins: RateLimit,
    oauth: OAuth | None = None,
) -> FastAPI:
    """`demo` and the session's routes in one app, before the gate is put in front of it."""
    workflow = research.workflow
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_away_handler(app, language)
    add_entry_routes(app, workflow, sessions, language, joins)
    if oauth and (workflow.study.access.mode == "huggingface" or access.door.accounts):
        add_login_routes(app, workflow, sessions, oauth, access)
    add_researcher_routes(app, research, access)
    _add_health(app, workflow)
    app.add_middleware(NoScript, sentence=language.other("no_script"))
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


def _add_health(app: FastAPI, workflow: Workflow) -> None:
    @app.get("/healthz")
    def healthz() -> Response:
        """Alive."""
        return PlainTextResponse("ok")

    @app.get("/readyz")
    def readyz() -> Response:
        """Able to take labels: the database answers. 503 where a proxy should ask another one."""
        if workflow.is_ready():
            return PlainTextResponse("ready")
        return PlainTextResponse("the database does not answer", 503, {"Retry-After": "5"})
