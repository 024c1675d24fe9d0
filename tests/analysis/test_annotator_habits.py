"""Sides, ties, pace, runs, second answers and pairs with known answers of each annotator."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from analysis.annotators.habits import _binomial_quantile
from analysis.annotators.rows import estimates
from analysis.ballots import Ballots
from analysis.estimates import Estimate
from analysis.labels import from_records, read_study
from analysis.report.compose import Report, analyse
from analysis.report.markdown import markdown
from analysis.resampling.resample import Bootstrap
from annotation.schema import Label, Pair
from annotation.study import StudyError
from tests.analysis.small_studies import CHOICE, pair_of, report_of, row_of, some_pairs
from tests.builders import YES_NO, a_criterion, a_label, a_pair, a_plan, a_study_folder

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def labelled(letters: str, swapped: Sequence[bool] | None = None, **fields: Any) -> Report:
    """One annotator's labels of as many pairs, one after the other."""
    pairs = some_pairs(len(letters))
    labels = [
        a_label(
            pair_id=pair.id,
            choice=CHOICE[letter],
            swapped=None if swapped is None else swapped[number],
            created_at=NOON + timedelta(minutes=number),
            **{name: values[number] for name, values in fields.items()},
        )
        for number, (pair, letter) in enumerate(zip(pairs, letters, strict=True))
    ]
    return report_of(pairs, labels)


def of(report: Report, statistic: str, annotator: str = "ann") -> Estimate:
    return row_of(report, statistic, {"annotator": annotator})


@pytest.mark.parametrize(
    ("left", "decided", "p"), [(8, 10, 0.109375), (9, 10, 0.021484), (30, 40, 0.002221)]
)
def test_side_bias_has_the_exact_binomials_p(left: int, decided: int, p: float) -> None:
    # Every second pair is shown swapped: a choice of a is then a choice of the second response.
    swapped = [number % 2 == 1 for number in range(decided)]
    letters = [
        "A" if (number < left) != turned else "B" for number, turned in enumerate(swapped)
    ]  # fmt: skip
    row = of(labelled("".join(letters), swapped), "side_bias")
    assert row.value == pytest.approx(2 * left / decided - 1)
    assert row.p == pytest.approx(p, abs=1e-6)
    assert row.n == decided


def test_ties_and_labels_of_an_unknown_order_say_nothing_of_sides() -> None:
    assert of(labelled("TTA", [False, True, False]), "side_bias").n == 1
    row = of(labelled("AB"), "side_bias")
    assert (row.value, row.p) == (None, None)
    assert "order on the screen" in str(row.reason)


def test_of_many_fair_annotators_none_is_told_to_favour_a_side() -> None:
    """Benjamini and Hochberg's adjustment over the annotators keeps false alarms rare."""
    rng = np.random.default_rng(3)
    pairs = some_pairs(40)
    alarms = 0
    for _ in range(20):
        labels = [
            a_label(
                pair_id=pair.id,
                annotator=f"ann{who:02}",
                choice="ab"[rng.integers(2)],
                swapped=bool(rng.integers(2)),
            )
            for who in range(20)
            for pair in pairs[:20]
        ]
        rows = report_rows(pairs, labels, "side_bias")
        assert all(row.adjustment == "bh" for row in rows)
        alarms += any(row.p_adjusted is not None and row.p_adjusted < 0.05 for row in rows)
    assert alarms <= 3


def report_rows(pairs: Sequence[Pair], labels: Sequence[Label], name: str) -> list[Estimate]:
    study = from_records(a_plan(), pairs, labels)
    people = Ballots.of(study, 0, study.of_kind("human"))
    return [row for row in estimates(study, 0, people) if row.statistic == name]


def test_who_favours_a_side_is_told_in_words() -> None:
    text = markdown(labelled("A" * 12, [False] * 12))
    assert "one side of the screen is preferred by ann (the first, p = 0.000488)" in text
    assert "one side of the screen" not in markdown(labelled("AB" * 6, [False] * 12))


def test_the_share_of_ties_counts_labels_without_a_side() -> None:
    row = of(labelled("TTAB"), "tie_share")
    assert (row.value, row.n) == (0.5, 4)


def test_the_median_of_seconds_leaves_out_what_is_unknown() -> None:
    row = of(labelled("AAAAA", seconds=[30, None, 10, 20, 100]), "median_seconds")
    assert (row.value, row.n, row.low) == (25, 4, None)  # four are too few for an interval
    row = of(labelled("A" * 10, seconds=list(range(10))), "median_seconds")
    assert (row.value, row.low, row.high) == (4.5, 1, 8)  # order statistics 2 and 9 of 10
    row = of(labelled("AAA", seconds=[60.7, 41.3, 12.1]), "median_seconds")
    assert row.value == 41.3  # to the last digit
    assert of(labelled("A"), "median_seconds").reason == "the labels have no seconds"


@given(st.integers(0, 3000))
def test_the_order_statistics_are_those_of_the_binomial(n: int) -> None:
    (k,) = _binomial_quantile(np.array([n])).tolist()
    assert k == -1 or binom.cdf(k, n, 0.5) <= 0.025 + 1e-12
    assert n == 0 or binom.cdf(k + 1, n, 0.5) > 0.025


def test_straight_lining_is_the_longest_run_of_one_choice_on_the_screen() -> None:
    assert of(labelled("ABBBA"), "straight_lining").value == 3
    # Swapped, B on the pair is the first on the screen: A A then A' A' are four in a row.
    row = of(labelled("AABBA", [False, False, True, True, True]), "straight_lining")
    assert (row.value, row.n) == (4, 5)


def test_runs_go_by_time_and_end_with_the_annotator() -> None:
    pairs = some_pairs(3)
    times = (NOON, NOON + timedelta(hours=2), NOON + timedelta(hours=1))
    labels = [
        a_label(pair_id=pair.id, choice=choice, created_at=at, annotator=who)
        for who in ("ann", "bob")
        for pair, choice, at in zip(pairs, ("a", "b", "a"), times, strict=True)
    ]
    report = report_of(pairs, labels)
    assert of(report, "straight_lining").value == 2
    assert of(report, "straight_lining", "bob").value == 2


def again(pair: Pair, choice: str, **fields: Any) -> Label:
    return a_label(pair_id=pair.id, choice=choice, purpose="repeat", repeat=1, **fields)


def test_second_answers_are_compared_with_the_first_and_kept_out_of_agreement() -> None:
    pairs = some_pairs(3)
    first = [a_label(pair_id=pair.id, choice="a") for pair in pairs]
    first[2] = first[2].model_copy(update={"purpose": "surplus"})
    second = [again(pairs[0], "a"), again(pairs[1], "b"), again(pairs[2], "a")]
    alone = again(pairs[0], "a", annotator="who never answered first")
    report = report_of(pairs, [*first, *second, alone])
    row = of(report, "self_consistency")
    assert row.value == pytest.approx(2 / 3)
    assert row.n == 3
    assert all(alone.annotator not in row.subject.values() for row in report.estimates)
    assert row_of(report, "percent_agreement").reason == "nothing has two labels"
    assert row_of(report, "majority_count", {"choice": "a"}).value == 2


def test_who_met_no_pair_again_has_no_consistency() -> None:
    row = of(labelled("AB"), "self_consistency")
    assert row.reason == "this annotator met no pair again"


def gold_study(folder: Path, *gold: Pair) -> Report:
    """Two gold pairs; ann is right on one question of three, bob answered after a change."""
    scale = a_criterion("fine", scale=YES_NO)
    plan_labels = [
        a_label(pair_id=gold[0].id, choice="a", purpose="gold"),
        a_label(pair_id=gold[1].id, choice="b", purpose="gold"),
        a_label(pair_id=gold[1].id, criterion="fine", target="a", choice="no", purpose="gold"),
        a_label(pair_id=gold[1].id, criterion="fine", target="b", choice="no", purpose="gold"),
        a_label(pair_id=a_pair(0).id, choice="a"),
        a_label(pair_id=gold[0].id, choice="b", purpose="gold", annotator="bob", created_at=NOON),
        a_label(
            pair_id=gold[0].id,
            choice="a",
            purpose="gold",
            annotator="bob",
            created_at=NOON + timedelta(hours=1),
        ),
        a_label(pair_id="no longer gold", choice="a", purpose="gold", annotator="bob"),
    ]
    a_study_folder(folder, a_plan(a_criterion(), scale), 3, {"people.jsonl": plan_labels})
    lines = [one.model_dump_json() for one in gold]
    (folder / "gold.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return analyse(read_study(folder), Bootstrap(20))


def known(number: int, answers: Any) -> Pair:
    pair = pair_of(number, "x", "y")
    return pair.model_copy(update={"meta": {"answers": answers}})


def test_answers_to_gold_pairs_are_marked_by_the_known_ones(tmp_path: Path) -> None:
    gold = known(100, {"overall": "a"}), known(101, {"overall": "a", "fine": {"a": "yes"}})
    report = gold_study(tmp_path / "study", *gold)
    row = of(report, "gold_accuracy")
    assert (row.value, row.n) == (0.5, 2)
    fine = row_of(report, "gold_accuracy", {"annotator": "ann"}, criterion="fine")
    assert (fine.value, fine.n) == (0, 1)
    assert of(report, "gold_accuracy", "bob").value == 1  # the latest answer counts
    assert report.data["excluded"]["gold"] == 7
    assert row_of(report, "majority_count", {"choice": "a"}).value == 1


def test_a_gold_pair_whose_answer_is_not_on_its_scale_is_named(tmp_path: Path) -> None:
    gold = known(100, {"overall": "yes"}), known(101, {"overall": "a"})
    with pytest.raises(StudyError, match=r"gold\.jsonl:1: meta\.answers\.overall"):
        gold_study(tmp_path / "study", *gold)


def test_the_exact_test_is_that_of_scipy() -> None:
    rows = report_rows(
        some_pairs(15),
        [
            a_label(pair_id=pair.id, choice="a", swapped=number < 4)
            for number, pair in enumerate(some_pairs(15))
        ],
        "side_bias",
    )
    assert rows[0].p == pytest.approx(binomtest(4, 15).pvalue)
    assert json.dumps(rows[0].to_json())
