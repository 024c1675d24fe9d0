"""Adjusted p-values against the textbook's and statsmodels'."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from analysis.arrays import Floats
from analysis.resampling.multiplicity import Adjustment, adjusted

THEIRS = {"holm": "holm", "bh": "fdr_bh", "by": "fdr_by"}
METHODS = st.sampled_from(["holm", "bh", "by"])
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12).map(np.array)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("holm", [0.04, 0.06, 0.06, 0.06]),
        ("bh", [0.04] * 4),
        ("by", [0.083333] * 4),
    ],
)
def test_four_p_values_are_adjusted_as_worked_by_hand(
    method: Adjustment, expected: list[float]
) -> None:
    found = adjusted(np.array([0.01, 0.02, 0.03, 0.04]), method)
    assert found == pytest.approx(expected, abs=1e-6)


@given(P_VALUES, METHODS)
def test_adjusted_p_values_are_those_of_statsmodels(p_values: Floats, method: Adjustment) -> None:
    theirs = multipletests(p_values, method=THEIRS[method])[1]
    assert adjusted(p_values, method) == pytest.approx(theirs, abs=1e-12)


@given(P_VALUES, METHODS)
def test_the_order_of_the_tests_changes_nothing(p_values: Floats, method: Adjustment) -> None:
    order = np.random.default_rng(len(p_values)).permutation(len(p_values))
    assert adjusted(p_values[order], method) == pytest.approx(adjusted(p_values, method)[order])


def test_no_test_needs_no_adjustment() -> None:
    assert adjusted(np.zeros(0), "by").shape == (0,)
