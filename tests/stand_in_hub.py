"""A stand-in for the Hugging Face Hub: a small local server for the installed client, no more.

It keeps repositories in memory, knows three tokens, and misbehaves as it is told. The routes are
those that `huggingface_hub` asks for; Xet storage is not among them, so the fixture turns it off
and large files take the older way (LFS). It is no proof of how the real Hub behaves.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from tests.answering import Answer, answering
from tests.stand_in_repos import BEGINNING, LARGE, Refused, Repo, file_entry, remote_oid

WRITER, READER, STRANGER = "hf_writer", "hf_reader", "hf_stranger"
"""Tokens: of ada, who may write as herself and in the organisation `lab`; of bob, who may read
what is lab's; of eve, who has an account and no rights."""


@dataclass(frozen=True)
class Account:
    """Who a token belongs to, and where it may read private repositories and write."""

    name: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What goes back; status 0 hangs up without a word."""

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


Trouble: TypeAlias = Callable[[str, str], Reply | None]
"""From the method and path of a request to what is answered instead; None lets it pass."""


class StandInHub:
    """The repositories, who knows which token, what was asked, and what shall go wrong."""

    def __init__(self) -> None:
        self.url = ""
        self.accounts = {
            WRITER: Account("ada", reads=("ada", "lab"), writes=("ada", "lab")),
            READER: Account("bob", reads=("bob", "lab")),
            STRANGER: Account("eve"),
        }
        self.repos: dict[tuple[str, str], Repo] = {}
        self.requests: list[tuple[str, str]] = []
        self.trouble: Trouble | None = None
        """Asked before a request is served."""
        self.before_commit: Callable[[Repo], object] | None = None
        """Run once, before the next commit is looked at: somebody else was quicker."""
        self.lost_reply: str | None = None
        """Requests whose path holds this text are served, and the connection breaks after that."""
        self._lock = threading.RLock()

    def repo(self, name: str, kind: str = "dataset", private: bool = True) -> Repo:
        """The repository of that name, made where there is none."""
        return self.repos.setdefault((kind, name), Repo(kind, name, private))

    def asked(self, part: str) -> int:
        """How many requests had this text in their path."""
        return sum(part in path for _, path in self.requests)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """The reply to one request."""
        url = urlsplit(target)
        path = unquote(url.path)
        self.requests.append((method, path))
        instead = self.trouble(method, path) if self.trouble else None
        if instead is not None:
            return instead
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        with self._lock:
            try:
                account = self._account(headers)
                reply = _served(self, Request(method, url.path, query, body, account))
            except Refused as refused:
                return _refusal(refused.status, refused.code, refused.message)
        if self.lost_reply and self.lost_reply in path:
            return Reply(0)
        return reply

    def _account(self, headers: dict[str, str]) -> Account | None:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if not token:
            return None
        if token not in self.accounts:
            raise Refused(401, "", "Invalid credentials in Authorization header")
        return self.accounts[token]

    def readable(self, kind: str, name: str, account: Account | None) -> Repo:
        """A repository that this account may see; others do not exist for it."""
        repo = self.repos.get((kind, name))
        owner = name.split("/")[0]
        if repo is None or (repo.private and not (account and owner in account.reads)):
            raise Refused(404 if account else 401, "RepoNotFound", "Repository not found")
        return repo

    def writable(self, kind: str, name: str, account: Account | None) -> Repo:
        """A repository that this account may change."""
        repo = self.readable(kind, name, account)
        _refuse_writing(account, name)
        return repo


@dataclass(frozen=True)
class Request:
    """One request, its path still quoted."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    account: Account | None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def refusing(
    status: int, part: str = "", message: str = "so it is", times: int | None = None, **headers: str
) -> Trouble:
    """Answer requests whose path holds `part` with an error; only the first `times` of them."""
    left = [times]
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())

    def trouble(_method: str, path: str) -> Reply | None:
        if part not in path or left[0] == 0:
            return None
        if left[0] is not None:
            left[0] -= 1
        refusal = _refusal(status, "", message)
        return Reply(refusal.status, refusal.body, (*refusal.headers, *named))

    return trouble


def waiting(event: threading.Event, part: str = "") -> Trouble:
    """A slow Hub: requests whose path holds `part` wait for `event`, half a minute at most."""

    def trouble(_method: str, path: str) -> Reply | None:
        if part in path:
            event.wait(30)
        return None

    return trouble


def _refusal(status: int, code: str, message: str) -> Reply:
    headers = [("X-Error-Message", message)]
    if code:
        headers.append(("X-Error-Code", code))
    return Reply(status, {"error": message}, tuple(headers))


def _refuse_writing(account: Account | None, name: str) -> None:
    if account is None:
        raise Refused(401, "", "Invalid username or password.")
    if name.split("/")[0] not in account.writes:
        raise Refused(403, "", "You don't have the rights to write to this repository")


Handler: TypeAlias = Callable[..., Reply]
_REPO = r"/(?P<kind>datasets|models|spaces)/(?P<name>[^/]+/[^/]+)"
_REVISION = r"/(?P<revision>[^/]+)"


def _served(hub: StandInHub, request: Request) -> Reply:
    for method, pattern, handler in ROUTES:
        found = pattern.fullmatch(request.path)
        if found and request.method in method.split():
            named = {key: unquote(value or "") for key, value in found.groupdict().items()}
            if "kind" in named:
                named["kind"] = named["kind"].removesuffix("s")
            return handler(hub, request, **named)
    raise Refused(404, "", f"the stand-in has no route {request.method} {request.path}")


def _whoami(_hub: StandInHub, request: Request) -> Reply:
    if request.account is None:
        raise Refused(401, "", "Invalid username or password.")
    me = request.account
    orgs = [{"type": "org", "name": name} for name in me.reads if name != me.name]
    return Reply(200, {"type": "user", "id": me.name, "name": me.name, "orgs": orgs})


def _create(hub: StandInHub, request: Request) -> Reply:
    sent = request.json
    me = request.account.name if request.account else ""
    name = f"{sent.get('organization') or me}/{sent['name']}"
    kind = sent.get("type") or "model"
    url = f"{hub.url}/{kind}s/{name}"
    _refuse_writing(request.account, name)
    if (kind, name) in hub.repos:
        return Reply(409, {"error": "You already created this dataset repo", "url": url})
    hub.repo(name, kind, private=sent.get("visibility") == "private")
    return Reply(200, {"url": url, "name": name, "id": name})


def _delete(hub: StandInHub, request: Request) -> Reply:
    sent = request.json
    me = request.account.name if request.account else ""
    name = f"{sent.get('organization') or me}/{sent['name']}"
    kind = sent.get("type") or "model"
    hub.writable(kind, name, request.account)
    del hub.repos[kind, name]
    return Reply(200, {})


def _validate(_hub: StandInHub, _request: Request) -> Reply:
    return Reply(200, {"errors": [], "warnings": []})


def _info(hub: StandInHub, request: Request, kind: str, name: str, revision: str = "main") -> Reply:
    repo = hub.readable(kind, name, request.account)
    return Reply(200, repo.info(revision or "main"))


def _tree(
    hub: StandInHub, request: Request, kind: str, name: str, revision: str, below: str
) -> Reply:
    repo = hub.readable(kind, name, request.account)
    recursive = request.query.get("recursive", "").lower() in ("true", "1")
    return Reply(200, repo.tree(revision, below, recursive))


def _paths(hub: StandInHub, request: Request, kind: str, name: str, revision: str) -> Reply:
    files = hub.readable(kind, name, request.account).at(revision).files
    wanted = parse_qs(request.body.decode())["paths"]
    return Reply(200, [file_entry(path, files[path]) for path in wanted if path in files])


def _preupload(hub: StandInHub, request: Request, kind: str, name: str, revision: str) -> Reply:
    files = hub.writable(kind, name, request.account).at(revision).files
    said = []
    for sent in request.json["files"]:
        path = sent["path"]
        one = {"path": path, "shouldIgnore": False}
        one["uploadMode"] = "lfs" if path.endswith(LARGE) else "regular"
        if path in files:
            one["oid"] = remote_oid(path, files[path])
        said.append(one)
    return Reply(200, {"files": said})


def _batch(hub: StandInHub, request: Request, kind: str, name: str) -> Reply:
    repo = hub.writable(kind, name, request.account)
    objects = []
    for sent in request.json["objects"]:
        one = dict(sent)
        if sent["oid"] not in repo.large:
            href = f"{hub.url}/upload/{kind}s/{name}/{sent['oid']}"
            one["actions"] = {"upload": {"href": href}}
        objects.append(one)
    return Reply(200, {"transfer": "basic", "objects": objects})


def _upload(hub: StandInHub, request: Request, kind: str, name: str, oid: str) -> Reply:
    hub.repo(name, kind).large[oid] = request.body
    return Reply(200, {})


def _commit(hub: StandInHub, request: Request, kind: str, name: str, revision: str) -> Reply:
    repo = hub.writable(kind, name, request.account)
    quicker, hub.before_commit = hub.before_commit, None
    if quicker:
        quicker(repo)
    if revision != "main":
        raise Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
    made = repo.commit_lines(request.body.splitlines())
    url = f"{hub.url}/{kind}s/{name}/commit/{made.oid}"
    return Reply(200, {"success": True, "commitOid": made.oid, "commitUrl": url})


def _commits(hub: StandInHub, request: Request, kind: str, name: str, revision: str) -> Reply:
    repo = hub.readable(kind, name, request.account)
    last = repo.commits.index(repo.at(revision))
    found = [
        {
            "id": one.oid,
            "title": one.title,
            "message": one.description,
            "authors": [{"user": "somebody"}],
            "date": BEGINNING,
        }
        for one in reversed(repo.commits[: last + 1])
    ]
    return Reply(200, found)


def _refs(hub: StandInHub, request: Request, kind: str, name: str) -> Reply:
    repo = hub.readable(kind, name, request.account)
    main = {"name": "main", "ref": "refs/heads/main", "targetCommit": repo.head.oid}
    tags = [
        {"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": oid}
        for tag, oid in repo.tags.items()
    ]
    return Reply(200, {"branches": [main], "converts": [], "tags": tags})


def _tag(hub: StandInHub, request: Request, kind: str, name: str, revision: str) -> Reply:
    repo = hub.writable(kind, name, request.account)
    tag = request.json["tag"]
    if tag in repo.tags:
        raise Refused(409, "", f"Tag reference exists already: {tag}")
    repo.tags[tag] = repo.at(revision).oid
    return Reply(200, {})


def _settings(hub: StandInHub, request: Request, kind: str, name: str) -> Reply:
    repo = hub.writable(kind, name, request.account)
    sent = request.json
    if "visibility" in sent or "private" in sent:
        repo.private = sent.get("visibility") == "private" or bool(sent.get("private"))
    return Reply(200, {"private": repo.private})


def _setting(hub: StandInHub, request: Request, kind: str, name: str) -> Reply:
    repo = hub.writable(kind, name, request.account)
    repo.settings[request.json["key"]] = request.json["value"]
    return Reply(200, {})


def _squash(hub: StandInHub, request: Request, kind: str, name: str, revision: str) -> Reply:
    hub.writable(kind, name, request.account).squash(request.json["message"])
    return Reply(200, {})


def _resolve(
    hub: StandInHub, request: Request, kind: str, name: str, revision: str, file: str
) -> Reply:
    commit = hub.readable(kind, name, request.account).at(revision)
    if file not in commit.files:
        raise Refused(404, "EntryNotFound", "Entry not found")
    content = commit.files[file]
    headers = (("ETag", f'"{remote_oid(file, content)}"'), ("X-Repo-Commit", commit.oid))
    return Reply(200, content, headers)


def _route(method: str, pattern: str, handler: Handler) -> tuple[str, re.Pattern[str], Handler]:
    return method, re.compile(pattern), handler


ROUTES = [
    _route("GET", "/api/whoami-v2", _whoami),
    _route("POST", "/api/repos/create", _create),
    _route("DELETE", "/api/repos/delete", _delete),
    _route("POST", "/api/validate-yaml", _validate),
    _route("GET", rf"/api{_REPO}(?:/revision{_REVISION})?", _info),
    _route("GET", rf"/api{_REPO}/tree{_REVISION}(?:/(?P<below>.+))?", _tree),
    _route("POST", rf"/api{_REPO}/paths-info{_REVISION}", _paths),
    _route("POST", rf"/api{_REPO}/preupload{_REVISION}", _preupload),
    _route("POST", rf"{_REPO}\.git/info/lfs/objects/batch", _batch),
    _route("PUT", rf"/upload{_REPO}/(?P<oid>[0-9a-f]+)", _upload),
    _route("POST", rf"/api{_REPO}/commit{_REVISION}", _commit),
    _route("GET", rf"/api{_REPO}/commits{_REVISION}", _commits),
    _route("GET", rf"/api{_REPO}/refs", _refs),
    _route("POST", rf"/api{_REPO}/tag{_REVISION}", _tag),
    _route("PUT", rf"/api{_REPO}/settings", _settings),
    _route("POST", rf"/api{_REPO}/(?:secrets|variables)", _setting),
    _route("POST", rf"/api{_REPO}/super-squash{_REVISION}", _squash),
    _route("GET HEAD", rf"{_REPO}/resolve{_REVISION}/(?P<file>.+)", _resolve),
]


@contextmanager
def running_hub() -> Iterator[StandInHub]:
    """A running stand-in; its address is `url`."""
    hub = StandInHub()

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        reply = hub.answer(method, path, dict(headers), body)
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        return reply.status, reply.headers, content

    with answering(answer) as hub.url:
        yield hub
