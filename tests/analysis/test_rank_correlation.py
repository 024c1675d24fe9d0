"""A judge's ranking of the systems against people's."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from analysis.arrays import Floats
from analysis.judges.rank_correlation import kendall_tau_b, spearman_rho
from annotation.schema import Label, Pair
from tests.analysis.small_studies import judged, pair_of, people, report_of, row_of
from tests.builders import YES_NO, a_criterion, a_label

JUDGE = {"judge": "j"}


def test_one_exchange_of_neighbours_among_four_is_worked_by_hand() -> None:
    one, other = np.array([[1.0, 2, 3, 4]]), np.array([[1.0, 2, 4, 3]])
    assert kendall_tau_b(one, other) == pytest.approx([2 / 3])
    assert spearman_rho(one, other) == pytest.approx([0.8])


SCORES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=9
).map(lambda rows: np.array(rows, float).T)  # fmt: skip


@given(SCORES)
def test_correlations_are_those_of_scipy(both: Floats) -> None:
    one, other = both[:1], both[1:]
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        assert np.isnan(kendall_tau_b(one, other)[0])
        assert np.isnan(spearman_rho(one, other)[0])
        return
    assert kendall_tau_b(one, other)[0] == pytest.approx(kendalltau(*both).statistic)
    assert spearman_rho(one, other)[0] == pytest.approx(spearmanr(*both).statistic)


def test_a_resample_that_lacks_a_system_is_undefined() -> None:
    one, other = np.array([[1.0, 2, np.nan], [1, 2, 3]]), np.array([[1.0, 2, 3], [1, 2, 3]])
    for correlation in (kendall_tau_b, spearman_rho):
        found = correlation(one, other)
        assert np.isnan(found[0])
        assert found[1] == pytest.approx(1)


def tournament(systems: str, prompts: int = 6) -> list[Pair]:
    """Every two systems on every prompt."""
    matches = list(combinations(systems, 2))
    return [
        pair_of(prompt * len(matches) + number, *match, prompt=prompt)
        for prompt in range(prompts)
        for number, match in enumerate(matches)
    ]


def by_name(pairs: list[Pair]) -> list[str]:
    """The system that comes first in the alphabet wins."""
    return ["a" if pair.systems[0] < pair.systems[1] else "b" for pair in pairs]


def ranked(systems: str, judge_says: list[str] | None = None) -> tuple[list[Pair], list[Label]]:
    pairs = tournament(systems)
    says = by_name(pairs)
    labels = people([2 * one.upper() for one in says], pairs)
    return pairs, labels + judged("j", {None: judge_says or says}, pairs)


def test_the_same_verdicts_give_the_same_ranking_with_an_interval_from_five_systems_on() -> None:
    report = report_of(*ranked("vwxyz"))
    for name in ("kendall_tau", "spearman_rho"):
        found = row_of(report, name, JUDGE)
        assert found.value == pytest.approx(1)
        assert (found.n, found.unit) == (5, "systems")
        assert (found.low, found.high) == pytest.approx((1, 1))
        assert "both rankings anew in each resample" in str(found.method)


def test_opposite_verdicts_turn_the_ranking_round() -> None:
    pairs = tournament("vwxyz")
    wrong = ["b" if one == "a" else "a" for one in by_name(pairs)]
    assert row_of(report_of(*ranked("vwxyz", wrong)), "kendall_tau", JUDGE).value == -1


def test_four_systems_have_a_value_and_no_interval() -> None:
    found = row_of(report_of(*ranked("wxyz")), "spearman_rho", JUDGE)
    assert found.value == pytest.approx(1)
    assert (found.low, found.high) == (None, None)
    assert "fewer than 5 systems" in str(found.method)


def test_scores_are_those_of_the_pairs_that_both_decided() -> None:
    pairs = tournament("xyz")
    says: list[str] = by_name(pairs)
    # What only one of the two decided would put z first for people, and x last for the judge.
    zx = [number for number, pair in enumerate(pairs) if set(pair.systems) == set("xz")]
    rows = [2 * one.upper() for one in says]
    for number in zx[1:]:
        rows[number] = 2 * says[number].upper().translate({65: "B", 66: "A"})
        says[number] = "invalid"
    labels = people(rows, pairs) + judged("j", {None: says}, pairs)
    assert row_of(report_of(pairs, labels), "kendall_tau", JUDGE).value == 1


def test_a_judge_that_ties_everything_ranks_nobody() -> None:
    found = row_of(report_of(*ranked("xyz", ["tie"] * 18)), "kendall_tau", JUDGE)
    assert (found.value, found.n) == (None, 3)
    assert "alike" in str(found.reason)


def test_a_judge_without_people_has_no_ranking_to_compare_with() -> None:
    pairs = tournament("xyz")
    found = row_of(
        report_of(pairs, judged("j", {None: by_name(pairs)}, pairs)), "kendall_tau", JUDGE
    )
    assert (found.value, found.n) == (None, 0)


def test_the_baseline_of_length_is_ranked_beside_the_judge() -> None:
    report = report_of(*ranked("vwxyz"))
    assert row_of(report, "kendall_tau", {"judge": "length"}).n == 5


def test_ratings_rank_systems_by_their_means() -> None:
    pairs = tournament("xyz")
    order = {"x": 5, "y": 3, "z": 1}  # of the six prompts, how many are acceptable
    labels = [
        a_label(pair_id=pair.id, target=target, annotator=annotator, kind=kind,
                choice="yes" if number // 3 < order[system] else "no")
        for number, pair in enumerate(pairs)
        for target, system in zip("ab", pair.systems, strict=True)
        for annotator, kind in (("ann", "human"), ("j", "judge"))
    ]  # fmt: skip
    found = row_of(report_of(pairs, labels, a_criterion(scale=YES_NO)), "kendall_tau", JUDGE)
    assert found.value == pytest.approx(1)
    assert "mean ratings" in str(found.method)
