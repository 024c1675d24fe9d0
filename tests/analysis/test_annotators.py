"""What the labels tell of each annotator."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators.leave_one_out import others_majority
from analysis.ballots import NONE
from analysis.report.markdown import markdown
from tests.analysis.small_studies import FIXTURE_D, people, report_of, row_of, some_pairs

ONE, TWO, THREE = ({"annotator": f"ann{number}"} for number in (1, 2, 3))


def test_an_annotator_is_compared_with_the_others_where_they_have_a_majority() -> None:
    pairs = some_pairs(4)
    report = report_of(pairs, people(FIXTURE_D, pairs))
    # Fixture D: the others agree on i1, i3 and i4 for annotator 2, on i1, i2 and i3 for 3.
    assert row_of(report, "loo_agreement", TWO).value == pytest.approx(2 / 3)
    assert row_of(report, "loo_agreement", TWO).n == 3
    assert row_of(report, "loo_agreement", THREE).value == pytest.approx(2 / 3)
    assert row_of(report, "loo_agreement", ONE).value == 1
    assert row_of(report, "loo_agreement", ONE).n == 2


def test_an_annotator_alone_has_no_others() -> None:
    pairs = some_pairs(2)
    row = row_of(report_of(pairs, people(("A", "B"), pairs)), "loo_agreement", ONE)
    assert (row.value, row.n) == (None, 0)
    assert "others have no majority" in str(row.reason)


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=5), min_size=1, max_size=6))
def test_the_others_majority_is_that_of_a_plain_count(rows: list[list[int]]) -> None:
    vectors = np.array([[row.count(choice) for choice in range(3)] for row in rows])
    found = others_majority(vectors)
    for row, reference in zip(rows, found.tolist(), strict=True):
        for left_out in range(3):
            others = list(row)
            if left_out not in others:
                assert reference[left_out] == NONE
                continue
            others.remove(left_out)
            most = Counter(others).most_common()
            alone = len(most) == 1 or (len(most) > 1 and most[0][1] > most[1][1])
            assert reference[left_out] == (most[0][0] if alone else NONE)


def test_the_readable_report_has_a_line_for_each_annotator() -> None:
    pairs = some_pairs(4)
    text = markdown(report_of(pairs, people(FIXTURE_D, pairs)))
    section = text.split("### Annotators")[1].split("###")[0]
    assert "| ann2 | 0.667" in section
    assert len([line for line in section.splitlines() if line.startswith("| ann")]) == 4
