"""The alternative-annotator test, plain as its authors have it and clustered by prompt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from analysis.arrays import Floats
from analysis.estimates import Estimate
from analysis.judges.alt_test import contests, leads, p_values, rejected
from analysis.judges.alt_test_rows import EPSILONS, FEWEST, Q
from analysis.judges.judging import resolve
from analysis.labels import from_records, read_study
from analysis.report.compose import Report
from annotation.__main__ import main as annotation
from annotation.schema import Label, Pair
from tests.analysis.small_studies import (
    CHOICE,
    ballots_of,
    judged,
    people,
    report_of,
    row_of,
    some_pairs,
)
from tests.builders import a_criterion, a_label, a_pair, a_plan, a_prompt

J = {"judge": "j"}


def omega(report: Report, epsilon: float, clustered: bool = False) -> Estimate:
    name = "alt_test_omega_clustered" if clustered else "alt_test_omega"
    return row_of(report, name, {**J, "epsilon": epsilon})


def studied(rows: Sequence[str], verdicts: Sequence[str], pairs: Sequence[Pair]) -> Report:
    return report_of(pairs, people(rows, pairs) + judged("j", {None: verdicts}, pairs))


HAND = (["AAA"] * 24 + ["AAB"] * 6, "a" * 27 + "b" * 3)
"""The third annotator says b six times, the judge on the last three of these."""


@pytest.mark.parametrize(("epsilon", "expected"), [(0.0, 0), (0.1, 1), (0.2, 1)])
def test_the_share_of_annotators_is_worked_by_hand(epsilon: float, expected: float) -> None:
    found = omega(studied(*HAND, some_pairs(30)), epsilon)
    assert (found.value, found.n, found.unit) == (expected, 3, "annotators")


def test_the_leads_and_p_values_are_worked_by_hand() -> None:
    pairs = some_pairs(30)
    labels = people(HAND[0], pairs) + judged("j", {None: HAND[1]}, pairs)
    study = from_records(a_plan(), pairs, labels)
    ballots, (judge,) = ballots_of(study), resolve(ballots_of(study, "judge"))
    found = contests(ballots, judge)
    by_annotator = leads(found, found.annotator, 4)
    mean, error, n = by_annotator.mean[:3], by_annotator.error[:3], by_annotator.n[:3]
    assert mean == pytest.approx([0, 0, -0.1])
    p = p_values(mean, error, n - 1, 0.2)
    assert p[:2].tolist() == [0, 0]
    assert p[2] == pytest.approx(4.35e-6, rel=1e-2)
    # Each pair is a prompt of its own, so both tests are one.
    assert by_annotator.clustered[:3] == pytest.approx(error)


def test_the_advantage_is_the_mean_share_that_the_judge_wins_or_ties() -> None:
    report = studied(*HAND, some_pairs(30))
    assert row_of(report, "alt_test_rho", J).value == 1
    assert row_of(report, "alt_test_rho", {**J, "epsilon": 0.2}).value == 1


def test_every_epsilon_has_a_plain_and_a_clustered_row() -> None:
    report = studied(*HAND, some_pairs(30))
    for name in ("alt_test_omega", "alt_test_omega_clustered", "alt_test_rho"):
        found = [
            row.subject["epsilon"]
            for row in report.estimates
            if row.statistic == name and row.subject.get("judge") == "j"
            and not row.slice and "epsilon" in row.subject
        ]  # fmt: skip
        assert tuple(found) == EPSILONS


def test_differences_without_spread_pass_below_epsilon_and_fail_at_it() -> None:
    mean, error = np.array([-0.5, 0.0, 0.2, 0.3]), np.zeros(4)
    assert p_values(mean, error, np.full(4, 29), 0.2).tolist() == [0, 0, 1, 1]


def test_without_a_second_prompt_nothing_is_shown() -> None:
    assert p_values(np.zeros(1), np.full(1, np.nan), np.zeros(1), 0.3).tolist() == [1]


def test_copies_of_a_pair_in_one_prompt_do_not_make_the_clustered_test_surer() -> None:
    rows, said = ["AA"] * 20 + ["BA"] * 20, "a" * 40
    apart = studied(rows, said, some_pairs(40))
    copied_pairs = [
        a_pair(n, prompt=a_prompt(f"Prompt {n // 10}")) for n in range(40)
    ]  # four prompts, whose ten pairs are alike
    together = studied(rows, said, copied_pairs)
    assert omega(apart, 0.1).value == omega(together, 0.1).value == 1
    assert omega(apart, 0.1, clustered=True).value == 1
    assert omega(together, 0.1, clustered=True).value == 0.5


def test_labels_of_one_prompt_cannot_be_clustered() -> None:
    pairs = [a_pair(n, prompt=a_prompt("The only prompt")) for n in range(30)]
    report = studied(*HAND, pairs)
    assert omega(report, 0.2).value == 1
    found = omega(report, 0.2, clustered=True)
    assert (found.value, found.reason) == (None, "all labels are of one prompt")
    assert row_of(report, "alt_test_rho", J).low is None


def test_annotators_with_fewer_labels_than_thirty_are_not_tested() -> None:
    pairs = some_pairs(30)
    rows = ["AAA"] * 29 + ["AA."]
    found = omega(studied(rows, "a" * 30, pairs), 0.2)
    assert (found.value, found.n) == (1, 2)
    few = omega(studied(["AAA"] * 29, "a" * 29, pairs[:29]), 0.2)
    assert (few.value, few.n) == (None, 0)
    assert f"no annotator has {FEWEST} labels" in str(few.reason)


@pytest.mark.parametrize("rows", [["A"] * 40, ["A.", ".A"] * 20])
def test_one_annotator_or_no_overlap_leaves_nobody_to_compare_with(rows: list[str]) -> None:
    report = studied(rows, "a" * 40, some_pairs(40))
    assert omega(report, 0.2).value is None
    assert row_of(report, "alt_test_rho", J).value is None


def test_a_judge_with_invalid_verdicts_only_ties_where_an_annotator_is_wrong_too() -> None:
    report = studied(["AAB"] * 30, ["invalid"] * 30, some_pairs(30))
    # The third annotator matches nobody, nor does the judge; the others are half right.
    assert row_of(report, "alt_test_rho", J).value == pytest.approx(1 / 3)


def fives(rows: Sequence[Sequence[str]], pairs: Sequence[Pair], judge: str) -> list[Label]:
    labels = [
        a_label(pair_id=pair.id, annotator=f"ann{who}", choice=choice)
        for votes, pair in zip(rows, pairs, strict=True)
        for who, choice in enumerate(votes)
    ]
    return labels + judged("j", {None: [judge] * len(pairs)}, pairs)


def test_on_five_points_nearer_is_better_and_on_three_only_equal() -> None:
    pairs = some_pairs(30)
    votes = [("a_clearly", "a_clearly", "b_clearly")] * 30
    report = report_of(pairs, fives(votes, pairs, "a_slightly"), a_criterion(scale="preference5"))
    # Against one a and one b the judge is nearer than either annotator, against two a than b.
    assert row_of(report, "alt_test_rho", J).value == 1
    assert "-RMSE" in str(omega(report, 0.2).method)
    three = studied(["AAB"] * 30, ["tie"] * 30, pairs)
    assert row_of(three, "alt_test_rho", J).value == pytest.approx(1 / 3)
    assert "accuracy" in str(omega(three, 0.2).method)


def test_no_verdict_is_farther_off_than_the_worst_choice_on_five_points() -> None:
    pairs = some_pairs(30)
    votes = [("a_clearly", "b_clearly")] * 30
    report = report_of(pairs, fives(votes, pairs, "invalid"), a_criterion(scale="preference5"))
    assert row_of(report, "alt_test_rho", J).value == 0


LETTERS = st.sampled_from("ABT")


def played(units: Sequence[tuple[str, str]], epsilon: float) -> tuple[float, float, float]:
    """The authors' procedure in plain Python, for three annotators: omega, rho, clustered omega."""
    p, share, clustered = [], [], []
    for out in range(3):
        leads_, wins = [], []
        for votes, said in units:
            others = [votes[k] for k in range(3) if k != out]
            human = sum(one == votes[out] for one in others)
            judge = sum(one == said for one in others)
            wins.append(judge >= human)
            leads_.append(int(human >= judge) - int(judge >= human))
        share.append(np.mean(wins))
        p.append(one_sided(np.array(leads_), epsilon))
        # Two units a prompt, all prompts alike in size: a t-test of the prompts' means.
        clustered.append(one_sided(np.array(leads_).reshape(-1, 2).mean(axis=1), epsilon))
    rejections = [rejected(np.array(found), Q).mean() for found in (p, clustered)]
    return float(rejections[0]), float(np.mean(share)), float(rejections[1])


def one_sided(differences: Floats, epsilon: float) -> float:
    if np.ptp(differences) == 0:
        return float(differences.mean() >= epsilon)
    return float(ttest_1samp(differences, popmean=epsilon, alternative="less").pvalue)


@given(
    st.lists(st.tuples(st.tuples(LETTERS, LETTERS, LETTERS).map("".join), LETTERS),
             min_size=15, max_size=15).map(lambda units: units * 2),
    st.sampled_from(EPSILONS),
)  # fmt: skip
def test_the_test_is_that_of_a_loop_in_plain_python(
    units: list[tuple[str, str]], epsilon: float
) -> None:
    pairs = [a_pair(n, prompt=a_prompt(f"Prompt {n // 2}")) for n in range(30)]
    verdicts = [CHOICE[said] for _, said in units]
    labels = people([votes for votes, _ in units], pairs)
    labels += judged("j", {None: verdicts}, pairs)
    study = from_records(a_plan(), pairs, labels)
    ballots, (judge,) = ballots_of(study), resolve(ballots_of(study, "judge"))
    found = contests(ballots, judge)
    by = leads(found, found.annotator, 4)
    plain = p_values(by.mean[:3], by.error[:3], by.n[:3] - 1, epsilon)
    clustered = p_values(by.mean[:3], by.clustered[:3], by.clusters[:3] - 1, epsilon)
    ours = rejected(plain, Q).mean(), by.judge[:3].mean(), rejected(clustered, Q).mean()
    assert ours == pytest.approx(played(units, epsilon))


def test_many_annotators_have_a_linearised_interval_near_the_bootstraps() -> None:
    rng = np.random.default_rng(0)
    pairs = some_pairs(600)
    said = rng.choice(["a", "b"], 600)
    agree = rng.random((600, 3)) < 0.8
    labels, intervals = judged("j", {None: said.tolist()}, pairs), {}
    for width in (6, 40):
        labels_ = list(labels)
        for row, pair in enumerate(pairs):
            for k in range(3):
                choice = said[row] if agree[row, k] else {"a": "b", "b": "a"}[str(said[row])]
                who = (row + k) % width
                labels_.append(a_label(pair_id=pair.id, annotator=f"ann{who}", choice=str(choice)))
        found = row_of(report_of(pairs, labels_), "alt_test_rho", J)
        assert found.n == width
        assert found.low is not None
        assert found.high is not None
        intervals[width] = found.high - found.low
    assert intervals[40] == pytest.approx(intervals[6], rel=0.25)


def test_pandalms_p_values_are_the_authors_and_clustered_ones_are_larger(
    shared_data: Path, tmp_path: Path
) -> None:
    source = shared_data / "pandalm"
    judge = f"pandalm-7b={source / 'pandalm-7b-testset-v1.json'}"
    folder = str(tmp_path / "study")
    assert annotation(
        ["import", "pandalm", str(source / "testset-v1.json"), folder, "--judge", judge]
    ) == 0  # fmt: skip
    study = read_study(tmp_path / "study")
    ballots, (verdicts,) = ballots_of(study), resolve(ballots_of(study, "judge"))
    found = contests(ballots, verdicts)
    by = leads(found, found.annotator, 3)
    oracles = json.loads((shared_data / "oracles.json").read_text(encoding="utf-8"))
    expected = oracles["pandalm.alttest.pandalm7b.per_annotator"]["value"]
    for epsilon in (0.2, 0.3):
        plain = p_values(by.mean, by.error, by.n - 1, epsilon)
        assert plain == pytest.approx([one[f"p_eps{epsilon}"] for one in expected.values()])
    assert by.judge == pytest.approx([one["rho_llm"] for one in expected.values()])
    clustered = p_values(by.mean, by.clustered, by.clusters - 1, 0.3)
    assert clustered == pytest.approx([0.075, 0.039, 0.119], abs=5e-4)
