"""The ways in and out: they set or clear the cookie, which a server function cannot."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from annotation.pages.limits import RateLimit, address_of
from annotation.pages.session import BadProlificLink, Sessions
from annotation.pages.text import Language
from annotation.schema import Record, TiebreakError
from annotation.store import DatabaseAway, Identity
from annotation.workflow import Workflow

_PROLIFIC_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


JoiningId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Joining(Record):
    """Who wants to label."""

    pseudonym: str = Field(max_length=400)
    invite: str | None = Field(default=None, max_length=400)
    joining_id: JoiningId | None = None
    """Minted by the page, so that a join whose answer was lost can be sent again."""


class Returning(Record):
    """Who comes back with a return link."""

    return_key: str = Field(max_length=400)


class Participant(Record):
    """What Prolific puts into the address of the study."""

    prolific_pid: str
    study_id: str = ""
    session_id: str = ""

    def identity(self) -> Identity:
        """Who this is at Prolific; raises BadProlificLink."""
        details = {"study_id": self.study_id, "session_id": self.session_id}
        given = {name: value for name, value in details.items() if value}
        if not all(_PROLIFIC_ID.fullmatch(one) for one in (self.prolific_pid, *given.values())):
            raise BadProlificLink("expected PROLIFIC_PID, STUDY_ID and SESSION_ID in the address")
        return Identity(provider="prolific", external_id=self.prolific_pid, details=given)


class TooManyJoins(TiebreakError):
    """More people from one address than the host has allowed."""


def add_entry_routes(
    app: FastAPI,
    workflow: Workflow,
    sessions: Sessions,
    language: Language,
    joins: RateLimit,
) -> None:
    """Join, resume, come from Prolific, and leave."""

    def admit(request: Request) -> None:
        """Raises TooManyJoins."""
        if not joins.allows(address_of(request)):
            raise TooManyJoins("many people are joining from here; try again in a minute")

    def refused(error: TiebreakError) -> Response:
        return JSONResponse({"ok": False, "error": language.of(error)})

    def kept(request: Request, return_key: str) -> Response:
        response = JSONResponse({"ok": True, "return_key": return_key})
        sessions.keep(return_key, request, response)
        return response

    @app.post("/session/join")
    def join(joining: Joining, request: Request) -> Response:
        """A new annotator, by invitation where the study asks for one."""
        try:
            admit(request)
            joined = workflow.join(joining.pseudonym, joining.invite, joining.joining_id)
        except DatabaseAway:
            raise
        except TiebreakError as error:
            return refused(error)
        return kept(request, joined.return_key)

    @app.post("/session/prolific")
    def prolific(participant: Participant, request: Request) -> Response:
        """A participant of Prolific, for the first time or again."""
        try:
            admit(request)
            current = sessions.return_key(request)
            joined = workflow.enter(participant.identity(), current)
        except DatabaseAway:
            raise
        except TiebreakError as error:
            return refused(error)
        return kept(request, joined.return_key)

    @app.post("/session/resume")
    def resume(returning: Returning, request: Request) -> Response:
        """One who has been here before."""
        try:
            workflow.annotator_of(returning.return_key)
        except DatabaseAway:
            raise
        except TiebreakError as error:
            return refused(error)
        return kept(request, returning.return_key)

    @app.post("/session/leave")
    def leave(request: Request) -> Response:
        """Forget the annotator on this browser."""
        response = JSONResponse({"ok": True})
        sessions.forget(request, response)
        return response
