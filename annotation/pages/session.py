"""The signed cookie that says which annotator a browser belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from annotation.schema import TiebreakError

YEAR = 365 * 24 * 3600
LOGIN_SECONDS = 600
"""So long a visitor may take to sign in elsewhere."""


class BadProlificLink(TiebreakError):
    """An address that Prolific has not filled in."""


class Sessions:
    """Keeps an annotator's return key in a cookie that nobody without the secret can forge.

    Two studies on one machine share the cookies of `localhost`, so the name tells them apart;
    it is a digest, because a study's key may say what the annotators must not know.
    """

    def __init__(self, secret: str, study_key: str, old_secrets: Sequence[str] = ()) -> None:
        """Cookies are signed with `secret`; those that an old one signed are still believed."""
        keys = [*old_secrets, secret]
        self._signer = URLSafeSerializer(keys, salt="annotator")
        self._login_signer = URLSafeTimedSerializer(keys, salt="login")
        self.cookie = "tiebreak_" + hashlib.sha256(study_key.encode()).hexdigest()[:8]

    def return_key(self, request: HTTPConnection) -> str | None:
        """The return key that the browser brings; None without a cookie of ours."""
        try:
            kept = self._signer.loads(request.cookies.get(self.cookie, ""))
        except BadSignature:
            return None
        return kept if isinstance(kept, str) else None

    def signed(self, return_key: str) -> str:
        """The value of the cookie."""
        return str(self._signer.dumps(return_key))

    def keep(self, return_key: str, request: HTTPConnection, response: Response) -> None:
        """Have the browser bring the return key from now on."""
        self._set(self.signed(return_key), YEAR, request, response)

    def forget(self, request: HTTPConnection, response: Response) -> None:
        """Have the browser bring nothing from now on."""
        self._set("", 0, request, response)

    def keep_login(
        self, login: list[str] | None, request: HTTPConnection, response: Response
    ) -> None:
        """Have the browser bring a sign-in's state and secret back soon; None forgets them."""
        value = str(self._login_signer.dumps(login)) if login else ""
        seconds = LOGIN_SECONDS if login else 0
        self._set(value, seconds, request, response, f"{self.cookie}_login")

    def login(self, request: HTTPConnection) -> tuple[str, str]:
        """State and secret of the sign-in that began in this browser; empty without one."""
        try:
            brought = request.cookies.get(f"{self.cookie}_login", "")
            state, verifier = self._login_signer.loads(brought, max_age=LOGIN_SECONDS)
        except BadSignature:
            return "", ""
        return str(state), str(verifier)

    def _set(
        self,
        value: str,
        seconds: int,
        request: HTTPConnection,
        response: Response,
        name: str | None = None,
    ) -> None:
        set_cookie(name or self.cookie, value, seconds, request, response)


def set_cookie(
    name: str, value: str, seconds: int, request: HTTPConnection, response: Response
) -> None:
    """Behind https the cookie also works where another site shows the app in an iframe.

    Written by hand, because Python's cookies know `Partitioned` only from 3.14 on.
    """
    where = "Secure; SameSite=None; Partitioned" if is_https(request) else "SameSite=Lax"
    cookie = f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; {where}"
    response.headers.append("Set-Cookie", cookie)


def is_https(request: HTTPConnection) -> bool:
    """Whether the browser speaks TLS with us or with the proxy before us.

    Whoever makes the header up only spoils the cookie of the same answer.
    """
    forwarded = request.headers.get("x-forwarded-proto", "").split(",")[0].strip()
    return (forwarded or request.url.scheme) == "https"
