"""Davidson's model of ties against hand-worked cases and evalica."""

from __future__ import annotations

import evalica
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numbers

from analysis.arrays import Ints
from analysis.estimates import TooFewLabels
from analysis.systems.davidson import davidson, maximum_likelihood
from tests.analysis.small_studies import pair_of, people, report_of, row_of
from tests.analysis.test_bradley_terry import Games, games


def test_three_wins_one_loss_and_two_ties_are_worked_by_hand() -> None:
    found = davidson(games([(0, 1, 1.0)] * 3 + [(0, 1, 0)] + [(0, 1, 0.5)] * 2), 2)
    assert found.log_strength[0] - found.log_strength[1] == pytest.approx(1.098612, abs=1e-6)
    assert np.exp(found.log_nu) == pytest.approx(1.154701, abs=1e-6)
    assert not found.regularised


@given(
    numbers.arrays(np.int64, (4, 4), elements=st.integers(1, 20)),
    numbers.arrays(np.int64, (4, 4), elements=st.integers(1, 8)),
)
def test_strengths_are_those_of_evalicas_newman_and_nu_fits_the_ties(
    wins: Ints, ties: Ints
) -> None:
    off = 1 - np.eye(4)
    won, tied = wins * off, (ties + ties.T) * off
    rows = [
        (i, j, evalica.Winner.X) for i in range(4) for j in range(4) for _ in range(int(won[i, j]))
    ]
    rows += [
        (i, j, evalica.Winner.Draw)
        for i in range(4)
        for j in range(i)
        for _ in range(int(tied[i, j]))
    ]
    first, second, winner = zip(*rows, strict=True)
    theirs = evalica.newman(first, second, winner, tolerance=1e-12, limit=10_000)
    strengths, log_nu = maximum_likelihood(won, tied)
    expected = np.log(theirs.scores.sort_index().to_numpy())
    assert strengths == pytest.approx(expected - expected.mean(), abs=2e-3)
    # evalica stops as soon as the strengths stand still, whatever its v, so nu is checked by its
    # own equation: as many ties are expected as there are.
    gap = strengths[:, None] - strengths
    tie = np.exp(log_nu) / (np.exp(gap / 2) + np.exp(-gap / 2) + np.exp(log_nu))
    assert ((won + won.T + tied) * tie * off).sum() == pytest.approx(tied.sum())


def test_the_errors_are_those_of_the_information_for_one_comparison_a_prompt() -> None:
    """With two systems the model is saturated: sandwich and information agree but for G/(G-1)."""
    rows: Games = [(0, 1, 1)] * 30 + [(0, 1, 0)] * 10 + [(0, 1, 0.5)] * 20
    found = davidson(games(rows), 2)
    contrast = np.array([1, -1, 0])
    # Multinomial: the variance of ln(wins / losses) is 1/30 + 1/10.
    variance = contrast @ found.covariance @ contrast
    assert variance == pytest.approx((1 / 30 + 1 / 10) * 60 / 59)
    # ln nu = ln ties - (ln wins + ln losses) / 2
    assert found.covariance[2, 2] == pytest.approx((1 / 20 + 1 / 120 + 1 / 40) * 60 / 59)


def test_without_losses_the_answer_is_regularised_and_finite() -> None:
    found = davidson(games([(0, 1, 1), (0, 1, 0.5)]), 2)
    assert found.regularised
    assert 0 < found.log_strength[0] < 3


@pytest.mark.parametrize(("score", "told"), [(1.0, "no tie"), (0.5, "every comparison is a tie")])
def test_without_ties_or_with_nothing_else_it_is_undefined(score: float, told: str) -> None:
    with pytest.raises(TooFewLabels, match=told):
        davidson(games([(0, 1, score)] * 4), 2)


def test_davidson_stands_beside_bradley_terry_where_there_are_ties() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(6)]
    report = report_of(pairs, people(("A", "A", "A", "B", "T", "T"), pairs))
    gap = [row_of(report, "davidson", {"system": one}).value or 0 for one in "xy"]
    assert gap[0] - gap[1] == pytest.approx(1.098612, abs=1e-6)
    nu = row_of(report, "davidson_nu")
    assert nu.value == pytest.approx(1.154701, abs=1e-6)
    assert nu.low is not None
    assert nu.low > 0
    without = report_of(pairs[:4], people(("A", "A", "A", "B"), pairs[:4]))
    assert not [row for row in without.estimates if row.statistic.startswith("davidson")]
