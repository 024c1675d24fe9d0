"""Labels on their way out: from the database or the files, blind, whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.assignment import Answer
from annotation.blind import Submission, Task
from annotation.export import FORMATS, CannotExport, Made, Wanted, export
from annotation.filed import FiledLabels
from annotation.formats.files import FormatError
from annotation.formats.sheets import CellTooLong
from annotation.naming import blind_names
from annotation.schema import Label, Turn
from annotation.served import load_served
from annotation.sources import Found, find_labels, settle
from annotation.store import Store
from annotation.study import Study, load_study, read_jsonl
from annotation.workflow import Workflow
from tests.builders import (
    YES_NO,
    a_criterion,
    a_label,
    a_pair,
    a_plan,
    a_response,
    a_study_folder,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MARKERS = ("Qx-marker-one", "Qy-marker-two")


def a_study(folder: Path, labels: dict[str, Sequence[Label]] | None = None) -> Study:
    a, b = (a_response(name, f"Text {n}.") for n, name in enumerate(MARKERS))
    pairs = [
        a_pair(n, response_a=a, response_b=b, meta={"source_id": f"{MARKERS[0]} {n}"})
        for n in range(3)
    ]
    criteria = (a_criterion("overall"), a_criterion("acceptability", YES_NO))
    return load_study(a_study_folder(folder, a_plan(*criteria), pairs, labels))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return a_study(tmp_path / "study")


def exported(
    study: Study, kind: str, out: Path, labels: Iterable[Label], unblind: bool = False
) -> Made:
    filed = FiledLabels(labels)
    try:
        return export(Wanted(study, Found("here", filed), kind, unblind=unblind), out, NOON)
    finally:
        filed.close()


def served(study: Study, store: Store, name: str = "ann") -> list[Label]:
    """One pair labelled through the workflow; the labels as the store has them."""
    workflow = Workflow(load_served(study.folder), store, now=lambda: NOON, coin=Random(0))
    annotator = workflow.join(name).annotator
    task = workflow.next_task(annotator)
    assert isinstance(task, Task)
    answers = tuple(
        Answer(criterion=one.key, target=target, choice=one.choices[0])
        for one in task.criteria
        for target in one.targets
    )
    workflow.submit(
        annotator,
        Submission(
            submission_id=f"s-{name:>8}".replace(" ", "0"), token=task.token, answers=answers
        ),
    )
    return list(store.labels(study.key))


# -- where the labels are ---------------------------------------------------------------------


def test_labels_come_from_the_database_where_the_study_was_served(
    study: Study, store: Store, url: str, tmp_path: Path
) -> None:
    labels = served(study, store)
    with find_labels(study, url) as found:
        assert list(found.current) == labels
        assert found.from_database


def test_labels_come_from_the_files_where_the_database_does_not_know_the_study(
    store: Store, url: str, tmp_path: Path
) -> None:
    study = a_study(tmp_path / "s", {"people.jsonl": [a_label()]})
    with find_labels(study, url) as found:
        assert list(found.current) == [a_label()]
        assert not found.from_database


def test_looking_for_labels_makes_no_database(tmp_path: Path) -> None:
    study = a_study(tmp_path / "s", {"people.jsonl": [a_label()]})
    with find_labels(study, f"sqlite:///{tmp_path / 'none.db'}") as found:
        assert list(found.current) == [a_label()]
    assert not (tmp_path / "none.db").exists()


def test_the_files_can_be_asked_for_though_there_is_a_database(study: Study, store: Store) -> None:
    served(study, store)
    with find_labels(study, None) as found:
        assert list(found.current) == []


def test_the_latest_label_of_a_key_counts_then_the_last_line() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    labels = [
        a_label(choice="a", created_at=late),
        a_label(choice="b", created_at=early),
        a_label(choice="b", annotator="bo"),
        a_label(choice="tie", annotator="bo"),
        a_label(choice="a", annotator="j", kind="judge", swapped=True),
        a_label(choice="b", annotator="j", kind="judge", swapped=False),
    ]
    current, superseded = settle(labels)
    assert current == [labels[0], labels[3], labels[4], labels[5]]
    assert superseded == [labels[1], labels[2]]


# -- what they are called ---------------------------------------------------------------------


@given(st.sets(st.text(), max_size=6), st.text(max_size=5))
def test_blind_names_are_s1_to_sn_and_the_same_in_every_export(names: set[str], key: str) -> None:
    blind = blind_names(key, names)
    assert set(blind.values()) == {f"S{n}" for n in range(1, len(names) + 1)}
    assert blind == blind_names(key, sorted(names, reverse=True))


def test_blind_names_differ_between_studies_and_from_the_alphabet() -> None:
    orders = {
        tuple(sorted(blind, key=blind.__getitem__))
        for blind in (blind_names(f"study{n}", "abc") for n in range(20))
    }
    assert len(orders) > 3


def all_text(folder: Path) -> Iterator[str]:
    from openpyxl import load_workbook

    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        magic = path.read_bytes()[:4]
        if magic == b"PK\x03\x04":
            for sheet in load_workbook(BytesIO(path.read_bytes())).worksheets:
                yield from (str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
        elif magic == b"PAR1":
            yield from map(str, pq.read_table(path).to_pylist())
        else:
            yield path.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", FORMATS)
def test_no_export_holds_the_name_of_a_system_unless_asked(
    study: Study, kind: str, tmp_path: Path
) -> None:
    labels = [a_label(pair_id=pair.id) for pair in study.pairs]
    exported(study, kind, tmp_path / "out" / "x", labels)
    found = "\n".join(all_text(tmp_path / "out"))
    assert study.pairs[0].id in found or "Text 0." in found
    assert not [name for name in MARKERS if name in found]


@pytest.mark.parametrize("kind", ["csv", "pandalm", "tulu"])
def test_unblind_exports_hold_the_names(study: Study, kind: str, tmp_path: Path) -> None:
    labels = [a_label(pair_id=pair.id) for pair in study.pairs]
    exported(study, kind, tmp_path / "out" / "x", labels, unblind=True)
    found = "\n".join(all_text(tmp_path / "out"))
    assert all(name in found for name in MARKERS)


# -- jsonl ------------------------------------------------------------------------------------


def test_jsonl_holds_the_labels_as_they_are(study: Study, tmp_path: Path) -> None:
    labels = [a_label(comment="=1\n", flags=("x",), created_at=NOON), a_label(annotator="bo")]
    made = exported(study, "jsonl", tmp_path / "new" / "out.jsonl", labels)
    assert [label for _, label in read_jsonl(tmp_path / "new" / "out.jsonl", Label)] == labels
    assert (made.what, made.paths) == ("2 labels", (tmp_path / "new" / "out.jsonl",))


def test_an_export_that_fails_leaves_the_old_file_and_nothing_else(
    study: Study, tmp_path: Path
) -> None:
    out = tmp_path / "out" / "labels.jsonl"
    exported(study, "jsonl", out, [a_label()])
    before = out.read_bytes()

    def failing() -> Iterator[Label]:
        yield a_label(annotator="bo")
        raise CannotExport("the database went away")

    with pytest.raises(CannotExport):
        exported(study, "jsonl", out, failing())
    assert out.read_bytes() == before
    names = sorted(path.name for path in out.parent.iterdir())
    assert names == ["labels.jsonl", "labels.jsonl.manifest.json"]


def test_an_export_over_a_folder_is_refused(study: Study, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="is a folder, expected the name of a file"):
        exported(study, "csv", tmp_path, [])


def test_files_of_labels_are_not_exported_into_the_folder_they_come_from(tmp_path: Path) -> None:
    study = a_study(tmp_path / "s", {"people.jsonl": [a_label()]})
    with pytest.raises(CannotExport, match="would stand there twice"):
        exported(study, "jsonl", tmp_path / "s" / "labels" / "all.jsonl", [a_label()])


def test_the_database_is_exported_into_the_study_again_and_again(
    study: Study, store: Store, url: str
) -> None:
    out = study.folder / "labels" / "people.jsonl"
    for name in ("ann", "bo"):
        labels = served(study, store, name)
        with find_labels(study, url) as found:
            export(Wanted(study, found), out)
        assert [label for _, label in read_jsonl(out, Label)] == labels


def test_labels_that_the_database_does_not_have_are_never_overwritten(
    store: Store, url: str, tmp_path: Path
) -> None:
    study = a_study(tmp_path / "s", {"people.jsonl": [a_label()]})
    served(study, store)
    out = study.folder / "labels" / "people.jsonl"
    before = out.read_bytes()
    with (
        find_labels(study, url) as found,
        pytest.raises(CannotExport, match="holds 1 label that the database does not"),
    ):
        export(Wanted(study, found), out)
    assert out.read_bytes() == before


def test_labels_in_files_beside_the_database_are_told(
    store: Store, url: str, tmp_path: Path
) -> None:
    study = a_study(tmp_path / "s", {"people.jsonl": [a_label()]})
    served(study, store)
    with find_labels(study, url) as found:
        made = export(Wanted(study, found, "csv"), tmp_path / "x.csv")
    assert made.notes[0].startswith("1 label of people in")
    assert made.notes[0].endswith("(--from labels exports the files)")


# -- csv --------------------------------------------------------------------------------------


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_has_the_texts_beside_the_label(study: Study, tmp_path: Path) -> None:
    label = a_label(pair_id=study.pairs[1].id, seconds=41.5, created_at=NOON)
    exported(study, "csv", tmp_path / "x.csv", [label], unblind=True)
    [row] = rows_of(tmp_path / "x.csv")
    expected = {
        "pair_id": study.pairs[1].id,
        "source_id": "Qx-marker-one 1",
        "prompt": "Prompt 1",
        "response_a": "Text 0.",
        "system_b": MARKERS[1],
        "choice": "a",
        "seconds": "41.5",
        "created_at": "2026-11-22T12:00:00Z",
        "swapped": "",
    }
    assert {name: row[name] for name in expected} == expected


def test_a_label_of_a_pair_that_is_gone_keeps_its_row(study: Study, tmp_path: Path) -> None:
    exported(study, "csv", tmp_path / "x.csv", [a_label(pair_id="gone")])
    [row] = rows_of(tmp_path / "x.csv")
    assert (row["pair_id"], row["prompt"], row["choice"]) == ("gone", "", "a")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "'=1"])
def test_no_cell_of_csv_begins_as_a_formula_does(tmp_path: Path, text: str) -> None:
    pairs = [a_pair(0, response_a=a_response("=system", text))]
    study = load_study(a_study_folder(tmp_path / "s", pairs=pairs))
    label = a_label(pair_id=pairs[0].id, annotator="@ann", comment=text)
    exported(study, "csv", tmp_path / "x.csv", [label], unblind=True)
    [row] = rows_of(tmp_path / "x.csv")
    assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert row["response_a"] == f"'{text}"


# -- pandalm and tulu -------------------------------------------------------------------------


def test_pandalm_is_a_folder_of_files_or_files_beside_a_json(study: Study, tmp_path: Path) -> None:
    labels = [a_label(pair_id=study.pairs[0].id, kind="judge", annotator="org/j 1")]
    made = exported(study, "pandalm", tmp_path / "folder", labels)
    assert [path.name for path in made.paths] == ["testset.json", "judge-org%2Fj%201.json"]
    made = exported(study, "pandalm", tmp_path / "t.json", labels)
    assert [path.name for path in made.paths] == ["t.json", "t-judge-org%2Fj%201.json"]
    assert all(path.is_file() for path in made.paths)


def test_pandalm_takes_the_judges_from_the_files_beside_the_database(
    store: Store, url: str, tmp_path: Path
) -> None:
    empty = a_study(tmp_path / "s")
    judged = a_label(pair_id=empty.pairs[2].id, kind="judge", annotator="j", choice="b")
    study = a_study(tmp_path / "s", {"judge-j.jsonl": [judged]})
    labels = [label for label in served(study, store) if label.criterion == "overall"]
    with find_labels(study, url) as found:
        made = export(Wanted(study, found, "pandalm"), tmp_path / "out")
    testset, judge = (json.loads(path.read_text(encoding="utf-8")) for path in made.paths)
    people = [record for record in testset if "annotator1" in record]
    assert [record["idx"] for record in judge] == [2]
    assert [study.pairs[record["idx"]].id for record in people] == [labels[0].pair_id]


@pytest.mark.parametrize("format", ["pandalm", "alpaca-eval"])
def test_under_a_veil_judges_stay_behind(
    store: Store, url: str, tmp_path: Path, format: str
) -> None:
    empty = a_study(tmp_path / "s")
    judged = a_label(pair_id=empty.pairs[2].id, kind="judge", annotator="j-marker", choice="b")
    study = a_study(tmp_path / "s", {"judge.jsonl": [judged]})
    served(study, store)
    told = []
    with find_labels(study, url) as found:
        for veil in (b"", b"a key"):
            made = export(Wanted(study, found, format, veil=veil), tmp_path / f"out-{veil!r}")
            files = (path.name + path.read_text(encoding="utf-8") for path in made.paths)
            told.append("j-marker" in "".join(files))
    assert told == [True, False]


def test_tulu_is_a_folder_of_files_or_one_beside_the_other(study: Study, tmp_path: Path) -> None:
    for out, names in [
        ("folder", ["instances.jsonl", "annotations.xlsx"]),
        ("a.xlsx", ["a.jsonl", "a.xlsx"]),
        ("b.jsonl", ["b.jsonl", "b.xlsx"]),
    ]:
        made = exported(study, "tulu", tmp_path / out, [a_label(pair_id=study.pairs[0].id)])
        assert [path.name for path in made.paths] == names
        assert made.what == "3 pairs and 1 record"
        assert all(path.is_file() for path in made.paths)


def test_labels_that_a_format_cannot_hold_are_counted_by_reason(
    study: Study, tmp_path: Path
) -> None:
    first = study.pairs[0].id
    labels = [
        a_label(pair_id=first),
        a_label(pair_id="gone"),
        a_label(pair_id=first, criterion="wit"),
        a_label(pair_id=first, annotator="cy", purpose="gold"),
        a_label(pair_id=first, repeat=1),
        a_label(pair_id=first, annotator="key", kind="reference"),
        a_label(pair_id=first, kind="judge", swapped=True),
        a_label(pair_id=first, annotator="bo", choice="wit"),
    ]
    made = exported(study, "pandalm", tmp_path / "out", labels)
    assert sorted(made.notes) == sorted(
        (
            "1 label left out: of a pair that the study does not hold",
            "1 label left out: of the criterion wit",
            "1 label left out: a gold label",
            "1 label left out: a repeat label",
            "1 label left out: of the kind reference",
            "1 label left out: of a judge that saw the pair the other way round",
            "1 label left out: the choice 'wit' is not on the scale of overall",
            "annotators are written as columns: ann as annotator1, bo as annotator2, "
            "cy as annotator3",
        )
    )


@pytest.mark.parametrize("kind", ["pandalm", "tulu"])
def test_a_study_without_that_preference_is_told_which_there_are(
    study: Study, kind: str, tmp_path: Path
) -> None:
    found = Found("here", FiledLabels([]))
    wanted = Wanted(study, found, kind, criterion="acceptability")
    with pytest.raises(
        CannotExport, match="found 'acceptability', expected --criterion with one of overall"
    ):
        export(wanted, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_dialogues_are_left_out_of_formats_without_turns(tmp_path: Path) -> None:
    turns = (Turn(role="user", text="Hi"),)
    pairs = [a_pair(0), a_pair(1, response_a=a_response(turns=turns))]
    study = load_study(a_study_folder(tmp_path / "s", pairs=pairs))
    made = exported(study, "tulu", tmp_path / "out", [])
    assert made.what == "1 pair and 0 records"
    assert made.notes == ("1 dialogue left out: this format has no turns",)


def test_a_text_too_long_for_a_sheet_leaves_nothing_behind(tmp_path: Path) -> None:
    pairs = [a_pair(0, response_a=a_response("x", "y" * 40_000))]
    study = load_study(a_study_folder(tmp_path / "s", pairs=pairs))
    with pytest.raises(CellTooLong, match="row 2, column completion_a: found a text of 40,000"):
        exported(study, "tulu", tmp_path / "out", [a_label(pair_id=pairs[0].id)])
    assert list((tmp_path / "out").iterdir()) == []
