"""Exports as files and as downloads: whole, with a manifest, and cells that nothing runs."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from analysis.labels import read_study
from annotation.export import FORMATS, CannotExport, download, export
from annotation.formats import sheets
from annotation.study import read_labels, write_jsonl
from tests.annotation.export.studies import a_study, votes, wanted
from tests.builders import a_label, a_pair, a_response

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_manifest_says_what_was_made_of_what_and_what_was_left_out(tmp_path: Path) -> None:
    labels = [*votes(a_pair(0), ["a", "a", "b"]), a_label(pair_id="gone")]
    out = tmp_path / "out.csv"
    with wanted(a_study(tmp_path / "s"), labels, format="csv", view="aggregated") as one:
        made = export(one, out, NOON)
    said = json.loads((tmp_path / "out.csv.manifest.json").read_text(encoding="utf-8"))
    assert said["study"] == "trial"
    assert said["made_at"] == "2026-11-22T12:00:00Z"
    assert said["unblinded"] is False
    assert said["written"] == {"verdict": 1}
    assert said["left_out"] == [
        {
            "reason": "unknown_pair",
            "meaning": "of a pair that the study does not hold",
            "labels": 1,
        }
    ]
    assert said["percent_agreement"] == {"overall": {"value": pytest.approx(1 / 3), "units": 1}}
    [file] = said["files"]
    assert file["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert (made.what, made.notes) == (
        "1 verdict",
        ("1 label left out: of a pair that the study does not hold",),
    )


@pytest.mark.parametrize("unblind", [True, False])
def test_the_manifest_says_whether_systems_have_their_names(tmp_path: Path, unblind: bool) -> None:
    with wanted(a_study(tmp_path / "s"), [], format="tulu", unblind=unblind) as one:
        export(one, tmp_path / "out")
    said = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert said["unblinded"] is unblind
    assert [file["name"] for file in said["files"]] == ["instances.jsonl", "annotations.xlsx"]


def test_parquet_has_the_columns_own_types_and_is_a_file_of_labels(tmp_path: Path) -> None:
    study = a_study(tmp_path / "s")
    label = a_label(
        pair_id=a_pair(0).id,
        swapped=True,
        seconds=1.5,
        flags=("x",),
        created_at=NOON,
        study_version=2,
    )
    with wanted(study, [label], format="parquet") as one:
        export(one, tmp_path / "x.parquet")
    schema = pq.read_schema(tmp_path / "x.parquet")
    assert schema.field("created_at").type == pa.timestamp("us", tz="UTC")
    assert schema.field("flags").type.value_type == pa.string()
    (study.folder / "labels").mkdir()
    (tmp_path / "x.parquet").rename(study.folder / "labels" / "x.parquet")
    assert list(read_labels(study.folder)) == [label]
    assert len(read_study(study.folder).labels) == 1


@pytest.mark.parametrize("view", ["labels", "aggregated", "preferences", "pairs"])
def test_every_view_without_a_row_still_has_its_columns(tmp_path: Path, view: str) -> None:
    study = a_study(tmp_path / "s", 0)
    with wanted(study, [], format="parquet", view=view) as one:
        export(one, tmp_path / "x.parquet")
    table = pq.read_table(tmp_path / "x.parquet")
    assert (table.num_rows, "pair_id" in table.column_names) == (0, True)


def test_a_book_has_the_labels_and_the_texts_once(tmp_path: Path) -> None:
    labels = votes(a_pair(0), ["a", "b"], seconds=2.5)
    with wanted(a_study(tmp_path / "s"), labels, format="xlsx") as one:
        export(one, tmp_path / "x.xlsx")
    book = load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["labels", "pairs"]
    cells = [dict(zip(*pair, strict=True)) for pair in _rows(book["labels"])]
    assert [(row["choice"], row["seconds"]) for row in cells] == [("a", 2.5), ("b", 2.5)]
    assert [row[5] for row in book["pairs"].iter_rows(min_row=2, values_only=True)] == [
        "Prompt 0",
        "Prompt 1",
    ]


def _rows(sheet: Any) -> list[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    names, *rows = sheet.iter_rows(values_only=True)
    return [(names, row) for row in rows]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1"])
def test_no_cell_of_a_book_is_a_formula(tmp_path: Path, text: str) -> None:
    pairs = [a_pair(0, response_a=a_response("=system", text))]
    label = a_label(pair_id=pairs[0].id, annotator="@ann", comment=text)
    with wanted(a_study(tmp_path / "s", pairs), [label], format="xlsx", unblind=True) as one:
        export(one, tmp_path / "x.xlsx")
    for sheet in load_workbook(tmp_path / "x.xlsx").worksheets:
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert not [cell.value for cell in cells if cell.data_type == "f"]
        found = [cell for cell in cells if cell.value in (text, text.replace("\r", "_x000D_"))]
        assert found
        assert all(cell.quotePrefix for cell in found if "_x000D_" not in str(cell.value))


def test_more_rows_than_a_sheet_holds_go_on_in_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "ROW_LIMIT", 3)
    labels = votes(a_pair(0), "aaabb")
    with wanted(a_study(tmp_path / "s"), labels, format="xlsx") as one:
        export(one, tmp_path / "x.xlsx")
    book = load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["labels", "labels 2", "labels 3", "pairs"]
    assert [book[name].max_row for name in book.sheetnames] == [3, 3, 2, 3]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "out").mkdir()
    with wanted(a_study(tmp_path / "s"), votes(a_pair(0), ["a"]), format=kind) as one:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(CannotExport, match="cannot be written: No space left on device"):
            export(one, tmp_path / "out" / "x")
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("kind", FORMATS)
def test_a_download_is_an_archive_of_the_same_files(tmp_path: Path, kind: str) -> None:
    study, labels = a_study(tmp_path / "s"), votes(a_pair(0), ["a", "b", "b"])
    with wanted(study, labels, format=kind) as one:
        sent = download(one, NOON)
        archive = ZipFile(BytesIO(b"".join(sent.chunks)))
    assert sent.name == f"trial-labels.{kind}.zip"
    said = json.loads(archive.read("manifest.json"))
    assert archive.namelist() == [*(file["name"] for file in said["files"]), "manifest.json"]
    for file in said["files"]:
        assert hashlib.sha256(archive.read(file["name"])).hexdigest() == file["sha256"]


def test_a_download_begins_before_the_first_label_is_read(tmp_path: Path) -> None:
    def never() -> Any:
        raise AssertionError("the labels were read")
        yield

    with wanted(a_study(tmp_path / "s"), never(), format="csv") as one:
        chunks = download(one, NOON).chunks
        assert next(chunks).startswith(b"PK")


def test_a_download_that_fits_nothing_is_refused_before_it_begins(tmp_path: Path) -> None:
    with (
        wanted(a_study(tmp_path / "s"), [], format="tulu", criterion="wit") as one,
        pytest.raises(CannotExport, match="found 'wit', expected --criterion with one of overall"),
    ):
        download(one, NOON)


def test_exports_of_files_in_the_study_can_be_read_by_pair(tmp_path: Path) -> None:
    study = a_study(tmp_path / "s")
    labels = [*votes(a_pair(1), ["b"]), *votes(a_pair(0), ["a"])]
    write_jsonl(study.folder / "labels" / "people.jsonl", labels)
    with wanted(study, read_labels(study.folder), view="aggregated") as one:
        export(one, tmp_path / "x.jsonl")
    lines = (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["pair_id"] for line in lines] == [a_pair(0).id, a_pair(1).id]
