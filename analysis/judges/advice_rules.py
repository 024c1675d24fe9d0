"""The rules of the advice on judges: each turns estimates into what a judge may or may not do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from analysis.estimates import Estimate, Names
from analysis.judges.length_baseline import JUDGE as LENGTH

HALF = 0.5
"""The test's authors let a judge replace annotators if it does so for half of them."""
STAND_INS = {0.1: "crowd workers", 0.15: "trained annotators", 0.2: "experts"}
"""Whom a judge may stand in for at which epsilon (Calderon et al. 2025): the dearer, the more."""
STEADY = 0.9
"""A judge that says the same in fewer of both orders must be asked in both."""
SIDED = 0.05
FAILS_OFTEN = 0.05
RANKS_ALIKE = 0.5
"""Where the interval of tau must begin for a ranking to be taken from a judge."""

TEST = "alternative-annotator test, clustered by prompt"
POWERED = (
    "make people's labels go further: win rates from both together (`ppi_win_rate`) stay right "
    "whatever the judge is worth, if the pairs that people labelled are a random subset"
)
BESIDE = "be shown beside people's ratings, which stay the measure"


@dataclass
class Found:
    """What the rules have found so far: ends of "It may", of "It may not", and sentences."""

    may: list[str] = field(default_factory=list)
    may_not: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)


class Evidence:
    """A judge's estimates of one criterion as a whole, and those of people and of `length`."""

    def __init__(self, estimates: Iterable[Estimate], criterion: str, judge: str) -> None:
        self.judge = judge
        self._rows = {
            (one.statistic, frozenset(one.subject.items())): one
            for one in estimates
            if one.criterion == criterion and not one.slice
        }

    def row(self, statistic: str, subject: Names | None = None) -> Estimate | None:
        """The judge's row of that name, or another subject's, where it has a value."""
        row = self.any_row(statistic, subject)
        return None if row is None or row.value is None else row

    def any_row(self, statistic: str, subject: Names | None = None) -> Estimate | None:
        """The same, also where it is undefined."""
        named = {"judge": self.judge} if subject is None else subject
        return self._rows.get((statistic, frozenset(named.items())))


def unknown(evidence: Evidence) -> str | None:
    """Why nothing can be said of the judge, or None."""
    compared = evidence.any_row("judge_accuracy")
    if compared is None:
        return "it has no label here"
    if compared.value is None:
        return compared.reason
    if compared.low is None:
        return "what both labelled is of one prompt, or too little to tell chance from skill"
    return None


def stand_in(evidence: Evidence, found: Found) -> bool:
    """Whether it passes the clustered test at an epsilon that somebody is worth."""
    rows = {
        epsilon: evidence.any_row(
            "alt_test_omega_clustered", {"judge": evidence.judge, "epsilon": epsilon}
        )
        for epsilon in (0.0, *STAND_INS)
    }
    for epsilon, row in rows.items():
        if row is not None and row.value is not None and row.value >= HALF:
            whom = [name for least, name in STAND_INS.items() if least >= epsilon]
            found.may.append(
                f"stand in for {' or '.join(whom)}: it is shown to be as good as "
                f"{_annotators(row)}, but for ε = {epsilon:g} ({TEST})"
            )
            return True
    last = rows[max(STAND_INS)]
    if last is None or last.value is None:
        reason = "the test was not made" if last is None else last.reason
        found.may_not.append(f"stand in for an annotator, which was not tested: {reason}")
    else:
        found.may_not.append(
            f"stand in for an annotator: it is shown to be as good as {_annotators(last)} only, "
            f"even at the ε = {max(STAND_INS):g} for experts, and half are needed ({TEST})"
        )
    return False


def _annotators(omega: Estimate) -> str:
    return f"{round((omega.value or 0) * omega.n)} of {omega.n} annotators"


def ranking(evidence: Evidence, found: Found) -> bool:
    """Whether its ranking of the systems is surely much like people's."""
    tau = evidence.row("kendall_tau")
    if tau is None:
        return False
    said = f"Kendall's tau with people's ranking is {_with_interval(tau)}"
    if tau.low is None:
        found.facts.append(f"{tau.n} systems are too few to judge its ranking by; {said}.")
    elif tau.low >= RANKS_ALIKE:
        found.may.append(f"rank {tau.n} systems like these, neighbours left to people: {said}")
        return True
    else:
        found.may_not.append(f"rank systems by itself: {said}, which leaves too much open")
    return False


def beyond_chance(evidence: Evidence, found: Found) -> bool:
    """Whether it agrees with people at all."""
    kappa = evidence.row("judge_cohen_kappa")
    if kappa is None or kappa.low is None or kappa.low > 0:
        return True
    said = f"Cohen's kappa with people's majority is {_with_interval(kappa)}"
    found.may_not.append(f"be used at all: {said}, which may be chance")
    return False


def beyond_length(evidence: Evidence, found: Found) -> bool:
    """Whether it is better than the longer response, where there is such a baseline."""
    judge = evidence.row("judge_accuracy")
    length = evidence.row("judge_accuracy", {"judge": LENGTH})
    helps = POWERED if _compares(evidence) else BESIDE
    if judge is not None and length is not None and evidence.judge != LENGTH:
        against = f"{_share(judge)} of people's majorities against {_share(length)}"
        if (judge.value or 0) <= (length.value or 0):
            found.may_not.append(
                f"be used at all: choosing the longer response is as good, {against}"
            )
            return False
        if _above(judge, length):
            found.facts.append(f"It is better than choosing the longer response: {against}.")
        else:
            found.facts.append(
                "It is not shown to be better than choosing the longer response: "
                f"{against}, and as independent shares their intervals leave both open."
            )
    found.may.append(helps)
    return True


def _compares(evidence: Evidence) -> bool:
    return evidence.any_row("mtbench_s1") is not None


def against_people(evidence: Evidence, found: Found) -> None:
    """Its agreement with people beside people's own, on the same references."""
    minus, judge = evidence.row("judge_minus_human"), evidence.row("judge_loo_agreement")
    if minus is None or judge is None or minus.value is None or judge.value is None:
        return
    people = f"{100 * (judge.value - minus.value):.1f}%"
    numbers = f"{_share(judge)} against {people}, {100 * minus.value:+.1f} points"
    if minus.low is not None and minus.high is not None:
        numbers += f" [{100 * minus.low:+.1f}, {100 * minus.high:+.1f}]"
    if minus.high is not None and minus.high < 0:
        found.facts.append(f"It agrees with people less than people with each other: {numbers}.")
    elif minus.low is not None and minus.low > 0:
        found.facts.append(f"It agrees with people more than people with each other: {numbers}.")
    else:
        found.facts.append(
            f"It is not shown to agree with people more or less than people do: {numbers}."
        )


def orders(evidence: Evidence, found: Found) -> None:
    """Whether it may be asked in one order of the responses."""
    same, side = evidence.row("order_consistency"), evidence.row("first_position_bias")
    if same is None or side is None or same.value is None or side.value is None:
        if evidence.any_row("order_consistency") is not None and _compares(evidence):
            found.may_not.append("be trusted to favour no side: it was not asked in both orders")
        return
    sided = side.low is not None and side.high is not None and not side.low <= 0 <= side.high
    says = f"it says the same in both orders in {_share(same)}"
    if sided:
        which = "first" if side.value > 0 else "second"
        says += f" and favours the response shown {which} (bias {_with_interval(side)})"
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
    if judge is None or people is None:
        return
    both = f"it prefers the longer response in {_share(judge)}, people in {_share(people)}"
    if _above(judge, people):
        found.may_not.append(
            "compare responses of different lengths, but by `length_controlled_win_rate`: " + both
        )
    elif _above(people, judge):
        found.facts.append(f"{both[0].upper()}{both[1:]}.")


def ratings(evidence: Evidence, found: Found) -> None:
    """How its ratings of single responses follow people's."""
    rho, error = evidence.row("judge_spearman"), evidence.row("judge_mean_absolute_error")
    if rho is not None and error is not None:
        found.facts.append(
            f"Its ratings follow people's with Spearman's rho {_with_interval(rho)} and are "
            f"{_with_interval(error)} away from them on average."
        )


DESCRIPTIONS: tuple[Callable[[Evidence, Found], None], ...] = (
    against_people,
    orders,
    failures,
    length,
    ratings,
)


def _above(one: Estimate, other: Estimate) -> bool:
    """Whether one share is shown to be above another, taking the two as independent."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    reach = float(((one.high - one.low) ** 2 + (other.high - other.low) ** 2) ** 0.5 / 2)
    return (one.value or 0) - (other.value or 0) > reach


def _share(row: Estimate) -> str:
    return f"{100 * (row.value or 0):.1f}%"


def _with_interval(row: Estimate) -> str:
    text = f"{row.value or 0:.2f}"
    if row.low is not None and row.high is not None:
        text += f" [{row.low:.2f}, {row.high:.2f}]"
    return text
