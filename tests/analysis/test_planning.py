"""How many prompts, labels and annotators a study needs: by formula, by library, by simulation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower

from analysis.__main__ import main
from analysis.labels import from_records
from analysis.planning.assumptions import Assumptions, BadAssumption
from analysis.planning.checking import checked
from analysis.planning.drawing import Design, draw
from analysis.planning.influence import INFLUENCES, steadiness
from analysis.planning.intervals import INTERVALS, standing
from analysis.planning.pilot import basis, pilot_of
from analysis.planning.plans import (
    Basis,
    Costs,
    Goal,
    Size,
    average_answers,
    panel_deviation,
    plans,
    size,
)
from analysis.planning.sizes import (
    half_width,
    normal_prompts,
    power,
    prompts_for_half_width,
    prompts_for_power,
)
from analysis.resampling.resample import Bootstrap
from analysis.systems.contrasts import contrasts
from annotation.schema import Label, Pair
from annotation.study import StudyPlan
from tests.analysis.small_studies import pair_of
from tests.builders import YES_NO, a_criterion, a_label, a_plan, a_study_folder

NO_COSTS = Costs()


@pytest.mark.parametrize(("ties", "expected"), [(0.0, 384.15), (0.2, 307.32)])
def test_prompts_for_a_half_width_of_five_points_are_the_textbooks(
    ties: float, expected: float
) -> None:
    assert normal_prompts(float(np.sqrt((1 - ties) / 4)), 0.05) == pytest.approx(expected, abs=0.01)


def test_t_makes_them_a_few_more() -> None:
    assert prompts_for_half_width(0.5, 0.05) == 387
    assert half_width(0.5, 387) <= 0.05 < half_width(0.5, 386)


@given(st.floats(0.05, 1.5), st.floats(0.3, 0.97), st.sampled_from([0.05, 0.05 / 3]))
def test_prompts_for_a_power_are_those_of_statsmodels(
    effect: float, wanted: float, level: float
) -> None:
    ours = prompts_for_power(effect, 1.0, wanted, level)
    theirs = TTestPower()
    assert power(effect, 1.0, ours, level) == pytest.approx(
        float(theirs.power(effect, ours, level)), abs=1e-6
    )
    assert power(effect, 1.0, ours, level) >= wanted
    assert ours == 20 or power(effect, 1.0, ours - 1, level) < wanted


def test_nothing_to_find_needs_no_study() -> None:
    with pytest.raises(BadAssumption, match="no difference to find"):
        prompts_for_power(0.0, 1.0, 0.8)
    with pytest.raises(BadAssumption, match="expected at most"):
        prompts_for_power(1e-6, 1.0, 0.8)


def test_one_label_a_pair_spreads_as_single_choices_do() -> None:
    assumed = Assumptions(win_rate=0.5, labels=1)
    answers = average_answers(assumed, judged=False)
    found = answers.deviation(INFLUENCES["win_rate"](answers.population))
    assert found**2 == pytest.approx((1 - 0.2) / 4, abs=1e-6)


@pytest.mark.parametrize(
    "assumed",
    [
        Assumptions(win_rate=0.6),
        Assumptions(win_rate=0.7, systems=4),
        Assumptions(win_rate=0.55, labels=2, alpha=0.7),
    ],
)
@pytest.mark.parametrize("statistic", list(INFLUENCES))
def test_intervals_of_drawn_studies_are_as_wide_as_the_model_says(
    assumed: Assumptions, statistic: str
) -> None:
    answers = average_answers(assumed)
    deviation = answers.deviation(INFLUENCES[statistic](answers.population))
    design = Design(answers.population.model, 400, assumed.labels)
    widths = []
    for number in range(6):
        drawn = draw(design, answers.people, answers.judge, np.random.default_rng(number))
        found = INTERVALS[statistic](design, drawn, Bootstrap(400, number))
        assert found.low is not None
        assert found.high is not None
        widths.append((found.high - found.low) / 2)
    assert np.mean(widths) == pytest.approx(half_width(deviation, 400), rel=0.06)


def test_a_t_statistic_that_varies_less_finds_large_effects_more_surely() -> None:
    assert power(0.5, 1, 60, steadiness=0.7) > power(0.5, 1, 60) > 0.9
    assert power(0.2, 1, 60, steadiness=0.7) < power(0.2, 1, 60) < 0.4


def test_the_t_statistic_of_drawn_strengths_varies_as_said() -> None:
    answers = average_answers(Assumptions(win_rate=0.7), judged=False)
    said = steadiness(answers, "strength")
    design, found = Design(answers.population.model, 100, 3), []
    for number in range(200):
        drawn = draw(design, answers.people, answers.judge, np.random.default_rng(number))
        each = contrasts(standing(drawn.people))
        found.append(each.difference[0] / each.error[0])
    assert said < 0.8
    assert np.std(found) == pytest.approx(said, rel=0.15)


def plan_of(goal: Goal, assumed: Assumptions) -> tuple[Basis, Size]:
    based = Basis(assumed, assumed.systems * (assumed.systems - 1) / 2)
    return based, size(based, goal, 3)


@pytest.mark.parametrize(
    ("statistic", "assumed"),
    [
        ("strength", Assumptions(win_rate=0.66)),
        ("judge", Assumptions(judge_minus_human=-0.12)),
    ],
)
def test_a_planned_power_is_what_drawn_studies_find(statistic: str, assumed: Assumptions) -> None:
    based, made = plan_of(Goal(statistic, power=0.8), assumed)
    found = checked(based, made, 300, resamples=200, seed=3)
    assert found.error == pytest.approx(0.023, abs=0.003)
    assert found.found == pytest.approx(0.8, abs=3 * found.error)
    half = checked(based, replace(made, prompts=made.prompts // 2), 100, resamples=100)
    assert half.found < 0.65


@pytest.mark.parametrize("statistic", ["win_rate", "alpha"])
def test_a_planned_interval_is_as_wide_in_drawn_studies(statistic: str) -> None:
    based, made = plan_of(Goal(statistic, half_width=0.06), Assumptions())
    found = checked(based, made, 20, resamples=400)
    assert found.found == pytest.approx(0.06, rel=0.04)


def test_more_labels_a_pair_need_fewer_prompts_for_alpha_and_the_fewest_labels_come_first() -> None:
    based = Basis(Assumptions(), 1)
    made = plans(based, Goal("alpha", half_width=0.05), [1, 2, 3, 5], NO_COSTS)
    assert [one.labels for one in made] == sorted(one.labels for one in made)
    by_labels = {one.labels_per_pair: one.prompts for one in made}
    assert list(by_labels) == [3, 5, 2]  # one label a pair tells nothing of agreement
    assert by_labels[2] > by_labels[3] > by_labels[5]


def test_costs_are_hours_and_money_and_annotators_for_the_labels() -> None:
    costs = Costs(minutes_per_pair=2, hourly_rate=30, labels_per_annotator=100)
    (made,) = plans(Basis(Assumptions(), 1), Goal("win_rate", half_width=0.05), [3], costs)
    assert made.labels == 3 * made.prompts
    assert made.hours == pytest.approx(made.labels / 30)
    assert made.cost == pytest.approx(made.labels)
    assert made.annotators == -(-made.labels // 100)
    assert Costs(price_per_label=0.4).total(50) == pytest.approx(20)
    assert Costs().total(50) is None


def test_a_panel_of_four_times_as_many_moves_half_as_far() -> None:
    few, many = (
        panel_deviation(Assumptions(labels=2, annotators=size), "win_rate") / np.sqrt(size)
        for size in (3, 12)
    )
    assert many == pytest.approx(few / 2, rel=0.25)


def drawn_records(
    assumed: Assumptions, prompts: int, seed: int = 0
) -> tuple[StudyPlan, list[Pair], list[Label]]:
    """A study drawn from the model as pairs and labels, one judge included."""
    answers = average_answers(assumed)
    model = answers.population.model
    drawn = draw(
        Design(model, prompts, assumed.labels),
        model.people(assumed.annotators),
        answers.judge,
        np.random.default_rng(seed),
    )
    people, table = drawn.people, drawn.people.pairs
    pairs = [
        pair_of(number, table.systems[a], table.systems[b], prompt)
        for number, (a, b, prompt) in enumerate(
            zip(table.system_a, table.system_b, table.prompt, strict=True)
        )
    ]
    labels = [
        a_label(pair_id=pairs[unit].id, annotator=f"ann{who}", choice=people.choices[said],
                seconds=90.0)
        for unit, who, said in zip(people.unit, people.annotator, people.choice, strict=True)
    ]  # fmt: skip
    verdicts = drawn.verdicts
    labels += [
        a_label(pair_id=pairs[unit].id, annotator="j", kind="judge", swapped=False,
                choice=people.choices[min(said, 2)] if said < 3 else "tie")
        for unit, said in zip(verdicts.unit, verdicts.verdict, strict=True)
    ]  # fmt: skip
    return a_plan(), pairs, labels


PILOT = Assumptions(win_rate=0.6, tie_share=0.25, alpha=0.4, labels=3, annotators=4)


@pytest.mark.parametrize("statistic", list(INFLUENCES))
def test_a_pilot_gives_back_what_it_was_drawn_from(statistic: str) -> None:
    study = from_records(*drawn_records(PILOT, 400))
    found = basis(pilot_of(study, None, None, None), statistic, Bootstrap(400))
    assert found.assumptions.tie_share == pytest.approx(0.25, abs=0.03)
    assert found.assumptions.alpha == pytest.approx(0.4, abs=0.08)
    assert (found.assumptions.labels, found.assumptions.annotators) == (3, 4)
    assert found.pairs_per_prompt == 1
    if statistic in ("win_rate", "strength"):
        assert found.assumptions.win_rate == pytest.approx(0.6, abs=0.05)
    assert found.scale[statistic] == pytest.approx(1, abs=0.1)


def test_prompts_that_repeat_themselves_are_seen_in_the_pilot() -> None:
    plan, pairs, labels = drawn_records(PILOT, 100)
    twins = {one.id: pair_of(number, *one.systems, number) for number, one in enumerate(pairs)}
    again = [
        pair_of(1000 + number, *one.systems, number) for number, one in enumerate(twins.values())
    ]
    copies = dict(zip(twins, again, strict=True))
    doubled = [one.model_copy(update={"pair_id": twins[one.pair_id].id}) for one in labels]
    doubled += [one.model_copy(update={"pair_id": copies[one.pair_id].id}) for one in labels]
    study = from_records(plan, [*twins.values(), *again], doubled)
    found = basis(pilot_of(study, None, None, None), "win_rate", Bootstrap(50))
    once = basis(pilot_of(from_records(plan, pairs, labels), None, None, None), "win_rate",
                 Bootstrap(50))  # fmt: skip
    assert found.pairs_per_prompt == 2
    assert found.scale["win_rate"] == pytest.approx(once.scale["win_rate"], rel=1e-3)


def test_pairs_with_one_label_say_nothing_of_agreement() -> None:
    plan, pairs, labels = drawn_records(PILOT, 60)
    first = {one.id for one in pairs[:30]}
    some = [one for one in labels if one.pair_id in first]
    alone = {one.pair_id: one for one in labels if one.pair_id not in first and one.kind == "human"}
    whole, part = (
        basis(pilot_of(from_records(plan, pairs, each), None, None, None), "alpha", Bootstrap(50))
        for each in (some, [*some, *alone.values()])
    )
    assert whole == part


def test_very_large_gaps_are_found_with_few_prompts() -> None:
    at = Assumptions(win_rate=0.97, alpha=0.95, tie_share=0.02)
    _, made = plan_of(Goal("strength", power=0.8), at)
    assert made.prompts < 40


def folder(tmp_path: Path, prompts: int = 60, systems: int = 2, judged: bool = True) -> str:
    plan, pairs, labels = drawn_records(replace(PILOT, systems=systems), prompts)
    labels = [one for one in labels if judged or one.kind == "human"]
    return str(a_study_folder(tmp_path / "pilot", plan, pairs, {"people.jsonl": labels}))


def test_the_command_plans_all_goals_from_a_pilot_with_its_pace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plan.json"
    flags = ["--hourly-rate", "20", "--labels", "3", "--json", str(out)]
    assert main(["plan", "--pilot", folder(tmp_path), *flags]) == 0
    assert capsys.readouterr().out.count("Wanted: ") == 4
    answers = json.loads(out.read_text(encoding="utf-8"))["answers"]
    assert [one["goal"]["statistic"] for one in answers] == list(INFLUENCES)
    for one in answers:
        (plan,) = one["plans"]
        assert plan["cost"] == pytest.approx(20 * plan["labels"] * 1.5 / 60)


def test_of_a_pilot_without_a_judge_all_other_goals_are_planned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--pilot", folder(tmp_path, judged=False), "--labels", "3"]) == 0
    assert capsys.readouterr().out.count("Wanted: ") == 3


def test_a_flag_stands_before_the_pilots_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pilot = folder(tmp_path)
    assert main(["plan", "systems", "--pilot", pilot, "--win-rate", "0.58", "--labels", "1"]) == 0
    assert "a win rate of 0.58" in capsys.readouterr().out


def test_the_command_checks_a_plan_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--win-rate", "0.75", "--labels", "1", "--check", "60"]
    assert main(["plan", "systems", *flags]) == 0
    assert "Checked by 60 studies drawn by this plan: power 0." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["fame"], "found 'fame', expected one of win-rate, alpha, systems, judge"),
        (["systems", "--win-rate", "0.5"], "no difference to find"),
        (["judge", "--labels", "1"], "found 1 label a pair, expected two or more"),
        (["alpha", "--hourly-rate", "9"], "expected --minutes-per-pair with it"),
        (["--price-per-label", "1", "--hourly-rate", "9"], "expected one of them"),
        (["win-rate", "--pilot", "nowhere"], "nowhere"),
    ],
)
def test_bad_input_is_one_sentence(
    flags: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *flags]) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert words in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    ("pilot", "flags", "words"),
    [
        ({"prompts": 5}, ["win-rate"], "found labels on 5 prompts, expected at least 10"),
        ({"systems": 3}, ["win-rate"], "--between: found none named, expected two of the systems"),
        ({}, ["alpha", "--criterion", "style"], "found 'style', expected one of overall"),
        ({}, ["judge", "--judge", "k"], "found 'k', expected one of j"),
        ({}, ["systems", "--between", "system01", "z"], "found 'z', expected one of system01"),
        ({}, ["alpha", "--check", "5"], "found a pilot"),
    ],
)
def test_a_pilot_that_cannot_answer_says_why(
    pilot: dict[str, Any],
    flags: list[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan", *flags, "--pilot", folder(tmp_path, **pilot)]) == 2
    printed = capsys.readouterr().err
    assert words in printed
    assert printed.count("\n") == 1


def test_ratings_are_not_planned_by_comparisons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, pairs, labels = drawn_records(PILOT, 12)
    both = a_plan(a_criterion(), a_criterion("fine", YES_NO))
    study = a_study_folder(tmp_path / "pilot", both, pairs, {"people.jsonl": labels})
    assert main(["plan", "alpha", "--pilot", str(study), "--criterion", "fine"]) == 2
    assert "found 'fine', expected one of overall" in capsys.readouterr().err
