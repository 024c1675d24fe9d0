"""Bradley-Terry strengths against hand-worked cases, choix and evalica."""

from __future__ import annotations

from typing import TypeAlias

import choix
import evalica
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numbers

from analysis.arrays import Ints
from analysis.estimates import TooFewLabels
from analysis.systems.bradley_terry import (
    ELO_SCALE,
    Comparisons,
    bradley_terry,
    clustered_squares,
    maximum_likelihood,
    pseudo_inverse,
)

Games: TypeAlias = list[tuple[int, int, float]]


def games(rows: Games, cluster: list[int] | None = None) -> Comparisons:
    """Comparisons (first, second, score of the first), each of a prompt of its own."""
    first, second, score = (np.array(column) for column in zip(*rows, strict=True))
    prompts = np.arange(len(rows)) if cluster is None else np.array(cluster)
    return Comparisons(first, second, score.astype(float), prompts)


def test_three_wins_to_one_are_the_logarithm_of_three_apart() -> None:
    found = bradley_terry(games([(0, 1, 1.0)] * 3 + [(0, 1, 0)]), 2)
    assert found.log_strength == pytest.approx([np.log(3) / 2, -np.log(3) / 2])
    difference = found.log_strength[0] - found.log_strength[1]
    assert difference * ELO_SCALE == pytest.approx(190.848502)


def test_the_sandwich_error_of_three_to_one_is_that_of_the_information() -> None:
    found = bradley_terry(games([(0, 1, 1.0)] * 3 + [(0, 1, 0)]), 2)
    contrast = np.array([1, -1])
    error = np.sqrt(contrast @ found.covariance @ contrast)
    assert error == pytest.approx(1.154701 * np.sqrt(4 / 3), abs=1e-6)  # G/(G-1), four prompts


def test_a_tie_is_half_a_win_each() -> None:
    found = bradley_terry(games([(0, 1, 1)] * 3 + [(0, 1, 0), (0, 1, 0.5), (1, 0, 0.5)]), 2)
    assert found.log_strength[0] - found.log_strength[1] == pytest.approx(np.log(4 / 2))


def test_three_systems_have_the_strengths_that_choix_gives() -> None:
    wins = np.array([[0.0, 4, 3], [1, 0, 5], [2, 2, 0]])
    expected = (0.571503, -0.062874, -0.508629)
    assert maximum_likelihood(wins) == pytest.approx(expected, abs=1e-6)


WINS = numbers.arrays(np.int64, (4, 4), elements=st.integers(1, 30))


@given(WINS)
def test_strengths_are_those_of_choix(wins: Ints) -> None:
    table = wins * (1.0 - np.eye(4))
    theirs = choix.ilsr_pairwise_dense(table, alpha=0, tol=1e-12)
    assert maximum_likelihood(table) == pytest.approx(theirs - theirs.mean(), abs=1e-6)


@given(WINS)
def test_strengths_are_those_of_evalica(wins: Ints) -> None:
    table = wins * (1.0 - np.eye(4))
    rows = [(i, j) for i in range(4) for j in range(4) for _ in range(int(table[i, j]))]
    first, second = zip(*rows, strict=True)
    found = evalica.bradley_terry(first, second, [evalica.Winner.X] * len(rows), tolerance=1e-12)
    theirs = np.log(found.scores.sort_index().to_numpy())
    assert maximum_likelihood(table) == pytest.approx(theirs - theirs.mean(), abs=1e-4)


@given(WINS, st.permutations(range(4)))
def test_the_names_of_the_systems_change_nothing(
    wins: Ints,
    order: list[int],
) -> None:
    table = wins * (1.0 - np.eye(4))
    strengths = maximum_likelihood(table)
    assert maximum_likelihood(table[np.ix_(order, order)]) == pytest.approx(strengths[order])


def test_a_chain_without_a_loss_keeps_its_order_and_is_marked_regularised() -> None:
    found = bradley_terry(games([(0, 1, 1), (1, 2, 1), (0, 2, 1)]), 3)
    assert found.regularised
    assert found.log_strength == pytest.approx((0.756308, 0, -0.756308), abs=1e-6)


def test_systems_that_were_never_compared_have_no_strengths() -> None:
    with pytest.raises(TooFewLabels, match="2 groups"):
        bradley_terry(games([(0, 1, 1), (1, 0, 1), (2, 3, 1), (3, 2, 1)]), 4)


def test_a_system_compared_with_itself_says_nothing() -> None:
    rows: Games = [(0, 1, 1), (0, 1, 0), (0, 1, 1)]
    with_itself = bradley_terry(games([*rows, (0, 0, 1), (1, 1, 0)]), 2)
    assert with_itself.log_strength == pytest.approx(bradley_terry(games(rows), 2).log_strength)


def test_pairs_of_one_prompt_widen_the_errors_as_copies_of_each_other() -> None:
    rows: Games = [(0, 1, 1), (0, 1, 1), (0, 1, 0), (0, 1, 1), (0, 1, 0.5)]
    once = bradley_terry(games(rows), 2)
    copied = bradley_terry(games(rows * 6, list(range(5)) * 6), 2)
    assert copied.covariance == pytest.approx(once.covariance)


def test_errors_are_small_where_rounding_leaves_the_origin_of_strengths_some_information() -> None:
    # With these wins an eigenvalue that should be 0 is 1.9e-16 of the greatest.
    met = {(0, 1): (46, 41, 0), (0, 2): (54, 36, 1), (1, 2): (54, 34, 1)}
    rows: Games = []
    for (one, other), (won, lost, tied) in met.items():
        rows += [(one, other, 1.0)] * won + [(one, other, 0.0)] * lost + [(one, other, 0.5)] * tied
    found = bradley_terry(games(rows, [number % 100 for number in range(len(rows))]), 3)
    assert (found.error < 0.3).all()
    assert found.covariance == pytest.approx(found.covariance.T)


@given(numbers.arrays(np.int64, (5, 5), elements=st.integers(1, 60)))
def test_errors_are_those_of_the_information_without_a_system(wins: Ints) -> None:
    np.fill_diagonal(wins, 0)
    rows: Games = []
    for one, other in zip(*np.nonzero(wins), strict=True):
        rows += [(int(one), int(other), 1.0)] * int(wins[one, other])
    found = bradley_terry(games(rows), 5)
    share = 1 / (1 + np.exp(found.log_strength[None, :] - found.log_strength[:, None]))
    weight = (wins + wins.T) * share * (1 - share)
    # Strengths less the last one's have an information of full rank.
    plain = np.linalg.inv((np.diag(weight.sum(axis=1)) - weight)[:-1, :-1])
    turn = np.hstack([np.eye(4), -np.ones((4, 1))])
    differences = pseudo_inverse(np.diag(weight.sum(axis=1)) - weight)
    assert turn @ differences @ turn.T == pytest.approx(plain, rel=1e-6, abs=1e-9)
    assert (found.error < 5).all()


def test_one_prompt_gives_strengths_without_errors() -> None:
    found = bradley_terry(games([(0, 1, 1), (0, 1, 0), (0, 1, 1)], [0, 0, 0]), 2)
    assert np.isnan(found.error).all()
    assert np.isfinite(found.log_strength).all()


def test_prompts_that_all_say_the_same_leave_no_error() -> None:
    rows: Games = [(0, 1, 1), (1, 2, 1), (2, 0, 1), (0, 1, 1)]
    found = bradley_terry(games(rows * 2, [0] * 4 + [1] * 4), 3)
    assert not found.regularised
    assert found.error == pytest.approx(np.zeros(3), abs=1e-6)


def test_a_system_that_always_wins_is_not_taken_for_surely_the_better_one() -> None:
    once = bradley_terry(games([(0, 1, 1)] * 3), 2)
    assert once.regularised
    # ln((3 + .5) / .5) apart; information 4 x 7/8 x 1/8, of the difference.
    difference = once.log_strength[0] - once.log_strength[1]
    assert difference == pytest.approx(np.log(7))
    contrast = np.array([1, -1])
    assert contrast @ once.covariance @ contrast == pytest.approx(1 / (4 * 7 / 64))


def test_with_a_prior_all_comparisons_of_a_prompt_are_taken_as_one() -> None:
    apart = bradley_terry(games([(0, 1, 1)] * 6), 2)
    together = bradley_terry(games([(0, 1, 1)] * 6, [0, 0, 0, 1, 1, 1]), 2)
    assert together.covariance == pytest.approx(3 * apart.covariance)


def test_sums_of_scores_are_squared_alike_in_a_table_and_sparse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    scores, parameter = rng.normal(0, 1, 50), rng.integers(0, 4, 50)
    cluster = rng.integers(0, 9, 50)
    dense = clustered_squares(scores, parameter, cluster, (9, 4))
    monkeypatch.setattr("analysis.systems.bradley_terry.DENSE_CELLS", 1)
    assert clustered_squares(scores, parameter, cluster, (9, 4)) == pytest.approx(dense)
    sums = np.array(
        [[scores[(cluster == g) & (parameter == p)].sum() for p in range(4)] for g in range(9)]
    )
    assert dense == pytest.approx(sums.T @ sums * 9 / 8)
