"""Win rates at equal lengths, and how often the longer response is preferred."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from analysis.judges.length_control import Controlled, Games, length_controlled
from analysis.judges.length_rows import rate_interval
from analysis.report.compose import analyse
from analysis.resampling.resample import Bootstrap
from annotation.schema import Pair
from tests.analysis.small_studies import judged, people, report_of, row_of, study_of
from tests.builders import a_criterion, a_label, a_pair, a_prompt, a_response

X, Y = {"system": "x"}, {"system": "y"}


def fit(difference: Any, score: Any, cluster: Any = None) -> Controlled:
    rows = len(difference)
    return length_controlled(
        Games(
            np.zeros(rows, int),
            np.asarray(difference),
            np.asarray(score, float),
            np.arange(rows) if cluster is None else np.asarray(cluster),
        ),
        1,
    )


HAND = [1] * 20 + [-1] * 20, [1] * 16 + [0] * 4 + [1] * 10 + [0] * 10


def test_sixteen_of_twenty_and_ten_of_twenty_are_worked_by_hand() -> None:
    found = fit(*HAND)
    assert found.rate[0] == pytest.approx(2 / 3)
    delta = found.error[0] * 2 / 9 * np.sqrt(39 / 40)  # G/(G-1)
    assert delta == pytest.approx(0.079543, abs=1e-6)
    assert not found.regularised[0]


GAMES = st.lists(
    st.tuples(st.integers(-9, 9), st.sampled_from([0, 0.5, 1]), st.integers(0, 5)),
    min_size=4,
    max_size=60,
)


@given(GAMES)
def test_fit_and_error_are_those_of_statsmodels(rows: list[tuple[int, float, int]]) -> None:
    difference, score, cluster = (np.array(column) for column in zip(*rows, strict=True))
    found = fit(difference, score, cluster)
    clusters = len(set(cluster.tolist()))
    if found.regularised[0] or found.constant[0] or clusters < 2 or np.ptp(difference) == 0:
        return
    x = np.tanh(difference / difference.std())
    model = sm.GLM(score, np.stack([np.ones(len(x)), x], axis=1), family=sm.families.Binomial())
    options = {"groups": cluster, "use_correction": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it takes ties throughout for separation
        theirs = model.fit(cov_type="cluster", cov_kwds=options, tol=1e-12, maxiter=200)
    if np.abs(theirs.params).max() > 15:
        return  # all but separated: the last digits are rounding
    rate = 1 / (1 + np.exp(-theirs.params[0]))
    assert found.rate[0] == pytest.approx(rate, abs=1e-6)
    error = theirs.bse[0] * np.sqrt(clusters / (clusters - 1))
    assert found.error[0] == pytest.approx(error, rel=1e-4, abs=1e-6)


@given(GAMES)
def test_the_other_sides_rate_is_the_rest(rows: list[tuple[int, float, int]]) -> None:
    difference, score, cluster = (np.array(column) for column in zip(*rows, strict=True))
    one, other = fit(difference, score, cluster), fit(-difference, 1 - score, cluster)
    if not one.constant[0]:
        assert one.rate[0] + other.rate[0] == pytest.approx(1)
        assert one.error[0] == pytest.approx(other.error[0], nan_ok=True)


@given(GAMES)
def test_twice_the_same_games_have_the_same_rate(rows: list[tuple[int, float, int]]) -> None:
    one, twice = (fit(*(np.array(c) for c in zip(*made, strict=True))) for made in (rows, rows * 2))
    if not one.regularised[0]:
        assert twice.rate[0] == pytest.approx(one.rate[0], nan_ok=True)


def test_wins_that_length_alone_tells_are_marked_regularised() -> None:
    found = fit([5, 3, 2, -1, -4], [1, 1, 1, 0, 0])
    assert found.regularised[0]
    assert 0 < found.rate[0] < 1


def test_without_any_difference_of_length_it_is_the_win_rate() -> None:
    found = fit([0, 0, 0, 0], [1, 1, 1, 0])
    assert found.rate[0] == pytest.approx(0.75)
    assert found.error[0] * np.sqrt(3 / 4) == pytest.approx(1 / np.sqrt(0.75 * 0.25 * 4))


def test_a_response_that_is_always_much_longer_cannot_be_controlled_for() -> None:
    assert fit([700, 800, 800, 900], [0, 1, 0.5, 0]).constant[0]


def test_one_difference_throughout_cannot_be_controlled_for() -> None:
    found = fit([7, 7, 7], [1, 0, 1])
    assert found.constant[0]
    assert np.isnan(found.rate[0])


def test_one_prompt_has_a_rate_without_an_error() -> None:
    found = fit(*HAND, [0] * 40)
    assert found.rate[0] == pytest.approx(2 / 3)
    assert np.isnan(found.error[0])


def test_close_to_1_the_interval_is_that_of_the_log_odds() -> None:
    interval, method = rate_interval(0.9999, 4, 30)
    low = np.log(0.9999 / 0.0001) - 2.045230 * 4
    assert interval.low == pytest.approx(1 / (1 + np.exp(-low)))
    assert interval.high == pytest.approx(1)
    assert "log odds" in method


def test_in_the_middle_the_interval_is_the_delta_methods() -> None:
    found = fit(*HAND)
    interval, method = rate_interval(found.rate[0], found.error[0], 40)
    assert interval.low == pytest.approx(2 / 3 - 2.022691 * 0.080557, abs=1e-5)
    assert "delta" in method


def test_groups_are_fitted_by_themselves() -> None:
    group = np.repeat([0, 2], 40)
    both = length_controlled(
        Games(
            group,
            np.tile(HAND[0], 2),
            np.append(HAND[1], 1 - np.array(HAND[1])).astype(float),
            np.arange(80),
        ),
        3,
    )
    assert both.rate[[0, 2]] == pytest.approx([2 / 3, 1 / 3])
    assert np.isnan(both.rate[1])
    assert both.n.tolist() == [40, 0, 40]


def pairs_of_lengths(*lengths: tuple[int, int]) -> list[Pair]:
    return [
        a_pair(n, prompt=a_prompt(f"Prompt {n}"), response_a=a_response("x", "a" * a),
               response_b=a_response("y", "b" * b))
        for n, (a, b) in enumerate(lengths)
    ]  # fmt: skip


def test_people_and_judge_have_rates_at_equal_lengths_side_by_side() -> None:
    lengths = [(100, 60)] * 20 + [(60, 100)] * 20
    pairs = pairs_of_lengths(*lengths)
    said = "a" * 16 + "b" * 4 + "a" * 10 + "b" * 10
    labels = people([one.upper() for one in said], pairs)
    report = report_of(pairs, labels + judged("j", {None: "ab" * 20}, pairs))
    found = row_of(report, "length_controlled_win_rate", X)
    assert found.value == pytest.approx(2 / 3)
    assert found.low is not None
    assert found.high is not None
    assert (found.high - found.low) / 2 == pytest.approx(2.022691 * 0.080557, abs=1e-5)
    assert row_of(report, "length_controlled_win_rate", Y).value == pytest.approx(1 / 3)
    judge = row_of(report, "length_controlled_win_rate", {"judge": "j", **X})
    assert judge.value != found.value
    systems = {"systems": ("x", "y")}
    assert row_of(report, "length_controlled_win_rate", X, systems).value == found.value
    # The baseline's verdicts follow from length: there is nothing to control for.
    subjects = [row.subject for row in report.estimates if "length_" in row.statistic]
    assert {"judge": "length", **X} not in subjects


def test_separation_by_length_has_a_status_and_no_interval() -> None:
    pairs = pairs_of_lengths((100, 60), (100, 90), (60, 100))
    found = row_of(report_of(pairs, people("AAB", pairs)), "length_controlled_win_rate", X)
    assert found.status == "regularised"
    assert (found.low, found.high) == (None, None)


def test_the_longer_response_is_preferred_only_where_lengths_clearly_differ() -> None:
    pairs = pairs_of_lengths((100, 50), (50, 100), (100, 50), (80, 50), (200, 50), (200, 50))
    rows = ("AAA", "AAA", "BBA", "AAA", "TTA", "AB")
    labels = people(rows, pairs) + judged("j", {None: ("a", "b", "a", "a", "a", "invalid")}, pairs)
    report = report_of(pairs, labels)
    found = row_of(report, "longer_preferred")
    assert found.value == pytest.approx(1 / 3)
    assert found.n == 3
    judge = row_of(report, "longer_preferred", {"judge": "j"})
    assert (judge.value, judge.n) == (1, 4)


def test_five_point_choices_prefer_by_their_sign() -> None:
    pairs = pairs_of_lengths((100, 50), (50, 100))
    labels = [
        a_label(pair_id=pair.id, choice=choice)
        for pair, choice in zip(pairs, ("a_slightly", "a_clearly"), strict=True)
    ]
    report = report_of(pairs, labels, a_criterion(scale="preference5"))
    assert row_of(report, "longer_preferred").value == 0.5


def test_ties_alone_say_nothing_of_length() -> None:
    pairs = pairs_of_lengths((100, 50), (50, 100))
    found = row_of(report_of(pairs, people("TT", pairs)), "longer_preferred")
    assert (found.value, found.n) == (None, 0)
    assert "30 characters" in str(found.reason)


def test_without_the_texts_lengths_are_unknown() -> None:
    study = study_of(("AAA", "BBB"))
    blind = replace(study, pairs=replace(study.pairs, length_a=None, length_b=None))
    report = analyse(blind, Bootstrap(10))
    for name, subject in (
        ("longer_preferred", {}),
        ("length_controlled_win_rate", {"system": "system-x"}),
    ):
        assert row_of(report, name, subject).reason == "the texts of the responses are unknown"
