"""The researchers' page: who gets in, what it tells, and that it is blind until the lock."""

from __future__ import annotations

import csv
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from annotation.pages.acts import ACTS as ANNOTATORS_ACTS
from annotation.pages.gate import RESEARCHER_ACTS, RESEARCHER_PATHS, Gate
from annotation.pages.logs import JsonLines
from annotation.pages.researcher import downloads
from annotation.pages.researcher.access import TRIES, Door
from annotation.pages.researcher.acts import ACTS
from annotation.pages.researcher.text import sentence
from annotation.schema import VEILED, Pair, TiebreakError
from annotation.store import Store
from annotation.store.works import SILENT
from tests.builders import YES_NO, a_criterion, a_pair, a_plan, a_prompt, a_response
from tests.pages.conftest import ClientOf, an_app
from tests.pages.test_gate import registered
from tests.served import Visitor, answers_to
from tests.stand_in_hub import READER, WRITER, StandInHub

KEY = "a key of the researchers, long enough"
DOOR = Door(key=KEY, link="a link that opens once")
PLAN = a_plan(a_criterion("clear"), a_criterion("fine", YES_NO), labels_per_pair=2)
OPEN = {"/researcher", "/researcher/page.js", "/researcher/page.css", "/researcher/login"}
OPEN |= {"/researcher/logout"}


class Researcher:
    """A browser without a screen on the researchers' page."""

    def __init__(self, client: TestClient) -> None:
        self.client = TestClient(client.app, base_url=str(client.base_url))
        self.client.headers["Origin"] = str(client.base_url).rstrip("/")

    def sign_in(self, key: str = KEY) -> Researcher:
        assert self.client.post("/researcher/login", json={"key": key}).json() == {"ok": True}
        return self

    def do(self, act: str, **data: Any) -> dict[str, Any]:
        answer = self.client.post(f"/researcher/do/{act}", json=data)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def finished(researcher: Researcher, work: str) -> dict[str, Any]:
    """How a work that was begun ended."""
    for thread in threading.enumerate():
        if thread.name == f"work {work}":
            thread.join(60)
    found: dict[str, Any] = researcher.do("works")["works"][work]
    assert found["state"] != "running"
    return found


def label(client: TestClient, name: str, pairs: int, option: int = 0) -> Visitor:
    """An annotator who answers that many pairs, always with the same option."""
    visitor = Visitor(TestClient(client.app, base_url=str(client.base_url)))
    visitor.join(name)
    for number in range(pairs):
        task = visitor.start()["task"]
        sent = {"submission_id": f"{name}-{number}-submission", "token": task["token"]}
        more = {"answers": answers_to(task, option), "comment": f"remark of {name}"}
        assert visitor.call("submit", {**sent, **more, "seconds": 9.0})["ok"]
    return visitor


@pytest.fixture
def client(client_of: ClientOf) -> TestClient:
    return client_of(3, PLAN, DOOR)


@pytest.fixture
def researcher(client: TestClient) -> Researcher:
    return Researcher(client).sign_in()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with an_app(tmp_path_factory.mktemp("study"), PLAN, 3, DOOR) as made:
        yield made


def routes(gate: Gate) -> set[tuple[str, str]]:
    assert isinstance(gate.app, FastAPI)
    return {each for each in registered(gate.app.routes) if each[1].startswith("/researcher")}


# -- who gets in ----------------------------------------------------------------------------------


def test_switched_off_the_page_says_how_to_switch_it_on_and_nothing_else_is_there(
    client_of: ClientOf,
) -> None:
    client = client_of()
    page = client.get("/researcher")
    assert page.status_code == 404
    assert "RESEARCHER_KEY" in page.text
    for path, methods in RESEARCHER_PATHS.items():
        for method in methods - {"HEAD"}:
            headers = {"Origin": "http://testserver"}
            assert client.request(method, path, json={}, headers=headers).status_code in (404, 405)


def test_every_route_of_the_page_is_in_the_gate_and_every_act_has_one(gate: Gate) -> None:
    there = {path for _, path in routes(gate)}
    assert there == {*RESEARCHER_PATHS}
    assert tuple(ACTS) == RESEARCHER_ACTS


@pytest.mark.parametrize("who", ["a stranger", "an annotator", "a forger", "one who signed out"])
def test_no_function_answers_whoever_is_not_signed_in(gate: Gate, who: str) -> None:
    client = TestClient(gate, headers={"Origin": "http://testserver"})
    name = Researcher(client).sign_in().client.cookies
    ((cookie, value),) = [(one.name, one.value) for one in name.jar]
    if who == "an annotator":
        Visitor(client).join("an annotator")
    if who == "a forger":
        client.cookies[cookie] = (value or "")[:-4] + "AAAA"
    if who == "one who signed out":
        copied = Researcher(client)
        copied.client.cookies[cookie] = value or ""
        assert copied.do("start")["ok"]
        copied.client.post("/researcher/logout", json={})
        client.cookies[cookie] = value or ""
    closed = [(method, path) for method, path in routes(gate) if path not in OPEN]
    assert len(closed) >= 15
    for method, path in closed:
        answer = client.request(method, path, json={})
        assert answer.status_code == 401, f"{who}: {method} {path} answers {answer.status_code}"
        assert answer.json()["signed_in"] is False


def test_a_cookie_of_one_role_is_worth_nothing_in_the_other(client: TestClient) -> None:
    researcher = Researcher(client).sign_in()
    visitor = label(client, "ann", 1)
    (theirs,) = [one for one in researcher.client.cookies.jar if "researcher" in one.name]
    (mine,) = [one for one in visitor._client.cookies.jar if "researcher" not in one.name]
    crossed = Researcher(client)
    crossed.client.cookies[theirs.name] = mine.value or ""
    assert crossed.client.post("/researcher/do/start", json={}).status_code == 401
    turned = Visitor(TestClient(client.app, base_url="http://testserver"))
    turned._client.cookies[mine.name] = theirs.value or ""
    assert turned.call("start")["joined"] is False


def test_a_wrong_key_is_refused_and_after_some_tries_every_key(client: TestClient) -> None:
    asked = Researcher(client).client
    for _ in range(TRIES):
        answer = asked.post("/researcher/login", json={"key": KEY + "x"})
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert asked.post("/researcher/login", json={"key": KEY}).status_code == 429


def test_the_link_opens_once(client: TestClient) -> None:
    Researcher(client).sign_in(DOOR.link)
    again = Researcher(client).client.post("/researcher/login", json={"key": DOOR.link})
    assert again.status_code == 403


def test_another_key_of_the_host_ends_every_sign_in(tmp_path: Path) -> None:
    with an_app(tmp_path, PLAN, 3, DOOR) as gate:
        cookies = Researcher(TestClient(gate)).sign_in().client.cookies
    with an_app(tmp_path, PLAN, 3, Door(key="another key of sixteen or more")) as gate:
        later = Researcher(TestClient(gate))
        later.client.cookies = cookies
        assert later.client.post("/researcher/do/start", json={}).status_code == 401


def test_another_site_cannot_act_for_a_researcher(researcher: Researcher) -> None:
    headers = {"Origin": "http://evil.test"}
    answer = researcher.client.post("/researcher/do/pause", json={}, headers=headers)
    assert answer.status_code == 403
    assert researcher.do("overview")["standing"]["paused_at"] is None


def test_the_page_runs_no_script_but_its_own(client: TestClient) -> None:
    policy = client.get("/researcher").headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_the_page_itself_holds_nothing_of_the_study(client: TestClient) -> None:
    whole = "".join(client.get(path).text for path in sorted(OPEN - {"/researcher/logout"})[:1])
    whole += client.get("/researcher").text + client.get("/researcher/page.js").text
    assert "A trial" not in whole


# -- what it tells --------------------------------------------------------------------------------


def test_progress_and_agreement_are_those_of_the_labels(
    client: TestClient, researcher: Researcher
) -> None:
    label(client, "ann", 3)
    label(client, "ben", 2)
    found = researcher.do("overview")
    assert {k: found["progress"][k] for k in ("wanted", "counted", "leased")} == {
        "wanted": 6,
        "counted": 5,
        "leased": 1,
    }
    assert sum(found["progress"]["hours"]) == found["progress"]["lately"] == 5
    assert [one["counted"] for one in found["progress"]["criteria"]] == [5, 10]
    clear, fine = found["agreement"]
    assert clear["percent_agreement"]["n"] == 2
    assert fine["labels"] == {"yes": 10, "no": 0}
    assert fine["krippendorff_alpha_ordinal"]["reason"] == "all labels are equal"


def test_annotators_show_pace_agreement_and_side(
    client: TestClient, researcher: Researcher
) -> None:
    label(client, "ann", 3)
    label(client, "ben", 3)
    ann, ben = researcher.do("annotators")["annotators"]
    assert (ann["pseudonym"], ann["pairs"], ann["seconds_per_pair"]) == ("ann", 3, 9.0)
    assert ann["side"]["value"] == 1  # always the response on the left
    assert ben["agreement"]["n"] == 9
    assert researcher.do("annotators", criterion="fine")["annotators"][0]["agreement"]["value"] == 1


def test_an_annotator_is_excluded_with_a_reason_and_let_in_again(
    client: TestClient, researcher: Researcher
) -> None:
    label(client, "ann", 2)
    (ann,) = researcher.do("annotators")["annotators"]
    assert not researcher.do("exclude", id=ann["id"], reason="")["ok"]
    assert researcher.do("exclude", id=ann["id"], reason="clicks blindly")["ok"]
    assert researcher.do("annotators")["annotators"][0]["excluded"] == "clicks blindly"
    assert researcher.do("overview")["progress"]["counted"] == 0
    assert researcher.do("readmit", id=ann["id"])["ok"]
    assert researcher.do("overview")["progress"]["counted"] == 2


def test_an_annotator_is_deleted_only_by_name(client: TestClient, researcher: Researcher) -> None:
    label(client, "ann", 2)
    (ann,) = researcher.do("annotators")["annotators"]
    assert not researcher.do("withdraw", id=ann["id"], confirmed="ben")["ok"]
    assert researcher.do("withdraw", id=ann["id"], confirmed="ann") == {"ok": True, "deleted": 6}
    assert researcher.do("annotators")["annotators"] == []
    assert researcher.do("remarks")["remarks"] == []


def test_remarks_come_once_a_pair_the_latest_first(
    client: TestClient, researcher: Researcher
) -> None:
    label(client, "ann", 2)
    label(client, "ben", 1)
    found = researcher.do("remarks")["remarks"]
    assert [one["comment"] for one in found] == [
        *("remark of ben", "remark of ann", "remark of ann"),
    ]
    rest = researcher.do("remarks", number=found[0]["number"])["remarks"]
    assert [one["number"] for one in rest] == [one["number"] for one in found[1:]]


def test_a_split_is_settled_blind(client: TestClient, researcher: Researcher) -> None:
    label(client, "ann", 3, option=0)
    label(client, "ben", 3, option=1)
    assert researcher.do("overview")["splits"] == 9
    split = researcher.do("split")["split"]
    assert [one["label"] for one in split["options"]] in (["A", "Tie", "B"], ["yes", "no"])
    assert split == researcher.do("split")["split"]
    passed = researcher.do("split", token=split["token"])["split"]
    assert passed["token"] != split["token"]
    choice = split["options"][0]["value"]
    verdict = {"token": split["token"], "choice": choice, "comment": "clear"}
    assert researcher.do("adjudicate", **verdict)["split"]["waiting"] == 8
    assert "settled" in researcher.do("adjudicate", **verdict)["error"]
    assert not researcher.do("adjudicate", token=passed["token"], choice="better")["ok"]
    exported = export(researcher, format="jsonl", view="labels")
    kinds = [json.loads(line)["kind"] for line in exported["labels.jsonl"].splitlines()]
    assert kinds.count("adjudication") == 1


def test_a_pause_and_its_end_reach_annotators(client: TestClient, researcher: Researcher) -> None:
    visitor = label(client, "ann", 1)
    researcher.do("pause")
    assert list(visitor.start()) == ["paused"]
    researcher.do("resume")
    assert list(visitor.start()) == ["task"]


def test_a_lock_needs_the_studys_key_and_ends_the_study(
    client: TestClient, researcher: Researcher
) -> None:
    visitor = label(client, "ann", 1)
    assert not researcher.do("lock", confirmed="yes")["ok"]
    assert list(visitor.start()) == ["task"]
    assert researcher.do("lock", confirmed="trial")["ok"]
    assert list(visitor.start()) == ["closed"]


def test_payments_are_a_table_and_a_file(researcher: Researcher) -> None:
    assert researcher.do("payments")["payments"] == []
    table = researcher.client.get("/researcher/payments.csv")
    assert next(csv.reader(StringIO(table.text)))[:2] == ["provider", "identifier"]
    assert "attachment" in table.headers["content-disposition"]


def test_without_labels_there_is_no_report(researcher: Researcher) -> None:
    answer = researcher.client.get("/researcher/report.html")
    assert (answer.status_code, "There is no report yet" in answer.text) == (404, True)
    assert researcher.do("works")["works"]["report"] is None
    assert researcher.do("report")["works"]["report"]["state"] in ("running", "failed")
    ended = finished(researcher, "report")
    assert (ended["state"], "no label" in ended["said"]) == ("failed", True)
    assert researcher.client.get("/researcher/report.html").status_code == 404


def test_a_report_is_made_behind_the_page_and_any_replica_gives_it_out(tmp_path: Path) -> None:
    with (
        an_app(tmp_path / "study", PLAN, 3, DOOR) as one,
        an_app(tmp_path / "study", PLAN, 3, DOOR) as other,
    ):
        clients = [TestClient(gate, base_url="http://testserver") for gate in (one, other)]
        label(clients[0], "ann", 2)
        first, second = (Researcher(client) for client in clients)
        first.sign_in()
        second.client.cookies = first.client.cookies
        assert first.do("report")["ok"]
        ended = finished(second, "report")
        assert (ended["state"], ended["done"]) == ("done", ended["total"])
        assert ended["said"] == "6 labels of people"
        for name in ("report.html", "report.md", "report.json"):
            answer = second.client.get(f"/researcher/{name}")
            assert answer.status_code == 200
            assert "clear" in answer.text


def test_what_is_being_made_is_not_begun_twice_and_what_was_killed_is(
    client: TestClient, researcher: Researcher, tmp_path: Path
) -> None:
    label(client, "ann", 1)
    now = datetime.now(UTC)
    with closing(Store.open(f"sqlite:///{tmp_path / 'study' / 'annotations.db'}")) as store:
        assert store.begin_work("trial", "report", "of another process", now)
        reply = researcher.do("report")
        assert reply["error"] == "This is being done already; wait until it is finished."
        assert researcher.do("works")["works"]["report"]["state"] == "running"
        store.end_work("trial", "report", "of another process", "failed", "", {}, now)
        store.begin_work("trial", "report", "of a process that was killed", now - SILENT)
    assert researcher.do("works")["works"]["report"]["state"] == "lost"
    assert researcher.do("report")["ok"]
    assert finished(researcher, "report")["state"] == "done"


def test_a_fault_of_ours_is_told_and_leaves_nothing_running(
    researcher: Researcher, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("MARKER of somebody's text")

    monkeypatch.setattr(downloads, "report", broken)
    assert researcher.do("report")["ok"]
    ended = finished(researcher, "report")
    assert (ended["state"], "MARKER" in ended["said"]) == ("failed", False)
    assert "its log says where" in ended["said"]
    (record,) = [one for one in caplog.records if "broke" in one.message]
    assert "MARKER" not in JsonLines().format(record)


def test_a_database_that_is_away_is_told_to_researchers_as_it_is(
    researcher: Researcher, tmp_path: Path
) -> None:
    database = sqlite3.connect(tmp_path / "study" / "annotations.db", isolation_level=None)
    with closing(database):
        database.execute("BEGIN IMMEDIATE")
        answer = researcher.client.post("/researcher/do/pause", json={})
        assert answer.status_code == 503, "a proxy asks another replica"
        assert answer.json()["error"] == "The database cannot be used now: database is locked."
    assert researcher.do("pause")["ok"]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("this is not the key", "This is not the key."),
        ("to lock the study for good, write its key: trial", "To lock the study"),
        ("lab/mirror: cannot write to it", "lab/mirror: cannot write to it."),
        ("study.toml: not found", "study.toml: not found."),
        ("Nobody", "Nobody."),
    ],
)
def test_what_goes_wrong_is_told_in_a_sentence(said: str, shown: str) -> None:
    assert sentence(TiebreakError(said)).startswith(shown)


def test_what_no_page_of_ours_sends_is_refused_with_a_sentence(researcher: Researcher) -> None:
    for act in ACTS:
        reply = researcher.do(act, surprise=1)
        assert reply["ok"] is False, act
        assert "understand" in reply["error"]


def export(researcher: Researcher, **asked: str) -> dict[str, str]:
    """The files of an archive by their names."""
    answer = researcher.client.get("/researcher/export", params=asked)
    assert answer.status_code == 200, answer.text
    with ZipFile(BytesIO(answer.content)) as archive:
        return {one: archive.read(one).decode("utf-8", "replace") for one in archive.namelist()}


@pytest.mark.parametrize("is_locked", [False, True])
def test_a_study_is_published_from_the_page_private_and_blind_until_the_lock(
    client_of: ClientOf,
    stand_in_hub: StandInHub,
    monkeypatch: pytest.MonkeyPatch,
    is_locked: bool,
) -> None:
    monkeypatch.setenv("HF_TOKEN", WRITER)
    client = client_of([marked(number) for number in range(2)], PLAN, DOOR)
    researcher = Researcher(client).sign_in()
    label(client, "ann", 2)
    if is_locked:
        researcher.do("lock", confirmed="trial")
    reply = researcher.do("publish", repository="lab/trial", licence="cc-by-4.0", note="first")
    assert reply["ok"], reply
    ended = finished(researcher, "publish")
    assert ended["state"] == "done", ended
    assert "-> lab/trial at commit" in ended["said"]
    repo = stand_in_hub.repo("lab/trial")
    whole = "".join(_read(name, content) for name, content in repo.head.files.items())
    assert repo.private
    assert "Prompt 1" in whole
    assert "remark of ann" not in whole
    assert (f"{MARKER}-system-x" in whole) == is_locked


def _read(name: str, content: bytes) -> str:
    if name.endswith(".parquet"):
        return str(pq.read_table(BytesIO(content)).to_pylist())
    return content.decode("utf-8", "replace")


def test_what_the_hub_refuses_is_a_sentence(
    client: TestClient,
    researcher: Researcher,
    stand_in_hub: StandInHub,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", READER)
    label(client, "ann", 1)
    assert researcher.do("publish", repository="lab/trial")["ok"]
    refused = finished(researcher, "publish")
    assert (refused["state"], "HF_TOKEN" in refused["said"]) == ("failed", True)
    assert not researcher.do("publish", repository="no name")["ok"]
    assert stand_in_hub.requests


# -- blind until the lock -------------------------------------------------------------------------

MARKER = "zq-marker"


def marked(number: int) -> Pair:
    """A pair of which nothing but the texts may be seen before the lock."""
    hidden = {"meta": {"note": f"{MARKER}-meta"}, "finish_reason": f"{MARKER}-reason"}
    return a_pair(
        number,
        prompt=a_prompt(f"Prompt {number}", reference=f"{MARKER}-ref", meta={"m": f"{MARKER}-m"}),
        response_a=a_response(f"{MARKER}-system-x", f"First answer {number}.", **hidden),
        response_b=a_response(f"{MARKER}-system-y", f"Second answer {number}.", **hidden),
        meta={"source_id": f"{MARKER}-source"},
    )


def everything(researcher: Researcher) -> dict[str, str]:
    """What every route and every act answers, by its name; files opened."""
    seen: dict[str, str] = {}
    researcher.do("report")
    finished(researcher, "report")
    for act in ("start", "overview", "annotators", "remarks", "split", "payments", "works"):
        seen[act] = json.dumps(researcher.do(act))
    for name in researcher.do("start")["formats"]:
        views = (
            ("labels", "aggregated", "preferences", "pairs") if name["is_table"] else ("labels",)
        )
        for view in views:
            asked = {"format": name["name"], "view": view, "criterion": "clear"}
            answer = researcher.client.get("/researcher/export", params=asked)
            seen[f"{name['name']} {view}"] = answer.headers.get("content-disposition", "")
            if answer.status_code == 200:
                with ZipFile(BytesIO(answer.content)) as archive:
                    for one in archive.namelist():
                        seen[f"{name['name']} {view}"] += one + _opened(one, archive.read(one))
    for path in sorted(RESEARCHER_PATHS):
        if path.startswith("/researcher/report") or path in OPEN | {"/researcher/payments.csv"}:
            seen[path] = researcher.client.get(path).text
    return seen


def ids_in(researcher: Researcher, view: str) -> set[str]:
    """The ids of pairs in a view."""
    lines = export(researcher, format="jsonl", view=view)[f"{view}.jsonl"].splitlines()
    return {json.loads(line)["pair_id"] for line in lines}


def _opened(name: str, content: bytes) -> str:
    if not name.endswith(".xlsx"):
        return _read(name, content)
    with ZipFile(BytesIO(content)) as sheet:
        return "".join(sheet.read(one).decode("utf-8", "replace") for one in sheet.namelist())


def test_nothing_tells_a_systems_name_before_the_lock_and_researchers_alone_after_it(
    client_of: ClientOf,
) -> None:
    pairs = [marked(number) for number in range(4)]
    client = client_of(pairs, PLAN, DOOR)
    researcher = Researcher(client).sign_in()
    visitor = label(client, "ann", 4, option=0)
    label(client, "ben", 4, option=1)
    before = everything(researcher)
    assert len([one for one in before if "report" in one]) == 3
    assert [pair.id for pair in pairs if pair.id in str(before)] == []  # hashes of names, too
    ids = [ids_in(researcher, view) for view in ("pairs", "labels", "aggregated")]
    assert len(ids[0]) == 4
    assert all(one.startswith(VEILED) for one in ids[0])
    assert ids[0] == ids[1] == ids[2]  # and still the views can be joined
    assert "S1" in before["/researcher/report.md"]
    assert [name for name, seen in before.items() if MARKER in seen] == []
    assert researcher.do("lock", confirmed="trial")["ok"]
    after = everything(researcher)
    assert f"{MARKER}-system-x" in after["overview"]
    assert f"{MARKER}-system-x" in after["/researcher/report.md"]
    assert f"{MARKER}-system-x" in after["parquet pairs"]
    assert ids_in(researcher, "labels") == {pair.id for pair in pairs}
    assert MARKER not in json.dumps(visitor.call("start"))


@pytest.mark.parametrize("is_locked", [False, True])
def test_no_route_tells_strangers_and_annotators_a_systems_name(
    client_of: ClientOf, is_locked: bool
) -> None:
    client = client_of([marked(number) for number in range(2)], PLAN, DOOR)
    annotator = label(client, "ann", 1)._client
    if is_locked:
        assert Researcher(client).sign_in().do("lock", confirmed="trial")["ok"]
    stranger = TestClient(client.app, headers={"Origin": "http://testserver"})
    gate = client.app
    assert isinstance(gate, Gate)
    assert isinstance(gate.app, FastAPI)
    asked = 0
    for method, path in registered(gate.app.routes):
        for who in (stranger, annotator):
            address = path.replace("{", "").replace("}", "").replace(":path", "")
            answer = who.request(method, address, json={})
            assert MARKER not in answer.text + str(answer.headers), f"{method} {path}"
            asked += 1
    assert asked >= 100


@pytest.mark.parametrize("who", ["a stranger", "an annotator", "a researcher"])
def test_no_endpoint_of_gradio_answers_by_its_number(client_of: ClientOf, who: str) -> None:
    client = client_of([marked(number) for number in range(2)], PLAN, DOOR)
    headers = {"Origin": "http://testserver"}
    asked = TestClient(client.app, raise_server_exceptions=False, headers=headers)
    if who == "an annotator":
        asked.cookies = label(client, "ann", 1)._client.cookies.jar
    if who == "a researcher":
        asked.cookies = Researcher(client).sign_in().client.cookies
    page = Visitor(TestClient(client.app, base_url="http://testserver")).component()
    for number in range(12):
        event = {"fn_index": number, "data": [], "session_hash": "x", "event_data": None}
        for path in ("queue/join", "run/predict", "api/predict", f"call/{number}", "queue/data"):
            answer = asked.post(f"/gradio_api/{path}", json=event)
            assert answer.status_code == 404, path
        for name in (*RESEARCHER_ACTS, "__init__", "__class__", "fill", "export"):
            if number == page and name in ANNOTATORS_ACTS:
                continue
            call = {"component_id": number, "fn_name": name, "data": {}, "session_hash": "x"}
            answer = asked.post("/gradio_api/component_server/", json=call)
            assert answer.status_code >= 400, (number, name)
            assert MARKER not in answer.text


def test_invitations_are_made_on_the_page_and_each_lets_one_person_join(
    client_of: ClientOf,
) -> None:
    plan = a_plan(access={"mode": "invite"})
    client = client_of(3, plan, DOOR)
    researcher = Researcher(client).sign_in()
    assert researcher.do("start")["has_invites"] is True
    codes = researcher.do("invite", number=2)["codes"]
    assert len(set(codes)) == 2
    visitor = Visitor(TestClient(client.app, base_url=str(client.base_url)))
    joined = visitor.post("/session/join", {"pseudonym": "ann", "invite": codes[0]})
    assert joined["ok"], joined
    other = Visitor(TestClient(client.app, base_url=str(client.base_url)))
    assert not other.post("/session/join", {"pseudonym": "ben", "invite": codes[0]})["ok"]
    assert not researcher.do("invite", number=0)["ok"]


def test_a_study_that_is_joined_otherwise_has_no_invitations(researcher: Researcher) -> None:
    assert researcher.do("start")["has_invites"] is False
    reply = researcher.do("invite", number=1)
    assert reply == {"ok": False, "error": "People do not join this study by invitation."}
