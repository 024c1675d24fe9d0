"""Signing in with a Hugging Face account: OAuth's authorization code with PKCE, on a Space.

Written by hand: the routes that huggingface_hub and Gradio bring keep the access token in a cookie
and follow an address of the visitor's choice. Here the token is used once and forgotten.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request as Outgoing
from urllib.request import urlopen

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from annotation.pages.researcher.access import Access
from annotation.pages.session import Sessions
from annotation.schema import TiebreakError
from annotation.settings import OAuth
from annotation.store import Identity
from annotation.workflow import SomebodyElse, Workflow

_SECONDS = 10
_LONGEST = 100_000
"""Bytes of the provider's answer; a profile is far shorter."""


class LoginFailed(TiebreakError):
    """A sign-in that the provider refused, or that did not begin in this browser."""


RESEARCHER = "researcher."
"""How the state of a sign-in to the researchers' page begins."""


def add_login_routes(
    app: FastAPI, workflow: Workflow, sessions: Sessions, oauth: OAuth, access: Access
) -> None:
    """/login/huggingface and /researcher/login send the visitor away, /login/callback receives
    them back: as an annotator, or as a researcher whom the host has named."""

    def away(request: Request, state: str) -> Response:
        """To the provider, with a state that only this browser can bring back."""
        verifier = secrets.token_urlsafe(48)
        response = RedirectResponse(_authorize_url(oauth, state, verifier), 303)
        sessions.keep_login([state, verifier], request, response)
        return response

    if workflow.study.access.mode == "huggingface":

        @app.get("/login/huggingface")
        def login(request: Request) -> Response:
            """An annotator, for the first time or again."""
            return away(request, secrets.token_urlsafe(24))

    if access.door.accounts:

        @app.get("/researcher/login")
        def researcher(request: Request) -> Response:
            """A researcher."""
            return away(request, RESEARCHER + secrets.token_urlsafe(24))

    @app.get("/login/callback")
    def callback(request: Request, code: str = "", state: str = "") -> Response:
        """Back from the provider: the account becomes an annotator."""
        kept, verifier = sessions.login(request)
        try:
            if not (code and kept and hmac.compare_digest(kept.encode(), state.encode())):
                raise LoginFailed("the sign-in did not begin in this browser, or was refused")
            profile = _profile(oauth, code, verifier)
            if kept.startswith(RESEARCHER):
                return _researcher(profile, request, sessions, access)
            joined = workflow.enter(_identity(profile), sessions.return_key(request))
        except SomebodyElse:
            return _back("#problem=somebody_else", request, sessions)
        except TiebreakError:
            return _back("#problem=login_failed", request, sessions)
        response = _back("#arrived=1", request, sessions)
        sessions.keep(joined.return_key, request, response)
        return response


def _researcher(
    profile: Mapping[str, Any], request: Request, sessions: Sessions, access: Access
) -> Response:
    """To the researchers' page, signed in where the host has named the account."""
    response = RedirectResponse("/researcher", 303)
    sessions.keep_login(None, request, response)
    name = profile.get("preferred_username")
    if isinstance(name, str) and access.admits(name):
        access.sign_in("account", request, response)
    return response


def _back(fragment: str, request: Request, sessions: Sessions) -> Response:
    response = RedirectResponse(f"/{fragment}", 303)
    sessions.keep_login(None, request, response)
    return response


def _authorize_url(oauth: OAuth, state: str, verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "client_id": oauth.client_id,
        "redirect_uri": oauth.callback,
        "response_type": "code",
        "scope": oauth.scopes,
        "state": state,
        "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{oauth.provider}/oauth/authorize?{urlencode(query)}"


def _profile(oauth: OAuth, code: str, verifier: str) -> Mapping[str, Any]:
    """Who signed in; the provider is asked over TLS, so that what it says needs no signature."""
    client = b64encode(f"{oauth.client_id}:{oauth.client_secret}".encode()).decode()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": oauth.callback,
        "client_id": oauth.client_id,
        "code_verifier": verifier,
    }
    token = _asked(f"{oauth.provider}/oauth/token", f"Basic {client}", urlencode(form).encode())
    access = f"Bearer {token.get('access_token', '')}"
    return _asked(f"{oauth.provider}/oauth/userinfo", access)


def _asked(url: str, authorization: str, body: bytes | None = None) -> Mapping[str, Any]:
    headers = {"Authorization": authorization, "Accept": "application/json"}
    try:
        with urlopen(Outgoing(url, body, headers), timeout=_SECONDS) as answer:
            found = json.loads(answer.read(_LONGEST))
    except (URLError, OSError, ValueError) as error:
        raise LoginFailed(f"{url}: {error}") from None
    if not isinstance(found, dict):
        raise LoginFailed(f"{url}: expected an object")
    return found


def _identity(profile: Mapping[str, Any]) -> Identity:
    """The account by its number, which stays when the account is renamed."""
    number, name = profile.get("sub"), profile.get("preferred_username")
    if not isinstance(number, str) or not 1 <= len(number) <= 200:
        raise LoginFailed("the provider did not say whose account it is")
    details = {"username": name[:200]} if isinstance(name, str) else {}
    return Identity(provider="huggingface", external_id=number, details=details)
