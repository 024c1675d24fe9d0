"""The annotators' screen: one component whose server functions are the workflow's."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any, TypeAlias, cast

import gradio as gr
from pydantic import ValidationError
from starlette.requests import HTTPConnection

from annotation.blind import (
    ClosingAsked,
    ConsentAsked,
    Draft,
    Finished,
    Refused,
    ScreenedOut,
    Submission,
    Task,
)
from annotation.pages import text
from annotation.pages.rendering import to_html
from annotation.pages.session import Sessions
from annotation.pages.shown import shown
from annotation.schema import Record, TiebreakError
from annotation.store import AnnotatorRecord, AssignmentClosed, UnknownAssignment
from annotation.workflow import PairGone, UnknownReturnKey, Workflow

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = ("state.js", "view.js", "saving.js", "keys.js", "screens.js")
"""In the order in which they are put together to one function."""

Reply: TypeAlias = dict[str, Any]


class _Sentences(Template):
    """Placeholders as %{name}: Gradio reads ${...} in a template as JavaScript."""

    delimiter = "%"


def annotate_page(workflow: Workflow, sessions: Sessions) -> gr.Blocks:
    """The screen as a Gradio app without events, so that nothing waits in a queue.

    The template holds no text of a study: Gradio evaluates templates as JavaScript, so that a
    response saying ${...} would run. Texts come in replies, and the script places them.
    """
    words = {name: html.escape(sentence) for name, sentence in text.PAGE.items()}
    page = _Sentences((ASSETS / "html" / "page.html").read_text("utf-8")).substitute(words)
    demo = gr.Blocks(title=workflow.study.title, analytics_enabled=False, fill_width=True)
    with demo:
        gr.HTML(
            value="",
            html_template=page,
            js_on_load=script(),
            apply_default_css=False,
            server_functions=[*server_functions(workflow, sessions)],
            words=text.WORDS,
        )
    return demo


def script() -> str:
    """The page's JavaScript as one function body."""
    parts = [(ASSETS / "js" / name).read_text("utf-8") for name in SCRIPTS]
    return "\n".join(['"use strict";', *parts])


def style() -> str:
    """The page's style as an element of the head: Gradio would rewrite the selectors of `css`."""
    return f"<style>{(ASSETS / 'css' / 'page.css').read_text('utf-8')}</style>"


def server_functions(
    workflow: Workflow, sessions: Sessions
) -> tuple[Callable[[Reply, gr.Request], Reply], ...]:
    """What the page's script may call; each answers {"ok": true, ...} or says what is wrong.

    Gradio gives the request to what is annotated as gr.Request, but as Starlette's.
    """
    guidelines = to_html(workflow.study.guidelines)

    def start(_: Reply, request: gr.Request) -> Reply:
        """Who the browser belongs to, and what it shows first."""

        def act(annotator: AnnotatorRecord, return_key: str) -> Reply:
            return {
                "pseudonym": annotator.pseudonym,
                "return_key": return_key,
                "guidelines": guidelines,
                "next": _next(workflow, annotator),
            }

        return _answer(workflow, sessions, request, act)

    def save_draft(data: Reply, request: gr.Request) -> Reply:
        """Keep the answers so far."""

        def act(annotator: AnnotatorRecord, _: str) -> Reply:
            workflow.save_draft(annotator, Draft.model_validate(data))
            return {}

        return _answer(workflow, sessions, request, act)

    def submit(data: Reply, request: gr.Request) -> Reply:
        """Take the answers of a pair, and show the next one."""

        def act(annotator: AnnotatorRecord, _: str) -> Reply:
            receipt = workflow.submit(annotator, Submission.model_validate(data))
            after = annotator.model_copy(update={"submitted": receipt.done})
            return {"submission_id": receipt.submission_id, "next": _next(workflow, after)}

        return _answer(workflow, sessions, request, act)

    return start, save_draft, submit


def _answer(
    workflow: Workflow,
    sessions: Sessions,
    request: gr.Request,
    act: Callable[[AnnotatorRecord, str], Reply],
) -> Reply:
    """What `act` answers for the annotator of the cookie, with errors as sentences."""
    return_key = sessions.return_key(cast(HTTPConnection, request)) or ""
    try:
        annotator = workflow.annotator_of(return_key)
    except UnknownReturnKey:
        return {"ok": False, "joined": False, "error": text.NOT_JOINED}
    try:
        return {"ok": True, **act(annotator, return_key)}
    except ValidationError:
        return {"ok": False, "error": text.MALFORMED}
    except (AssignmentClosed, UnknownAssignment, PairGone) as error:
        return {"ok": False, "error": text.of(error), "next": _next(workflow, annotator)}
    except TiebreakError as error:
        return {"ok": False, "error": text.of(error)}


def _next(workflow: Workflow, annotator: AnnotatorRecord) -> Reply:
    """What the annotator sees next, under the name of its kind."""
    screen = workflow.next_task(annotator)
    if isinstance(screen, Task):
        return {"task": shown(screen).model_dump(mode="json")}
    return {_KINDS[type(screen)]: screen.model_dump(mode="json")}


_KINDS: dict[type[Record], str] = {
    ConsentAsked: "consent",
    Refused: "refused",
    ScreenedOut: "screened_out",
    ClosingAsked: "closing",
    Finished: "finished",
}
