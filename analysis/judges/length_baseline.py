"""The judge that needs no model: the longer response wins, and a small difference is a tie."""

from __future__ import annotations

import numpy as np

from analysis.arrays import Ints
from analysis.ballots import Ballots
from analysis.judges.judging import Verdicts

JUDGE = "length"
MARGIN = 0.05
"""Lengths in characters that differ by no more than this share of the longer one are a tie."""

METHOD = "the longer response wins; within 5% of the longer one's characters it is a tie"


def by_length(ballots: Ballots) -> Verdicts | None:
    """The baseline's verdicts of all pairs that are asked the criterion.

    None for ratings and strengths, and where the texts are unknown or a judge has the name.
    """
    lengths = ballots.pairs.length_a, ballots.pairs.length_b
    kind = ballots.criterion.scale.kind
    if lengths[0] is None or lengths[1] is None or not kind.startswith("preference3"):
        return None
    if JUDGE in ballots.annotators:
        return None
    unit: Ints = np.flatnonzero(ballots.asked)
    a, b = lengths[0][unit], lengths[1][unit]
    close = np.abs(a - b) <= MARGIN * np.maximum(a, b)
    choices = {name: number for number, name in enumerate(ballots.choices)}
    verdict = np.select([close, a > b], [choices["tie"], choices["a"]], choices["b"])
    return Verdicts(JUDGE, len(choices), unit, verdict, np.ones(len(unit), np.int64))
