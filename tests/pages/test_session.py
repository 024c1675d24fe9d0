from __future__ import annotations

import pytest
from itsdangerous import URLSafeSerializer
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from annotation.pages.session import Sessions
from tests.pages.conftest import SECRET
from tests.served import Visitor

OURS = Sessions(SECRET, "trial")
HEADERS = {"Origin": "http://testserver"}


def cookie_of(client: TestClient, name: str, **headers: str) -> str:
    made = client.post("/session/join", json={"pseudonym": name}, headers={**HEADERS, **headers})
    return str(made.headers["set-cookie"])


def test_behind_https_the_cookie_works_in_another_sites_frame(client: TestClient) -> None:
    cookie = cookie_of(client, "framed", **{"X-Forwarded-Proto": "https"})
    assert cookie.endswith("; HttpOnly; Secure; SameSite=None; Partitioned")


def test_without_https_the_cookie_stays_on_its_own_site(client: TestClient) -> None:
    cookie = cookie_of(client, "plain")
    assert cookie.endswith("; HttpOnly; SameSite=Lax")


def test_who_joined_is_known_on_the_next_request(visitor: Visitor) -> None:
    key = visitor.join("known")["return_key"]
    assert visitor.call("start")["return_key"] == key


def test_a_return_key_brings_its_annotator_back(client: TestClient, app: object) -> None:
    key = Visitor(client).join("traveller")["return_key"]
    other = Visitor(TestClient(client.app))
    other.post("/session/resume", {"return_key": key})
    assert other.call("start")["pseudonym"] == "traveller"


def test_an_unknown_return_key_is_refused_with_a_sentence(visitor: Visitor) -> None:
    assert visitor.post("/session/resume", {"return_key": "x" * 22}) == {
        "ok": False,
        "error": "This is not a return link of this study.",
    }


def test_who_leaves_is_forgotten_on_this_browser(visitor: Visitor) -> None:
    visitor.join("leaver")
    visitor.post("/session/leave", {})
    assert visitor.call("start")["joined"] is False


def test_a_pseudonym_in_use_is_refused_and_sets_no_cookie(client: TestClient) -> None:
    cookie_of(client, "twice")
    again = client.post("/session/join", json={"pseudonym": "Twice"}, headers=HEADERS)
    assert "in use" in again.json()["error"]
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize(
    ("secret", "salt"), [("another secret of enough length", "annotator"), (SECRET, "another")]
)
def test_a_cookie_signed_otherwise_belongs_to_nobody(
    client: TestClient, secret: str, salt: str
) -> None:
    key = Visitor(client).join(f"victim {secret} {salt}"[:40])["return_key"]
    forger = TestClient(client.app)
    forger.cookies.set(OURS.cookie, str(URLSafeSerializer(secret, salt=salt).dumps(key)))
    assert Visitor(forger).call("start")["joined"] is False


def test_a_cookie_changed_by_one_character_belongs_to_nobody(client: TestClient) -> None:
    Visitor(client).join("changed")
    kept = client.cookies[OURS.cookie]
    for place in range(0, len(kept), 5):
        wrong = "A" if kept[place] != "A" else "B"
        forger = TestClient(client.app)
        forger.cookies.set(OURS.cookie, kept[:place] + wrong + kept[place + 1 :])
        assert Visitor(forger).call("start")["joined"] is False


def test_a_cookie_of_an_old_secret_is_believed_while_the_secret_is_named() -> None:
    before = Sessions("an older secret of enough characters", "trial")
    after = Sessions(SECRET, "trial", ["an older secret of enough characters"])
    brought = HTTPConnection(
        {"type": "http", "headers": [(b"cookie", f"{OURS.cookie}={before.signed('key')}".encode())]}
    )
    assert after.return_key(brought) == "key"
    assert OURS.return_key(brought) is None
    assert OURS.signed("key") == after.signed("key")


def test_two_studies_on_one_machine_keep_their_cookies_apart() -> None:
    assert Sessions(SECRET, "spring").cookie != Sessions(SECRET, "autumn").cookie


def test_the_name_of_the_cookie_does_not_tell_the_studys_key() -> None:
    assert "llama" not in Sessions(SECRET, "llama-against-gpt").cookie
