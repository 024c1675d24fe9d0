"""Who may open the researchers' page: a key, a one-time link, or an account of the Space."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from annotation.pages.limits import RateLimit, address_of
from annotation.pages.session import set_cookie
from annotation.schema import TiebreakError
from annotation.settings import Researchers
from annotation.workflow import Workflow

SIGNED_IN = timedelta(hours=12)
TRIES, TRY_SECONDS = 10, 600.0
"""So often an address may try a key in ten minutes; all addresses together ten times as often."""


class NotAResearcher(TiebreakError):
    """A request to the researchers' page by somebody who is not signed in there."""


class WrongKey(TiebreakError):
    """A sign-in with a key or a link that is not the one."""


class TooManyTries(TiebreakError):
    """Sign-ins that come too often."""


@dataclass(frozen=True)
class Door:
    """The ways in that the host has opened; all closed, there is no page."""

    key: str = ""
    link: str = ""
    """A key that opens once, for the person at the machine."""
    accounts: frozenset[str] = frozenset()
    """Names of accounts of Hugging Face, in lower case."""

    @property
    def is_open(self) -> bool:
        """Whether there is any way in."""
        return bool(self.key or self.link or self.accounts)


CLOSED = Door()


class Access:
    """Signs researchers in and out; a cookie of theirs is worth nothing to annotators' routes.

    The cookie holds a random key that nobody without the secret can forge, the database its hash:
    signing out ends it in every copy, and so does another RESEARCHER_KEY.
    """

    def __init__(
        self, door: Door, secret: str, workflow: Workflow, old_secrets: Sequence[str] = ()
    ) -> None:
        self.door = door
        self._signer = URLSafeSerializer([*old_secrets, secret], salt="researcher")
        self._workflow, self._store = workflow, workflow.store
        self._study = workflow.study.key
        self._link, self._using = door.link, Lock()
        self._tries = RateLimit(TRIES, TRY_SECONDS)
        self._all_tries = RateLimit(TRIES * 10, TRY_SECONDS)
        digest = hashlib.sha256(self._study.encode()).hexdigest()[:8]
        self.cookie = f"tiebreak_researcher_{digest}"

    def way_of(self, request: HTTPConnection) -> str:
        """How whoever asks has signed in: key, link or account; raises NotAResearcher."""
        kept = self._kept(request)
        way = (
            self._store.signed_in(self._study, self._hash(kept), self._workflow.now)
            if kept
            else None
        )
        if way is None:
            raise NotAResearcher("sign in first")
        return way

    def check(self, given: str, request: HTTPConnection) -> str:
        """The way that a given key or link opens; raises WrongKey or TooManyTries."""
        if not (self._tries.allows(address_of(request)) and self._all_tries.allows("")):
            raise TooManyTries("too many tries; wait ten minutes")
        if self.door.key and _same(given, self.door.key):
            return "key"
        with self._using:
            if self._link and _same(given, self._link):
                self._link = ""
                return "link"
        raise WrongKey("this is not the key")

    def admits(self, account: str) -> bool:
        """Whether an account of Hugging Face may sign in."""
        return account.lower() in self.door.accounts

    def sign_in(self, way: str, request: HTTPConnection, response: Response) -> None:
        """Have the browser bring a new key from now on."""
        key, now = secrets.token_urlsafe(24), self._workflow.now
        self._store.sign_in(self._study, self._hash(key), way, now + SIGNED_IN, now)
        seconds = int(SIGNED_IN.total_seconds())
        set_cookie(self.cookie, str(self._signer.dumps(key)), seconds, request, response)

    def sign_out(self, request: HTTPConnection, response: Response) -> None:
        """End the sign-in, whoever has a copy of the cookie."""
        kept = self._kept(request)
        if kept:
            self._store.sign_out(self._hash(kept))
        set_cookie(self.cookie, "", 0, request, response)

    def _kept(self, request: HTTPConnection) -> str | None:
        try:
            kept = self._signer.loads(request.cookies.get(self.cookie, ""))
        except BadSignature:
            return None
        return kept if isinstance(kept, str) else None

    def _hash(self, key: str) -> str:
        # With the host's key in it: when that changes, nobody is signed in any more.
        return hashlib.sha256(f"{key}|{self.door.key}".encode()).hexdigest()


def _same(given: str, expected: str) -> bool:
    """Compared in constant time, as digests, so that not even the length is told."""
    one, other = (hashlib.sha256(text.encode("utf-8", "replace")) for text in (given, expected))
    return hmac.compare_digest(one.digest(), other.digest())


def door_of(researchers: Researchers) -> Door:
    """The ways in as the host has set them; the link that opens once is drawn anew."""
    return Door(
        key=researchers.key,
        link=secrets.token_urlsafe(24) if researchers.offers_link else "",
        accounts=frozenset(name.lower() for name in researchers.accounts),
    )
