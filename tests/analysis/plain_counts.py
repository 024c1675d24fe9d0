"""The statistics of judges by loops over labels in plain Python, to compare ours with."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence

Votes = Sequence[str]
Like = Callable[[str, str], float]

PLACE = {"a": 0.0, "tie": 0.5, "both_bad": 0.5, "b": 1.0}
PLACE |= {"a_clearly": 0.0, "a_slightly": 0.25, "b_slightly": 0.75, "b_clearly": 1.0}
SIDED = {name for name, place in PLACE.items() if place != 0.5}


def same(one: str, other: str) -> float:
    return float(one == other)


def near(one: str, other: str) -> float:
    return 1 - abs(PLACE[one] - PLACE[other]) if one in PLACE and other in PLACE else 0.0


def to_modes(vote: str, others: Votes, like: Like) -> float:
    """How like the modes of the others a vote is, on average over the modes."""
    counts = Counter(others)
    modes = [name for name, count in counts.items() if count == max(counts.values())]
    return sum(like(vote, mode) for mode in modes) / len(modes)


def mean(scores: Sequence[float]) -> float | None:
    return sum(scores) / len(scores) if scores else None


def between_people(units: Sequence[Votes]) -> dict[str, float | None]:
    pairs = [both for votes in units for both in itertools.combinations(votes, 2)]
    sided = [both for both in pairs if SIDED.issuperset(both)]
    left_out = [
        (votes[k], [*votes[:k], *votes[k + 1 :]])
        for votes in units
        if len(votes) > 1
        for k in range(len(votes))
    ]
    return {
        "mtbench_s1": mean([same(*both) for both in pairs]),
        "mtbench_s2": mean([same(*both) for both in sided]),
        "mtbench_s2_coverage": len(sided) / len(pairs) if pairs else None,
        "human_loo_agreement": mean([to_modes(vote, rest, same) for vote, rest in left_out]),
        "alpacaeval_agreement": mean([to_modes(vote, rest, near) for vote, rest in left_out]),
    }


def with_people(units: Sequence[Votes], verdicts: Sequence[str]) -> dict[str, float | None]:
    """The same of a judge; a verdict is a choice, "invalid" or "abstained"."""
    rows = list(zip(units, verdicts, strict=True))
    pairs = [(said, vote) for votes, said in rows for vote in votes]
    sided = [(said, vote) for said, vote in pairs if vote in SIDED and PLACE.get(said) != 0.5]
    left_out = [
        (said, votes[k], [*votes[:k], *votes[k + 1 :]])
        for votes, said in rows
        if len(votes) > 1
        for k in range(len(votes))
    ]
    judge = [to_modes(said, rest, same) for said, _, rest in left_out]
    people = [to_modes(vote, rest, same) for _, vote, rest in left_out]
    difference = [one - other for one, other in zip(judge, people, strict=True)]
    return {
        "mtbench_s1": mean([same(*both) for both in pairs]),
        "mtbench_s2": mean([same(*both) for both in sided]),
        "mtbench_s2_coverage": len(sided) / len(pairs) if pairs else None,
        "judge_loo_agreement": mean(judge),
        "judge_minus_human": mean(difference),
        "alpacaeval_agreement": mean(
            [to_modes(said, votes, near) for votes, said in rows if votes]
        ),
    }
