"""Cells that a spreadsheet would run: neutralised, and unchanged when they come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.formats.cells import neutralise, restore

odd_texts = st.text(st.sampled_from("'=+-@\t\r\n＝ a")) | st.text()


@given(odd_texts)
def test_every_text_comes_back_unchanged(text: str) -> None:
    assert restore(neutralise(text)) == text


@given(odd_texts)
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    assert not neutralise(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(odd_texts, max_size=4, unique=True))
def test_two_texts_never_make_the_same_cell(texts: list[str]) -> None:
    assert len({neutralise(text) for text in texts}) == len(texts)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("'=1+1", "''=1+1"),
        ("- a list", "'- a list"),
        ("'tis", "'tis"),
        ("1 = 1", "1 = 1"),
        ("", ""),
    ],
)
def test_one_apostrophe_is_put_before_a_formula(text: str, cell: str) -> None:
    assert neutralise(text) == cell
