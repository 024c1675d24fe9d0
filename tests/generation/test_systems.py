from __future__ import annotations

from pathlib import Path

import pytest

from annotation.study import StudyError
from generation.systems import SYSTEMS_FILE, load_systems


def write(folder: Path, text: str) -> Path:
    (folder / SYSTEMS_FILE).write_text(text, encoding="utf-8")
    return folder


TWO = """\
[[systems]]
name = "careful"
backend = "hf:org/model@main"

[[systems]]
name = "warm"
backend = "endpoint:http://localhost:8000/v1"
[systems.decoding]
temperature = 0.7
"""


def test_systems_are_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    careful, warm = load_systems(write(tmp_path, TWO))
    assert (careful.name, careful.kind, careful.where) == ("careful", "hf", "org/model@main")
    assert (warm.decoding.temperature, warm.decoding.max_new_tokens) == (0.7, 512)


def test_only_the_named_systems_are_loaded(tmp_path: Path) -> None:
    assert [one.name for one in load_systems(write(tmp_path, TWO), ["warm"])] == ["warm"]


def test_an_unknown_name_is_told_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"no system 'cold', expected one of .*careful.*warm"):
        load_systems(write(tmp_path, TWO), ["cold"])


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("temperature = 0.7", "temperature = -1", 9, "greater than or equal to 0"),
        ("temperature = 0.7", "temperatur = 1", 9, "unknown field"),
        ('"careful"', '"warm"', 1, "stands there 2 times"),
        ('"careful"', '"a/b"', 2, "match pattern"),
        ('"hf:org/model@main"', '"gpt-4"', 3, "expected one of hf:..., endpoint:..., file:..."),
        ('"warm"', "warm", 6, "not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, what: str
) -> None:
    with pytest.raises(StudyError) as caught:
        load_systems(write(tmp_path, TWO.replace(old, new)))
    assert f"{SYSTEMS_FILE}:{line}: " in str(caught.value)
    assert what in str(caught.value)


def test_an_empty_stop_string_is_refused(tmp_path: Path) -> None:
    text = TWO + 'stop = ["end", ""]\n'
    with pytest.raises(StudyError, match=r":10: .*empty stop string"):
        load_systems(write(tmp_path, text))


def test_a_revision_may_stand_in_one_place_only(tmp_path: Path) -> None:
    text = TWO.replace('model@main"', 'model@main"\nrevision = "v2"')
    with pytest.raises(StudyError, match="after the @ and in `revision`"):
        load_systems(write(tmp_path, text))


def test_a_study_without_systems_says_where_they_were_expected(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"systems\.toml: not found"):
        load_systems(tmp_path)
