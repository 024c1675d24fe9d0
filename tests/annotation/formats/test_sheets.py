"""Sheets: texts that are no formulas, control characters, and texts that are too long."""

from __future__ import annotations

import warnings
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from annotation.formats.files import FormatError
from annotation.formats.sheets import CELL_LIMIT, CellTooLong, read_sheet, write_sheet

odd_texts = st.text(
    st.sampled_from("=+-@'\t\r\n\x00\x0b_x000D_ a\ufffe😀")
    | st.characters(exclude_categories=["Cs"]),
    min_size=1,
)


@settings(deadline=None)
@given(st.lists(odd_texts, min_size=1, max_size=5))
def test_texts_come_back_unchanged(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.xlsx"
        write_sheet(path, "s", ["text"], [[text] for text in texts])
        rows = [cells[0].value for _, cells in read_sheet(path)]
    assert rows == ["text", *texts]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_a_text_that_begins_as_a_formula_is_stored_and_marked_as_text(
    tmp_path: Path, text: str
) -> None:
    write_sheet(tmp_path / "t.xlsx", "s", ["text"], [[text]])
    cell = load_workbook(tmp_path / "t.xlsx").worksheets[0]["A2"]
    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", text, True)


@pytest.mark.parametrize("text", ["x" * (CELL_LIMIT + 1), "😀" * (CELL_LIMIT // 2 + 1)])
def test_a_text_that_no_cell_holds_is_refused_by_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(CellTooLong, match="row 3, column b: found a text of"):
        write_sheet(tmp_path / "t.xlsx", "s", ["a", "b"], [["x", "y"], ["x", text]])


def test_the_longest_text_that_a_cell_holds_comes_back(tmp_path: Path) -> None:
    write_sheet(tmp_path / "t.xlsx", "s", ["a"], [["x" * CELL_LIMIT]])
    *_, (_, cells) = read_sheet(tmp_path / "t.xlsx")
    assert cells[0].value == "x" * CELL_LIMIT


def test_formulas_are_told_from_texts(tmp_path: Path) -> None:
    book = Workbook()
    page = book.worksheets[0]
    page.append(["=1+1", "text", 3, datetime(2026, 1, 2)])
    book.save(tmp_path / "t.xlsx")
    [(_, cells)] = read_sheet(tmp_path / "t.xlsx")
    assert [cell.broken for cell in cells] == [True, False, False, False]


def test_blank_rows_are_passed_over_but_counted_as_lines(tmp_path: Path) -> None:
    book = Workbook()
    page = book.worksheets[0]
    page["A1"], page["A4"] = "a", "b"
    book.save(tmp_path / "t.xlsx")
    assert [line for line, _ in read_sheet(tmp_path / "t.xlsx")] == [1, 4]


def test_a_sheet_is_chosen_by_its_name(tmp_path: Path) -> None:
    book = Workbook()
    book.create_sheet("second").append(["here"])
    book.save(tmp_path / "t.xlsx")
    [(_, cells)] = read_sheet(tmp_path / "t.xlsx", "second")
    assert cells[0].value == "here"


def test_a_sheet_that_is_not_there_is_refused(tmp_path: Path) -> None:
    write_sheet(tmp_path / "t.xlsx", "s", ["a"], [])
    with pytest.raises(FormatError, match="found the sheets s, expected one called 'other'"):
        list(read_sheet(tmp_path / "t.xlsx", "other"))


def test_reading_a_sheet_lets_no_warning_out(tmp_path: Path) -> None:
    write_sheet(tmp_path / "t.xlsx", "s", ["a"], [])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(read_sheet(tmp_path / "t.xlsx"))) == 1
