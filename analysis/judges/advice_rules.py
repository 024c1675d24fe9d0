"""The rules that decide what a judge may be used for, each from estimates."""

from __future__ import annotations

from analysis.estimates import Estimate
from analysis.judges.advice_evidence import Evidence, Found, share, with_interval
from analysis.judges.length_baseline import JUDGE as LENGTH

HALF = 0.5
"""The test's authors let a judge replace annotators if it does so for half of them."""
STAND_INS = {0.1: "crowd workers", 0.15: "trained annotators", 0.2: "experts"}
"""Whom a judge may stand in for at which epsilon (Calderon et al. 2025): the dearer, the more."""
RANKS_ALIKE = 0.5
"""Where the interval of tau must begin for a ranking to be taken from a judge."""

TEST = "alternative-annotator test, clustered by prompt"
POWERED = (
    "make people's labels go further: win rates from both together (`ppi_win_rate`) stay right "
    "whatever the judge is worth, if the pairs that people labelled are a random subset"
)
BESIDE = "be shown beside people's ratings, which stay the measure"


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
            f"stand in for an annotator: it is shown to be as good as {_annotators(last)}, "
            f"even at the ε = {max(STAND_INS):g} for experts, and half are needed ({TEST})"
        )
    return False


def _annotators(omega: Estimate) -> str:
    number = round((omega.value or 0) * omega.n)
    return f"{number or 'none'} of {omega.n} annotators"


def ranking(evidence: Evidence, found: Found) -> bool:
    """Whether its ranking of the systems is surely much like people's."""
    tau = evidence.row("kendall_tau")
    if tau is None:
        return False
    said = f"Kendall's tau with people's ranking is {with_interval(tau)}"
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
    said = f"Cohen's kappa with people's majority is {with_interval(kappa)}"
    found.may_not.append(f"be used at all: {said}, which may be chance")
    return False


def beyond_length(evidence: Evidence, found: Found) -> bool:
    """Whether it is better than the longer response, where there is such a baseline."""
    beyond = evidence.beyond_length()
    judge = evidence.row("judge_accuracy")
    length = evidence.row("judge_accuracy", {"judge": LENGTH})
    if beyond is not None and judge is not None and length is not None:
        against = (
            f"{share(judge)} of people's majorities against {share(length)}, {beyond.text} "
            "on what both judged"
        )
        if beyond.value <= 0:
            found.may_not.append(
                f"be used at all: choosing the longer response is as good, {against}"
            )
            return False
        is_better = "is" if beyond.above else "is not shown to be"
        found.facts.append(f"It {is_better} better than choosing the longer response: {against}.")
    found.may.append(POWERED if evidence.compares else BESIDE)
    return True
