from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from annotation.pages.gate import Gate
from annotation.pages.limits import RateLimit
from annotation.pages.mount import NoLogin, annotators_app
from annotation.pages.researcher.access import CLOSED, Door
from annotation.protocol import Access
from annotation.served import load_served
from annotation.settings import BadSetting, OAuth, read_oauth
from annotation.store import Store
from annotation.workflow import Workflow
from tests.builders import a_plan, a_study_folder
from tests.pages.conftest import SECRET
from tests.served import Visitor

PID = {"prolific_pid": "5f1a", "study_id": "s1", "session_id": "x1"}


class App:
    """The app of a study, its workflow and store, and new browsers."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        mode: str,
        oauth: OAuth | None = None,
        door: Door = CLOSED,
        joins: int = 300,
    ) -> None:
        plan = a_plan(access=Access.model_validate({"mode": mode}))
        self.store = store
        self.workflow = Workflow(load_served(a_study_folder(folder, plan)), store)

        async def made() -> Gate:
            return annotators_app(self.workflow, SECRET, oauth, (), door, joins)[1]

        self.gate = asyncio.run(made())

    def browser(self) -> TestClient:
        return TestClient(self.gate)

    def visitor(self) -> Visitor:
        return Visitor(self.browser())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'annotations.db'}")) as opened:
        yield opened


def test_an_invitation_lets_one_in_once(tmp_path: Path, store: Store) -> None:
    app = App(tmp_path, store, "invite")
    (code,) = app.workflow.invite(1)
    assert app.visitor().post("/session/join", {"pseudonym": "ann", "invite": code})["ok"]
    again = app.visitor().post("/session/join", {"pseudonym": "bob", "invite": code})
    assert "was used already" in again["error"]


@pytest.mark.parametrize("more", [{}, {"invite": ""}, {"invite": "guessed"}])
def test_without_a_known_invitation_nobody_joins(
    tmp_path: Path, store: Store, more: dict[str, str]
) -> None:
    visitor = App(tmp_path, store, "invite").visitor()
    refused = visitor.post("/session/join", {"pseudonym": "ann", **more})
    assert "invitation is not known" in refused["error"]
    assert visitor.call("start")["joined"] is False


@pytest.mark.parametrize("mode", ["prolific", "open"])
def test_a_way_in_that_the_study_does_not_offer_is_refused(
    tmp_path: Path, store: Store, mode: str
) -> None:
    visitor = App(tmp_path, store, mode).visitor()
    asked = (
        ("/session/join", {"pseudonym": "ann"})
        if mode == "prolific"
        else ("/session/prolific", PID)
    )
    assert "in another way" in visitor.post(*asked)["error"]


def test_a_participant_of_prolific_goes_on_with_the_same_work(tmp_path: Path, store: Store) -> None:
    app = App(tmp_path, store, "prolific")
    first, second = app.visitor(), app.visitor()
    assert first.post("/session/prolific", PID)["ok"]
    name = first.call("start")["pseudonym"]
    second.post("/session/prolific", PID)
    assert second.call("start")["pseudonym"] == name


def test_reloading_prolifics_address_keeps_the_session(tmp_path: Path, store: Store) -> None:
    visitor = App(tmp_path, store, "prolific").visitor()
    key = visitor.post("/session/prolific", PID)["return_key"]
    assert visitor.post("/session/prolific", PID)["return_key"] == key


def test_study_and_session_of_prolific_are_kept_for_the_payment(
    tmp_path: Path, store: Store
) -> None:
    App(tmp_path, store, "prolific").visitor().post("/session/prolific", PID)
    (payee,) = store.payees("trial")
    assert payee.identity.external_id == "5f1a"
    assert payee.identity.details == {"study_id": "s1", "session_id": "x1"}


def test_another_participant_in_the_same_browser_is_refused(tmp_path: Path, store: Store) -> None:
    visitor = App(tmp_path, store, "prolific").visitor()
    visitor.post("/session/prolific", PID)
    other = visitor.post("/session/prolific", {**PID, "prolific_pid": "another"})
    assert "under another account" in other["error"]
    assert len(store.payees("trial")) == 1


@pytest.mark.parametrize("wrong", ["", "{{%PROLIFIC_PID%}}", "a b", "x" * 101, "\ud800", "é"])
def test_an_address_that_prolific_did_not_fill_in_is_refused(
    tmp_path: Path, store: Store, wrong: str
) -> None:
    client = App(tmp_path, store, "prolific").browser()
    answer = client.post(
        "/session/prolific",
        content=json.dumps({**PID, "prolific_pid": wrong}),
        headers={"Origin": "http://testserver", "Content-Type": "application/json"},
    )
    assert answer.status_code == 422 or "who you are on Prolific" in answer.json()["error"]
    assert store.payees("trial") == []


class StandIn(BaseHTTPRequestHandler):
    """A small provider on this machine, instead of Hugging Face; it remembers what it was asked."""

    asked: list[dict[str, Any]]

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.forms.append(form)  # type: ignore[attr-defined]
        if form["code"] != ["good"]:
            self._say(400, {"error": "invalid_grant"})
        else:
            self._say(200, {"access_token": "token-of-the-account"})

    def do_GET(self) -> None:
        known = self.headers["Authorization"] == "Bearer token-of-the-account"
        self._say(200 if known else 401, {"sub": "u1", "preferred_username": "ann"})

    def _say(self, status: int, data: object) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), StandIn) as server:
        server.forms = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def oauth_of(provider: HTTPServer) -> OAuth:
    return OAuth(
        client_id="us",
        client_secret="secret",
        provider=f"http://127.0.0.1:{provider.server_port}",
        scopes="openid profile",
        callback="http://testserver/login/callback",
    )


@pytest.fixture
def space(tmp_path: Path, store: Store, provider: HTTPServer) -> App:
    """The app as on a Space, with the stand-in as the provider."""
    return App(tmp_path, store, "huggingface", oauth_of(provider))


def asked_to_sign_in(browser: TestClient) -> dict[str, list[str]]:
    away = browser.get("/login/huggingface", follow_redirects=False)
    return parse_qs(urlsplit(away.headers["location"]).query)


def back(browser: TestClient, **query: str) -> Any:
    return browser.get("/login/callback", params=query, follow_redirects=False)


def test_an_account_labels_on_after_signing_in_on_another_device(space: App) -> None:
    names = []
    for browser in (space.browser(), space.browser()):
        (state,) = asked_to_sign_in(browser)["state"]
        assert back(browser, code="good", state=state).headers["location"] == "/#arrived=1"
        names.append(Visitor(browser).call("start")["pseudonym"])
    assert names[0] == names[1]
    assert space.store.payees("trial")[0].identity.details == {"username": "ann"}


@pytest.mark.parametrize("mode", ["open", "invite", "prolific", "huggingface"])
def test_who_has_an_account_is_not_told_that_the_link_is_the_only_way_back(
    tmp_path: Path, store: Store, provider: HTTPServer, mode: str
) -> None:
    app = App(tmp_path, store, mode, oauth_of(provider))
    page = json.dumps(app.browser().get("/config").json())
    assert ("the only way back" in page) is (mode in {"open", "invite"})


def test_the_code_is_worth_nothing_without_the_secret_of_the_browser(
    space: App, provider: HTTPServer
) -> None:
    browser = space.browser()
    asked = asked_to_sign_in(browser)
    back(browser, code="good", state=asked["state"][0])
    (form,) = provider.forms  # type: ignore[attr-defined]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(form["code_verifier"][0]) >= 43
    assert form["code_verifier"] != asked["code_challenge"]


@pytest.mark.parametrize(
    ("code", "state"), [("good", "wrong"), ("good", ""), ("", "right"), ("bad", "right")]
)
def test_a_sign_in_that_fails_is_said_and_signs_nobody_in(
    space: App, code: str, state: str
) -> None:
    browser = space.browser()
    (right,) = asked_to_sign_in(browser)["state"]
    answer = back(browser, code=code, state=right if state == "right" else state)
    assert answer.headers["location"] == "/#problem=login_failed"
    assert Visitor(browser).call("start")["joined"] is False


def test_a_sign_in_that_began_in_another_browser_signs_nobody_in(space: App) -> None:
    (state,) = asked_to_sign_in(space.browser())["state"]
    victim = space.browser()
    assert back(victim, code="good", state=state).headers["location"].startswith("/#problem")
    assert Visitor(victim).call("start")["joined"] is False


def test_the_token_of_the_account_is_kept_nowhere(space: App) -> None:
    browser = space.browser()
    (state,) = asked_to_sign_in(browser)["state"]
    answer = back(browser, code="good", state=state)
    assert "token-of-the-account" not in str(answer.headers)


def test_without_a_provider_such_a_study_is_not_served(tmp_path: Path, store: Store) -> None:
    with pytest.raises(NoLogin, match="OAUTH_CLIENT_ID"):
        App(tmp_path, store, "huggingface")


@pytest.mark.parametrize(("accounts", "status"), [("Ann", 200), ("somebody-else", 401)])
def test_an_account_that_the_host_has_named_opens_the_researchers_page(
    tmp_path: Path, store: Store, provider: HTTPServer, accounts: str, status: int
) -> None:
    door = Door(accounts=frozenset({accounts.lower()}))
    app = App(tmp_path, store, "open", oauth_of(provider), door)
    browser = app.browser()
    assert 'data-part="account">' in browser.get("/researcher").text
    away = browser.get("/researcher/login", follow_redirects=False)
    (state,) = parse_qs(urlsplit(away.headers["location"]).query)["state"]
    assert back(browser, code="good", state=state).headers["location"] == "/researcher"
    headers = {"Origin": "http://testserver"}
    assert browser.post("/researcher/do/start", json={}, headers=headers).status_code == status
    assert Visitor(browser).call("start")["joined"] is False
    assert store.payees("trial") == []


def test_annotators_with_the_account_of_a_researcher_stay_annotators(
    tmp_path: Path, store: Store, provider: HTTPServer
) -> None:
    door = Door(accounts=frozenset({"ann"}))
    browser = App(tmp_path, store, "huggingface", oauth_of(provider), door).browser()
    (state,) = asked_to_sign_in(browser)["state"]
    assert back(browser, code="good", state=state).headers["location"] == "/#arrived=1"
    headers = {"Origin": "http://testserver"}
    assert browser.post("/researcher/do/start", json={}, headers=headers).status_code == 401


def test_more_joins_from_one_address_than_the_host_allows_are_refused_for_a_minute(
    tmp_path: Path, store: Store
) -> None:
    app = App(tmp_path, store, "open", joins=2)
    assert all(app.visitor().join(name)["ok"] for name in ("ann", "ben"))
    refused = app.visitor().join("carl")
    assert (refused["ok"], "in a minute" in refused["error"]) == (False, True)
    elsewhere = app.visitor()
    elsewhere._client.headers["X-Forwarded-For"] = "made up, 10.0.0.7"
    assert elsewhere.join("dora")["ok"]


def test_a_limit_forgets_what_is_longer_ago() -> None:
    moments = iter([0.0, 1.0, 2.0, 61.0, 61.5])
    limit = RateLimit(2, 60, lambda: next(moments))
    assert [limit.allows("x") for _ in range(5)] == [True, True, False, True, True]


@pytest.mark.parametrize("path", ["/login/huggingface", "/login/callback"])
def test_where_nobody_signs_in_there_are_no_such_pages(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_only_a_space_has_a_provider() -> None:
    assert read_oauth({}) is None
    with pytest.raises(BadSetting, match="OAUTH_CLIENT_SECRET"):
        read_oauth({"OAUTH_CLIENT_ID": "us"})
    found = read_oauth(
        {"OAUTH_CLIENT_ID": "us", "OAUTH_CLIENT_SECRET": "s", "SPACE_HOST": "a.hf.space"}
    )
    assert found is not None
    assert found.callback == "https://a.hf.space/login/callback"
