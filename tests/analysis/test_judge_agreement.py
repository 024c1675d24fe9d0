"""How often judges say what people say, and people what people say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.ballots import groupings
from analysis.estimates import Estimate
from analysis.judges.beside_people import judge_rows, people_rows
from analysis.judges.judging import resolve
from analysis.labels import from_records
from analysis.resampling.ratios import MOST_CLUSTERS, Ratio, blocks_of, method_of, ratio_rows
from analysis.resampling.resample import Bootstrap
from annotation.schema import Label, Pair, Scale
from tests.analysis.plain_counts import between_people, with_people
from tests.analysis.small_studies import (
    FIXTURE_D,
    ballots_of,
    judged,
    people,
    report_of,
    row_of,
    some_pairs,
)
from tests.builders import YES_NO, a_criterion, a_label, a_pair, a_plan, a_prompt

JUDGE = {"judge": "j"}
D_JUDGED = {False: ("a", "a", "b", "tie"), True: ("a", "b", "b", "tie")}


def of_fixture_d(statistic: str, subject: Any = None) -> Estimate:
    pairs = some_pairs(4)
    report = report_of(pairs, people(FIXTURE_D, pairs) + judged("j", D_JUDGED, pairs))
    return row_of(report, statistic, subject)


@pytest.mark.parametrize(
    ("statistic", "value", "n", "unit"),
    [
        ("mtbench_s1", 8 / 12, 12, "pairs of votes"),
        ("mtbench_s2", 7 / 9, 9, "pairs of votes"),
        ("mtbench_s2_coverage", 9 / 12, 12, "pairs of votes"),
        ("human_loo_agreement", 2 / 3, 12, "labels"),
        ("alpacaeval_agreement", 0.75, 12, "labels"),
    ],
)
def test_people_of_four_pairs_agree_as_worked_by_hand(
    statistic: str, value: float, n: int, unit: str
) -> None:
    found = of_fixture_d(statistic)
    assert found.value == pytest.approx(value)
    assert (found.n, found.unit) == (n, unit)


@pytest.mark.parametrize(
    ("statistic", "value", "n"),
    [
        ("mtbench_s1", 8 / 12, 12),
        ("mtbench_s2", 1, 6),
        ("mtbench_s2_coverage", 6 / 12, 12),
        ("judge_loo_agreement", 2 / 3, 12),
        ("judge_minus_human", 0, 12),
        ("alpacaeval_agreement", 0.875, 4),
    ],
)
def test_the_judge_of_four_pairs_agrees_as_worked_by_hand(
    statistic: str, value: float, n: int
) -> None:
    found = of_fixture_d(statistic, JUDGE)
    assert found.value == pytest.approx(value)
    assert found.n == n


SCALES = ("preference3", "preference3-bad", "preference5")


@st.composite
def judged_units(draw: st.DrawFn) -> tuple[str, list[tuple[str, ...]], list[str]]:
    """A scale, the votes on each unit and the judge's verdict of it."""
    kind = draw(st.sampled_from(SCALES))
    choices = Scale(kind=kind).choices
    units = draw(
        st.lists(st.lists(st.sampled_from(choices), max_size=4).map(tuple), min_size=1, max_size=8)
    )
    said = st.sampled_from((*choices, "invalid", "abstained"))
    return kind, units, [draw(said) for _ in units]


def labels_of(units: Sequence[Sequence[str]], pairs: Sequence[Pair]) -> list[Label]:
    return [
        a_label(pair_id=pair.id, annotator=f"ann{who}", choice=choice)
        for votes, pair in zip(units, pairs, strict=True)
        for who, choice in enumerate(votes)
    ]


@given(judged_units())
def test_agreement_is_that_of_a_loop_over_votes(
    made: tuple[str, list[tuple[str, ...]], list[str]],
) -> None:
    kind, units, verdicts = made
    pairs = some_pairs(len(units))
    labels = labels_of(units, pairs) + judged("j", {None: verdicts}, pairs)
    study = from_records(a_plan(a_criterion(scale=kind)), pairs, labels)
    ballots, (judge,) = ballots_of(study), resolve(ballots_of(study, "judge"))
    parts = groupings(study.pairs, ballots.asked)[:1]
    for rows, expected in (
        (people_rows(ballots, parts, Bootstrap(2)), between_people(units)),
        (judge_rows(ballots, judge, parts, Bootstrap(2)), with_people(units, verdicts)),
    ):
        found = {row.statistic: row.value for row in rows}
        assert found == pytest.approx(expected)


def test_the_two_orders_of_a_judge_count_as_one_vote_and_a_tie_where_they_differ() -> None:
    pairs = some_pairs(1)
    both = {False: ("a",), True: ("tie",)}
    report = report_of(pairs, people(("TT",), pairs) + judged("j", both, pairs))
    found = row_of(report, "mtbench_s1", JUDGE)
    assert (found.value, found.n) == (1, 2)


def test_unreadable_verdicts_are_wrong_in_every_comparison_and_never_left_out() -> None:
    pairs = some_pairs(4)
    said = {None: ("invalid", "abstained", "invalid", "invalid")}
    report = report_of(pairs, people(FIXTURE_D, pairs) + judged("j", said, pairs))
    names = ("mtbench_s1", "mtbench_s2", "judge_loo_agreement", "alpacaeval_agreement")
    found = [row_of(report, name, JUDGE) for name in names]
    assert [(row.value, row.n) for row in found] == [(0, 12), (0, 10), (0, 12), (0, 4)]
    minus = row_of(report, "judge_minus_human", JUDGE).value
    assert minus == pytest.approx(-2 / 3)


def test_judge_and_people_are_compared_on_what_the_judge_judged() -> None:
    pairs = some_pairs(4)
    said = {None: ("a", "a", "", "")}
    report = report_of(pairs, people(FIXTURE_D, pairs) + judged("j", said, pairs))
    # On the first two pairs people agree in 3 of 3 and 1 of 3, the judge in 3 of 3 and 2 of 3.
    assert row_of(report, "judge_minus_human", JUDGE).value == pytest.approx(1 / 6)
    assert row_of(report, "judge_minus_human", JUDGE).n == 6
    assert row_of(report, "human_loo_agreement").n == 12


def test_with_one_annotator_people_cannot_agree_and_a_judge_can_agree_with_her() -> None:
    pairs = some_pairs(3)
    labels = people(("A", "T", "B"), pairs) + judged("j", {None: ("a", "b", "b")}, pairs)
    report = report_of(pairs, labels)
    for name in ("mtbench_s1", "human_loo_agreement", "alpacaeval_agreement"):
        assert row_of(report, name).reason == "nothing has two labels"
    assert row_of(report, "mtbench_s1", JUDGE).value == pytest.approx(2 / 3)
    assert row_of(report, "mtbench_s2", JUDGE).value == 1
    minus = row_of(report, "judge_minus_human", JUDGE)
    assert (minus.value, minus.n) == (None, 0)
    assert "two people" in str(minus.reason)


def test_a_judge_of_pairs_that_nobody_labelled_is_compared_with_nobody() -> None:
    pairs = some_pairs(2)
    labels = people(("AA", ".."), pairs) + judged("j", {None: ("", "a")}, pairs)
    found = row_of(report_of(pairs, labels), "mtbench_s1", JUDGE)
    assert (found.value, found.n) == (None, 0)
    assert "both a person's label and a verdict" in str(found.reason)


def test_only_ties_leave_setup_2_nothing_and_its_coverage_is_0() -> None:
    pairs = some_pairs(2)
    report = report_of(pairs, people(("TT", "TT"), pairs))
    assert row_of(report, "mtbench_s1").value == 1
    assert "prefer a side" in str(row_of(report, "mtbench_s2").reason)
    assert row_of(report, "mtbench_s2_coverage").value == 0


def test_full_agreement_has_wilsons_interval_over_the_prompts() -> None:
    pairs = some_pairs(10)
    report = report_of(pairs, people(["AAA"] * 10, pairs) + judged("j", {None: "a" * 10}, pairs))
    for name, subject in (("human_loo_agreement", None), ("mtbench_s1", JUDGE)):
        found = row_of(report, name, subject)
        assert found.low == pytest.approx(0.722467, abs=1e-6)
        assert found.high == 1
    difference = row_of(report, "judge_minus_human", JUDGE)
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)


def test_one_prompt_gives_values_without_intervals() -> None:
    pairs = [a_pair(n, prompt=a_prompt("The only prompt")) for n in range(4)]
    report = report_of(pairs, people(FIXTURE_D, pairs) + judged("j", D_JUDGED, pairs))
    for name, subject in (("mtbench_s1", None), ("judge_minus_human", JUDGE)):
        found = row_of(report, name, subject)
        assert found.value is not None
        assert (found.low, found.high) == (None, None)


def test_the_difference_is_taken_within_one_resample() -> None:
    pairs = some_pairs(40)
    rows = ["AAA", "AAB", "ABT", "BBT"] * 10
    # The judge says what the first annotator says: both vary with the pairs drawn, together.
    said = {None: [{"A": "a", "B": "b"}[row[0]] for row in rows]}
    report = report_of(pairs, people(rows, pairs) + judged("j", said, pairs))
    widths = [
        row.high - row.low
        for name, subject in (
            ("judge_minus_human", JUDGE),
            ("judge_loo_agreement", JUDGE),
            ("human_loo_agreement", None),
        )
        if (row := row_of(report, name, subject)).low is not None and row.high is not None
    ]
    assert widths[0] < 0.6 * (widths[1] + widths[2])


def test_the_range_with_one_annotator_left_out_is_worked_by_hand() -> None:
    found = of_fixture_d("mtbench_s1", JUDGE)
    # Without ann1: A,A A,B B,B B,T against A T B T; without ann3: A,A A,A B,B T,B.
    assert (found.low_leave_one_out, found.high_leave_one_out) == (5 / 8, 6 / 8)


def test_every_category_and_task_has_its_own_rows_and_pairs_of_systems_have_none() -> None:
    pairs = [
        a_pair(n, prompt=a_prompt(f"Prompt {n}", category="honest" if n < 2 else "harmless"))
        for n in range(4)
    ]
    report = report_of(pairs, people(FIXTURE_D, pairs) + judged("j", D_JUDGED, pairs))
    found = [row for row in report.estimates if row.statistic == "mtbench_s1"]
    assert row_of(report, "mtbench_s1", JUDGE, {"category": "honest"}).value == 3 / 6
    assert row_of(report, "mtbench_s1", {}, {"category": "harmless"}).value == 4 / 6
    assert {tuple(row.slice) for row in found} == {(), ("category",), ("task",)}
    # The length baseline stands beside the judge.
    assert {row.subject.get("judge") for row in found} == {None, "j", "length"}


def test_ratings_have_leave_one_out_agreement_and_no_pairwise_setups() -> None:
    pairs = some_pairs(2)
    labels = [
        a_label(pair_id=pair.id, target=target, annotator=f"ann{who}", choice=choice)
        for pair in pairs
        for target, both in (("a", ("yes", "yes")), ("b", ("yes", "no")))
        for who, choice in enumerate(both)
    ]
    labels += [
        a_label(pair_id=pair.id, target="a", annotator="j", kind="judge", choice="yes")
        for pair in pairs
    ]
    report = report_of(pairs, labels, a_criterion(scale=YES_NO))
    assert row_of(report, "human_loo_agreement").value == 0.5
    assert row_of(report, "judge_loo_agreement", JUDGE).value == 1
    names = {row.statistic for row in report.estimates}
    assert not names & {"mtbench_s1", "alpacaeval_agreement", "ppi_win_rate", "longer_preferred"}


def test_a_sparse_design_of_many_annotators_is_counted_right() -> None:
    rng = np.random.default_rng(0)
    pairs = some_pairs(60)
    said = rng.choice(["a", "tie", "b"], (60, 3))
    who = np.stack([rng.choice(500, 3, replace=False) for _ in pairs])
    labels = [
        a_label(pair_id=pair.id, annotator=f"ann{who[row, k]}", choice=str(said[row, k]))
        for row, pair in enumerate(pairs)
        for k in range(3)
    ]
    expected = between_people([tuple(map(str, votes)) for votes in said])
    report = report_of(pairs, labels)
    for name, value in expected.items():
        found = row_of(report, name)
        assert found.value == pytest.approx(value)
        assert found.low_leave_one_out is None  # there are too many to leave each out


def test_more_prompts_than_the_limit_are_resampled_in_blocks_and_the_method_says_so() -> None:
    cluster = np.repeat(np.arange(MOST_CLUSTERS + 500), 2)
    block, blocks = blocks_of(cluster)
    assert blocks == MOST_CLUSTERS
    assert (block[0::2] == block[1::2]).all()
    assert "in 2,000 blocks" in method_of(Bootstrap(), cluster)
    assert "blocks" not in method_of(Bootstrap(), cluster[:-1000])


def test_an_interval_over_blocks_is_as_wide_as_that_of_the_theory() -> None:
    rng = np.random.default_rng(1)
    prompts = 6000
    share = rng.random(prompts)
    cluster = np.repeat(np.arange(prompts), 3)
    hit = (rng.random(len(cluster)) < share[cluster]).astype(int)
    ratio = {"judge_accuracy": Ratio(np.array([0.0, 1]), np.ones(2), "pairs", "nothing")}
    blank = Estimate("judge_accuracy", "overall", reason="waits")
    (row,) = ratio_rows(blank, ratio, hit, cluster, Bootstrap(1000))
    means = hit.reshape(-1, 3).mean(axis=1)
    assert row.low is not None
    assert row.high is not None
    assert row.high - row.low == pytest.approx(2 * 1.96 * means.std() / np.sqrt(prompts), rel=0.1)
