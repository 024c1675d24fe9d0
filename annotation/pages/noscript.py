"""A sentence for browsers without JavaScript, which Gradio's page does not have."""

from __future__ import annotations

import html
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BODY = re.compile(rb"<body[^>]*>")


class NoScript:
    """Puts a noscript element at the top of the page's body."""

    def __init__(self, app: ASGIApp, sentence: str) -> None:
        self.app = app
        notice = f'<noscript><p style="margin:2rem">{html.escape(sentence)}</p></noscript>'
        self._notice = notice.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the page back until it is whole; everything else passes."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        starts: list[Message] = []
        page = bytearray()

        async def holding(message: Message) -> None:
            if message["type"] == "http.response.start":
                starts.append(message)
            elif message["type"] == "http.response.body":
                page.extend(message.get("body", b""))
                if not message.get("more_body"):
                    await self._send(starts[0], bytes(page), send)

        # Uncompressed, or there would be no body element to find.
        MutableHeaders(scope=scope)["accept-encoding"] = "identity"
        await self.app(scope, receive, holding)

    async def _send(self, start: Message, page: bytes, send: Send) -> None:
        whole = _BODY.sub(lambda found: found[0] + self._notice, page, count=1)
        MutableHeaders(scope=start)["Content-Length"] = str(len(whole))
        await send(start)
        await send({"type": "http.response.body", "body": whole})
