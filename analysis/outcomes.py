"""How comparisons and ratings ended: by the majority, by every label, by the first, by a judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import Ints
from analysis.ballots import NONE, Ballots, Grouping
from analysis.estimates import Estimate, Names

NO_LABEL = "no label by a person"
NO_MAJORITY = "nothing with a human majority"


@dataclass(frozen=True)
class Outcomes:
    """The unit (pair, or pair and target) and the choice of each outcome, shape (outcomes,).

    `basis` and `judge` say whose outcomes they are and go into the rows' slice and subject;
    `undecided` are the units that were labelled and have no outcome.
    """

    unit: Ints
    choice: Ints
    undecided: Ints
    unit_name: str
    missing: str
    basis: Names
    judge: Names


def human_outcomes(ballots: Ballots) -> list[Outcomes]:
    """What people said in the three bases: their majority, every label, the earliest label."""
    majority = ballots.majority
    decided = np.flatnonzero(majority != NONE)
    undecided = np.flatnonzero(ballots.labelled & (majority == NONE))
    chosen = majority[decided]
    every, said, nobody = ballots.unit, ballots.choice, np.zeros(0, np.int64)
    first, labels, unit = ballots.starts, {"basis": "labels"}, ballots.unit_name
    return [
        Outcomes(decided, chosen, undecided, unit, NO_MAJORITY, {}, {}),
        Outcomes(every, said, nobody, "labels", NO_LABEL, labels, {}),
        Outcomes(every[first], said[first], nobody, unit, NO_LABEL, {"basis": "first"}, {}),
    ]


def blank_row(ballots: Ballots, source: Outcomes, names: Names, n: int) -> Estimate:
    """A row of a source that waits for its statistic and its value."""
    return Estimate(
        "majority_count",
        ballots.criterion.key,
        subject=source.judge,
        slice={**names, **source.basis},
        n=n,
        unit=source.unit_name,
        reason=source.missing,
    )


def estimates(
    ballots: Ballots, parts: tuple[Grouping, ...], sources: list[Outcomes]
) -> Iterator[Estimate]:
    """How many outcomes are of each choice, and how many units have none."""
    width = len(ballots.choices) + 1
    for source in sources:
        unit = np.append(source.unit, source.undecided)
        choice = np.append(source.choice, np.full(len(source.undecided), width - 1))
        for grouping in parts:
            code = grouping.code[ballots.pair_of(unit)]
            cells = (code * width + choice)[code >= 0]
            counts = np.bincount(cells, minlength=len(grouping.slices) * width)
            for names, row in zip(grouping.slices, counts.reshape(-1, width), strict=True):
                yield from _counts(ballots, source, names, row)


def _counts(ballots: Ballots, source: Outcomes, names: Names, counts: Ints) -> Iterator[Estimate]:
    blank = blank_row(ballots, source, names, int(counts.sum()))
    for choice, count in zip((*ballots.choices, "none"), counts.tolist(), strict=True):
        row = replace(blank, subject={**source.judge, "choice": choice})
        yield row.known(float(count)) if blank.n else row
