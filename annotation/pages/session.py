"""The signed cookie that says which annotator a browser belongs to."""

from __future__ import annotations

import hashlib

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

YEAR = 365 * 24 * 3600


class Sessions:
    """Keeps an annotator's return key in a cookie that nobody without the secret can forge.

    Two studies on one machine share the cookies of `localhost`, so the name tells them apart;
    it is a digest, because a study's key may say what the annotators must not know.
    """

    def __init__(self, secret: str, study_key: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="annotator")
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

    def _set(self, value: str, seconds: int, request: HTTPConnection, response: Response) -> None:
        """Behind https the cookie also works where another site shows the app in an iframe.

        Written by hand, because Python's cookies know `Partitioned` only from 3.14 on.
        """
        secure = is_https(request)
        where = "Secure; SameSite=None; Partitioned" if secure else "SameSite=Lax"
        cookie = f"{self.cookie}={value}; Path=/; Max-Age={seconds}; HttpOnly; {where}"
        response.headers.append("Set-Cookie", cookie)


def is_https(request: HTTPConnection) -> bool:
    """Whether the browser speaks TLS with us or with the proxy before us.

    Whoever makes the header up only spoils the cookie of the same answer.
    """
    forwarded = request.headers.get("x-forwarded-proto", "").split(",")[0].strip()
    return (forwarded or request.url.scheme) == "https"
