"""AlpacaEval's annotations: preferences in all the ways they are written, and none made up."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.formats.alpaca_eval import read_alpaca_eval
from annotation.formats.files import FormatError
from annotation.formats.imported import Imported, make_study
from annotation.study import load_study, read_labels
from tests.annotation.formats.json_values import json_values

Reader = Callable[..., Imported]


def a_record(**fields: Any) -> dict[str, Any]:
    made = {
        "instruction": "Name a river.",
        "output_1": "The Ucayali.",
        "generator_1": "davinci",
        "output_2": "Rivers are long.",
        "generator_2": "alpaca",
        "dataset": "koala",
        "annotator": "alpaca_eval_gpt4",
        "preference": 1,
    }
    return {**made, **fields}


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    def reader(*records: object) -> Imported:
        path = tmp_path / "annotations.json"
        path.write_text(json.dumps(records), encoding="utf-8")
        return read_alpaca_eval(path, tmp_path / "study")

    return reader


def choices(made: Imported) -> list[str]:
    return [label.choice for labels in made.labels.values() for label in labels]


def test_a_record_is_a_pair_in_its_order_and_a_judge_s_label(read: Reader) -> None:
    made = read(a_record(input="In Peru."))
    (pair,) = made.pairs
    assert pair.systems == ("davinci", "alpaca")
    assert (pair.prompt.text, pair.prompt.input) == ("Name a river.", "In Peru.")
    assert pair.prompt.category == "koala"
    (label,) = made.labels["judge-alpaca_eval_gpt4.jsonl"]
    assert (label.kind, label.annotator) == ("judge", "alpaca_eval_gpt4")
    assert (label.choice, label.swapped) == ("a", None)


@pytest.mark.parametrize(
    ("preference", "choice"),
    [
        (1, "a"),
        (2, "b"),
        (1.0, "a"),
        (1.5, "tie"),
        (0, "tie"),
        ("1.5", "tie"),
        ("Tie", "tie"),
        ("TIE", "tie"),
        ("draw", "tie"),
        ("2", "b"),
        (1.0001, "a"),
        (1.4999, "a"),
        (1.5001, "b"),
        (None, "invalid"),
        (float("nan"), "invalid"),
        ("nan", "invalid"),
    ],
)
def test_a_preference_is_read_however_it_is_written(
    read: Reader, preference: object, choice: str
) -> None:
    assert choices(read(a_record(preference=preference))) == [choice]


@pytest.mark.parametrize("preference", [3, -1, 0.5, 2.01, True, "A", "", [1], {"a": 1}])
def test_a_preference_of_no_known_meaning_is_left_out_not_made_a_tie(
    read: Reader, preference: object
) -> None:
    made = read(a_record(), a_record(preference=preference))
    assert choices(made) == ["a"]
    assert "found the preference" in made.left_out[0].why
    assert made.left_out[0].where.endswith("annotations.json, record 2")


def test_what_the_judge_said_stays_with_the_label_and_the_pair(read: Reader) -> None:
    made = read(a_record(preference=1.25, raw_completion="Output (a)", price_per_example=0.01))
    (label,) = made.labels["judge-alpaca_eval_gpt4.jsonl"]
    assert label.comment == "Output (a)"
    assert made.pairs[0].meta["alpaca_eval"] == [
        {"annotator": "alpaca_eval_gpt4", "preference": 1.25, "price_per_example": 0.01}
    ]


def test_a_number_that_json_cannot_hold_is_not_written(tmp_path: Path) -> None:
    text = json.dumps([a_record(price_per_example=7)]).replace("7", "1e999")
    (tmp_path / "annotations.json").write_text(text, encoding="utf-8")
    made = read_alpaca_eval(tmp_path / "annotations.json", tmp_path / "s")
    make_study(tmp_path / "s", made)
    assert "Infinity" not in (tmp_path / "s" / "pairs.jsonl").read_text(encoding="utf-8")


def test_judges_of_one_pair_share_it_and_have_files_of_their_own(read: Reader) -> None:
    made = read(a_record(), a_record(annotator="claude/2", preference=2))
    assert len(made.pairs) == 1
    assert sorted(made.labels) == ["judge-alpaca_eval_gpt4.jsonl", "judge-claude-2.jsonl"]


def test_the_same_two_outputs_reversed_are_the_same_pair(read: Reader) -> None:
    other = a_record(
        annotator="claude",
        output_1="Rivers are long.",
        generator_1="alpaca",
        output_2="The Ucayali.",
        generator_2="davinci",
    )
    made = read(a_record(), other)
    assert len(made.pairs) == 1
    assert choices(made) == ["a", "b"]


def test_a_judge_asked_again_has_a_further_run(read: Reader) -> None:
    made = read(a_record(), a_record(preference=2, time_per_example=1))
    labels = made.labels["judge-alpaca_eval_gpt4.jsonl"]
    assert [(label.repeat, label.choice) for label in labels] == [(0, "a"), (1, "b")]


def test_the_same_record_twice_counts_once(read: Reader) -> None:
    made = read(a_record(), a_record())
    assert len(choices(made)) == 1
    assert made.left_out[0].why == "the same as record 1"


def test_the_study_loads_with_its_labels(read: Reader, tmp_path: Path) -> None:
    make_study(tmp_path / "s", read(a_record(), a_record(instruction="Name a lake.")))
    study = load_study(tmp_path / "s")
    ids = {pair.id for pair in study.pairs}
    assert {label.pair_id for label in read_labels(tmp_path / "s")} == ids
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"output_1": None}, "found None in 'output_1', expected text"),
        ({"generator_2": " "}, "found an empty 'generator_2'"),
        ({"annotator": 3}, "found 3 in 'annotator', expected text"),
        ({"input": 3}, "found 3 in 'input', expected text"),
        ({"dataset": []}, "found [] in 'dataset', expected text"),
    ],
)
def test_a_record_with_a_field_that_is_no_text_is_left_out(
    read: Reader, fields: dict[str, object], why: str
) -> None:
    made = read(a_record(), a_record(**fields))
    assert why in made.left_out[0].why


@pytest.mark.parametrize("name", [*list(a_record())[:5], "annotator", "preference"])
def test_a_record_that_lacks_a_field_is_left_out(read: Reader, name: str) -> None:
    lacking = {key: value for key, value in a_record().items() if key != name}
    made = read(a_record(), lacking)
    assert made.left_out[0].why == f"the field {name!r} is missing"


@given(st.sampled_from([*a_record(), "input"]), json_values())
def test_whatever_a_field_holds_is_read_or_left_out(name: str, value: object) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "annotations.json")
        path.write_text(json.dumps([a_record(output_1="x"), a_record(**{name: value})]))
        made = read_alpaca_eval(path, Path(folder, "s"))
    assert len(choices(made)) + len(made.left_out) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{]", "annotations.json:1: not JSON"),
        ("{}", "annotations.json: expected a JSON list of objects"),
        ("[1]", "annotations.json: expected a JSON list of objects"),
        ("[]", "found no annotation that can be used"),
        ("[{}]", "record 1: the field 'instruction' is missing"),
        ('[{"preference": Infinity}]', "found Infinity"),
    ],
)
def test_a_file_that_is_no_annotations_is_one_sentence(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "annotations.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=re.escape(message)):
        read_alpaca_eval(path, tmp_path / "s")
