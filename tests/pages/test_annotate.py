from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from annotation.pages.annotate import ASSETS, SCRIPTS, script
from annotation.pages.gate import TOO_LONG
from annotation.pages.text import ENGLISH
from annotation.schema import Pair, Turn
from annotation.store import Store
from annotation.study import PAIRS_FILE, write_jsonl
from tests.builders import YES_NO, a_criterion, a_pair, a_plan, a_prompt, a_response
from tests.pages.conftest import ClientOf
from tests.served import Visitor, answers_to

TEMPLATE = (ASSETS / "html" / "page.html").read_text("utf-8")


def submission(task: dict[str, Any], number: str = "0000000a", option: int = 0) -> dict[str, Any]:
    return {
        "submission_id": number,
        "token": task["token"],
        "answers": answers_to(task, option),
        "comment": None,
        "seconds": 3,
    }


def joined(client: TestClient, name: str = "ann") -> Visitor:
    visitor = Visitor(client)
    visitor.join(name)
    return visitor


def test_nothing_in_the_template_is_evaluated_by_gradio() -> None:
    shown = TEMPLATE + "".join(ENGLISH.page.values())
    assert not re.search(r"\$|\{\{|`|\\", shown)


def test_every_sentence_of_the_template_is_in_text_py_and_the_other_way_round() -> None:
    named = {*re.findall(r"%\{(\w+)\}", TEMPLATE)}
    instead = {f"{name}_account" for name in named} & ENGLISH.page.keys()
    assert named | instead == ENGLISH.page.keys()


def test_every_sentence_of_the_script_is_in_text_py_and_the_other_way_round() -> None:
    say = r'\b(?:say|status|sentence)\(\s*(?:\w+ \? )?"(\w+)"(?: : "(\w+)")?'
    said = {name for pair in re.findall(say, script()) for name in pair if name}
    assert said <= ENGLISH.words.keys()
    assert not [name for name in ENGLISH.words if f'"{name}"' not in script()]


def test_every_script_is_part_of_the_page() -> None:
    assert {path.name for path in (ASSETS / "js").glob("*.js")} == {*SCRIPTS}


def test_no_two_scripts_define_the_same_name() -> None:
    names = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", script(), re.MULTILINE)
    assert len(names) == len({*names})


def test_a_response_that_looks_like_a_template_is_only_text(client_of: ClientOf) -> None:
    hostile = "${alert(1)} {{constructor}} `"
    pair = a_pair(response_a=a_response("x", hostile), response_b=a_response("y", hostile))
    client = client_of([pair])
    assert hostile not in client.get("/").text
    assert joined(client).start()["task"]["left"][0]["raw"] == hostile


def test_who_has_not_joined_gets_no_task(visitor: Visitor) -> None:
    assert visitor.call("start") == {
        "ok": False,
        "joined": False,
        "error": ENGLISH.other("not_joined"),
    }


def test_fifty_reloads_show_the_same_pair_the_same_way_round(client_of: ClientOf) -> None:
    visitor = joined(client_of())
    shown = {json.dumps(visitor.start()) for _ in range(50)}
    assert len(shown) == 1


def test_a_draft_is_there_after_a_reload_in_another_browser(client_of: ClientOf) -> None:
    client = client_of()
    visitor = Visitor(client)
    key = visitor.join("ann")["return_key"]
    task = visitor.start()["task"]
    answers = answers_to(task)
    draft = {"token": task["token"], "answers": answers, "comment": "so far", "sequence": 4}
    assert visitor.call("save_draft", draft) == {"ok": True}
    other = Visitor(TestClient(client.app))
    other.post("/session/resume", {"return_key": key})
    again = other.start()["task"]
    assert (again["answers"], again["comment"], again["sequence"]) == (answers, "so far", 4)


def test_a_submission_sent_three_times_is_acknowledged_three_times_and_counted_once(
    client_of: ClientOf,
) -> None:
    visitor = joined(client_of())
    sent = submission(visitor.start()["task"])
    replies = [visitor.call("submit", sent) for _ in range(3)]
    assert [reply["submission_id"] for reply in replies] == ["0000000a"] * 3
    assert {reply["next"]["task"]["done"] for reply in replies} == {1}
    assert len({reply["next"]["task"]["token"] for reply in replies}) == 1


def test_the_second_tab_is_told_so_and_moves_on(client_of: ClientOf) -> None:
    visitor = joined(client_of())
    task = visitor.start()["task"]
    first = visitor.call("submit", submission(task, "firsttab"))
    second = visitor.call("submit", submission(task, "secondtab", option=1))
    assert (
        second["error"] == "You answered this pair in another window already. Here is the next one."
    )
    assert second["next"] == first["next"]


def test_a_draft_from_the_second_tab_moves_on_too(client_of: ClientOf) -> None:
    visitor = joined(client_of())
    task = visitor.start()["task"]
    visitor.call("submit", submission(task))
    late = {"token": task["token"], "answers": [], "comment": "", "sequence": 9}
    reply = visitor.call("save_draft", late)
    assert not reply["ok"]
    assert reply["next"]["task"]["token"] != task["token"]


def test_another_annotators_token_gives_nothing_away(client_of: ClientOf) -> None:
    client = client_of()
    theirs = joined(client).start()["task"]
    other = joined(TestClient(client.app), "bob")
    reply = other.call("submit", submission(theirs))
    assert not reply["ok"]
    assert reply["next"] == other.start()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"token": 1},
        {"surprise": True},
        {"answers": "a"},
        {"seconds": "inf"},
        {"token": "\0" * 9},
    ],
)
@pytest.mark.parametrize("function", ["submit", "save_draft"])
def test_what_the_page_never_sends_is_refused_with_a_sentence(
    visitor: Visitor, function: str, data: dict[str, object], request: pytest.FixtureRequest
) -> None:
    visitor.join(request.node.callspec.id[:40])
    assert visitor.call(function, data) == {"ok": False, "error": ENGLISH.words["malformed"]}


@pytest.mark.parametrize("characters", [10_001, 100_000])
def test_a_comment_that_is_too_long_is_refused_with_its_limit_and_the_pair_stays(
    client_of: ClientOf, characters: int
) -> None:
    visitor = joined(client_of())
    task = visitor.start()["task"]
    long = {**submission(task), "comment": "x" * characters}
    refused = {"ok": False, "error": ENGLISH.other("too_long").replace("{n}", "10,000")}
    assert visitor.call("submit", long) == refused
    draft = {"token": task["token"], "comment": "x" * characters, "sequence": 1}
    assert visitor.call("save_draft", draft) == refused
    assert visitor.start()["task"] == task


def test_a_comment_of_a_megabyte_is_refused_before_it_is_read(client_of: ClientOf) -> None:
    client = client_of()
    visitor = joined(client)
    task = visitor.start()["task"]
    payload = {"data": {**submission(task), "comment": "x" * 2**20}, "fn_name": "submit"}
    answer = client.post("/gradio_api/component_server/", json=payload)
    assert (answer.status_code, answer.text) == (413, TOO_LONG)
    assert visitor.start()["task"] == task


def test_a_pair_that_was_removed_meanwhile_is_said_and_saves_nothing(
    client_of: ClientOf, tmp_path: Path
) -> None:
    visitor = joined(client_of([a_pair(number) for number in range(2)]))
    before = visitor.start()["task"]
    gone = before["prompt"][0]["raw"]
    kept = [pair for pair in map(a_pair, range(2)) if pair.prompt.text != gone]
    write_jsonl(tmp_path / "study" / PAIRS_FILE, kept)
    reply = visitor.call("submit", submission(before))
    assert reply["error"] == ENGLISH.sentences["errors"]["PairGone"]
    assert reply["next"]["task"]["prompt"][0]["raw"] == kept[0].prompt.text
    assert reply["next"]["task"]["done"] == 0


def test_missing_answers_are_refused_and_the_pair_stays(client_of: ClientOf) -> None:
    visitor = joined(client_of())
    task = visitor.start()["task"]
    reply = visitor.call("submit", {**submission(task), "answers": []})
    assert not reply["ok"]
    assert visitor.start()["task"]["token"] == task["token"]


def test_after_the_last_pair_there_is_none(client_of: ClientOf) -> None:
    visitor = joined(client_of(1))
    reply = visitor.call("submit", submission(visitor.start()["task"]))
    assert reply["next"] == {"finished": {"done": 1, "waiting": False, "code": ""}}


def test_the_browser_gets_no_system_name_and_no_pair_id(client_of: ClientOf) -> None:
    marked = {"meta": {"note": "marker-meta"}, "finish_reason": "marker-reason"}
    pairs = [
        Pair(
            prompt=a_prompt(f"Prompt {n}", reference="marker-reference", meta={"m": "marker-meta"}),
            response_a=a_response("marker-system-x", f"first {n}", **marked),
            response_b=a_response("marker-system-y", f"second {n}", **marked),
            meta={"source_id": "marker-source"},
        )
        for n in range(3)
    ]
    client = client_of(pairs)
    visitor = Visitor(client)
    seen = [client.get("/").text, client.get("/config").text, json.dumps(visitor.join())]
    for number in range(4):
        start = visitor.call("start")
        seen.append(json.dumps(start))
        if "task" in start["next"]:
            sent = submission(start["next"]["task"], f"submission{number}")
            seen.append(json.dumps(visitor.call("submit", sent)))
    whole = "".join(seen)
    assert "first 0" in whole
    assert "marker" not in whole
    assert not [pair.id for pair in pairs if pair.id in whole or pair.prompt.id in whole]


def test_every_kind_of_scale_is_asked_in_its_own_words(client_of: ClientOf) -> None:
    plan = a_plan(
        a_criterion("three"),
        a_criterion("four", "preference3-bad"),
        a_criterion("five", "preference5"),
        a_criterion("rated", YES_NO),
    )
    rows = joined(client_of(1, plan)).start()["task"]["rows"]
    words = {
        (row["criterion"], row["of"]): [each["label"] for each in row["options"]] for row in rows
    }
    assert words == {
        ("three", ""): ["A", "Tie", "B"],
        ("four", ""): ["A", "Tie", "B", "Both bad"],
        ("five", ""): ["A clearly", "A slightly", "Tie", "B slightly", "B clearly"],
        ("rated", "Response A"): ["yes", "no"],
        ("rated", "Response B"): ["yes", "no"],
    }


def test_a_dialogue_is_shown_turn_by_turn_without_the_names_of_its_roles(
    client_of: ClientOf,
) -> None:
    turns = (Turn(role="user", text="Hello"), Turn(role="marker-model", text="Hi"))
    answers = (Turn(role="marker-model", text="One"), Turn(role="marker-model", text="Two"))
    pair = a_pair(
        prompt=a_prompt("", turns=turns),
        response_a=a_response("x", "", turns=answers),
        response_b=a_response("y", "", turns=answers),
    )
    task = joined(client_of([pair])).start()["task"]
    assert [(part["heading"], part["raw"], part["turn"]) for part in task["prompt"]] == [
        ("User", "Hello", 1),
        ("Assistant", "Hi", 0),
    ]
    assert [(part["heading"], part["turn"]) for part in task["left"]] == [
        ("Answer 1", 1),
        ("Answer 2", 2),
    ]
    assert "marker" not in json.dumps(task)


def test_answers_to_the_last_turns_of_a_dialogue_stand_at_those_turns(client_of: ClientOf) -> None:
    asked = tuple(Turn(role="user", text=text) for text in ("One", "Two", "Three"))
    several = tuple(Turn(role="assistant", text=text) for text in ("To two", "To three"))
    pair = a_pair(
        prompt=a_prompt("", turns=asked),
        response_a=a_response("x", "", turns=several),
        response_b=a_response("y", "To three"),
    )
    task = joined(client_of([pair])).start()["task"]
    turns = [[part["turn"] for part in task[name]] for name in ("prompt", "left", "right")]
    assert turns[0] == [1, 2, 3]
    assert sorted(turns[1:]) == [[0], [2, 3]]


def test_if_one_response_is_too_long_for_markdown_neither_is_formatted(
    client_of: ClientOf,
) -> None:
    pair = a_pair(response_a=a_response("x", "*a*" * 200_000), response_b=a_response("y", "*b*"))
    task = joined(client_of([pair])).start()["task"]
    assert all(side[0]["html"].startswith("<pre>") for side in (task["left"], task["right"]))


@pytest.mark.parametrize(
    ("decide", "kind"), [("pause", "paused"), ("lock", "closed"), ("exclude", "excluded")]
)
def test_a_decision_of_the_researchers_is_a_screen_of_its_own(
    client_of: ClientOf, tmp_path: Path, decide: str, kind: str
) -> None:
    visitor = joined(client_of(2))
    task = visitor.start()["task"]
    with closing(Store.open(f"sqlite:///{tmp_path / 'study' / 'annotations.db'}")) as store:
        if decide == "exclude":
            ann = store.annotator_called("trial", "ann")
            assert ann
            store.exclude(ann.id, "marker-reason", datetime.now(UTC))
        else:
            getattr(store, decide)("trial", datetime.now(UTC))
    reply = visitor.call("submit", submission(task))
    assert list(reply["next"]) == [kind]
    assert reply["ok"] == (decide == "pause")
    assert reply.get("error") in (None, *ENGLISH.sentences["errors"].values())
    assert "marker" not in json.dumps(visitor.call("start"))
