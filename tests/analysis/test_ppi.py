"""Prediction-powered win rates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.arrays import Floats
from analysis.judges.ppi import Moments, Rows, clustered_errors, contributions, moments
from annotation.schema import Label, Pair
from tests.analysis.small_studies import judged, pair_of, people, report_of, row_of

X, XJ = {"system": "x"}, {"judge": "j", "system": "x"}


def one_group(y: Any, labelled: Any, rest: Any, cluster: Any = None) -> tuple[Rows, Moments]:
    """Scores with their predictions, and predictions alone, as rows of one group."""
    n, size = len(y), len(y) + len(rest)
    rows = Rows(
        y=np.append(np.asarray(y, float), np.zeros(len(rest))),
        predicted=np.append(np.asarray(labelled, float), np.asarray(rest, float)),
        labelled=np.arange(size) < n,
        group=np.zeros(size, int),
        cluster=np.arange(size) if cluster is None else np.asarray(cluster),
    )
    return rows, rows.sums(1)


HAND = ([1, 0, 1, 1], [1, 0, 0.5, 1], [1, 1, 0, 0.5, 1, 1, 0, 1])


def theirs(y: Floats, predicted: Floats, rest: Floats, small: bool) -> tuple[float, float, float]:
    """lambda, estimate and error as ppi_py 0.2.3 has them; `small` with n/(n-1) for each part."""
    n, m = len(y), len(rest)
    pool = np.append(predicted, rest)
    covariance = np.mean((y - y.mean()) * (predicted - predicted.mean()))
    weight = float(np.clip(covariance / ((1 + n / m) * np.var(pool, ddof=1)), 0, 1))
    rate = y.mean() - weight * (predicted.mean() - rest.mean())
    factors = (n / (n - 1), m / (m - 1)) if small else (1, 1)
    error = (
        np.var(y - weight * predicted) / n * factors[0]
        + weight**2 * np.var(rest) / m * (factors[1])
    )
    return weight, float(rate), float(np.sqrt(error))


def test_the_formula_we_compare_with_gives_the_librarys_numbers() -> None:
    y, predicted, rest = (np.array(part, float) for part in HAND)
    weight, rate, error = theirs(y, predicted, rest, small=False)
    assert (weight, rate) == pytest.approx((0.528846, 0.783053), abs=1e-6)
    ends = rate - 1.959964 * error, rate + 1.959964 * error
    assert ends == pytest.approx((0.479450, 1.086656), abs=1e-6)


def test_four_labels_and_eight_more_verdicts_are_worked_by_hand() -> None:
    _, found = one_group(*HAND)
    assert found.weight[0] == pytest.approx(0.528846, abs=1e-6)
    assert found.estimate[0] == pytest.approx(0.783053, abs=1e-6)


HALVES = st.sampled_from([0.0, 0.5, 1.0])
SCORED = st.lists(st.tuples(HALVES, HALVES), min_size=2, max_size=12)


@given(SCORED, st.lists(HALVES, min_size=2, max_size=12))
def test_estimate_and_error_are_those_of_the_library(
    scored: list[tuple[float, float]], rest: list[float]
) -> None:
    y, predicted = (np.array(column) for column in zip(*scored, strict=True))
    if np.ptp([*predicted, *rest]) == 0:
        return  # nothing to weigh by
    rows, found = one_group(y, predicted, rest)
    errors, prompts = clustered_errors(rows, found)
    ours = found.weight[0], found.estimate[0], errors[0]
    assert ours == pytest.approx(theirs(y, predicted, np.array(rest), small=True), abs=1e-9)
    assert prompts[0] == len(y)


@given(SCORED, st.lists(HALVES, min_size=2, max_size=12))
def test_copies_of_rows_within_their_prompts_change_no_error_of_a_given_weight(
    scored: list[tuple[float, float]], rest: list[float]
) -> None:
    y, predicted = (np.array(column) for column in zip(*scored, strict=True))
    rows, found = one_group(y, predicted, rest)
    twice = one_group(
        np.tile(y, 2),
        np.tile(predicted, 2),
        np.tile(rest, 2),
        [*np.tile(np.arange(len(y)), 2), *np.tile(100 + np.arange(len(rest)), 2)],
    )
    if not np.isclose(found.weight[0], twice[1].weight[0]):
        return  # lambda's own small-sample correction moved
    assert clustered_errors(*twice)[0] == pytest.approx(clustered_errors(rows, found)[0])


def test_verdicts_that_say_nothing_have_no_weight() -> None:
    _, found = one_group([1, 0, 1], [0.5] * 3, [0.5] * 4)
    assert (found.weight[0], found.estimate[0]) == (0, pytest.approx(2 / 3))


def test_a_judge_that_is_the_opposite_of_people_has_no_weight() -> None:
    _, found = one_group([1, 0, 1, 0], [0, 1, 0, 1], [0, 1, 1])
    assert found.weight[0] == 0


def test_resampled_moments_are_sums_of_the_rows_contributions() -> None:
    rows, found = one_group(*HAND)
    columns = contributions(rows.y, rows.predicted, rows.labelled)
    summed = np.array([[column.sum() for column in columns]])
    assert moments(summed).estimate == pytest.approx(found.estimate)


def study(labelled: int, rest: int, seed: int = 0) -> tuple[list[Pair], list[Label]]:
    """Pairs of x and y, each a prompt of its own; a judge that is right in about 80%."""
    rng = np.random.default_rng(seed)
    pairs = [pair_of(number, "x", "y") for number in range(labelled + rest)]
    truth = rng.choice(["a", "b"], len(pairs), p=[0.6, 0.4])
    wrong = {"a": "b", "b": "a"}
    said = [str(one) if rng.random() < 0.8 else wrong[str(one)] for one in truth]
    rows = [3 * str(one).upper() for one in truth[:labelled]] + [""] * rest
    return pairs, people(rows, pairs) + judged("j", {None: said}, pairs)


def test_the_judges_verdicts_on_other_pairs_narrow_the_interval() -> None:
    pairs, labels = study(80, 2000)
    report = report_of(pairs, labels)
    powered, plain = row_of(report, "ppi_win_rate", XJ), row_of(report, "win_rate", X)
    assert powered.n == plain.n == 80
    for row in (powered, plain):
        assert row.low is not None
        assert row.high is not None
    assert powered.high - powered.low < 0.9 * (plain.high - plain.low)  # type: ignore[operator]
    assert "2000 more pairs by the judge alone" in str(powered.method)
    assert "random subset" in str(powered.method)
    assert "Wilson interval with t, clustered by prompt" in str(powered.method)


def test_with_few_labelled_prompts_the_interval_is_by_bootstrap() -> None:
    pairs, labels = study(20, 300)
    found = row_of(report_of(pairs, labels), "ppi_win_rate", XJ)
    assert "cluster bootstrap over prompts" in str(found.method)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low < found.value < found.high <= 1


def test_without_further_verdicts_it_is_peoples_own_win_rate_and_says_so() -> None:
    pairs, labels = study(30, 0)
    report = report_of(pairs, labels)
    powered, plain = row_of(report, "ppi_win_rate", XJ), row_of(report, "win_rate", X)
    assert (powered.value, powered.low, powered.high) == pytest.approx(
        (plain.value, plain.low, plain.high)
    )
    assert "no pair has the judge's verdict alone" in str(powered.method)


def test_the_two_systems_of_all_pairs_share_one() -> None:
    pairs, labels = study(60, 100)
    report = report_of(pairs, labels)
    rates = [
        row_of(report, "ppi_win_rate", {"judge": "j", "system": system}).value for system in "xy"
    ]
    assert sum(rate for rate in rates if rate is not None) == pytest.approx(1)


def test_a_judge_without_people_has_no_win_rate_of_this_kind() -> None:
    pairs, labels = study(0, 5)
    found = row_of(report_of(pairs, labels), "ppi_win_rate", XJ)
    assert (found.value, found.n) == (None, 0)
    assert "human majority" in str(found.reason)


def test_pairs_without_a_majority_are_no_unlabelled_pairs() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(4)]
    labels = people(("AAA", "BBB", "AB", ""), pairs) + judged("j", {None: "abab"}, pairs)
    found = row_of(report_of(pairs, labels), "ppi_win_rate", XJ)
    assert found.n == 2
    assert "1 more pairs" in str(found.method)


def test_pairs_without_a_majority_still_tell_how_the_judge_sees_the_labelled_ones() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(8)]
    labels = people(("AAA", "AAA", "BBB", "AB", *[""] * 4), pairs)
    # The judge says the same of labelled pairs as of the others, so nothing is to be corrected.
    labels += judged("j", {None: "aabbaabb"}, pairs)
    found = row_of(report_of(pairs, labels), "ppi_win_rate", XJ)
    assert found.value == pytest.approx(2 / 3)
    assert found.n == 3


def test_the_influences_of_a_mean_over_decided_rows_are_those_of_a_ratio() -> None:
    y, decided = np.array([1.0, 0.5, 0, 0, 1]), np.array([True, True, True, False, True])
    rows, _ = one_group(y, y, [])
    scored, number = rows.among_decided(decided, 1)
    ratio = y[decided].mean()
    assert number.tolist() == [4]
    assert scored.y.mean() == pytest.approx(ratio)
    for one in range(5):  # leaving a decided row out moves the ratio by its influence / 3
        without = y[(np.arange(5) != one) & decided].mean()
        assert ratio - without == pytest.approx((scored.y[one] - ratio) * 4 / 5 / 3)


def test_an_unreadable_verdict_predicts_a_half_and_leaves_the_pair_in() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(6)]
    rows, said = ("AA", "AA", "BB", "AA", "", ""), ("a", "invalid", "b", "a", "a", "abstained")
    found = row_of(
        report_of(pairs, people(rows, pairs) + judged("j", {None: said}, pairs)),
        "ppi_win_rate",
        XJ,
    )
    expected = theirs(
        np.array([1.0, 1, 0, 1]), np.array([1, 0.5, 0, 1]), np.array([1, 0.5]), small=True
    )
    assert found.value == pytest.approx(expected[1])
    assert found.n == 4


def test_people_and_judge_that_always_say_the_same_have_wilsons_interval() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(70)]
    labels = people(["AA"] * 60 + [""] * 10, pairs) + judged("j", {None: "a" * 70}, pairs)
    found = row_of(report_of(pairs, labels), "ppi_win_rate", XJ)
    assert found.value == found.high == 1
    assert found.low is not None
    assert found.low < 1
