from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Mount
from starlette.testclient import TestClient

from annotation.pages.gate import BODY_LIMIT, TOO_LONG, Gate, is_listed, is_same_origin
from annotation.store import Store
from tests.pages.conftest import ClientOf
from tests.served import Visitor

LISTED = {
    *("/", "/config", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json", "/healthz"),
    "/readyz",
    *("/static/{path:path}", "/assets/{path:path}", "/svelte/{path:path}"),
    *("/session/join", "/session/resume", "/session/leave", "/session/prolific"),
    *("/gradio_api/component_server", "/gradio_api/component_server/"),
    *("/gradio_api/startup-events", "/gradio_api/app_id"),
    *("/gradio_api/login_check", "/gradio_api/user"),
}
HOST = {"Origin": "http://testserver"}


def registered(routes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Method and path of every route, those of mounted apps and included routers too."""
    for route in iter_route_contexts(list(routes)):
        for method in route.methods or ():
            yield method, str(route.path)
    for each in routes:
        if isinstance(each, Mount):
            yield from registered(each.routes)


def test_every_registered_route_is_listed_or_answers_404(app: Gate, client: TestClient) -> None:
    assert isinstance(app.app, FastAPI)
    found = set(registered(app.app.routes))
    assert ("POST", "/gradio_api/upload") in found, "the walk misses Gradio's own routes"
    for method, path in found:
        if path not in LISTED:
            asked = path.replace("{", "").replace("}", "").replace(":path", "")
            answer = client.request(method, asked, json={}, headers=HOST)
            assert answer.status_code == 404, f"{method} {path} is neither listed nor 404"


@pytest.mark.parametrize(
    "path",
    [
        *("/gradio_api/upload", "/gradio_api/file=study.toml", "/gradio_api/info"),
        *("/gradio_api/call/submit", "/gradio_api/run/submit", "/gradio_api/api/submit"),
        *("/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/openapi.json"),
        *("/openapi.json", "/docs", "/monitoring", "/login", "/gradio_api/runs"),
        *("/session/join/", "/config//", "/gradio_api/heartbeat/x", "/session", "/researcher"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
def test_what_is_not_listed_is_not_there(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path, headers=HOST).status_code == 404


def test_a_listed_path_is_there_for_its_own_method_only() -> None:
    assert is_listed("POST", "/session/join")
    assert not is_listed("GET", "/session/join")
    assert not is_listed("POST", "/assets/index.js")


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.test", "http://testserver.evil.test", "testserver", ""]
)
def test_a_change_asked_from_another_site_is_refused(
    client: TestClient, origin: str | None
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    answer = client.post("/session/join", json={"pseudonym": "ann"}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_change_is_allowed_behind_a_proxy_that_names_the_host(client: TestClient) -> None:
    headers = {"Origin": "https://app.test", "X-Forwarded-Host": "app.test"}
    answer = client.post("/session/join", json={"pseudonym": "proxied"}, headers=headers)
    assert answer.json()["ok"]


hosts = st.from_regex(r"[a-z]{1,8}(\.[a-z]{2,5})?(:[1-9][0-9]{1,3})?", fullmatch=True)


@given(hosts, hosts)
def test_an_origin_is_ours_exactly_if_its_host_is(ours: str, theirs: str) -> None:
    same = ours.removesuffix(":443") == theirs.removesuffix(":443")
    assert is_same_origin(f"https://{theirs}", [ours]) == same


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_long_is_refused(client: TestClient, chunked: bool) -> None:
    body = b'{"pseudonym": "' + b"x" * BODY_LIMIT + b'"}'
    headers = {**HOST, "Content-Type": "application/json"}
    content = iter([body[:1000], body[1000:]]) if chunked else body
    answer = client.post("/session/join", content=content, headers=headers)
    assert (answer.status_code, answer.text) == (413, TOO_LONG)


def test_a_form_of_another_site_could_not_be_mistaken_for_json(client: TestClient) -> None:
    answer = client.post("/session/join", data={"pseudonym": "ann"}, headers=HOST)
    assert answer.status_code == 415


def test_no_other_site_may_read_an_answer(client: TestClient) -> None:
    answer = client.get("/config", headers={"Origin": "http://evil.test"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_page_may_load_nothing_from_elsewhere(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self' https://huggingface.co" in policy
    assert policy.count("http") == 1


def test_the_page_asks_nothing_of_gradios_history_and_api(client: TestClient) -> None:
    config = client.get("/config").json()
    assert config["dependencies"] == []
    assert config["run_history"] is False
    assert config["analytics_enabled"] is False
    assert config["connect_heartbeat"] is False


def test_without_javascript_the_page_says_so(client: TestClient) -> None:
    assert "<noscript><p" in client.get("/").text


def test_the_page_travels_compressed(client: TestClient) -> None:
    assert client.get("/").headers["content-encoding"] == "gzip"


def test_a_server_function_is_found_by_its_name_alone(visitor: Visitor) -> None:
    assert visitor.call("start") == visitor.call("start")


def test_the_app_is_ready_while_its_database_answers(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready")


def test_without_its_database_the_app_is_alive_and_not_ready(client_of: ClientOf) -> None:
    client = client_of()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Store, "answers", lambda self: False)
        answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the database does not answer")
    assert client.get("/healthz").status_code == 200
