"""Which systems can be told apart: each two, groups, ranks, who is best."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp
from statsmodels.stats.multitest import multipletests

from analysis.arrays import Floats
from analysis.estimates import Estimate
from analysis.report.compose import Report
from analysis.systems.bradley_terry import Comparisons, bradley_terry
from analysis.systems.contrasts import (
    Contrasts,
    Standing,
    best_probability,
    contrasts,
    drawn,
    groups,
    rank_intervals,
    ranks,
)
from analysis.systems.ratings import mean_standing
from tests.analysis.small_studies import pair_of, people, report_of, row_of
from tests.builders import YES_NO, a_criterion, a_label


def standing(*values: float, error: float = 0.1) -> Standing:
    return Standing(np.array(values), np.eye(len(values)) * error**2, 40)


def test_equal_values_share_the_better_rank() -> None:
    assert ranks(np.array([0.5, -1.0, 0.5, 0.0])).tolist() == [1, 4, 1, 3]


def test_rank_intervals_and_chances_say_how_sure_the_order_is() -> None:
    rng = np.random.default_rng(0)
    near = drawn(standing(0.0, 0.01, -3.0), 2000, rng)
    assert rank_intervals(near).tolist() == [[1, 1, 3], [2, 2, 3]]
    chances = best_probability(near)
    assert chances == pytest.approx([0.47, 0.53, 0], abs=0.04)
    assert chances.sum() == pytest.approx(1)


def test_values_are_drawn_as_far_out_as_an_interval_by_t_reaches() -> None:
    few = Standing(np.array([0.0, 0.0]), np.eye(2), 6)
    draws = drawn(few, 200_000, np.random.default_rng(0))
    reach = np.quantile(draws, 0.975, axis=0)
    assert reach == pytest.approx(np.full(2, 2.5706), abs=0.04)  # t of 5 degrees, not 1.96


def test_systems_without_error_at_one_place_are_best_in_equal_parts() -> None:
    draws = drawn(
        Standing(np.array([1.0, 1.0, 0.0]), np.zeros((3, 3)), 9), 5, np.random.default_rng(0)
    )
    assert best_probability(draws).tolist() == [0.5, 0.5, 0]


def test_each_two_systems_are_tested_and_adjusted_by_holm() -> None:
    found = contrasts(standing(0.6, 0.2, 0.0))
    assert found.difference == pytest.approx([0.4, 0.6, 0.2])
    assert found.error == pytest.approx([0.1 * np.sqrt(2)] * 3)
    assert found.holm == pytest.approx(multipletests(found.p, method="holm")[1])


def test_what_all_prompts_say_alike_is_not_tested() -> None:
    found = contrasts(Standing(np.array([1.0, 0.0]), np.zeros((2, 2)), 9))
    assert np.isnan(found.p).all()
    assert groups(np.array([1.0, 0.0]), found).tolist() == [1, 1]


def test_no_two_of_a_group_can_be_told_apart() -> None:
    # 0 and 1 cannot be told apart, nor 1 and 2; 0 and 2 can.
    value = np.array([0.3, 0.15, 0.0])
    first, second = np.triu_indices(3, 1)
    holm = np.array([0.2, 0.01, 0.2])
    found = Contrasts(first, second, value[first] - value[second], holm, holm, holm)
    assert groups(value, found).tolist() == [1, 1, 2]


def simulated(
    strengths: tuple[float, ...], prompts: int, rng: np.random.Generator
) -> tuple[Floats, Contrasts]:
    """Every two systems meet on each prompt, a fifth of the outcomes ties."""
    first, second = np.triu_indices(len(strengths), 1)
    a, b = np.tile(first, prompts), np.tile(second, prompts)
    value = np.array(strengths)
    lean = rng.normal(0, 0.5, (prompts, len(strengths)))  # what suits the prompt
    prompt = np.repeat(np.arange(prompts), len(first))
    gap = value[a] - value[b] + lean[prompt, a] - lean[prompt, b]
    score = (rng.random(len(a)) < 1 / (1 + np.exp(-gap))).astype(float)
    score[rng.random(len(a)) < 0.2] = 0.5
    found = bradley_terry(Comparisons(a, b, score, prompt), len(strengths))
    return found.log_strength, contrasts(
        Standing(found.log_strength, found.covariance, found.clusters)
    )


def test_equal_systems_are_split_in_at_most_one_study_of_twenty() -> None:
    rng = np.random.default_rng(11)
    split = [groups(*simulated((0.0,) * 4, 40, rng)).max() > 1 for _ in range(600)]
    error = np.sqrt(0.05 * 0.95 / len(split))
    assert np.mean(split) < 0.05 + 2 * error


def test_a_clear_gap_is_found() -> None:
    rng = np.random.default_rng(12)
    found = [groups(*simulated((1.0, 0.0, 0.0), 80, rng)).tolist() for _ in range(60)]
    assert sum(one[0] == 1 and min(one[1:]) == 2 for one in found) > 45


def reported(*rows: str) -> Report:
    pairs = [pair_of(number, "x", "y") for number in range(len(rows))]
    return report_of(pairs, people(rows, pairs))


def both(report: Report) -> Estimate:
    return row_of(report, "pairwise_significance", {"systems": ("x", "y")})


def test_the_difference_of_two_systems_has_raw_and_adjusted_p() -> None:
    row = both(reported(*["A"] * 30, *["B"] * 10))
    assert row.value == pytest.approx(np.log(3))
    assert row.p is not None
    assert row.p == row.p_adjusted  # one couple
    assert 0.001 < row.p < 0.01
    assert row.adjustment == "holm"
    assert row.low is not None
    assert row.low > 0


def test_groups_of_a_report_split_what_is_surely_different() -> None:
    clear, unclear = reported(*["A"] * 40, *["B"] * 8), reported(*["A"] * 5, *["B"] * 4)
    groups_of = [
        [row_of(one, "system_group", {"system": system}).value for system in "xy"]
        for one in (clear, unclear)
    ]
    assert groups_of == [[1, 2], [1, 1]]


def test_the_best_system_has_the_greatest_chance_of_being_best() -> None:
    report = reported(*["A"] * 6, *["B"] * 4)
    chances = [row_of(report, "best_probability", {"system": one}).value or 0 for one in "xy"]
    assert chances[0] > 0.6
    assert sum(chances) == pytest.approx(1)


def test_one_prompt_tells_no_systems_apart() -> None:
    pairs = [pair_of(number, "x", "y", prompt=1) for number in range(4)]
    report = report_of(pairs, people(("A", "A", "A", "B"), pairs))
    names = {row.statistic for row in report.estimates}
    assert "bradley_terry" in names
    assert not names & {"system_group", "pairwise_significance", "best_probability"}


def test_mean_ratings_differ_by_a_paired_t_test_where_each_prompt_rates_both() -> None:
    rng = np.random.default_rng(5)
    scores = rng.integers(0, 5, (20, 2)).astype(float)
    cluster = np.repeat(np.arange(20), 2)
    found = mean_standing(scores.ravel(), np.tile([0, 1], 20), cluster, 2)
    expected = ttest_1samp(scores[:, 0] - scores[:, 1], 0)
    assert contrasts(found).p == pytest.approx([expected.pvalue])


def test_rated_systems_have_ranks_groups_and_contrasts() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(30)]
    labels = [
        a_label(pair_id=pair.id, target=target, choice=choice)
        for number, pair in enumerate(pairs)
        for target, choice in (("a", "yes"), ("b", "yes" if number < 8 else "no"))
    ]
    report = report_of(pairs, labels, a_criterion(scale=YES_NO))
    assert both(report).value == pytest.approx(22 / 30)
    assert row_of(report, "rank", {"system": "y"}).value == 2
    assert row_of(report, "system_group", {"system": "y"}).value == 2
    assert row_of(report, "best_probability", {"system": "x"}).value == 1
