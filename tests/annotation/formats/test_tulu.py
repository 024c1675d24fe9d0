"""Tulu's human evaluation: sides, repeats and broken cells, and that it comes back equal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from annotation.formats.files import FormatError
from annotation.formats.imported import Imported, make_study
from annotation.formats.sheets import write_sheet
from annotation.formats.tulu import instance_of, read_tulu
from annotation.formats.tulu_sheet import COLUMNS, broken_cells, first_free_id, pair_rows
from annotation.schema import Label, Pair
from annotation.study import load_study, read_labels
from tests.builders import a_label, a_pair

Sheet = dict[tuple[object, ...], dict[str, Any]]


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Imported:
    folder = shared_data / "tulu"
    instances = folder / "eval_instances_tulu_1.jsonl"
    return read_tulu(instances, folder / "eval_annotations_tulu_1.xlsx", Path("tulu"))


def rows_of(path: Path) -> Sheet:
    rows = load_workbook(path).worksheets[0].iter_rows(values_only=True)
    header = [str(name) for name in next(rows)]
    records = (dict(zip(header, row, strict=True)) for row in rows if any(row))
    keys = ("instance_index", "evaluator", "timestamp")
    return {tuple(record[key] for key in keys): record for record in records}


def same_names(made: Imported) -> dict[str, str]:
    return {name: name for pair in made.pairs for name in pair.systems}


INSTANCE = {
    "id": "task_1",
    "prompt": "Say hi.",
    "completions": [
        {"model": "x", "completion": "=hi"},
        {"model": "y", "completion": "Hello."},
    ],
}


def a_row(**fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": 8,
        "instance_index": 0,
        "instance_id": "task_1",
        "prompt": "Say hi.",
        "model_a": "x",
        "model_b": "y",
        "completion_a": "=hi",
        "completion_b": "Hello.",
        "completion_a_is_acceptable": "yes",
        "completion_b_is_acceptable": "no",
        "preference": "a-is-slightly-better",
        "instance_quality": None,
        "comment": None,
        "evaluator": "se",
        "timestamp": datetime(2023, 5, 19, 13, 11, 45),
    }
    return {**made, **fields}


SWAPPED = {
    "model_a": "y",
    "model_b": "x",
    "completion_a": "Hello.",
    "completion_b": "=hi",
}


@dataclass(frozen=True)
class TuluFiles:
    """What the export writes."""

    instances: list[dict[str, Any]]
    rows: list[dict[str, object]]
    notes: list[str]


def to_tulu(
    pairs: Iterable[Pair],
    labels: Iterable[Label],
    superseded: Iterable[Label],
    names: Mapping[str, str],
    blind: bool,
) -> TuluFiles:
    """A study's labels as Tulu's instances and rows, made pair by pair."""
    pairs, labels, superseded = list(pairs), list(labels), list(superseded)
    rows: list[dict[str, object]] = []
    for number, pair in enumerate(pairs):
        mine = [label for label in labels if label.pair_id == pair.id]
        earlier = [label for label in superseded if label.pair_id == pair.id]
        rows += pair_rows(number, pair, mine, earlier, names)
    following = count(first_free_id(pairs))
    numbered = [row | {"id": next(following) if row["id"] is None else row["id"]} for row in rows]
    instances = [instance_of(pair, names, blind) for pair in pairs]
    return TuluFiles(instances, numbered, broken_cells(pairs))


Reader = Callable[..., Imported]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    def reader(*rows: dict[str, Any], instances: tuple[object, ...] = (INSTANCE,)) -> Imported:
        lines = "".join(json.dumps(instance) + "\n" for instance in instances)
        (tmp_path / "instances.jsonl").write_text(lines, encoding="utf-8")
        cells = [[row[name] for name in COLUMNS] for row in rows]
        write_sheet(tmp_path / "annotations.xlsx", "sheet", COLUMNS, cells)
        paths = tmp_path / "instances.jsonl", tmp_path / "annotations.xlsx"
        return read_tulu(*paths, tmp_path / "study")

    return reader


def said(labels: list[Label]) -> dict[tuple[str, str], str]:
    return {(label.criterion, label.target): label.choice for label in labels}


def test_the_instances_give_996_pairs_of_332_prompts(real: Imported) -> None:
    assert len(real.pairs) == 996
    assert len({pair.prompt.id for pair in real.pairs}) == 332


def test_nine_repeated_records_are_superseded_and_the_latest_counts(real: Imported) -> None:
    assert len(real.labels["superseded.jsonl"]) == 9 * 3
    assert len(real.labels["people.jsonl"]) == 1141 * 3
    assert len({label.key for label in real.labels["people.jsonl"]}) == 1141 * 3


def test_the_annotators_are_those_of_the_sheet(real: Imported) -> None:
    counts = Counter(
        len({label.annotator for label in labels})
        for labels in _by_pair(real.labels["people.jsonl"]).values()
    )
    assert counts == {1: 875, 2: 97, 3: 24}


def _by_pair(labels: list[Label]) -> dict[str, list[Label]]:
    pairs: dict[str, list[Label]] = {}
    for label in labels:
        pairs.setdefault(label.pair_id, []).append(label)
    return pairs


def test_no_row_is_left_out_and_six_broken_cells_are_told(real: Imported) -> None:
    assert real.left_out == []
    told = "\n".join(real.notes)
    assert "6 cells of eval_annotations_tulu_1.xlsx broken by a spreadsheet" in told
    for cells in ("G580, H580", "G639, H639", "G842, H842"):
        assert f"{cells} holds a formula or its error" in told


def test_both_files_come_back_equal_through_a_study_folder(
    real: Imported, shared_data: Path, tmp_path: Path
) -> None:
    make_study(tmp_path / "study", real)
    study, labels = load_study(tmp_path / "study"), list(read_labels(tmp_path / "study"))
    # The folder's files in the order of their names: people.jsonl, then superseded.jsonl.
    people, superseded = labels[: 1141 * 3], labels[1141 * 3 :]
    files = to_tulu(study.pairs, people, superseded, same_names(real), blind=False)

    source = (shared_data / "tulu" / "eval_instances_tulu_1.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in source.splitlines()]
    assert json.dumps(files.instances) == json.dumps(lines)

    cells = [[row[name] for name in COLUMNS] for row in files.rows]
    write_sheet(tmp_path / "out.xlsx", "sheet", COLUMNS, cells)
    made = rows_of(tmp_path / "out.xlsx")
    expected = rows_of(shared_data / "tulu" / "eval_annotations_tulu_1.xlsx")
    assert list(made) == list(expected)
    different = {
        (key[0], column)
        for key, row in expected.items()
        for column, value in row.items()
        if made[key][column] != value
    }
    # Four of the six broken cells hold the true text as a formula, and so look equal here.
    assert different == {(533, "completion_b"), (694, "completion_a")}
    assert len(files.notes) == 6
    truth = {key[0]: row for key, row in made.items()}
    assert truth[533]["completion_b"] in {
        completion["completion"] for completion in lines[533]["completions"]
    }


def test_written_formulas_are_cells_of_text(read: Reader, tmp_path: Path) -> None:
    read(a_row())
    cell = load_workbook(tmp_path / "annotations.xlsx").worksheets[0]["G2"]
    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", "=hi", True)


def test_a_record_in_the_pairs_order_is_read_as_it_stands(read: Reader) -> None:
    made = read(a_row())
    assert said(made.labels["people.jsonl"]) == {
        ("overall", "pair"): "a_slightly",
        ("acceptability", "a"): "yes",
        ("acceptability", "b"): "no",
    }


def test_a_swapped_record_is_turned_into_the_pairs_order(read: Reader) -> None:
    made = read(a_row(**SWAPPED))
    assert said(made.labels["people.jsonl"]) == {
        ("overall", "pair"): "b_slightly",
        ("acceptability", "a"): "no",
        ("acceptability", "b"): "yes",
    }
    assert {label.swapped for label in made.labels["people.jsonl"]} == {True}


def test_the_latest_record_counts_whatever_its_place_in_the_sheet(read: Reader) -> None:
    early = a_row(id=9, preference="tie", timestamp=datetime(2023, 5, 1), **SWAPPED)
    made = read(a_row(), early)
    assert said(made.labels["people.jsonl"])["overall", "pair"] == "a_slightly"
    assert said(made.labels["superseded.jsonl"])["overall", "pair"] == "tie"


def test_swapped_superseded_and_commented_rows_come_back(read: Reader) -> None:
    rows = [
        a_row(id=9, timestamp=datetime(2023, 5, 1), preference="tie", **SWAPPED),
        a_row(comment="=odd", instance_quality="fine"),
    ]
    made = read(*rows)
    people, superseded = made.labels["people.jsonl"], made.labels["superseded.jsonl"]
    files = to_tulu(made.pairs, people, superseded, same_names(made), blind=False)
    assert files.rows == rows
    assert files.instances == [INSTANCE]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"instance_index": 5}, "found instance_index 5, which the instances do not have"),
        ({"instance_index": None}, "found instance_index None, which"),
        ({"preference": "left"}, "found 'left' in preference, expected one of a-is-better,"),
        ({"completion_b_is_acceptable": None}, "found None in completion_b_is_acceptable"),
        ({"evaluator": None}, "found None in evaluator, expected a name"),
        ({"timestamp": "yesterday"}, "found 'yesterday' in timestamp, expected a date"),
        ({"model_b": "z"}, "found the models 'x' and 'z', but the instance has x and y"),
        ({"completion_b": "Other."}, "the text in completion_b is not that of the instance"),
        ({"instance_id": "task_2"}, "found instance_id 'task_2', expected 'task_1'"),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_with_the_reason(
    read: Reader, fields: dict[str, Any], why: str
) -> None:
    made = read(a_row(**fields))
    assert [left.where for left in made.left_out] == ["annotations.xlsx, row 2"]
    assert made.left_out[0].why.startswith(why)


def test_the_error_of_a_formula_is_replaced_by_the_true_text(read: Reader) -> None:
    made = read(a_row(completion_a="#NAME?"))
    assert made.left_out == []
    assert "annotations.xlsx: G2 holds a formula or its error" in made.notes[0]


@pytest.mark.parametrize(
    ("instance", "why"),
    [
        ({**INSTANCE, "prompt": None}, "found None in 'prompt', expected text"),
        ({**INSTANCE, "completions": []}, "found completions of , expected two different"),
        ({"id": "x"}, "expected a list of objects in 'completions'"),
        ([], "found [], expected an object"),
        (INSTANCE, "the same pair as line 1"),
    ],
)
def test_an_instance_that_is_no_pair_is_left_out_with_the_reason(
    read: Reader, instance: object, why: str
) -> None:
    made = read(a_row(), instances=(INSTANCE, instance))
    assert [left.where for left in made.left_out] == ["instances.jsonl, line 2"]
    assert made.left_out[0].why.startswith(why)


def test_a_sheet_without_the_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "instances.jsonl").write_text(json.dumps(INSTANCE), encoding="utf-8")
    write_sheet(tmp_path / "a.xlsx", "sheet", ["id", "who"], [])
    with pytest.raises(
        FormatError, match="found the columns id, who, expected also instance_index"
    ):
        read_tulu(tmp_path / "instances.jsonl", tmp_path / "a.xlsx", tmp_path / "study")


@pytest.mark.parametrize("content", [b"", b"PK not a zip", b"id,who\n1,2\n"])
def test_a_file_that_is_no_sheet_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "instances.jsonl").write_text(json.dumps(INSTANCE), encoding="utf-8")
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.xlsx: not an \.xlsx file"):
        read_tulu(tmp_path / "instances.jsonl", tmp_path / "a.xlsx", tmp_path / "study")


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "instances.jsonl").write_text(json.dumps(INSTANCE), encoding="utf-8")
    Workbook().save(tmp_path / "a.xlsx")
    with pytest.raises(FormatError, match="found the columns none, expected also id"):
        read_tulu(tmp_path / "instances.jsonl", tmp_path / "a.xlsx", tmp_path / "study")


def test_any_study_can_be_written_for_tulu() -> None:
    pair = a_pair(1)
    labels = [
        a_label(pair_id=pair.id, choice="b", swapped=True, comment="short"),
        a_label(pair_id=pair.id, criterion="acceptability", target="a", choice="yes", swapped=True),
    ]
    names = {"system-x": "S2", "system-y": "S1"}
    files = to_tulu([pair], labels, [], names, blind=True)
    row = files.rows[0]
    assert row["preference"] == "a-is-better"
    assert (row["model_a"], row["completion_a"]) == ("S1", "Second answer 1.")
    assert (row["completion_a_is_acceptable"], row["completion_b_is_acceptable"]) == (None, "yes")
    assert (row["id"], row["evaluator"], row["timestamp"], row["comment"]) == (
        1,
        "ann",
        None,
        "short",
    )
    assert {one["model"] for one in files.instances[0]["completions"]} == {"S1", "S2"}
