"""Studies drawn from the stated model, what they would find, and how often intervals hold it."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from analysis.__main__ import main
from analysis.agreement import rows as agreement
from analysis.agreement.coefficients import coefficient
from analysis.arrays import Ints
from analysis.estimates import Interval
from analysis.judges import ppi_rows
from analysis.judges.beside_people import judge_rows
from analysis.outcomes import human_outcomes
from analysis.planning.assumptions import Assumptions, BadAssumption
from analysis.planning.coverage import (
    Simulation,
    coverage,
    fresh_annotators,
    panel,
    same_annotators,
)
from analysis.planning.drawing import Design, Drawn, draw
from analysis.planning.intervals import found
from analysis.planning.model import Model, Spread, Voters, chances, verdict_chances
from analysis.planning.population import Population, count_vectors, vector_chances
from analysis.planning.telling import GAPS, Splits, false_splits, planned_gaps
from analysis.resampling.resample import Bootstrap
from analysis.systems import ranking

THREE = Assumptions(win_rate=0.65, systems=3)
FEW = Bootstrap(2)


def people_of(assumed: Assumptions, seed: int = 0) -> tuple[Model, Voters, Voters]:
    model = assumed.model()
    return model, panel(assumed, model, np.random.default_rng(seed)), assumed.judge(model)


def test_count_vectors_of_a_panel_are_those_of_everyone_who_may_label_and_all_they_may_say() -> (
    None
):
    rng = np.random.default_rng(0)
    chance = rng.dirichlet([1, 1, 1], size=(4, 2))  # four people, two prompts
    found = vector_chances(chance, 3)
    expected = np.zeros_like(found)
    vectors = [tuple(row) for row in count_vectors(3).tolist()]
    for who in combinations(range(4), 3):
        for said in product(range(3), repeat=3):
            vector = tuple(np.bincount(said, minlength=3).tolist())
            ways = np.prod(
                [chance[one, :, choice] for one, choice in zip(who, said, strict=True)], 0
            )
            expected[:, vectors.index(vector)] += ways / 4
    assert found == pytest.approx(expected)


def test_the_model_gives_what_was_assumed_of_average_people() -> None:
    assumed = Assumptions(win_rate=0.7, tie_share=0.15, alpha=0.4)
    model = assumed.model()
    at = Population.of(model, model.people(2), model.people(1), 2)
    labels = at.table.sum(axis=(0, 2)) @ at.vectors / 2
    assert labels[0] + labels[1] / 2 == pytest.approx(0.7, abs=1e-5)
    assert labels[1] == pytest.approx(0.15, abs=1e-5)
    assert at.alpha == pytest.approx(0.4, abs=1e-5)


def test_a_judge_is_as_much_below_people_as_assumed() -> None:
    assumed = Assumptions(judge_minus_human=-0.1, labels=4)
    model = assumed.model()
    at = Population.of(model, model.people(4), assumed.judge(model), 4)
    assert at.judge_minus_human == pytest.approx(-0.1, abs=1e-6)


def test_people_without_ties_choose_none() -> None:
    model = Assumptions(tie_share=0).model()
    assert model.threshold == 0
    assert chances(model.people(2), np.linspace(-3, 3, 7), 0, 1)[..., 1] == pytest.approx(0)


def test_a_judge_for_the_first_place_is_inconsistent_more_often_and_no_less_fair() -> None:
    model = Assumptions(win_rate=0.5).model()
    fair = Voters.alike(1, 2, model.threshold)
    biased = Voters(fair.sensitivity, fair.threshold, np.array([2.0]), fair.taste)
    near = np.zeros(1)
    plain, bent = (verdict_chances(one, near, 0, 1)[0] for one in (fair, biased))
    assert bent[1] > plain[1] + 0.05
    assert bent[0] == pytest.approx(bent[2])


@pytest.mark.parametrize(
    ("assumed", "words"),
    [
        ({"win_rate": 1.0}, "win rate: found 1, expected more than 0, less than 1"),
        ({"alpha": 0.0}, "alpha: found 0"),
        ({"labels": 3, "annotators": 2}, "expected at least the 3 who label a pair"),
        ({"systems": 1}, "expected two or more"),
    ],
)
def test_assumptions_that_cannot_be_are_named(assumed: dict[str, float], words: str) -> None:
    with pytest.raises(BadAssumption, match=words):
        Assumptions(**assumed)  # type: ignore[arg-type]


def test_assumptions_that_exclude_each_other_name_what_comes_nearest() -> None:
    with pytest.raises(BadAssumption, match=r"no people have a win rate of 0\.9"):
        Assumptions(win_rate=0.9, tie_share=0.1, alpha=0.3).model()


def test_a_judge_better_than_any_is_refused_with_what_there_is_room_for() -> None:
    assumed = Assumptions(judge_minus_human=0.5)
    with pytest.raises(BadAssumption, match="one without any"):
        assumed.judge(assumed.model())


def test_a_very_large_study_finds_what_the_population_has() -> None:
    model, people, judge = people_of(THREE)
    design = Design(model, 12_000, 3)
    drawn = draw(design, people, judge, np.random.default_rng(1))
    truth = Population.of(model, people, judge, 3)
    parts, source = design.parts, human_outcomes(drawn.people)[:1]
    rows = {
        (one.statistic, one.subject.get("system")): one.value
        for one in ranking.estimates(drawn.people, parts, source, FEW)
    }
    assert rows["win_rate", "system01"] == pytest.approx(truth.win_rate(0), abs=0.01)
    strengths = [rows["bradley_terry", f"system0{number}"] for number in (1, 2, 3)]
    assert strengths == pytest.approx(truth.strengths.tolist(), abs=0.04)
    alpha = coefficient("krippendorff_alpha_ordinal", drawn.people.tally)
    assert alpha == pytest.approx(truth.alpha, abs=0.01)
    judged = {
        one.statistic: one.value for one in judge_rows(drawn.people, drawn.verdicts, parts, FEW)
    }
    assert judged["judge_minus_human"] == pytest.approx(truth.judge_minus_human, abs=0.01)


def test_intervals_are_those_of_the_report() -> None:
    model, people, judge = people_of(THREE)
    design = Design(model, 50, 3, 20)
    drawn = draw(design, people, judge, np.random.default_rng(5))
    parts, source, twenty = design.parts, human_outcomes(drawn.people)[:1], Bootstrap(20)
    rows = [
        *ranking.estimates(drawn.people, parts, source, twenty),
        *agreement.estimates(drawn.people, parts, twenty),
        *judge_rows(drawn.people, drawn.verdicts, parts, twenty),
        *ppi_rows.estimates(drawn.people, drawn.verdicts, parts, twenty),
    ]
    of = {
        "win_rate": ("win_rate", {"system": "system01"}),
        "alpha": ("krippendorff_alpha_ordinal", {}),
        "strength": ("pairwise_significance", {"systems": ("system01", "system03")}),
        "judge": ("judge_minus_human", {"judge": "judge"}),
        "ppi": ("ppi_win_rate", {"system": "system01", "judge": "judge"}),
    }
    ours = found(design, drawn, twenty)
    for name, (statistic, subject) in of.items():
        (row,) = [one for one in rows if (one.statistic, one.subject) == (statistic, subject)]
        assert (ours[name].low, ours[name].high) == pytest.approx((row.low, row.high)), name


def drawn_once(labels: int, annotators: int) -> Drawn:
    assumed = Assumptions(labels=labels, annotators=annotators)
    model, people, judge = people_of(assumed)
    return draw(Design(model, 40, labels, 10), people, judge, np.random.default_rng(2))


def test_each_pair_has_its_labels_from_different_annotators_and_the_rest_none() -> None:
    people = drawn_once(3, 5).people
    units: Ints = people.unit.reshape(-1, 3)
    assert (units == np.arange(40)[:, None]).all()
    assert all(len(set(row)) == 3 for row in people.annotator.reshape(-1, 3).tolist())
    assert set(people.annotator.tolist()) == set(range(5))


def test_the_judge_sees_every_pair_in_both_orders() -> None:
    verdicts = drawn_once(2, 2).verdicts
    assert verdicts.unit.tolist() == list(range(50))
    assert verdicts.labels.tolist() == [2] * 50


def test_coverage_counts_which_intervals_hold_the_truth_and_on_which_side_others_lie() -> None:
    found = [Interval(0, 1), Interval(0.6, 1), Interval(0, 0.4), Interval(0, 0.2), Interval()]
    row = coverage("alpha", 10, 0.5, found)
    assert (row.held, row.below, row.above, row.missing) == (1, 2, 1, 1)
    assert row.share == 0.2
    assert row.error == pytest.approx(np.sqrt(0.2 * 0.8 / 5))
    assert row.width == pytest.approx((1 + 0.4 + 0.4 + 0.2) / 4)


SMALL = Simulation(THREE, sizes=(60,), studies=80, resamples=200)


def test_intervals_hold_for_new_prompts_with_these_annotators() -> None:
    rows = list(same_annotators(SMALL))
    assert len(rows) == 5
    for row in rows:  # of 80 studies with a chance of 95% below 70 is one in 2,400
        assert row.held >= 70, row
        assert row.missing == 0


def test_intervals_do_not_hold_for_annotators_who_are_not_these() -> None:
    unlike = Assumptions(win_rate=0.65, systems=3, spread=Spread(taste=1.5))
    rows = {row.statistic: row for row in fresh_annotators(Simulation(unlike, (60,), 40, 50))}
    assert rows["win_rate"].held < 30
    assert rows["strength"].held < 30


def test_the_command_prints_its_tables_the_same_for_the_same_seed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    flags = ["--studies", "2", "--prompts", "12", "--resamples", "20", "--seed", "4"]
    assert main(["simulate", *flags]) == 0
    first = capsys.readouterr().out
    assert main(["simulate", *flags]) == 0
    assert capsys.readouterr().out == first
    assert first.count("| judge minus human | 12 |") == 2
    assert first.count("| 10 | 12 |") == 1  # equal systems
    assert "seed 4" in first


def test_assumptions_that_cannot_be_end_the_command_with_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["simulate", "--annotators", "2", "--labels", "3"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_equal_systems_are_seldom_split() -> None:
    found = list(false_splits(Simulation(Assumptions(), (40,), 120), systems=(3,)))
    assert [(one.systems, one.prompts, one.studies) for one in found] == [(3, 40, 120)]
    assert found[0].split <= 14  # of 120 with a chance of 5% more than 14 are one in 1,400


def test_strong_systems_are_told_from_weak_ones() -> None:
    at = Simulation(Assumptions(), studies=60)
    found = list(planned_gaps(at, systems=(3,)))
    assert [check.plan.expected >= 0.8 for _, check in found] == [True] * len(GAPS)
    for _, check in found:  # of 60 with a chance of 80% fewer than 38 are one in 900
        assert check.found * 60 >= 38


def test_a_share_of_splits_has_its_error() -> None:
    row = Splits(3, 30, 400, 20)
    assert row.share == 0.05
    assert row.error == pytest.approx(np.sqrt(0.05 * 0.95 / 400))
