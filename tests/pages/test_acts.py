"""What the page's script may ask for, and what it is told when that does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from annotation.pages.acts import ACTS
from annotation.schema import Pair
from annotation.study import GOLD_FILE, TRAINING_FILE, StudyPlan, write_jsonl, write_plan
from tests.builders import a_criterion, a_pair, a_plan
from tests.pages.conftest import ClientOf
from tests.served import Visitor, answers_to


def plan(**fields: Any) -> StudyPlan:
    return StudyPlan.model_validate({**a_plan(a_criterion()).model_dump(), **fields})


def joined(client: TestClient, name: str = "ann") -> Visitor:
    visitor = Visitor(client)
    visitor.join(name)
    return visitor


def submission(task: dict[str, Any], number: str = "first", option: int = 0) -> dict[str, Any]:
    made = {"submission_id": f"{number}-{task['token'][:8]}", "token": task["token"]}
    return {**made, "answers": answers_to(task, option), "seconds": 3}


def known(number: int, choice: str) -> Pair:
    meta = {"answers": {"overall": choice}, "explanation": "*Because.* {a} is shorter than {b}."}
    return a_pair(number, meta=meta)


def study_with(tmp_path: Path, name: str, pairs: list[Pair], consent: str = "") -> None:
    """Files that stand in the study's folder before the app reads it."""
    (tmp_path / "study").mkdir()
    write_jsonl(tmp_path / "study" / name, pairs)
    (tmp_path / "study" / "consent.md").write_text(consent, "utf-8")


@pytest.mark.parametrize("act", ACTS)
def test_no_act_takes_data_that_no_page_sends(visitor: Visitor, act: str) -> None:
    visitor.join(act)
    reply = visitor.call(act, {"surprise": True})
    assert not reply["ok"]
    assert reply.keys() == {"ok", "error"}


@pytest.mark.parametrize("act", ACTS)
def test_no_act_is_there_for_who_has_not_joined(client: TestClient, act: str) -> None:
    assert Visitor(client).call(act)["joined"] is False


def test_a_gold_pair_is_answered_like_any_other(client_of: ClientOf, tmp_path: Path) -> None:
    study_with(tmp_path, GOLD_FILE, [known(90, "a")])
    visitor = joined(client_of(3, plan(gold={"share": 1.0})))
    gold = visitor.call("submit", submission(visitor.start()["task"]))
    plain = visitor.call("submit", submission(visitor.start()["task"]))
    assert gold.keys() == plain.keys() == {"ok", "submission_id", "surplus", "next"}


def test_the_training_tells_what_was_expected_and_goes_on_to_the_next_round(
    client_of: ClientOf, tmp_path: Path
) -> None:
    study_with(tmp_path, TRAINING_FILE, [known(90, "tie")])
    visitor = joined(client_of(3, plan(training={"pass_mark": 1.0, "attempts": 2})))
    task = visitor.start()["task"]
    failed = visitor.call("submit", submission(task, option=0))
    assert failed["feedback"] == [
        {
            "question": "Which is better: overall?",
            "of": "",
            "given": "A",
            "expected": "Tie",
            "right": False,
        }
    ]
    assert "<em>Because.</em>" in failed["explanation"]
    shorter, longer = ("A", "B") if "First" in task["left"][0]["raw"] else ("B", "A")
    assert f"{shorter} is shorter than {longer}." in failed["explanation"]
    assert failed["next"]["task"]["training"]["attempt"] == 2
    passed = visitor.call("submit", submission(visitor.start()["task"], option=1))
    assert (failed["training"], passed["training"]) == ("failed", "passed")
    assert passed["next"]["task"]["training"] is None


def test_consent_to_a_text_that_has_changed_shows_the_new_one(
    client_of: ClientOf, tmp_path: Path
) -> None:
    study_with(tmp_path, TRAINING_FILE, [], consent="We *ask*.")
    visitor = joined(client_of(3, plan(consent={"version": 2})))
    reply = visitor.call("consent", {"version": 1, "agreed": True})
    assert not reply["ok"]
    assert reply["next"]["consent"]["version"] == 2
    assert "<em>ask</em>" in reply["next"]["consent"]["text"]


def test_who_has_not_consented_gets_no_task(client_of: ClientOf, tmp_path: Path) -> None:
    study_with(tmp_path, TRAINING_FILE, [])
    visitor = joined(client_of(3, plan(consent={})))
    assert visitor.start().keys() == {"consent"}
    assert visitor.call("consent", {"version": 1, "agreed": True})["next"].keys() == {"task"}


def test_undo_without_an_answer_says_so_and_nothing_else_happens(client_of: ClientOf) -> None:
    visitor = joined(client_of())
    before = visitor.start()
    reply = visitor.call("reopen")
    assert "no earlier answer" in reply["error"]
    assert visitor.start() == before


def test_another_annotators_pair_cannot_be_reopened(client_of: ClientOf) -> None:
    client = client_of()
    ann = joined(client)
    task = ann.start()["task"]
    ann.call("submit", submission(task))
    bob = joined(TestClient(client.app), "bob")
    reply = bob.call("reopen", {"token": task["token"]})
    assert not reply["ok"]
    assert reply["next"] == bob.start()


def test_an_edit_leads_back_to_where_one_was(client_of: ClientOf) -> None:
    visitor = joined(client_of())
    first = visitor.start()["task"]
    there = visitor.call("submit", submission(first))["next"]["task"]
    [recent] = visitor.call("recent")["recent"]
    again = visitor.call("reopen", {"token": recent["token"]})["next"]["task"]
    assert again["editing"]
    assert again["answers"] == answers_to(first)
    reply = visitor.call("revise", submission(again, "second", option=1))
    assert reply["next"]["task"]["token"] == there["token"]
    assert visitor.call("reopen")["next"]["task"]["answers"] == answers_to(first, option=1)


def test_a_question_that_was_renamed_meanwhile_is_asked_anew(
    client_of: ClientOf, tmp_path: Path
) -> None:
    visitor = joined(client_of(3, plan()))
    before = visitor.start()["task"]
    write_plan(tmp_path / "study", a_plan(a_criterion("clarity")))
    reply = visitor.call("submit", submission(before))
    assert "have changed" in reply["error"]
    after = reply["next"]["task"]
    assert after["token"] == before["token"]
    assert [row["criterion"] for row in after["rows"]] == ["clarity"]
    assert visitor.call("submit", submission(after))["ok"]


def test_the_minutes_left_follow_the_annotators_own_pace(client_of: ClientOf) -> None:
    visitor = joined(client_of(5, plan()))
    first = visitor.start()["task"]
    slow = {**submission(first), "seconds": 90}
    second = visitor.call("submit", slow)["next"]["task"]
    assert (first["minutes"], second["minutes"]) == (None, 6)
