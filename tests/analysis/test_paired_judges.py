"""Differences of two judges, and of a judge and people, within one resample."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.judges.paired import gap
from analysis.report.compose import Report
from analysis.resampling.resample import Bootstrap
from analysis.systems.contrasts import SURE
from annotation.schema import Pair
from tests.analysis.small_studies import judged, people, report_of, row_of, some_pairs

LONGER = {"basis": "longer_preferred"}


def both(*, p: int, right: str, other: str) -> Report:
    """p pairs that people call a, with the verdicts of `one` and `two` repeated over them."""
    pairs = some_pairs(p)
    labels = people(["AAA"] * p, pairs)
    for name, says in (("one", right), ("two", other)):
        verdicts = [{"A": "a", "B": "b", "T": "tie"}[says[n % len(says)]] for n in range(p)]
        labels += judged(name, {None: verdicts}, pairs)
    return report_of(pairs, labels)


def test_the_difference_of_two_judges_is_that_of_their_accuracies_on_the_same_pairs() -> None:
    report = both(p=40, right="AAAB", other="AABB")
    found = row_of(report, "pairwise_significance", {"annotators": ("one", "two")})
    assert found.value == pytest.approx(0.25)
    assert found.n == 40
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 0.25 < found.high
    # The error is sqrt(40/39 (10 * .75**2 + 30 * .25**2)) / 40, t is the root of 13, 39 degrees.
    assert found.p == pytest.approx(0.000873, abs=1e-6)
    assert found.adjustment == "holm"


def test_judges_who_err_on_the_same_pairs_are_told_apart_where_their_own_intervals_overlap() -> (
    None
):
    """That one judge is right wherever the other is, and sometimes more, is seen only in pairs."""
    report = both(p=100, right="AAAAABBBBB", other="AAAABBBBBB")
    one, two = (row_of(report, "judge_accuracy", {"judge": name}) for name in ("one", "two"))
    assert one.low is not None
    assert two.high is not None
    assert one.low < two.high
    found = row_of(report, "pairwise_significance", {"annotators": ("one", "two")})
    assert found.low is not None
    assert found.low > 0
    assert found.p_adjusted is not None
    assert found.p_adjusted < SURE


def test_judges_who_always_say_the_same_have_no_difference_and_no_interval() -> None:
    found = row_of(
        both(p=12, right="AAB", other="AAB"),
        "pairwise_significance",
        {"annotators": ("one", "two")},
    )
    assert (found.value, found.low, found.p) == (0, None, None)


def test_judges_of_other_pairs_cannot_be_compared() -> None:
    pairs = some_pairs(8)
    labels = people(["AAA"] * 8, pairs)
    labels += judged("one", {None: ["a"] * 4}, pairs[:4])
    labels += judged("two", {None: ["a"] * 4}, pairs[4:])
    found = row_of(
        report_of(pairs, labels), "pairwise_significance", {"annotators": ("one", "two")}
    )
    assert found.value is None
    assert found.reason == "nothing with a human majority has a verdict of both"


def written(pair: Pair, longer: str) -> Pair:
    """The pair with the response a or b clearly longer."""
    texts = {"a": "word " * 20, "b": "word " * 20, longer: "word " * 60}
    changed = {
        f"response_{side}": getattr(pair, f"response_{side}").model_copy(
            update={"text": texts[side]}
        )
        for side in "ab"
    }
    return pair.model_copy(update=changed)


def test_how_much_more_a_judge_loves_length_is_a_difference_on_the_same_pairs() -> None:
    pairs = [written(one, "ab"[number % 2]) for number, one in enumerate(some_pairs(40))]
    said = ["ab"[number % 2] if number % 4 < 2 else "ba"[number % 2] for number in range(40)]
    labels = people([one.upper() * 3 for one in said], pairs)
    labels += judged("j", {None: ["ab"[number % 2] for number in range(40)]}, pairs)
    report = report_of(pairs, labels)
    found = row_of(report, "judge_minus_human", {"judge": "j"}, LONGER)
    assert found.value == pytest.approx(0.5)
    assert found.low is not None
    assert found.low > 0
    assert found.n == 40
    assert row_of(report, "longer_preferred", {"judge": "j"}).value == 1
    assert row_of(report, "longer_preferred").value == 0.5


def test_a_mean_of_nothing_has_no_difference() -> None:
    ones, nothing = np.ones((4, 1)), np.zeros((4, 1))
    under = np.concatenate([ones, nothing], axis=1)
    assert gap(under, under, np.arange(4), Bootstrap(50)) is None


def test_one_prompt_has_a_difference_without_an_interval() -> None:
    over = np.array([[1.0, 0.0], [1.0, 1.0]])
    found = gap(over, np.ones((2, 2)), np.zeros(2, np.int64), Bootstrap(50))
    assert found is not None
    assert (found.value, found.interval.low, found.p) == (0.5, None, None)


def test_the_interval_resamples_both_means_together() -> None:
    """Each resample's difference is that of the two means over the same prompts."""
    rng = np.random.default_rng(3)
    first = rng.random(60) < 0.6
    over = np.stack([first, first ^ (rng.random(60) < 0.1)], axis=1).astype(np.float64)
    bootstrap, cluster = Bootstrap(400), np.arange(60)
    found = gap(over, np.ones((60, 2)), cluster, bootstrap)
    drawn = np.concatenate(list(bootstrap.times(60))).astype(np.float64) @ (over[:, 0] - over[:, 1])
    assert found is not None
    assert found.interval.low is not None
    assert found.interval.high is not None
    assert np.quantile(drawn / 60, 0.02) == pytest.approx(found.interval.low, abs=0.02)
    assert np.quantile(drawn / 60, 0.98) == pytest.approx(found.interval.high, abs=0.02)
