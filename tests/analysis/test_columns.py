"""Columns of Arrow without its converters, and what a report does not load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from analysis.columns import filled, numbers, words
from annotation.schema import Label
from tests.builders import a_label, a_pair, a_study_folder


@pytest.mark.parametrize("texts", [[], ["", "a", "é漢", "a"]])
def test_texts_are_as_the_library_makes_them(texts: list[str]) -> None:
    made = words(texts)
    made.validate(full=True)
    assert made.equals(pa.array(texts, pa.string()))


@pytest.mark.parametrize(
    ("column", "absent"),
    [
        (pa.array(["study", None], pa.string()), "gold"),
        (pa.array([None, 3, None], pa.int8()), -1),
        (pa.array([None, 0.5], pa.float32()), 2.0),
        (pa.nulls(3, pa.int64()), 0),
    ],
)
def test_what_is_absent_is_filled_as_the_library_does(column: pa.Array, absent: str | int) -> None:
    made = filled(column, absent)
    assert made.equals(column.fill_null(absent))
    assert made.type == column.type


def test_numbers_keep_their_type() -> None:
    made = numbers(pa.array([1, None], pa.int16()), -1)
    assert made.dtype == np.int16
    assert made.tolist() == [1, -1]


def test_a_report_loads_neither_pandas_nor_all_of_scipys_statistics(tmp_path: Path) -> None:
    pairs = [a_pair(number) for number in range(6)]
    people: list[Label] = [
        a_label(pair_id=pair.id, annotator=who, choice="ab"[number % 2])
        for number, pair in enumerate(pairs)
        for who in ("x", "y")
    ]
    study = a_study_folder(tmp_path / "study", pairs=pairs, labels={"people.jsonl": people})
    code = (
        "import sys\nfrom analysis.__main__ import main\n"
        f"assert main([{str(study)!r}, '--resamples', '10']) == 0\n"
        "slow = {'pandas', 'scipy.stats', 'scipy.optimize'} & set(sys.modules)\n"
        "sys.exit(f'loaded {slow}' if slow else 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
