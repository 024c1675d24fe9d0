"""What each judge may be used for and what not, in plain sentences, from a report's estimates.

Nothing is computed here. An annotator's place is given by the clustered alternative-annotator test
alone, a ranking by the interval of Kendall's tau, and help beside people by being better than
chance and than `length`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from analysis.estimates import Estimate
from analysis.judges import advice_rules as rules
from analysis.judges.advice_evidence import Evidence, Found
from analysis.judges.advice_facts import DESCRIPTIONS

Use: TypeAlias = Literal["annotator", "ranking", "help", "nothing", "unknown"]
"""The most that a judge may be used for."""

SUMMARIES: dict[Use, str] = {
    "annotator": "{judge} may stand in for an annotator on {criterion}, for pairs like these.",
    "ranking": "{judge} may rank systems on {criterion}, but not stand in for an annotator.",
    "help": "{judge} may help people on {criterion}, but not replace them.",
    "nothing": "{judge} should not be used on {criterion}.",
    "unknown": "What {judge} may be used for on {criterion} is not known: {reason}.",
}


@dataclass(frozen=True)
class Advice:
    """The verdict on one judge for one criterion: `summary` in a sentence, and its reasons.

    `may` and `may_not` complete "It may ..." and "It may not ..."; `facts` are sentences.
    """

    judge: str
    criterion: str
    use: Use
    summary: str
    may: tuple[str, ...] = ()
    may_not: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


def advise(estimates: Iterable[Estimate], criterion: str, judge: str) -> Advice:
    """The verdict on a judge for a criterion, from the rows of all pairs."""
    evidence, found = Evidence(estimates, criterion, judge), Found()
    reason = rules.unknown(evidence)
    use: Use = "unknown" if reason else _most(evidence, found)
    if not reason:
        for rule in DESCRIPTIONS:
            rule(evidence, found)
    summary = SUMMARIES[use].format(judge=judge, criterion=criterion, reason=reason)
    may, may_not, facts = tuple(found.may), tuple(found.may_not), tuple(found.facts)
    return Advice(judge, criterion, use, summary, may, may_not, facts)


def _most(evidence: Evidence, found: Found) -> Use:
    """The most that the judge may be used for; all its grounds are found on the way."""
    stands_in, ranks = rules.stand_in(evidence, found), rules.ranking(evidence, found)
    helps = rules.beyond_chance(evidence, found) and rules.beyond_length(evidence, found)
    if not helps:
        found.may.clear()
        return "nothing"
    return "annotator" if stands_in else "ranking" if ranks else "help"
