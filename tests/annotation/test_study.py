"""A study folder is read whole, or refused with file and line."""

from __future__ import annotations

import gc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotation.schema import Label, Pair
from annotation.study import (
    PairingRules,
    ScreenRules,
    StudyError,
    append_jsonl,
    load_plan,
    load_study,
    look_alikes,
    no_collection,
    read_jsonl,
    read_labels,
    to_line,
    write_jsonl,
    write_plan,
)
from tests.builders import (
    YES_NO,
    a_criterion,
    a_label,
    a_pair,
    a_plan,
    a_response,
    a_study_folder,
)

PLAN = """\
key = "spring-2026"
title = "Spring"
version = 3
labels_per_pair = 3

[[criteria]]
key = "clarity"
question = "Which response is clearer?"
scale = "preference3"
applies_to = ["writing", "alignment"]

[[criteria]]
key = "acceptability"
question = "Is this response acceptable?"
scale = { kind = "rating", levels = [{ name = "yes", value = 1 }, { name = "no", value = 0 }] }
"""


def test_a_plan_is_read_as_the_contract_spells_it(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(PLAN)
    plan = load_plan(tmp_path)
    assert (plan.key, plan.version, plan.labels_per_pair) == ("spring-2026", 3, 3)
    assert [criterion.scale.kind for criterion in plan.criteria] == ["preference3", "rating"]
    assert plan.criteria[0].applies_to == ("writing", "alignment")


def test_a_plan_survives_being_written_and_read(tmp_path: Path) -> None:
    plan = a_plan(
        a_criterion("clarity", applies_to=("writing",)),
        a_criterion("acceptability", YES_NO),
        a_criterion("overall", "preference5", description='says "why"'),
        description="Two\nlines",
        pairing=PairingRules(identical="drop"),
        screen=ScreenRules(identity="mask", names=("Our own",)),
    )
    write_plan(tmp_path, plan)
    assert load_plan(tmp_path) == plan


@pytest.mark.parametrize(
    ("found", "instead", "line", "words"),
    [
        ('title = "Spring"', "title = Spring", 2, "not TOML"),
        ("version = 3", 'version = "3"', 3, "version: expected a valid integer, found '3'"),
        ("labels_per_pair = 3", "labels_per_pair = 0", 4, "labels_per_pair"),
        ("labels_per_pair", "label_per_pair", 4, "unknown field 'label_per_pair'"),
        ('"preference3"', '"preference4"', 9, "found 'preference4'"),
        ('question = "Which response is clearer?"', "", 6, "'criteria.0.question' is missing"),
        ("value = 1", 'value = "1"', 15, "expected a valid number, found '1'"),
        ('["writing", "alignment"]', '"writing"', 10, "expected a list, found 'writing'"),
        ('"acceptability"', '"clarity"', 1, "'clarity' stands there 2 times"),
        ('key = "spring-2026"', "", 1, "'key' is missing"),
        ("[[criteria]]", '[pairing]\nempty = "no"\n[[criteria]]', 7, "expected 'drop' or 'keep'"),
        ("[[criteria]]", "[screen]\nnames = []\nmark = 1\n[[criteria]]", 8, "'screen.mark'"),
        ("value = 0 }] }", 'value = 0 }] }\n[screen]\ncut_off = "mask"', 17, "found 'mask'"),
    ],
)
def test_a_plan_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, found: str, instead: str, line: int, words: str
) -> None:
    assert found in PLAN
    (tmp_path / "study.toml").write_text(PLAN.replace(found, instead, 1))
    with pytest.raises(StudyError) as raised:
        load_plan(tmp_path)
    assert f"study.toml:{line}: " in str(raised.value)
    assert words in str(raised.value)


def test_a_folder_without_a_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"study\.toml: not found"):
        load_study(tmp_path)


def test_a_study_holds_its_pairs_in_the_files_order(tmp_path: Path) -> None:
    pairs = [a_pair(2), a_pair(0), a_pair(1)]
    assert load_study(a_study_folder(tmp_path, pairs=pairs)).pairs == tuple(pairs)


def test_a_study_without_pairs_yet_is_a_study(tmp_path: Path) -> None:
    write_plan(tmp_path, a_plan())
    assert load_study(tmp_path).pairs == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "expected an object"),
        (b'{"prompt": {"text": "x"}}', "'response_a' is missing"),
        (b'{"prompt": {"text": 3}, "response_a": {}, "response_b": {}}', "prompt.text"),
        (to_line(a_pair(0)).encode()[:-30], "not JSON"),
        (to_line(a_pair(0)).encode(), "the same pair as in line 1"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: bytes, words: str) -> None:
    a_study_folder(tmp_path, pairs=1)
    with (tmp_path / "pairs.jsonl").open("ab") as file:
        file.write(b"\n" + line + b"\n")
    with pytest.raises(StudyError) as raised:
        load_study(tmp_path)
    assert "pairs.jsonl:3: " in str(raised.value)
    assert words in str(raised.value)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    lines = "".join(to_line(a_pair(n)) for n in range(2)).replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + lines.encode())
    assert [number for number, _ in read_jsonl(path, Pair)] == [1, 2]


def test_look_alikes_are_counted_beyond_the_first() -> None:
    twin = a_pair(0, response_a=a_response("another", "First answer 0."))
    assert look_alikes([a_pair(0), twin, a_pair(1)]) == 1


def test_appending_after_a_torn_line_starts_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"torn')
    append_jsonl(path, [a_label()])
    assert path.read_text().splitlines()[1] + "\n" == to_line(a_label())


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    write_jsonl(path, [a_label()])

    def breaking() -> object:
        yield a_label()
        raise StudyError("broken")

    with pytest.raises(StudyError):
        write_jsonl(path, breaking())  # type: ignore[arg-type]
    assert [p.name for p in tmp_path.iterdir()] == ["labels.jsonl"]
    assert path.read_text() == to_line(a_label())


def test_labels_are_read_from_jsonl_and_parquet_alike(tmp_path: Path) -> None:
    labels = [a_label(pair_id="p1", flags=("x",), seconds=2.0), a_label(pair_id="p2")]
    folder = a_study_folder(tmp_path, labels={"people.jsonl": labels})
    rows = [label.model_dump(mode="json") for label in labels]
    pq.write_table(pa.Table.from_pylist(rows), folder / "labels" / "more.parquet")
    assert list(read_labels(folder)) == [*labels, *labels]


def test_a_parquet_row_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    folder = a_study_folder(tmp_path, labels={})
    (folder / "labels").mkdir()
    row = {**a_label().model_dump(mode="json"), "kind": "robot"}
    pq.write_table(pa.Table.from_pylist([row]), folder / "labels" / "x.parquet")
    with pytest.raises(StudyError, match=r"x\.parquet:1: kind"):
        list(read_labels(folder))


def test_a_label_line_survives_being_written_and_read(tmp_path: Path) -> None:
    label = a_label(comment="“so”\nund ✓", flags=("odd",))
    write_jsonl(tmp_path / "x.jsonl", [label])
    assert [record for _, record in read_jsonl(tmp_path / "x.jsonl", Label)] == [label]


def test_the_collector_is_off_within_and_as_before_after() -> None:
    assert gc.isenabled()
    with no_collection():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with no_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
