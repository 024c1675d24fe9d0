from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.pages.differences import differences

TEN = "one two three four five six seven eight nine ten"


def test_what_differs_stands_in_every_second_piece() -> None:
    other = TEN.replace("three", "3").replace("nine ten", "nine, ten")
    assert differences([TEN], [other]) == (
        (("one two ", "three ", "four five six seven eight nine ", "", "ten"),),
        (("one two ", "3 ", "four five six seven eight nine", ", ", "ten"),),
    )


def test_signs_without_spaces_are_compared_one_by_one() -> None:
    found = differences(["我们今天去公园散步吧"], ["我们明天去公园散步吧"])
    assert found == ((("我们", "今", "天去公园散步吧"),), (("我们", "明", "天去公园散步吧"),))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([TEN], [TEN]),
        ([TEN], ["quite another answer that shares no word"]),
        ([TEN], [TEN, TEN]),
        ([""], [""]),
        (["word " * 2000], ["word " * 2000 + "more"]),
        (["one two three"], ["one  two\nthree"]),
    ],
    ids=["equal", "unlike", "another number of turns", "nothing", "long", "white space"],
)
def test_differences_are_offered_for_nearly_equal_texts_only(
    left: list[str], right: list[str]
) -> None:
    assert differences(left, right) is None


@given(st.text(), st.data())
def test_the_pieces_are_the_text(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    other = text[:place] + data.draw(st.sampled_from(["", " ", "x", "語", "\n"])) + text[place:]
    found = differences([text], [other])
    if found is None:
        return
    for whole, (pieces,) in zip((text, other), found, strict=True):
        assert "".join(pieces) == whole
    (mine,), (theirs,) = found
    shared, as_well = ("".join("".join(pieces[::2]).split()) for pieces in (mine, theirs))
    assert shared == as_well
