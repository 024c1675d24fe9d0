"""What is said of a judge beside its use: people's agreement, orders, failures, lengths."""

from __future__ import annotations

from collections.abc import Callable

from analysis.judges.advice_evidence import Difference, Evidence, Found, share, with_interval
from analysis.judges.paired_rows import LONGER

STEADY = 0.9
"""A judge that says the same in fewer of both orders must be asked in both."""
SIDED = 0.05
FAILS_OFTEN = 0.05


def against_people(evidence: Evidence, found: Found) -> None:
    """Its agreement with people beside people's own, on the same references."""
    minus, judge = evidence.row("judge_minus_human"), evidence.row("judge_loo_agreement")
    if minus is None or judge is None or minus.value is None or judge.value is None:
        return
    people = f"{100 * (judge.value - minus.value):.1f}%"
    difference = Difference.of(minus)
    numbers = f"{share(judge)} against {people}, {difference.text}"
    if difference.below:
        found.facts.append(f"It agrees with people less than people with each other: {numbers}.")
    elif difference.above:
        found.facts.append(f"It agrees with people more than people with each other: {numbers}.")
    else:
        found.facts.append(
            f"It is not shown to agree with people more or less than people do: {numbers}."
        )


def orders(evidence: Evidence, found: Found) -> None:
    """Whether it may be asked in one order of the responses."""
    same, side = evidence.row("order_consistency"), evidence.row("first_position_bias")
    if same is None or side is None or same.value is None or side.value is None:
        if evidence.any_row("order_consistency") is not None and evidence.compares:
            found.may_not.append("be trusted to favour no side: it was not asked in both orders")
        return
    sided = side.low is not None and side.high is not None and not side.low <= 0 <= side.high
    says = f"it says the same in both orders in {share(same)}"
    if sided:
        which = "first" if side.value > 0 else "second"
        says += f" and favours the response shown {which} (bias {with_interval(side)})"
    if same.value < STEADY or (sided and abs(side.value) > SIDED):
        found.may_not.append(f"be asked in one order only: {says}")
    else:
        found.facts.append(f"{says[0].upper()}{says[1:]}.")


def failures(evidence: Evidence, found: Found) -> None:
    """How often it gives no verdict."""
    shares = [evidence.row(f"judge_{name}_share") for name in ("invalid", "abstained")]
    failed = sum(row.value or 0 for row in shares if row is not None)
    said = f"no verdict on {100 * failed:.1f}%, which count as wrong"
    if failed > FAILS_OFTEN:
        found.may_not.append(f"go unwatched: it gives {said}")
    elif failed > 0:
        found.facts.append(f"It gives {said}.")


def length(evidence: Evidence, found: Found) -> None:
    """Whether it prefers the longer response more than people do."""
    judge, people = evidence.row("longer_preferred"), evidence.row("longer_preferred", {})
    minus = evidence.row("judge_minus_human", part=LONGER)
    if judge is None or people is None or minus is None:
        return
    more = Difference.of(minus)
    both = (
        f"it prefers the longer response in {share(judge)}, people in {share(people)}, {more.text} "
        "where both decided"
    )
    if more.above:
        found.may_not.append(
            "compare responses of different lengths, but by `length_controlled_win_rate`: " + both
        )
    elif more.below:
        found.facts.append(f"{both[0].upper()}{both[1:]}.")


def ratings(evidence: Evidence, found: Found) -> None:
    """How its ratings of single responses follow people's."""
    rho, error = evidence.row("judge_spearman"), evidence.row("judge_mean_absolute_error")
    if rho is not None and error is not None:
        found.facts.append(
            f"Its ratings follow people's with Spearman's rho {with_interval(rho)} and are "
            f"{with_interval(error)} away from them on average."
        )


DESCRIPTIONS: tuple[Callable[[Evidence, Found], None], ...] = (
    against_people,
    orders,
    failures,
    length,
    ratings,
)
