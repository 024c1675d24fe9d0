"""Reading pairs and labels, and what is left out and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.label_file import COLUMNS, UnusualLabels
from analysis.labels import from_frames, from_records, read_study, tabulate
from analysis.pairs import PairTable
from analysis.tables import StudyLabels
from annotation.schema import Label
from annotation.study import StudyError
from tests.analysis.small_studies import FIXTURE_D, ballots_of, people, some_pairs
from tests.builders import (
    YES_NO,
    a_criterion,
    a_label,
    a_pair,
    a_plan,
    a_prompt,
    a_study_folder,
)

PAIR = a_pair(0)
MORNING, EVENING = (datetime(2026, 11, 22, hour, tzinfo=UTC) for hour in (8, 20))


def of(*labels: Label, plan: Any = None) -> StudyLabels:
    return from_records(plan or a_plan(), [PAIR], labels)


def label(**fields: Any) -> Label:
    return a_label(**{"pair_id": PAIR.id, **fields})


def choices(study: StudyLabels) -> list[str]:
    scale = study.plan.criteria[0].scale.choices
    return [scale[code] for code in study.labels.choice.tolist()]


@pytest.mark.parametrize(
    ("reason", "fields"),
    [
        ("unknown_pair", {"pair_id": "of another study"}),
        ("unknown_criterion", {"criterion": "beauty"}),
        ("unknown_choice", {"choice": "both_bad"}),
        ("unknown_choice", {"choice": "invalid"}),
        ("not_applicable", {"target": "a"}),
        ("training", {"purpose": "training"}),
        ("training", {"purpose": "training", "pair_id": "of training.jsonl"}),
        ("gold", {"purpose": "gold"}),
        ("surplus", {"purpose": "surplus"}),
        ("repeat", {"purpose": "repeat", "repeat": 1}),
        ("repeat", {"repeat": 1}),
    ],
)
def test_a_label_that_cannot_be_used_is_left_out_and_counted(
    reason: str, fields: dict[str, Any]
) -> None:
    study = of(label(), label(**{"annotator": "other", **fields}))
    assert study.excluded == {reason: 1}
    assert len(study.labels) == 1


def test_a_criterion_that_is_not_asked_of_a_pair_is_not_applicable() -> None:
    plan = a_plan(a_criterion(applies_to=("alignment",)))
    assert of(label(), plan=plan).excluded == {"not_applicable": 1}


@pytest.mark.parametrize("name", ["writing", "creative"])
def test_a_criterion_applies_by_task_or_by_category(name: str) -> None:
    assert len(of(label(), plan=a_plan(a_criterion(applies_to=(name,)))).labels) == 1


def test_a_rating_of_the_pair_as_a_whole_is_not_applicable() -> None:
    plan = a_plan(a_criterion(scale=YES_NO))
    study = of(label(choice="yes"), label(choice="yes", target="b"), plan=plan)
    assert study.excluded == {"not_applicable": 1}


def test_of_two_labels_with_one_key_the_latest_counts() -> None:
    study = of(label(choice="b", created_at=EVENING), label(choice="a", created_at=MORNING))
    assert choices(study) == ["b"]
    assert study.excluded == {"superseded": 1}


def test_of_two_labels_of_one_time_the_last_line_counts() -> None:
    study = of(label(choice="a"), label(choice="b"), label(choice="tie"))
    assert choices(study) == ["tie"]
    assert study.excluded == {"superseded": 2}


def test_a_label_without_a_time_is_older_than_one_with() -> None:
    assert choices(of(label(choice="b", created_at=MORNING), label(choice="a"))) == ["b"]


@pytest.mark.parametrize(
    "field", [{"annotator": "other"}, {"target": "b"}, {"criterion": "second"}]
)
def test_labels_that_differ_in_their_key_stand_beside_each_other(field: dict[str, Any]) -> None:
    plan = a_plan(a_criterion(scale=YES_NO), a_criterion("second", scale=YES_NO))
    one = {"choice": "yes", "target": "a"}
    assert of(label(**one), label(**{**one, **field}), plan=plan).excluded == {}


def test_the_shown_order_is_part_of_a_judges_key_only() -> None:
    orders = ({"swapped": False}, {"swapped": True})
    judged = of(*(label(kind="judge", **order) for order in orders))
    assert judged.excluded == {}
    assert of(*(label(**order) for order in orders)).excluded == {"superseded": 1}


def test_a_judge_may_answer_invalid_and_run_more_than_once() -> None:
    study = of(*(label(kind="judge", choice="invalid", repeat=run) for run in range(3)))
    assert study.excluded == {}
    assert len(study.of_kind("judge")) == 3


def test_kinds_are_kept_apart() -> None:
    kinds = ("human", "judge", "reference", "adjudication")
    study = of(*(label(kind=kind, annotator=kind) for kind in kinds))
    assert [len(study.of_kind(kind)) for kind in kinds] == [1, 1, 1, 1]


def same(one: StudyLabels, other: StudyLabels) -> bool:
    columns = zip(vars(one.labels).values(), vars(other.labels).values(), strict=True)
    equal = all(np.array_equal(*both, equal_nan=both[0].dtype.kind == "f") for both in columns)
    return equal and one.annotators == other.annotators and one.excluded == other.excluded


LABELS = st.lists(
    st.builds(
        label,
        annotator=st.sampled_from(["zoë", "ann", "bob"]),
        choice=st.sampled_from(["a", "b", "tie", "both_bad"]),
        kind=st.sampled_from(["human", "judge", "reference"]),
        swapped=st.sampled_from([None, True, False]),
        repeat=st.integers(0, 2),
        created_at=st.sampled_from([None, MORNING, EVENING]),
        comment=st.sampled_from([None, "a\nnew line", "ümlaut"]),
        flags=st.sampled_from([(), ("fast",)]),
        seconds=st.sampled_from([None, 0.5, 3]),
    ),
    min_size=1,
    max_size=12,
)


@given(labels=LABELS)
def test_files_read_by_columns_are_the_records_themselves(
    labels: list[Label], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = a_study_folder(
        tmp_path_factory.mktemp("s"), pairs=[PAIR], labels={"people.jsonl": labels}
    )
    assert same(read_study(folder), of(*labels))


def parquet(folder: Path, labels: Sequence[Label], name: str = "people.parquet") -> None:
    rows = [json.loads(one.model_dump_json()) for one in labels]
    (folder / "labels").mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=COLUMNS), folder / "labels" / name)


@given(labels=LABELS)
def test_parquet_files_are_read_like_lines(
    labels: list[Label], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = a_study_folder(tmp_path_factory.mktemp("s"), pairs=[PAIR])
    parquet(folder, labels)
    assert same(read_study(folder), of(*labels))


@pytest.mark.parametrize("group", [1, 2, 4, 5, 100])
def test_parquet_files_of_many_groups_of_rows_are_those_of_one(tmp_path: Path, group: int) -> None:
    """Ordered by annotator, so that groups repeat each other's ids of pairs."""
    pairs = some_pairs(4)
    rows = sorted(people(FIXTURE_D, pairs), key=lambda one: one.annotator)
    rows.insert(5, label(pair_id="of another study", annotator="zoë"))
    folder = a_study_folder(tmp_path, pairs=pairs)
    table = pa.Table.from_pylist([json.loads(one.model_dump_json()) for one in rows], COLUMNS)
    (folder / "labels").mkdir()
    pq.write_table(table, folder / "labels" / "people.parquet", row_group_size=group)
    read = read_study(folder)
    assert same(read, from_records(a_plan(), pairs, rows))
    assert read.excluded == {"unknown_pair": 1}


def test_a_parquet_file_of_real_times_and_few_columns_is_read(tmp_path: Path) -> None:
    folder = a_study_folder(tmp_path, pairs=[PAIR])
    frame = pd.DataFrame([label().model_dump(include=set(COLUMNS.names[:6]))] * 2)
    frame["created_at"] = [EVENING, MORNING]
    frame["choice"] = ["a", "b"]
    (folder / "labels").mkdir()
    frame.to_parquet(folder / "labels" / "people.parquet")
    assert choices(read_study(folder)) == ["a"]


def test_labels_that_come_in_many_tables_are_those_of_one() -> None:
    rows, pairs = people(FIXTURE_D, some_pairs(4)), PairTable.of(some_pairs(4))
    table = pa.Table.from_pylist([json.loads(one.model_dump_json()) for one in rows], COLUMNS)
    moments = table.set_column(
        COLUMNS.get_field_index("created_at"),
        "created_at",
        table["created_at"].cast(pa.timestamp("us", "UTC")),
    )
    every = [table.slice(at, 3) for at in range(0, 6, 3)] + [moments.slice(6)]
    assert len(table) > 9
    assert same(tabulate(a_plan(), pairs, every), from_records(a_plan(), some_pairs(4), rows))


def test_labels_come_from_a_frame_in_memory() -> None:
    rows = people(FIXTURE_D, some_pairs(4))
    frame = pd.DataFrame([one.model_dump() for one in rows]).drop(columns="flags")
    study = from_frames(a_plan(), PairTable.of(some_pairs(4)), frame)
    assert same(study, from_records(a_plan(), some_pairs(4), rows))


def test_a_frame_without_a_required_column_is_refused() -> None:
    with pytest.raises(UnusualLabels, match="columns"):
        from_frames(a_plan(), PairTable.of([PAIR]), pd.DataFrame({"pair_id": ["p"]}))


GOOD = json.loads(label(created_at=MORNING).model_dump_json())


def written(tmp_path: Path, *lines: str | bytes) -> Path:
    folder = a_study_folder(tmp_path, pairs=[PAIR])
    (folder / "labels").mkdir()
    raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
    (folder / "labels" / "people.jsonl").write_bytes(b"\n".join(raw))
    return folder


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not JSON"),
        ("[]", "expected an object"),
        (json.dumps({**GOOD, "choice": None}), "choice"),
        (json.dumps({key: GOOD[key] for key in GOOD if key != "kind"}), "'kind' is missing"),
        (json.dumps({**GOOD, "kind": "robot"}), "kind"),
        (json.dumps({**GOOD, "target": "c"}), "target"),
        (json.dumps({**GOOD, "purpose": "fun"}), "purpose"),
        (json.dumps({**GOOD, "repeat": -1}), "repeat"),
        (json.dumps({**GOOD, "repeat": "1"}), "repeat"),
        (json.dumps({**GOOD, "seconds": -3}), "seconds"),
        (json.dumps({**GOOD, "seconds": float("nan")}), "seconds"),
        (json.dumps({**GOOD, "seconds": float("inf")}), "seconds"),
        (json.dumps({**GOOD, "annotator": ""}), "annotator"),
        (json.dumps({**GOOD, "choise": "a"}), "unknown field 'choise'"),
        (json.dumps({**GOOD, "created_at": "yesterday"}), "created_at"),
        (json.dumps({**GOOD, "created_at": "2026-11-22"}), "created_at"),
        (json.dumps({**GOOD, "created_at": "2026-11-22T10:00:00+02"}), "created_at"),
        (json.dumps(GOOD) + json.dumps(GOOD), "not JSON"),
        (b'{"comment": "\xff"}', "not JSON"),
    ],
)
def test_a_line_that_is_not_a_label_is_named(tmp_path: Path, line: str | bytes, says: str) -> None:
    folder = written(tmp_path, json.dumps(GOOD), line)
    with pytest.raises(StudyError, match=r"people\.jsonl:2: ") as raised:
        read_study(folder)
    assert says in str(raised.value)


@pytest.mark.parametrize("field", COLUMNS.names[:6])
@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_required_field_that_is_empty_is_named_in_both_forms(
    tmp_path: Path, form: str, field: str
) -> None:
    folder = written(tmp_path, json.dumps(GOOD), json.dumps({**GOOD, field: ""}))
    if form == "parquet":
        (folder / "labels" / "people.jsonl").unlink()
        rows = [GOOD, {**GOOD, field: ""}]
        table = pa.Table.from_pylist(rows, schema=COLUMNS)
        pq.write_table(table, folder / "labels" / "people.parquet")
    with pytest.raises(StudyError, match=rf"people\.{form}:2: {field}: .*, found ''"):
        read_study(folder)


@pytest.mark.parametrize("field", ["pair_id", "annotator", "choice"])
def test_numbers_in_place_of_names_are_refused_in_parquet_as_in_lines(
    tmp_path: Path, field: str
) -> None:
    folder = a_study_folder(tmp_path, pairs=[PAIR])
    (folder / "labels").mkdir()
    table = pa.Table.from_pylist([{**GOOD, field: 7}])
    pq.write_table(table, folder / "labels" / "people.parquet")
    with pytest.raises(StudyError, match=rf"people\.parquet:1: {field}: .*, found 7"):
        read_study(folder)


def test_a_label_on_several_lines_is_refused_like_everywhere(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"people\.jsonl:1: not JSON"):
        read_study(written(tmp_path, json.dumps(GOOD, indent=1)))


@pytest.mark.parametrize(
    "lines",
    [
        [b"\xef\xbb\xbf" + json.dumps(GOOD).encode()],
        ["", json.dumps(GOOD), "", ""],
        [json.dumps({**GOOD, "created_at": "2026-11-22T10:00:00+02:00"})],
        [json.dumps({**GOOD, "created_at": "2026-11-22T08:00:00"})],
        [json.dumps({**GOOD, "created_at": "2026-11-22T10:00"})],
        [json.dumps({**GOOD, "seconds": None, "created_at": None})],
        [json.dumps({**GOOD, "created_at": "2026-11-22T08:00:00.123456Z"})],
        [json.dumps(GOOD, ensure_ascii=True), json.dumps({**GOOD, "annotator": "zoë"})],
    ],
)
def test_an_unusual_spelling_of_a_label_is_read_all_the_same(
    tmp_path: Path, lines: list[str | bytes]
) -> None:
    assert len(read_study(written(tmp_path, *lines)).labels) >= 1


@pytest.mark.parametrize("spelling", ["2026-11-22T08:00:00Z", "2026-11-22T10:00:00+0200"])
def test_null_where_a_field_has_a_default_is_that_default(tmp_path: Path, spelling: str) -> None:
    """By columns and, for the second spelling of the time, by records."""
    null = {"purpose": None, "repeat": None, "flags": None, "created_at": spelling}
    line = json.dumps({**GOOD, **null})
    assert same(read_study(written(tmp_path, line)), of(label(created_at=MORNING)))


def test_seconds_that_are_no_number_are_refused_in_parquet_too(tmp_path: Path) -> None:
    folder = a_study_folder(tmp_path, pairs=[PAIR])
    (folder / "labels").mkdir()
    table = pa.Table.from_pylist([{**GOOD, "seconds": float("nan")}], schema=COLUMNS)
    pq.write_table(table, folder / "labels" / "people.parquet")
    with pytest.raises(StudyError, match=r"people\.parquet:1: seconds"):
        read_study(folder)


def test_times_with_and_without_a_zone_are_compared_as_moments(tmp_path: Path) -> None:
    early = json.dumps({**GOOD, "choice": "a", "created_at": "2026-11-22T10:00:00+02:00"})
    late = json.dumps({**GOOD, "choice": "b", "created_at": "2026-11-22T09:00:00"})
    assert choices(read_study(written(tmp_path, late, early))) == ["b"]


def test_a_pair_with_a_wrong_id_is_named_by_its_line(tmp_path: Path) -> None:
    folder = a_study_folder(tmp_path, pairs=2)
    path = folder / "pairs.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1].replace("Second", "Third")]))
    with pytest.raises(StudyError, match=r"pairs\.jsonl:2: "):
        read_study(folder)


def test_a_study_without_pairs_says_so(tmp_path: Path) -> None:
    folder = a_study_folder(tmp_path)
    (folder / "pairs.jsonl").unlink()
    with pytest.raises(StudyError, match=r"pairs\.jsonl"):
        read_study(folder)


def test_the_majority_is_the_choice_with_strictly_the_most_labels() -> None:
    pairs = some_pairs(6)
    rows = ("AAB", "ATB", "AB", "T", "...", "BBB")
    ballots = ballots_of(from_records(a_plan(), pairs, people(rows, pairs)))
    majority = [ballots.choices[code] if code >= 0 else "none" for code in ballots.majority]
    assert majority == ["a", "none", "none", "tie", "none", "b"]


def test_pairs_without_a_category_or_task_are_in_no_such_slice() -> None:
    pairs = [a_pair(0), a_pair(1, prompt=a_prompt("Other", task=None, category=None))]
    table = PairTable.of(pairs)
    assert table.category.tolist() == [0, -1]
    assert table.task.tolist() == [0, -1]
