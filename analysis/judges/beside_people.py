"""How often a judge says what people say, beside how often people say what other people say.

MT-bench's setups S1 and S2 (Zheng et al. 2023) over pairs of votes, the leave-one-out comparison
in which people and judge meet the same references, and AlpacaEval's agreement (Dubois et al.
2023). All of them are sums over units of what their count vector and the judge's verdict say.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.agreement.coefficients import NOTHING_SHARED
from analysis.arrays import Floats, Ints, compact
from analysis.ballots import Ballots, Grouping
from analysis.estimates import Estimate
from analysis.judges.judging import FAILURES, Verdicts, with_ties
from analysis.judges.votes import Votes, pairs_of
from analysis.resampling.ratios import Ratio, Ratios, ratio_rows, values
from analysis.resampling.resample import Bootstrap
from analysis.resampling.tally import Tally

NOT_BOTH = "nothing has both a person's label and a verdict of the judge"
NO_OTHERS = "nothing that the judge judged has two people's labels"
NO_WINNERS = "no two votes on one pair that both prefer a side"
POOLED = "pooled over pairs of votes"
LEFT_OUT = "each label against the mode of the others', modes in a tie count in part"
SAME_REFERENCES = "against the leave-one-out references of people, units that the judge judged"
ALL_PEOPLE = "1 - |difference| on a scale from 0 to 1, against the mode of all people"


def people_rows(
    people: Ballots, parts: tuple[Grouping, ...], bootstrap: Bootstrap
) -> Iterator[Estimate]:
    """How people agree with each other: overall, by category and by task."""
    unit = np.flatnonzero(people.labelled)
    pattern = people.tally.vector_of_unit
    ratios = _between_people(people, people.tally)
    without = [
        values(_between_people(people, one.tally), one.tally.vector_of_unit)
        for one in people.without_each
    ]
    for grouping in parts:
        if grouping.name == "systems":
            continue
        for names, rows in grouping.rows(people.pair_of(unit)):
            part = unit[rows]
            blank = Estimate("mtbench_s1", people.criterion.key, slice=names, reason=NOTHING_SHARED)
            left_out = () if names else without
            cluster = people.cluster_of(part)
            yield from ratio_rows(blank, ratios, pattern[part], cluster, bootstrap, left_out)


def _between_people(people: Ballots, tally: Tally) -> Ratios:
    """Patterns are the count vectors."""
    votes = Votes.of(tally.vectors, people.values)

    def loo(like: Floats, remark: str) -> Ratio:
        over = votes.people_to_others(like)
        return Ratio(over, votes.references, "labels", NOTHING_SHARED, remark)

    ratios = {"human_loo_agreement": loo(votes.exact, LEFT_OUT)}
    if people.rated:
        return ratios
    same = pairs_of(votes.vectors)
    sided = same[:, votes.decisive].sum(axis=1)
    both_sided = pairs_of(votes.vectors[:, votes.decisive].sum(axis=1))
    return {
        **_mt_bench(same.sum(axis=1), votes.pairs, sided, both_sided, NOTHING_SHARED),
        **ratios,
        "alpacaeval_agreement": loo(votes.near, f"1 - |difference|; {LEFT_OUT}"),
    }


def _mt_bench(
    same: Floats, pairs: Floats, sided: Floats, both_sided: Floats, missing: str
) -> dict[str, Ratio]:
    """S1 over all pairs of votes, S2 over those that both prefer a side, and the share of these."""
    unit = "pairs of votes"
    return {
        "mtbench_s1": Ratio(same, pairs, unit, missing, POOLED),
        "mtbench_s2": Ratio(
            sided, both_sided, unit, NO_WINNERS, f"{POOLED} that both prefer a side"
        ),
        "mtbench_s2_coverage": Ratio(both_sided, pairs, unit, missing, POOLED),
    }


def judge_rows(
    people: Ballots, verdicts: Verdicts, parts: tuple[Grouping, ...], bootstrap: Bootstrap
) -> Iterator[Estimate]:
    """How one judge agrees with people: overall, by category and by task."""
    verdicts = verdicts.where(people.labelled[verdicts.unit])
    unit, said = verdicts.unit, with_ties(people, verdicts)
    ratios, pattern = _with_people(people, people.tally, unit, said)
    without = [values(*_with_people(people, one.tally, unit, said)) for one in people.without_each]
    subject = {"judge": verdicts.judge}
    for grouping in parts:
        if grouping.name == "systems":
            continue
        for names, rows in grouping.rows(people.pair_of(unit)):
            blank = Estimate(
                "mtbench_s1", people.criterion.key, subject=subject, slice=names, reason=NOT_BOTH
            )
            left_out = () if names else without
            cluster = people.cluster_of(unit[rows])
            yield from ratio_rows(blank, ratios, pattern[rows], cluster, bootstrap, left_out)


def _with_people(people: Ballots, tally: Tally, unit: Ints, said: Ints) -> tuple[Ratios, Ints]:
    """The ratios and each unit's pattern: its count vector and the judge's verdict."""
    votes = Votes.of(tally.vectors, people.values)
    verdicts = votes.choices + FAILURES
    cells = len(votes.vectors) * verdicts
    codes, pattern = compact(tally.vector_of_unit[unit] * verdicts + said, cells)
    vector, verdict = codes // verdicts, codes % verdicts

    def loo(over: Floats, remark: str, share: bool = True) -> Ratio:
        under = votes.references[vector]
        return Ratio(over[vector, verdict], under, "labels", NO_OTHERS, remark, share)

    judge = votes.judge_to_others(votes.exact)
    difference = judge - votes.people_to_others(votes.exact)[:, None]
    ratios = {
        "judge_loo_agreement": loo(judge, SAME_REFERENCES),
        "judge_minus_human": loo(difference, f"within one resample, both {SAME_REFERENCES}", False),
    }
    if people.rated:
        return ratios, pattern
    same = np.pad(votes.vectors, ((0, 0), (0, FAILURES)))[vector, verdict]
    # What is no verdict stays, and is wrong; a verdict without a side is left out of S2.
    stays = np.append(votes.decisive, np.ones(FAILURES, bool))[verdict]
    sided = same * stays
    both_sided = votes.vectors[:, votes.decisive].sum(axis=1)[vector] * stays
    all_people = Ratio(
        votes.judge_to_all(votes.near)[vector, verdict],
        (votes.number[vector] > 0).astype(np.float64),
        people.unit_name,
        NOT_BOTH,
        ALL_PEOPLE,
    )
    return {
        **_mt_bench(same, votes.number[vector], sided, both_sided, NOT_BOTH),
        **ratios,
        "alpacaeval_agreement": all_people,
    }, pattern
