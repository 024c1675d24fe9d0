"""What is said while the database is away: a line in the log, and a sentence for the person."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.responses import Response

from annotation.pages.text import Language
from annotation.store import DatabaseAway

_log = logging.getLogger("tiebreak")


def ask_again(error: DatabaseAway, language: Language) -> dict[str, Any]:
    """The reply after which the page keeps what it has, and sends it again."""
    _log.warning("%s", error)
    return {"ok": False, "again": True, "error": language.of(error)}


def add_away_handler(app: FastAPI, language: Language) -> None:
    """Have our routes answer 503, so that a proxy may ask another replica as well."""

    @app.exception_handler(DatabaseAway)
    async def away(_request: Request, error: Exception) -> Response:
        assert isinstance(error, DatabaseAway)
        return JSONResponse(ask_again(error, language), 503, {"Retry-After": "5"})
