"""The gate in front of the app: what is not listed here is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

READ = frozenset({"GET", "HEAD"})
WRITE = frozenset({"POST"})

PAGE_PATHS: Mapping[str, frozenset[str]] = {
    "/": READ,
    "/config": READ,
    "/theme.css": READ,
    "/favicon.ico": READ,
    "/robots.txt": READ,
    "/manifest.json": READ,
    "/healthz": READ,
    "/readyz": READ,
    "/session/join": WRITE,
    "/session/resume": WRITE,
    "/session/leave": WRITE,
    "/session/prolific": WRITE,
    "/login/huggingface": READ,
    "/login/callback": READ,
    "/gradio_api/component_server": WRITE,
    "/gradio_api/component_server/": WRITE,
    "/gradio_api/startup-events": READ,
    "/gradio_api/app_id": READ,
    "/gradio_api/login_check": READ,
    "/gradio_api/user": READ,
}
"""The annotators' page. Gradio's upload, file, run, call, queue, info and so on stay out."""

RESEARCHER_ACTS = (
    *("start", "overview", "annotators", "remarks", "split", "adjudicate", "pause", "resume"),
    *("lock", "exclude", "readmit", "withdraw", "payments", "invite"),
    *("works", "report", "publish"),
)
RESEARCHER_PATHS: Mapping[str, frozenset[str]] = {
    "/researcher": READ,
    "/researcher/page.js": READ,
    "/researcher/page.css": READ,
    "/researcher/login": READ | WRITE,
    "/researcher/logout": WRITE,
    "/researcher/export": READ,
    "/researcher/payments.csv": READ,
    "/researcher/report.html": READ,
    "/researcher/report.md": READ,
    "/researcher/report.json": READ,
    **{f"/researcher/do/{name}": WRITE for name in RESEARCHER_ACTS},
}
"""The researchers' page: each of them but the page and the sign-in asks first who it is."""

ASSET_FOLDERS = ("/assets/", "/static/", "/svelte/")
"""Gradio's own JavaScript, styles and fonts."""

BODY_LIMIT = 131_072
"""Bytes of a request's body; the longest comment that the page sends is far shorter."""

TOO_LONG = f"Too long: at most {BODY_LIMIT:,} bytes are taken"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'self' https://huggingface.co"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
_RESEARCHER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self' https://huggingface.co"
)
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""A report is one file with its style in it, and has no script."""

_FOREIGN_HEADERS = (
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_listed(method: str, path: str) -> bool:
    """Whether the app may be asked this."""
    if path.startswith(ASSET_FOLDERS):
        return method in READ
    return method in PAGE_PATHS.get(path, RESEARCHER_PATHS.get(path, frozenset()))


def is_same_origin(origin: str | None, hosts: Iterable[str | None]) -> bool:
    """Whether `origin` (scheme://host[:port]) is one of `hosts`, the names that we are asked by.

    The scheme is left out of it, because behind a proxy that ends TLS we see http.
    """
    scheme, separator, host = (origin or "").lower().partition("://")
    default = _DEFAULT_PORTS.get(scheme)
    if not separator or default is None:
        return False
    names = {name.strip().lower().removesuffix(default) for name in hosts if name}
    return host.removesuffix(default) in names


class Gate:
    """Answers 404 to what is not listed, 403 to a change that another site asks for.

    A foreign page cannot set X-Forwarded-Host without a preflight, and OPTIONS is not listed,
    so that believing the header here opens nothing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a listed request through, with our headers on its answer."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, _with_our_headers(scope["path"], send))

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, headers = scope["method"], Headers(scope=scope)
        if not is_listed(method, scope["path"]):
            return await _refuse(404, "Not found", scope, receive, send)
        if method in READ:
            return await self.app(scope, receive, send)
        forwarded = headers.get("x-forwarded-host", "").split(",")[0]
        if not is_same_origin(headers.get("origin"), (headers.get("host"), forwarded)):
            return await _refuse(403, "Asked from another site", scope, receive, send)
        if headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return await _refuse(415, "Expected JSON", scope, receive, send)
        body = await _body(receive)
        if body is None:
            return await _refuse(413, TOO_LONG, scope, receive, send)
        return await self.app(scope, _replay(body, receive), send)


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None if it is longer than the limit, or its sender went away."""
    body = bytearray()
    while len(body) <= BODY_LIMIT:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body) if len(body) <= BODY_LIMIT else None
    return None


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting = [body]

    async def replayed() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replayed


async def _refuse(status: int, why: str, scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(why, status_code=status)(scope, receive, send)


def _with_our_headers(path: str, send: Send) -> Send:
    """Security headers on every answer, and no permission for other sites to read it.

    Gradio lets every origin read answers, cookies included, unless it is asked as localhost.
    """

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in _FOREIGN_HEADERS:
                del headers[name]
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
            if path in RESEARCHER_PATHS:
                is_report = path.endswith("report.html")
                policy = _REPORT_POLICY if is_report else _RESEARCHER_POLICY
                headers["Content-Security-Policy"] = policy
            # The files under assets/ carry a hash of their content in their names.
            cached = path.startswith("/assets/") and message["status"] == 200
            if cached:
                headers["Cache-Control"] = "public, max-age=31536000, immutable"
            elif not path.startswith(ASSET_FOLDERS):
                headers["Cache-Control"] = "no-store"
        await send(message)

    return sending
