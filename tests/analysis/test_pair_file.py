"""Pairs read in pieces are those of the whole file, and what is wrong is named by its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis import pair_file
from analysis.pair_file import read_pair_table
from analysis.pairs import PairTable
from annotation.schema import Pair
from annotation.study import StudyError, read_pairs
from tests.builders import a_pair, a_prompt, a_response, a_study_folder


def some_pairs(count: int) -> list[Pair]:
    """Pairs whose prompts, systems, tasks and categories are in an order of their own."""
    return [
        a_pair(
            number,
            prompt=a_prompt(
                f"Zoë's question {number * 7 % 5}",
                task=(None, "writing", "coding")[number % 3],
                category=("z", None, "a")[number * 2 % 3],
            ),
            response_a=a_response(f"system{9 - number % 4}", f"- one\n- two {number}"),
            response_b=a_response(f"system{number % 3}", f"Other {number}"),
        )
        for number in range(count)
    ]


def same(one: PairTable, other: PairTable) -> bool:
    columns = zip(vars(one).values(), vars(other).values(), strict=True)
    return all(
        np.array_equal(mine, theirs) if isinstance(mine, np.ndarray) else mine == theirs
        for mine, theirs in columns
    )


@pytest.fixture(params=[1, 200, 701, 1 << 20])
def piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    size: int = request.param
    monkeypatch.setattr(pair_file, "PIECE", size)
    return size


@pytest.mark.usefixtures("piece")
def test_pieces_are_the_whole(tmp_path: Path) -> None:
    path = a_study_folder(tmp_path, pairs=some_pairs(12)) / "pairs.jsonl"
    assert same(read_pair_table(path), PairTable.of(read_pairs(path)))


def test_pieces_read_by_several_processes_are_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pair_file, "PIECE", 701)
    path = a_study_folder(tmp_path, pairs=some_pairs(12)) / "pairs.jsonl"
    assert same(read_pair_table(path, processes=2), PairTable.of(read_pairs(path)))


@pytest.mark.usefixtures("piece")
def test_a_last_line_without_an_end_and_empty_lines_are_read(tmp_path: Path) -> None:
    path = a_study_folder(tmp_path, pairs=some_pairs(3)) / "pairs.jsonl"
    path.write_text("\n\n" + path.read_text().rstrip("\n").replace("\n", "\n\n"))
    assert len(read_pair_table(path)) == 3


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lines: [*lines, lines[1]], ":7: found the same pair as in line 2"),
        (lambda lines: [*lines[:4], b"{", *lines[4:]], ":5: not JSON"),
        (lambda lines: [*lines[:4], b"\xef\xbb\xbf" + lines[4], lines[5]], ":5: not JSON"),
        (lambda lines: [*lines[:5], lines[5].replace(b"Other", b"Another")], ":6: "),
    ],
)
def test_what_is_wrong_is_named_by_its_line(tmp_path: Path, change: object, says: str) -> None:
    path = a_study_folder(tmp_path, pairs=some_pairs(6)) / "pairs.jsonl"
    assert callable(change)
    path.write_bytes(b"\n".join(change(path.read_bytes().splitlines())))
    with pytest.raises(StudyError) as raised:
        read_pair_table(path)
    assert f"pairs.jsonl{says}" in str(raised.value)


def test_a_file_without_pairs_is_a_table_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.touch()
    assert len(read_pair_table(path)) == 0
