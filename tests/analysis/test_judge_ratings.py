"""A judge's ratings of single responses against people's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from analysis.estimates import Estimate
from analysis.judges.ratings import MEASURES
from annotation.schema import Label, Pair
from tests.analysis.small_studies import report_of, row_of, some_pairs
from tests.builders import a_criterion, a_label, a_pair, a_prompt

JUDGE = {"judge": "j"}
FIVE = {
    "kind": "rating",
    "levels": [{"name": str(level), "value": level} for level in range(1, 6)],
}
NAMES = tuple(MEASURES)


def rated(
    pairs: Sequence[Pair], people: Sequence[Sequence[str]], judge: Sequence[str]
) -> list[Label]:
    """Ratings of the units pair 0 a, pair 0 b, pair 1 a ...: people's, and the judge's."""
    units = [(pair.id, target) for pair in pairs for target in "ab"]
    labels = []
    for (pair, target), levels, said in zip(units, people, judge, strict=True):
        labels += [
            a_label(pair_id=pair, target=target, annotator=f"ann{who}", choice=level)
            for who, level in enumerate(levels)
        ]
        labels += [
            a_label(pair_id=pair, target=target, annotator="j", kind="judge", choice=said)
            for _ in range(said != "")
        ]
    return labels


def found(people: Sequence[Sequence[str]], judge: Sequence[str], name: str) -> Estimate:
    pairs = some_pairs(len(people) // 2)
    report = report_of(pairs, rated(pairs, people, judge), a_criterion(scale=FIVE))
    return row_of(report, name, JUDGE)


# Mean ratings by people: 1, 2.5, 4, 5.
HAND = (("1", "1"), ("2", "3"), ("4",), ("5", "5")), ("1", "3", "3", "4")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("judge_mean_absolute_error", (0 + 0.5 + 1 + 1) / 4),
        ("judge_kendall_tau_b", 5 / np.sqrt(6 * 5)),  # one couple is tied by the judge
        ("judge_spearman", 4.5 / np.sqrt(5 * 4.5)),
    ],
)
def test_four_responses_are_worked_by_hand(name: str, expected: float) -> None:
    row = found(*HAND, name)
    assert row.value == pytest.approx(expected)
    assert (row.n, row.unit) == (4, "pairs and targets")


TABLES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=2, max_size=30)


@given(TABLES)
def test_measures_of_tables_are_those_of_scipy(rows: list[tuple[int, int]]) -> None:
    levels, marks = np.array([1, 1.5, 4, 9]), np.array([1.0, 2, 3, 4, 5])
    one, other = (np.array(column) for column in zip(*rows, strict=True))
    table = np.zeros((1, 4, 5))
    np.add.at(table[0], (one, other), 1)
    ours = {name: float(measure(table, levels, marks)[0]) for name, measure in MEASURES.items()}
    assert ours["judge_mean_absolute_error"] == pytest.approx(
        np.abs(levels[one] - marks[other]).mean()
    )
    if np.ptp(one) and np.ptp(other):
        assert ours["judge_spearman"] == pytest.approx(spearmanr(one, other).statistic)
        assert ours["judge_kendall_tau_b"] == pytest.approx(kendalltau(one, other).statistic)
    else:
        assert np.isnan([ours["judge_spearman"], ours["judge_kendall_tau_b"]]).all()


def test_unusable_ratings_are_left_out_and_seen_in_n() -> None:
    row = found(HAND[0], ("1", "invalid", "3", ""), "judge_mean_absolute_error")
    assert (row.value, row.n) == (0.5, 2)


def test_a_judge_that_gives_one_rating_has_an_error_and_no_correlation() -> None:
    same = ("3",) * 4
    assert found(HAND[0], same, "judge_spearman").reason == (
        "people or the judge gave everything one rating"
    )
    assert found(HAND[0], same, "judge_mean_absolute_error").value == pytest.approx(1.375)


@pytest.mark.parametrize("name", NAMES)
def test_a_judge_without_people_is_compared_with_nobody(name: str) -> None:
    row = found(("", "", "", ""), HAND[1], name)
    assert (row.value, row.n) == (None, 0)


@pytest.mark.parametrize("name", NAMES)
def test_intervals_hold_the_value_and_one_prompt_has_none(name: str) -> None:
    people = [(str(1 + n % 5), str(1 + n % 4)) for n in range(40)]
    judge = [str(1 + (n + n % 3) % 5) for n in range(40)]
    row = found(people, judge, name)
    assert row.low is not None
    assert row.value is not None
    assert row.high is not None
    assert row.low < row.value < row.high
    pairs = [a_pair(n, prompt=a_prompt("The only prompt")) for n in range(20)]
    report = report_of(pairs, rated(pairs, people, judge), a_criterion(scale=FIVE))
    alone = row_of(report, name, JUDGE)
    assert alone.value == pytest.approx(row.value)
    assert alone.low is None


def test_on_ratings_the_alternative_annotator_test_is_by_distance() -> None:
    people = [("1", "2", "5")] * 60
    pairs = some_pairs(30)
    report = report_of(pairs, rated(pairs, people, ["3"] * 60), a_criterion(scale=FIVE))
    # To 2 and 5 the judge's 3 is nearer than 1, to 1 and 2 nearer than 5; to 1 and 5 it is as
    # near as 2 is not: (4 + 4) < (1 + 9).
    assert row_of(report, "alt_test_rho", JUDGE).value == 1
    test = row_of(report, "alt_test_omega", {**JUDGE, "epsilon": 0.2})
    assert (test.value, test.n) == (1, 3)
    assert "-RMSE" in str(test.method)
