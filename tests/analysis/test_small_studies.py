"""Many small studies drawn as arrays are tested as the report tests one."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.planning import small_studies
from analysis.planning.assumptions import Assumptions
from analysis.planning.plans import Basis, Goal, average_answers, size
from analysis.planning.sizes import power, prompts_for_power
from analysis.resampling.multiplicity import adjusted


def scores(seed: int, studies: int, prompts: int, systems: int) -> tuple[np.ndarray, ...]:
    """Outcomes of every two systems, the first ones better; some pairs without a majority."""
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(systems, 1)
    shape = (studies, prompts, len(first))
    score = rng.choice([1.0, 0.5, 0.0, np.nan], shape, p=(0.45, 0.2, 0.25, 0.1))
    return score, first, second


@pytest.mark.parametrize("systems", [2, 3, 5])
def test_p_of_every_two_systems_is_the_reports(systems: int) -> None:
    score, first, second = scores(1, 20, 30, systems)
    found = small_studies._tests(score, first, second, systems)
    for study in range(20):
        one = small_studies._one_by_one(score[study], first, second, systems)
        assert found[study] == pytest.approx(one, rel=1e-6)


def test_a_system_that_never_loses_takes_the_reports_prior() -> None:
    score, first, second = scores(2, 3, 8, 3)
    score[0][:, first == 0] = 1.0
    found = small_studies._tests(score, first, second, 3)
    one = small_studies._one_by_one(score[0], first, second, 3)
    assert found[0] == pytest.approx(one)


def test_holm_is_that_of_the_report() -> None:
    p = np.random.default_rng(3).random((50, 6)) ** 3
    found = small_studies._holm(p)
    for row, each in zip(p, found, strict=True):
        assert each == pytest.approx(adjusted(row, "holm"))


def test_majorities_are_as_frequent_as_the_model_says() -> None:
    answers = average_answers(Assumptions(win_rate=0.7), judged=False)
    at, rng = answers.population, np.random.default_rng(4)
    gap = at.model.strength[0] - at.model.strength[1]
    difference = gap + at.model.spread * rng.standard_normal(200_000)
    worth = small_studies._majorities(answers, difference, rng.random(200_000))
    won, decided = (float(one[0]) for one in at.outcomes)
    assert np.isfinite(worth).mean() == pytest.approx(decided, abs=0.004)
    assert np.nansum(worth) / len(worth) == pytest.approx(won, abs=0.004)


def test_more_prompts_find_more_and_the_plan_lies_where_the_power_is_wanted() -> None:
    answers = average_answers(Assumptions(win_rate=0.75, systems=3), judged=False)
    few, many = (small_studies.power(answers, prompts, 1500) for prompts in (20, 40))
    assert few < many
    prompts, expected = small_studies.enough_prompts(answers, 0.8, 26)
    assert expected >= 0.8
    assert small_studies.power(answers, prompts, 3000, seed=9) == pytest.approx(expected, abs=0.04)


def test_where_all_drawn_studies_find_it_fewer_prompts_are_tried() -> None:
    sure = Assumptions(win_rate=0.97, tie_share=0, alpha=0.9)
    prompts, expected = small_studies.enough_prompts(average_answers(sure, judged=False), 0.95, 40)
    assert prompts == 20
    assert expected > 0.99


def test_small_plans_are_drawn_and_large_ones_summed() -> None:
    goal = Goal("strength", power=0.8)
    drawn = size(Basis(Assumptions(win_rate=0.7, systems=5), 10), goal, 3)
    answers = average_answers(Assumptions(win_rate=0.7, systems=5), judged=False)
    assert small_studies.small(answers, drawn.prompts)
    assert drawn.prompts == pytest.approx(40, abs=2)  # 38 by sums alone, which find 77.5%
    assert not small_studies.small(answers, 101)
    many = average_answers(Assumptions(win_rate=0.7, systems=12), judged=False)
    assert not small_studies.small(many, 40)


def test_power_is_defined_at_the_levels_of_many_comparisons() -> None:
    """Where scipy's noncentral t is NaN: a plan for 20 systems once asked for 647 prompts."""
    found = [power(0.77, 1.6, prompts, 0.05 / 190, 0.87) for prompts in range(60, 200, 7)]
    assert np.isfinite(found).all()
    assert found == sorted(found)
    assert prompts_for_power(0.77, 1.6, 0.8, 0.05 / 190, 0.87) == pytest.approx(90, abs=3)
