"""Views of a study: what people said together, and the pairs to train on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotation.export import CannotExport
from annotation.export.conversations import conversations
from annotation.export.formats import plan
from annotation.schema import Label, Turn
from tests.annotation.export.studies import a_study, votes, wanted
from tests.builders import a_label, a_pair, a_prompt, a_response

AI = {"role": "assistant"}


def rows(folder: Path, labels: list[Label], view: str, **fields: Any) -> list[dict[str, Any]]:
    study = a_study(folder)
    with wanted(study, labels, view=view, **fields) as one:
        made = plan(one)
        [member] = made.members
        return [json.loads(line) for line in b"".join(member.chunks()).splitlines()]


def left_out(folder: Path, labels: list[Label], view: str, **fields: Any) -> dict[str, int]:
    with wanted(a_study(folder), labels, view=view, **fields) as one:
        made = plan(one)
        list(made.members[0].chunks())
        return dict(made.tally.left_out)


# -- aggregated -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "majority", "agreement"),
    [
        (["a", "a", "b"], "a", 1 / 3),
        (["a", "b"], None, 0.0),
        (["tie", "tie", "tie"], "tie", 1.0),
        (["b"], "b", None),
    ],
)
def test_the_majority_is_the_choice_with_strictly_the_most_labels(
    tmp_path: Path, choices: list[str], majority: str | None, agreement: float | None
) -> None:
    [row] = rows(tmp_path, votes(a_pair(0), choices), "aggregated")
    assert (row["majority"], row["agreement"], row["labels"]) == (
        majority,
        agreement,
        len(choices),
    )


def test_each_choice_is_counted_in_the_order_of_the_scale(tmp_path: Path) -> None:
    [row] = rows(tmp_path, votes(a_pair(0), ["b", "a", "b"]), "aggregated")
    assert row["counts"] == [{"choice": "a", "count": 1}, {"choice": "b", "count": 2}]
    assert row["mean_value"] == pytest.approx(1 / 3)


def test_ratings_are_aggregated_by_response(tmp_path: Path) -> None:
    said = {"criterion": "acceptability", "choice": "yes"}
    labels = [a_label(pair_id=a_pair(0).id, target=side, **said) for side in ("b", "a")]
    found = rows(tmp_path, labels, "aggregated")
    assert [(row["target"], row["majority"]) for row in found] == [("a", "yes"), ("b", "yes")]


def test_adjudication_has_a_column_of_its_own_and_no_vote(tmp_path: Path) -> None:
    pair = a_pair(0)
    settled = a_label(pair_id=pair.id, annotator="judge", kind="adjudication", choice="b")
    [row] = rows(tmp_path, [*votes(pair, ["a", "b"]), settled], "aggregated")
    assert (row["majority"], row["labels"], row["adjudication"]) == (None, 2, "b")


def test_what_does_not_count_is_counted_by_reason(tmp_path: Path) -> None:
    pair = a_pair(0).id
    labels = [
        a_label(pair_id=pair),
        a_label(pair_id="gone"),
        a_label(pair_id=pair, criterion="wit"),
        a_label(pair_id=pair, annotator="bo", choice="wit"),
        a_label(pair_id=pair, annotator="cy", target="a"),
        a_label(pair_id=pair, annotator="di", repeat=1, purpose="repeat"),
        a_label(pair_id=pair, annotator="ed", purpose="surplus"),
        a_label(pair_id="known", annotator="fi", purpose="gold"),
        a_label(pair_id="taught", annotator="gu", purpose="training"),
        a_label(pair_id=pair, annotator="j", kind="judge"),
        a_label(pair_id=pair, annotator="k", kind="reference"),
        a_label(pair_id=pair, annotator="bad"),
    ]
    reasons = (
        *("unknown_pair", "unknown_criterion", "unknown_choice", "not_applicable", "repeat"),
        *("surplus", "gold", "training", "judge", "reference", "excluded_annotator"),
    )
    found = left_out(tmp_path, labels, "aggregated", leave_out={"bad": "no reading"})
    assert found == dict.fromkeys(reasons, 1)


# -- preferences ------------------------------------------------------------------------------


def test_the_preferred_response_is_the_chosen_one_and_the_margin_says_by_how_much(
    tmp_path: Path,
) -> None:
    labels = [*votes(a_pair(0), ["b", "b", "tie", "a"]), *votes(a_pair(1), ["a"])]
    first, second = rows(tmp_path, labels, "preferences", unblind=True)
    assert first["prompt"] == [{"role": "user", "content": "Prompt 0"}]
    assert first["chosen"] == [{**AI, "content": "Second answer 0."}]
    assert first["rejected"] == [{**AI, "content": "First answer 0."}]
    assert (first["chosen_system"], first["rejected_system"]) == ("system-y", "system-x")
    assert (first["margin"], first["labels"]) == (0.25, 4)
    assert (second["chosen_system"], second["margin"]) == ("system-x", 1)


def test_five_points_prefer_by_their_side(tmp_path: Path) -> None:
    labels = votes(
        a_pair(0), ["b_clearly", "b_clearly", "b_slightly", "a_slightly"], criterion="strength"
    )
    [row] = rows(tmp_path, labels, "preferences", unblind=True)
    assert (row["criterion"], row["chosen_system"], row["margin"]) == ("strength", "system-y", 0.5)


def test_a_tie_or_no_majority_is_no_preference_and_is_counted(tmp_path: Path) -> None:
    labels = [*votes(a_pair(0), ["tie", "tie", "a"]), *votes(a_pair(1), ["a", "b"])]
    assert rows(tmp_path / "a", labels, "preferences") == []
    why = "of a pair and criterion whose majority prefers no response"
    assert left_out(tmp_path / "b", labels, "preferences") == {why: 5}


def turns(*texts: str) -> tuple[Turn, ...]:
    roles = {"u": "user", "a": "assistant"}
    return tuple(Turn(role=roles[text[0]], text=text) for text in texts)


def said(conversation: list[Turn]) -> list[str]:
    return [turn.text for turn in conversation]


def test_an_input_is_said_after_the_prompt() -> None:
    prompt = a_prompt("Sum up.", input="A text.")
    asked, good, bad = conversations(prompt, a_response(text="x"), a_response(text="y"))
    assert (said(asked), said(good), said(bad)) == (["Sum up.\n\nA text."], ["x"], ["y"])


def test_answers_to_several_turns_stand_between_them() -> None:
    prompt = a_prompt("u1", turns=turns("u1", "u2"))
    responses = [a_response(turns=turns(f"a1{one}", f"a2{one}")) for one in "xy"]
    asked, good, bad = conversations(prompt, *responses)
    assert said(asked) == ["u1"]
    assert (said(good), said(bad)) == (["a1x", "u2", "a2x"], ["a1y", "u2", "a2y"])


def test_a_dialogue_that_is_answered_already_is_part_of_the_beginning() -> None:
    prompt = a_prompt("u1", turns=turns("u1", "a1", "u2"))
    asked, good, _ = conversations(prompt, a_response(text="x"), a_response(text="y"))
    assert (said(asked), said(good)) == (["u1", "a1", "u2"], ["x"])


# -- which formats hold them ------------------------------------------------------------------


def test_a_view_in_a_format_of_its_own_is_refused(tmp_path: Path) -> None:
    with (
        wanted(a_study(tmp_path), [], view="aggregated", format="tulu") as one,
        pytest.raises(CannotExport, match="--view aggregated: the format tulu has a view of its"),
    ):
        plan(one)


def test_people_are_renumbered_and_judges_keep_their_names(tmp_path: Path) -> None:
    labels = [
        *votes(a_pair(0), ["a", "b", "tie"], comment="I am Ada"),
        a_label(pair_id=a_pair(0).id, annotator="gpt", kind="judge"),
    ]
    found = rows(tmp_path, labels, "labels", renumber=True, comments=False)
    assert {row["annotator"] for row in found} == {"A1", "A2", "A3", "gpt"}
    assert [row["choice"] for row in found] == ["a", "b", "tie", "a"]
    assert "Ada" not in json.dumps(found)
