"""What each judge may be used for, in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analysis.estimates import Estimate
from analysis.judges.advice import Advice, advise
from tests.analysis.small_studies import judged, people, report_of, some_pairs

J = {"judge": "j"}
LENGTH = {"judge": "length"}


def row(statistic: str, value: float | None, half: float | None = None, **fields: Any) -> Estimate:
    """An estimate of the judge j with an interval of that half-width."""
    made: dict[str, Any] = {"subject": J, "n": 100, **fields}
    if value is None:
        made.setdefault("reason", "nothing there")
    elif half is not None:
        made |= {"low": value - half, "high": value + half}
    return Estimate(statistic, "overall", value=value, **made)


def beyond(value: float, half: float | None = None) -> Estimate:
    """How much more accurate j is than the longer response."""
    return row("pairwise_significance", value, half, subject={"annotators": ("j", "length")})


def more_longer(value: float, half: float | None = None) -> Estimate:
    """How much more often j prefers the longer response than people do."""
    return row("judge_minus_human", value, half, slice={"basis": "longer_preferred"})


def omegas(*passed: float) -> list[Estimate]:
    """The clustered test of three annotators: passed for all of them at some epsilons."""
    return [
        row("alt_test_omega_clustered", float(epsilon in passed), n=3,
            subject={**J, "epsilon": epsilon})
        for epsilon in (0.0, 0.1, 0.15, 0.2, 0.3)
    ]  # fmt: skip


def usual(**changed: Estimate | list[Estimate] | None) -> list[Estimate]:
    """A good judge's estimates, some of them changed or left out."""
    made: dict[str, Any] = {
        "accuracy": row("judge_accuracy", 0.8, 0.03),
        "length": row("judge_accuracy", 0.6, 0.03, subject=LENGTH),
        "beyond": beyond(0.2, 0.04),
        "kappa": row("judge_cohen_kappa", 0.7, 0.05),
        "s1": row("mtbench_s1", 0.8, 0.03),
        "loo": row("judge_loo_agreement", 0.8, 0.03),
        "minus": row("judge_minus_human", -0.01, 0.02),
        "consistency": row("order_consistency", 0.95, 0.02),
        "side": row("first_position_bias", 0.01, 0.02),
        "invalid": row("judge_invalid_share", 0.0, 0.0),
        "abstained": row("judge_abstained_share", 0.0, 0.0),
        "longer": row("longer_preferred", 0.6, 0.03),
        "people longer": row("longer_preferred", 0.6, 0.03, subject={}),
        "more longer": more_longer(0.0, 0.04),
        "tau": row("kendall_tau", 0.9, 0.1, n=6),
        "omega": omegas(0.1, 0.15, 0.2, 0.3),
        **changed,
    }
    found: list[Estimate] = []
    for one in made.values():
        found += one if isinstance(one, list) else [one] if one is not None else []
    return found


def of(**changed: Any) -> Advice:
    return advise(
        usual(**{name.replace("_", " "): one for name, one in changed.items()}), "overall", "j"
    )


def test_a_judge_that_passes_the_clustered_test_may_stand_in_for_an_annotator() -> None:
    found = of()
    assert found.use == "annotator"
    assert found.summary == "j may stand in for an annotator on overall, for pairs like these."
    assert found.may[0].startswith("stand in for crowd workers or trained annotators or experts")
    assert "3 of 3 annotators, but for ε = 0.1" in found.may[0]
    assert not found.may_not


@pytest.mark.parametrize(
    ("epsilon", "whom"), [(0.15, "trained annotators or experts"), (0.2, "experts")]
)
def test_whom_it_may_stand_in_for_depends_on_the_least_epsilon(epsilon: float, whom: str) -> None:
    passed = [one for one in (0.15, 0.2, 0.3) if one >= epsilon]
    assert f"stand in for {whom}:" in of(omega=omegas(*passed)).may[0]


def test_passing_at_an_epsilon_that_nobody_is_worth_is_not_enough() -> None:
    found = of(omega=omegas(0.3))
    assert found.use == "ranking"
    assert "as good as none of 3 annotators, even" in found.may_not[0]
    assert "may rank systems on overall, but not stand in" in found.summary


def test_the_plain_test_does_not_count() -> None:
    plain = row("alt_test_omega", 1, subject={**J, "epsilon": 0.1}, n=3)
    assert advise([*usual(omega=omegas()), plain], "overall", "j").use == "ranking"


def test_a_test_that_was_not_made_is_said_with_its_reason() -> None:
    nobody = [
        row("alt_test_omega_clustered", None, subject={**J, "epsilon": 0.2}, reason="too few")
    ]
    assert "which was not tested: too few" in of(omega=nobody).may_not[0]
    assert "the test was not made" in of(omega=None).may_not[0]


def test_an_unsure_ranking_is_refused_and_few_systems_are_only_told() -> None:
    unsure = of(omega=omegas(), tau=row("kendall_tau", 0.6, 0.5, n=5))
    assert unsure.use == "help"
    assert "rank systems by itself: Kendall's tau" in unsure.may_not[1]
    few = of(omega=omegas(), tau=row("kendall_tau", 1.0, n=3))
    assert few.use == "help"
    assert "3 systems are too few to judge its ranking by" in few.facts[0]


def test_a_judge_no_better_than_length_should_not_be_used() -> None:
    found = of(accuracy=row("judge_accuracy", 0.6, 0.03), beyond=beyond(0.0))
    assert found.use == "nothing"
    assert found.summary == "j should not be used on overall."
    assert not found.may
    assert "choosing the longer response is as good, 60.0%" in " ".join(found.may_not)


def test_whether_a_judge_is_better_than_length_is_said_by_their_difference_alone() -> None:
    near = usual(accuracy=row("judge_accuracy", 0.63, 0.03), beyond=beyond(0.03, 0.01))
    sure = advise(near, "overall", "j")  # whose two intervals overlap
    assert sure.facts[0].startswith("It is better than choosing the longer response: 63.0% of")
    assert "against 60.0%, +3.0 points [+2.0, +4.0] on what both judged" in sure.facts[0]
    unsure = of(beyond=beyond(0.2, 0.25))  # whose two intervals lie apart
    assert unsure.use == "annotator"
    assert "is not shown to be better than choosing the longer response" in unsure.facts[0]


def test_that_a_judge_is_better_than_length_is_claimed_beside_the_other_tests_only() -> None:
    one = replace(beyond(0.06, 0.05), p=0.03, adjustment="holm")
    unsure = of(beyond=replace(one, p_adjusted=0.07))
    assert "is not shown to be better than choosing the longer response" in unsure.facts[0]
    assert unsure.facts[0].endswith("[+1.0, +11.0] (Holm's p 0.070) on what both judged.")
    assert of(beyond=replace(one, p_adjusted=0.04)).facts[0].startswith("It is better than")
    assert "Holm's p < 0.001" in of(beyond=replace(one, p_adjusted=1e-5)).facts[0]


def test_a_difference_to_a_judge_behind_in_the_alphabet_is_turned() -> None:
    rows = [
        row("judge_accuracy", 0.5, 0.03, subject=LENGTH),
        row("judge_accuracy", 0.7, 0.03, subject={"judge": "m"}),
        row("pairwise_significance", -0.2, 0.05, subject={"annotators": ("length", "m")}),
    ]
    (said,) = [one for one in advise(rows, "overall", "m").facts if "better than choosing" in one]
    assert "It is better" in said
    assert "+20.0 points [+15.0, +25.0]" in said


def test_agreement_that_may_be_chance_is_no_use() -> None:
    found = of(kappa=row("judge_cohen_kappa", 0.05, 0.1))
    assert found.use == "nothing"
    assert "which may be chance" in " ".join(found.may_not)


@pytest.mark.parametrize(
    ("value", "words"),
    [(-0.2, "agrees with people less than"), (0.2, "agrees with people more than"),
     (0.01, "not shown to agree with people more or less")],
)  # fmt: skip
def test_agreement_beside_peoples_own_is_said_with_its_interval(value: float, words: str) -> None:
    (said,) = [
        fact for fact in of(minus=row("judge_minus_human", value, 0.02)).facts if words in fact
    ]
    assert f"80.0% against {100 * (0.8 - value):.1f}%" in said
    assert f"[{100 * value - 2:+.1f}, {100 * value + 2:+.1f}]" in said


@pytest.mark.parametrize(
    ("consistency", "side", "words"),
    [
        (0.7, 0.0, "same in both orders in 70.0%"),
        (0.95, 0.1, "favours the response shown first"),
        (0.95, -0.1, "favours the response shown second"),
    ],
)
def test_a_judge_that_is_moved_by_the_order_must_be_asked_in_both(
    consistency: float, side: float, words: str
) -> None:
    found = of(
        consistency=row("order_consistency", consistency, 0.02),
        side=row("first_position_bias", side, 0.02),
    )
    assert found.may_not[0].startswith("be asked in one order only")
    assert words in found.may_not[0]


def test_a_judge_that_was_asked_in_one_order_is_not_trusted_to_favour_no_side() -> None:
    found = of(consistency=row("order_consistency", None), side=row("first_position_bias", None))
    assert found.may_not == ("be trusted to favour no side: it was not asked in both orders",)


def test_failures_are_told_and_many_are_a_warning() -> None:
    few, many = (of(invalid=row("judge_invalid_share", share, 0.01)) for share in (0.02, 0.2))
    assert "It gives no verdict on 2.0%, which count as wrong." in few.facts
    assert many.may_not == ("go unwatched: it gives no verdict on 20.0%, which count as wrong",)


def test_more_love_of_length_than_peoples_is_a_warning_and_less_is_told() -> None:
    more, less, same = (
        of(longer=row("longer_preferred", share, 0.03), more_longer=more_longer(gap, half))
        for share, gap, half in ((0.8, 0.2, 0.05), (0.4, -0.2, 0.05), (0.8, 0.2, 0.25))
    )
    assert "length_controlled_win_rate" in more.may_not[0]
    assert "80.0%, people in 60.0%, +20.0 points [+15.0, +25.0] where" in more.may_not[0]
    (said,) = [one for one in less.facts if "longer response in 40.0%" in one]
    assert "people in 60.0%, -20.0 points [-25.0, -15.0] where both decided." in said
    assert not same.may_not


def test_a_judge_of_ratings_is_told_by_its_correlation_and_error() -> None:
    found = of(
        length=None, s1=None, beyond=None,
        tau=row("judge_spearman", 0.5, 0.1),
        side=row("judge_mean_absolute_error", 0.4, 0.05),
        consistency=row("order_consistency", None),
    )  # fmt: skip
    assert "rho 0.50 [0.40, 0.60] and are 0.40 [0.35, 0.45] away" in found.facts[-1]
    assert "people's ratings, which stay the measure" in found.may[-1]
    assert not found.may_not  # a single response has no order


@pytest.mark.parametrize(
    ("accuracy", "reason"),
    [
        (row("judge_accuracy", None, reason="no pair with a human majority"), "no pair with a"),
        (row("judge_accuracy", 1.0), "one prompt"),
        (None, "it has no label here"),
    ],
)
def test_what_is_not_known_is_said_to_be_unknown(accuracy: Estimate | None, reason: str) -> None:
    found = of(accuracy=accuracy)
    assert found.use == "unknown"
    assert reason in found.summary
    assert (found.may, found.may_not, found.facts) == ((), (), ())


def test_other_criteria_and_slices_do_not_count() -> None:
    other = Estimate("judge_accuracy", "clarity", J, value=0.9, low=0.8, high=0.95)
    sliced = Estimate("judge_accuracy", "overall", J, {"category": "c"}, value=0.9, low=0.8)
    assert advise([other, sliced], "overall", "j").use == "unknown"


def test_a_report_of_a_perfect_judge_and_of_one_that_is_always_invalid_is_advised_on() -> None:
    pairs = some_pairs(40)
    rows = [letter * 3 for letter in "AABT" * 10]
    right = {order: [{"A": "a", "B": "b", "T": "tie"}[row[0]] for row in rows] for order in (0, 1)}
    labels = people(rows, pairs) + judged("good", right, pairs)
    labels += judged("mute", {None: ["invalid"] * 40}, pairs)
    report = report_of(pairs, labels)
    assert advise(report.estimates, "overall", "good").use == "annotator"
    mute = advise(report.estimates, "overall", "mute")
    assert mute.use == "nothing"
    assert "no verdict on 100.0%" in " ".join(mute.may_not)
