"""The pairs that criteria are asked of: all of them, and those of each category and task."""

from __future__ import annotations

import numpy as np

from analysis.arrays import Bools
from analysis.ballots import Grouping, groupings
from analysis.tables import StudyLabels
from analysis.usable import applicable


class Parts:
    """All pairs that criteria are asked of, and those of each category and task."""

    def __init__(self, study: StudyLabels) -> None:
        self._pairs, self._criteria = study.pairs, study.plan.criteria
        self._asked = applicable(study.plan, study.pairs)
        self._made: dict[tuple[tuple[str, ...], ...], tuple[Grouping, ...]] = {}

    def of(self, *numbers: int) -> tuple[Grouping, ...]:
        """The groupings of the pairs that all these criteria are asked of."""
        key = tuple(sorted({tuple(self._criteria[one].applies_to) for one in numbers}))
        if key not in self._made:
            asked: Bools = np.logical_and.reduce(self._asked[list(numbers)])
            every = groupings(self._pairs, asked)
            self._made[key] = tuple(one for one in every if one.name != "systems")
        return self._made[key]
