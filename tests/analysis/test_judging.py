"""How a judge's labels become one verdict a pair, and are compared with people."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    f1_score,
    precision_score,
    recall_score,
)

from analysis.judges.confusions import MEASURES
from analysis.judges.judging import Verdicts, resolve
from analysis.labels import from_records
from tests.analysis.small_studies import (
    FIXTURE_D,
    ballots_of,
    judged,
    pair_of,
    people,
    report_of,
    row_of,
    some_pairs,
)
from tests.builders import YES_NO, a_criterion, a_label, a_plan

NAMES = ("a", "tie", "b", "invalid", "abstained", "inconsistent")
JUDGE = {"judge": "j"}
# The judge of fixture D in both orders, un-swapped: A,A  A,B  B,B  T,T.
D_JUDGED = {False: ("a", "a", "b", "tie"), True: ("a", "b", "b", "tie")}


def verdict_of(*choices: str, scale: str = "preference3") -> str:
    pair = some_pairs(1)
    labels = [
        a_label(pair_id=pair[0].id, annotator="j", kind="judge", choice=choice, swapped=bool(order))
        for order, choice in enumerate(choices)
    ]
    study = from_records(a_plan(a_criterion(scale=scale)), pair, labels)
    (verdicts,) = resolve(ballots_of(study, "judge"))
    names = [*study.plan.criteria[0].scale.choices, *NAMES[3:]]
    return names[int(verdicts.verdict[0])]


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (("b",), "b"),
        (("invalid",), "invalid"),
        (("a", "a"), "a"),
        (("tie", "tie"), "tie"),
        (("invalid", "invalid"), "invalid"),
        (("a", "invalid"), "invalid"),
        (("abstained", "b"), "abstained"),
        (("abstained", "invalid"), "invalid"),
        (("a", "b"), "inconsistent"),
        (("a", "tie"), "inconsistent"),
    ],
)
def test_the_two_orders_are_resolved_by_the_contracts_rule(
    choices: tuple[str, ...], expected: str
) -> None:
    assert verdict_of(*choices) == expected


def test_two_strengths_of_one_preference_are_inconsistent() -> None:
    assert verdict_of("a_clearly", "a_slightly", scale="preference5") == "inconsistent"


def test_of_several_runs_of_a_judge_the_first_counts() -> None:
    pairs = some_pairs(1)
    runs = [
        a_label(pair_id=pairs[0].id, annotator="j", kind="judge", choice=choice, repeat=run)
        for run, choice in enumerate(("b", "a", "a"))
    ]
    (verdicts,) = resolve(ballots_of(from_records(a_plan(), pairs, runs), "judge"))
    assert verdicts.verdict.tolist() == [2]


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("judge_accuracy", 0.75),
        ("judge_macro_precision", 0.833333),
        ("judge_macro_recall", 0.833333),
        ("judge_macro_f1", 0.777778),
        ("judge_weighted_f1", 0.75),
        ("judge_inconsistent_share", 0.25),
        ("judge_invalid_share", 0),
    ],
)
def test_a_judge_of_four_pairs_gets_what_is_worked_by_hand(statistic: str, expected: float) -> None:
    pairs = some_pairs(4)
    report = report_of(pairs, people(FIXTURE_D, pairs) + judged("j", D_JUDGED, pairs))
    found = row_of(report, statistic, JUDGE)
    assert found.value == pytest.approx(expected, abs=1e-6)
    assert found.n == 4


CODES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), min_size=2, max_size=40)


@given(CODES)
def test_measures_are_those_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    people_said, judge_said = (list(column) for column in zip(*rows, strict=True))
    table = np.zeros((1, 3, 6))
    for one, other in rows:
        table[0, one, other] += 1
    ours = {name: float(measure(table)[0]) for name, measure in MEASURES.items()}
    options = {"labels": [0, 1, 2], "zero_division": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = {
            "judge_accuracy": accuracy_score(people_said, judge_said),
            "judge_macro_precision": precision_score(
                people_said, judge_said, average="macro", **options
            ),
            "judge_macro_recall": recall_score(people_said, judge_said, average="macro", **options),
            "judge_macro_f1": f1_score(people_said, judge_said, average="macro", **options),
            "judge_weighted_f1": f1_score(people_said, judge_said, average="weighted", **options),
            "judge_cohen_kappa": cohen_kappa_score(people_said, judge_said, labels=range(5)),
        }
    assert ours == pytest.approx(theirs, nan_ok=True)


def test_unreadable_verdicts_stay_in_the_denominator_and_are_wrong() -> None:
    pairs = some_pairs(4)
    said = {None: ("a", "invalid", "b", "abstained")}
    report = report_of(pairs, people(FIXTURE_D, pairs) + judged("j", said, pairs))
    accuracy = row_of(report, "judge_accuracy", JUDGE)
    assert (accuracy.value, accuracy.n) == (0.5, 4)
    assert row_of(report, "judge_invalid_share", JUDGE).value == 0.25
    assert row_of(report, "judge_abstained_share", JUDGE).value == 0.25


def test_pairs_without_a_human_majority_are_left_out_of_the_comparison() -> None:
    pairs = some_pairs(3)
    labels = people(("AAA", "ATB", "..."), pairs) + judged("j", {None: ("a", "a", "a")}, pairs)
    found = row_of(report_of(pairs, labels), "judge_accuracy", JUDGE)
    assert (found.value, found.n) == (1, 1)


def test_one_order_alone_says_nothing_of_consistency() -> None:
    pairs = some_pairs(4)
    report = report_of(pairs, people(FIXTURE_D, pairs) + judged("j", {True: ("a",) * 4}, pairs))
    found = row_of(report, "judge_inconsistent_share", JUDGE)
    assert (found.value, found.reason) == (None, "nothing was judged in both orders")


def test_a_judge_without_people_is_compared_with_nobody_and_still_ranks_systems() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(4)]
    report = report_of(pairs, judged("j", D_JUDGED, pairs))
    accuracy = row_of(report, "judge_accuracy", JUDGE)
    assert (accuracy.value, accuracy.reason) == (None, "no pair with a human majority")
    assert row_of(report, "win_rate", {"judge": "j", "system": "x"}).value == 0.5
    assert row_of(report, "win_rate", {"system": "x"}).value is None


def test_a_judges_inconsistent_pair_is_a_tie_of_its_ranking_and_an_invalid_one_none() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(3)]
    said = {False: ("a", "a", "invalid"), True: ("a", "b", "b")}
    report = report_of(pairs, judged("j", said, pairs))
    x = {"judge": "j", "system": "x"}
    names = ("win_count", "tie_count", "loss_count")
    assert [row_of(report, name, x).value for name in names] == [1, 1, 0]
    assert row_of(report, "majority_count", {"judge": "j", "choice": "none"}).value == 1


def test_an_inconsistent_rating_is_wrong() -> None:
    pairs = some_pairs(2)
    rate = {"kind": "human", "target": "a", "choice": "yes"}
    labels = [a_label(pair_id=pair.id, **rate) for pair in pairs]
    for order, choice in ((False, "yes"), (True, "no")):
        labels.append(
            a_label(pair_id=pairs[0].id, annotator="j", kind="judge", target="a", choice=choice,
                    swapped=order)
        )  # fmt: skip
    report = report_of(pairs, labels, a_criterion(scale=YES_NO))
    assert row_of(report, "judge_accuracy", JUDGE).value == 0


def test_no_verdict_at_all_is_no_error() -> None:
    nothing = Verdicts("j", 3, *(np.zeros(0, int) for _ in range(3)))
    assert not nothing.invalid.any()
