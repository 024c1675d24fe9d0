"""The nouns keep the contract's promises."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from annotation.schema import (
    Choice,
    Label,
    Level,
    Pair,
    Prompt,
    Scale,
    Turn,
    UnknownChoice,
    content_hash,
)
from tests.builders import YES_NO, a_criterion, a_label, a_pair, a_prompt, a_response

PREFERENCES = ("preference3", "preference3-bad", "preference5")


@st.composite
def scales_with_a_choice(draw: st.DrawFn) -> tuple[Scale, Choice]:
    kind = draw(st.sampled_from([*PREFERENCES, "rating"]))
    scale = (
        Scale(kind="rating", levels=(Level(name="yes", value=1), Level(name="no", value=0)))
        if kind == "rating"
        else Scale.model_validate({"kind": kind})
    )
    return scale, draw(st.sampled_from(scale.choices))


@given(scales_with_a_choice(), st.booleans())
def test_unblinding_twice_gives_the_choice_back(made: tuple[Scale, Choice], swapped: bool) -> None:
    scale, choice = made
    assert scale.unblind(scale.unblind(choice, swapped), swapped) == choice


@given(scales_with_a_choice())
def test_unblinding_a_swapped_preference_turns_its_value_round(made: tuple[Scale, Choice]) -> None:
    scale, choice = made
    sign = 1 if scale.kind == "rating" else -1
    assert scale.values[scale.unblind(choice, swapped=True)] == sign * scale.values[choice]


def test_the_scales_have_the_contracts_choices_and_values() -> None:
    values = {kind: Scale.model_validate({"kind": kind}).values for kind in PREFERENCES}
    assert values == {
        "preference3": {"a": -1, "tie": 0, "b": 1},
        "preference3-bad": {"a": -1, "tie": 0, "b": 1, "both_bad": 0},
        "preference5": {
            "a_clearly": -2,
            "a_slightly": -1,
            "tie": 0,
            "b_slightly": 1,
            "b_clearly": 2,
        },
    }


def test_a_choice_outside_the_scale_is_refused_by_name() -> None:
    with pytest.raises(UnknownChoice, match="found choice 'c', expected one of a, tie, b"):
        a_criterion(scale="preference3").scale.choice("c")


@pytest.mark.parametrize(
    "scale",
    [
        {"kind": "rating"},
        {"kind": "rating", "levels": [{"name": "yes", "value": 1}]},
        {"kind": "rating", "levels": [{"name": "x", "value": 1}, {"name": "x", "value": 2}]},
        {"kind": "preference3", "levels": YES_NO["levels"]},
        "preference7",
    ],
)
def test_a_scale_that_cannot_be_asked_is_refused(scale: object) -> None:
    with pytest.raises(ValidationError):
        a_criterion(scale=scale)


def test_a_pairs_id_is_the_hash_that_the_contract_spells_out() -> None:
    pair = Pair(
        prompt=a_prompt("Wie geht’s?", input="in", turns=(Turn(role="user", text="é"),)),
        response_a=a_response("x", "eins"),
        response_b=a_response("y", "zwei", turns=(Turn(role="assistant", text="drei"),)),
    )
    written_out = (
        '["Wie geht’s?","in",[{"role":"user","text":"é"}],"x","eins",[],"y","zwei",'
        '[{"role":"assistant","text":"drei"}]]'
    )
    assert pair.id == hashlib.sha256(written_out.encode()).hexdigest()[:20]


@given(st.lists(st.text()))
def test_an_id_is_made_from_what_the_json_module_writes(texts: list[str]) -> None:
    written = json.dumps([texts, []], ensure_ascii=False, separators=(",", ":"))
    expected = hashlib.sha256(written.encode()).hexdigest()[:20]
    assert content_hash([texts, []]) == expected


def test_a_prompt_without_an_id_gets_the_hash_of_what_it_asks() -> None:
    expected = hashlib.sha256(b'["ask","",[]]').hexdigest()[:20]
    assert Prompt(text="ask").id == expected


def test_a_sources_own_prompt_id_is_kept() -> None:
    assert Prompt(id="task_7", text="ask").id == "task_7"


def test_the_same_texts_of_other_systems_are_another_pair() -> None:
    other = a_pair(response_a=a_response("system-z", "First answer 0."))
    assert other.id != a_pair().id


def test_a_pair_whose_id_is_not_its_hash_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"meta\.source_id"):
        a_pair(id="my-own-id")


def test_a_pair_survives_being_written_and_read() -> None:
    pair = a_pair(meta={"source_id": 7})
    assert Pair.model_validate_json(pair.model_dump_json(), strict=True) == pair


@pytest.mark.parametrize(
    ("names", "asked"),
    [((), True), (("writing",), True), (("creative",), True), (("honest", "alignment"), False)],
)
def test_a_criterion_is_asked_of_the_tasks_and_categories_it_names(
    names: tuple[str, ...], asked: bool
) -> None:
    assert a_criterion(applies_to=names).applies(a_prompt()) is asked


def test_a_prompt_without_task_is_asked_only_what_applies_to_all() -> None:
    assert not a_criterion(applies_to=("writing",)).applies(Prompt(text="x"))


def test_a_label_with_the_six_required_fields_has_the_contracts_defaults() -> None:
    line = json.dumps(
        {
            "pair_id": "p",
            "criterion": "c",
            "annotator": "a",
            "kind": "human",
            "target": "pair",
            "choice": "tie",
        }
    )
    label = Label.model_validate_json(line, strict=True)
    assert (label.swapped, label.repeat, label.purpose, label.flags) == (None, 0, "study", ())
    assert (label.seconds, label.comment, label.created_at, label.study_version) == (None,) * 4


def test_null_in_a_label_is_what_the_field_is_where_it_is_absent() -> None:
    null = {"repeat": None, "purpose": None, "flags": None}
    line = json.dumps({**a_label().model_dump(mode="json"), **null})
    assert Label.model_validate_json(line, strict=True) == a_label()


def test_flags_are_read_from_a_json_list() -> None:
    line = json.dumps({**a_label().model_dump(mode="json"), "flags": ["unsure"]})
    assert Label.model_validate_json(line, strict=True).flags == ("unsure",)


@pytest.mark.parametrize(
    "field", [{"flags": "unsure"}, {"flags": [1]}, {"repeat": "1"}, {"repeat": -1}, {"purpose": ""}]
)
def test_null_as_a_default_does_not_make_the_field_any_laxer(field: dict[str, Any]) -> None:
    line = json.dumps({**a_label().model_dump(mode="json"), **field})
    with pytest.raises(ValidationError):
        Label.model_validate_json(line, strict=True)


@pytest.mark.parametrize("field", ["pair_id", "criterion", "annotator", "kind", "target", "choice"])
def test_a_label_lacking_a_required_field_is_refused(field: str) -> None:
    record = {name: value for name, value in a_label().model_dump().items() if name != field}
    with pytest.raises(ValidationError):
        Label.model_validate(record)


def test_moments_are_kept_in_utc_and_written_with_a_z() -> None:
    noon_in_seoul = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=9)))
    label = a_label(created_at=noon_in_seoul)
    assert label.created_at == datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert '"created_at":"2026-11-22T03:00:00Z"' in label.model_dump_json()


def test_the_shown_order_is_part_of_a_judges_key_and_of_nobody_elses() -> None:
    judge = a_label(kind="judge", swapped=False).key, a_label(kind="judge", swapped=True).key
    human = a_label(swapped=False).key, a_label(swapped=True).key
    assert (judge[0] != judge[1], human[0] != human[1]) == (True, False)


def test_importing_the_schema_loads_neither_the_page_nor_the_store() -> None:
    code = (
        "import sys, annotation.schema; heavy = {'gradio', 'sqlmodel', 'torch', 'pandas'}; "
        "print(sorted(heavy & sys.modules.keys()))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
