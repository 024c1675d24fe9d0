"""The annotators' screen: one component whose server functions are the workflow's."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import cast

import gradio as gr
from pydantic import ValidationError
from starlette.requests import HTTPConnection

from annotation.pages.acts import ACTS, Act, Asking, Reply, next_screen
from annotation.pages.away import ask_again
from annotation.pages.session import Sessions
from annotation.pages.text import Language
from annotation.schema import TiebreakError, UnknownChoice
from annotation.store import (
    AssignmentClosed,
    DatabaseAway,
    NotEditable,
    Stopped,
    UnknownAnnotator,
    UnknownAssignment,
)
from annotation.view import BadAnswers
from annotation.workflow import NotYourTurn, PairGone, UnknownReturnKey, Workflow

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = (
    *("state.js", "view.js", "turns.js", "saving.js", "keys.js", "dialogs.js"),
    *("care.js", "steps.js", "entry.js", "screens.js"),
)
"""In the order in which they are put together to one function."""

_MOVED_ON = (
    *(AssignmentClosed, UnknownAssignment, PairGone, NotEditable, NotYourTurn),
    *(BadAnswers, UnknownChoice, Stopped),
)
"""Errors after which the page has to draw anew what the annotator sees: it knows something else."""


class _Sentences(Template):
    """Placeholders as %{name}: Gradio reads ${...} in a template as JavaScript."""

    delimiter = "%"


def annotate_page(workflow: Workflow, sessions: Sessions, language: Language) -> gr.Blocks:
    """The screen as a Gradio app without events, so that nothing waits in a queue.

    The template holds no text of a study: Gradio evaluates templates as JavaScript, so that a
    response saying ${...} would run. Texts come in replies, and the script places them.
    """
    page_of = _page_sentences(workflow.study.access.mode, language)
    words = {name: html.escape(sentence) for name, sentence in page_of.items()}
    template = (ASSETS / "html" / "page.html").read_text("utf-8")
    whose = f'lang="{html.escape(language.code)}" dir="{language.direction}"'
    page = _Sentences(template).substitute(words).replace('id="tiebreak"', f'id="tiebreak" {whose}')
    demo = gr.Blocks(title=workflow.study.title, analytics_enabled=False, fill_width=True)
    with demo:
        gr.HTML(
            value="",
            html_template=page,
            js_on_load=script(),
            apply_default_css=False,
            server_functions=[*server_functions(workflow, sessions, language)],
            words=dict(language.words),
            access=workflow.study.access.mode,
        )
    return demo


def _page_sentences(access: str, language: Language) -> dict[str, str]:
    """The sentences of the page; who comes with an account can come back without the link."""
    sentences = dict(language.page)
    if access in {"prolific", "huggingface"}:
        for name in ("keep_link", "leave_hint"):
            sentences[name] = sentences[f"{name}_account"]
    return sentences


def script() -> str:
    """The page's JavaScript as one function body."""
    parts = [(ASSETS / "js" / name).read_text("utf-8") for name in SCRIPTS]
    return "\n".join(['"use strict";', *parts])


def style() -> str:
    """The page's style as an element of the head: Gradio would rewrite the selectors of `css`."""
    return f"<style>{(ASSETS / 'css' / 'page.css').read_text('utf-8')}</style>"


def server_functions(
    workflow: Workflow, sessions: Sessions, language: Language
) -> tuple[Callable[[Reply, gr.Request], Reply], ...]:
    """What the page's script may call; each answers {"ok": true, ...} or says what is wrong."""
    return tuple(
        _server_function(name, act, workflow, sessions, language) for name, act in ACTS.items()
    )


def _server_function(
    name: str, act: Act, workflow: Workflow, sessions: Sessions, language: Language
) -> Callable[[Reply, gr.Request], Reply]:
    """Gradio gives the request to what is annotated as gr.Request, but as Starlette's."""

    def function(data: Reply, request: gr.Request) -> Reply:
        return_key = sessions.return_key(cast(HTTPConnection, request)) or ""
        return _answer(act, workflow, language, return_key, data)

    function.__name__ = name
    return function


def _answer(
    act: Act, workflow: Workflow, language: Language, return_key: str, data: Reply
) -> Reply:
    """What `act` answers for the annotator of the return key, with errors as sentences."""
    try:
        asking = Asking(workflow, workflow.annotator_of(return_key), return_key, language)
        return _act(act, asking, data)
    except DatabaseAway as error:  # the page keeps what it has and sends it again
        return ask_again(error, language)
    except (UnknownReturnKey, UnknownAnnotator):  # the second: who withdraws at this moment
        return {"ok": False, "joined": False, "error": language.other("not_joined")}


_WRITTEN = {"comment", "reason", "systems"}
"""What people write themselves."""


def _malformed(error: ValidationError, language: Language) -> str:
    """The page sends no such thing, but for a text that somebody wrote at too great a length."""
    for each in error.errors(include_input=False):
        if each["type"].endswith("too_long") and _WRITTEN.intersection(each["loc"]):
            longest = f"{each['ctx']['max_length']:,}"
            return language.other("too_long").replace("{n}", longest)
    return language.words["malformed"]


def _act(act: Act, asking: Asking, data: Reply) -> Reply:
    """What `act` answers to somebody who is known, with errors as sentences."""
    language = asking.language
    try:
        return {"ok": True, **act(asking, data)}
    except (UnknownReturnKey, UnknownAnnotator, DatabaseAway):
        raise
    except ValidationError as error:
        return {"ok": False, "error": _malformed(error, language)}
    except _MOVED_ON as error:
        return {"ok": False, "error": language.of(error), "next": next_screen(asking)}
    except TiebreakError as error:
        return {"ok": False, "error": language.of(error)}
