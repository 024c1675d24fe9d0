"""A judge's two orders, what it says where the preference is known, and the length baseline."""

from __future__ import annotations

import pytest

from annotation.schema import Label, Pair
from tests.analysis.small_studies import (
    FIXTURE_D,
    judged,
    people,
    report_of,
    row_of,
    some_pairs,
)
from tests.builders import a_label, a_pair, a_prompt, a_response

JUDGE = {"judge": "j"}
D_JUDGED = {False: ("a", "a", "b", "tie"), True: ("a", "b", "b", "tie")}


def test_the_judge_of_fixture_d_is_consistent_in_three_of_four() -> None:
    pairs = some_pairs(4)
    report = report_of(pairs, people(FIXTURE_D, pairs) + judged("j", D_JUDGED, pairs))
    assert row_of(report, "order_consistency", JUDGE).value == 0.75
    bias = row_of(report, "first_position_bias", JUDGE)
    assert (bias.value, bias.n, bias.p) == (0.25, 4, 1.0)


def test_a_judge_that_always_says_1_is_fully_biased_and_lets_nobody_win() -> None:
    pairs = some_pairs(6)
    said = {False: ("a",) * 6, True: ("b",) * 6}
    report = report_of(pairs, people(["AAA"] * 6, pairs) + judged("j", said, pairs))
    assert row_of(report, "order_consistency", JUDGE).value == 0
    bias = row_of(report, "first_position_bias", JUDGE)
    assert bias.value == 1
    assert bias.p == pytest.approx(2 * 0.5**6)
    assert row_of(report, "judge_inconsistent_share", JUDGE).value == 1
    assert row_of(report, "judge_accuracy", JUDGE).value == 0
    for system in ("system-x", "system-y"):
        assert row_of(report, "win_rate", {**JUDGE, "system": system}).value == 0.5


def test_a_judge_that_prefers_the_second_has_a_negative_bias() -> None:
    pairs = some_pairs(2)
    said = {False: ("b", "b"), True: ("a", "a")}
    report = report_of(pairs, judged("j", said, pairs))
    assert row_of(report, "first_position_bias", JUDGE).value == -1


def test_orders_without_a_usable_verdict_are_left_out() -> None:
    pairs = some_pairs(3)
    said = {False: ("a", "invalid", "a"), True: ("a", "b", "abstained")}
    report = report_of(pairs, judged("j", said, pairs))
    found = row_of(report, "order_consistency", JUDGE)
    assert (found.value, found.n) == (1, 1)
    none = row_of(report_of(pairs, judged("j", {None: "aba"}, pairs)), "order_consistency", JUDGE)
    assert none.reason is not None
    assert "both orders" in none.reason


def known(pairs: list[Pair], choices: str) -> list[Label]:
    return [
        a_label(pair_id=pair.id, annotator="source", kind="reference", choice=choice)
        for pair, choice in zip(pairs, choices, strict=True)
    ]


def test_reference_accuracy_is_given_for_each_category_with_its_interval() -> None:
    pairs = [
        a_pair(n, prompt=a_prompt(f"Prompt {n}", category="honest" if n < 4 else "harmless"))
        for n in range(8)
    ]
    said = {
        False: ("a", "a", "b", "a", "b", "b", "a", "invalid"),
        True: ("a", "a", "b", "b", "b", "b", "a", "b"),
    }
    labels = [*judged("j", said, pairs), *known(pairs, "aaaabbbb")]
    report = report_of(pairs, labels)
    honest = row_of(report, "reference_accuracy", JUDGE, {"category": "honest"})
    assert (honest.value, honest.n) == (0.5, 4)
    assert honest.low is not None
    assert row_of(report, "reference_accuracy", JUDGE).value == 0.5
    assert row_of(report, "reference_accuracy", JUDGE, {"category": "harmless"}).value == 0.5


def test_the_baseline_prefers_the_longer_response_and_calls_a_small_difference_a_tie() -> None:
    lengths = [(100, 50), (50, 100), (100, 96), (100, 94)]
    pairs = [
        a_pair(n, response_a=a_response("x", "a" * a), response_b=a_response("y", "b" * b))
        for n, (a, b) in enumerate(lengths)
    ]
    labels = people(["A", "B", "T", "A"], pairs) + judged("j", {None: "aaaa"}, pairs)
    found = row_of(report_of(pairs, labels), "judge_accuracy", {"judge": "length"})
    assert found.value == 1
    assert found.method is not None
    assert "within 5%" in found.method


def test_there_is_no_baseline_where_nothing_was_judged() -> None:
    pairs = some_pairs(2)
    report = report_of(pairs, people(["A", "B"], pairs))
    assert not [one for one in report.estimates if "judge" in one.subject]
