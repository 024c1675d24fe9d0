"""What people said together: the labels of a pair on one criterion, counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from annotation.export.wanted import Tally, Wanted, why_not
from annotation.schema import Choice, Criterion, Label, Pair, Target


@dataclass(frozen=True)
class Unit:
    """A pair, or one response of it, and how often each choice was made on one criterion.

    `adjudication` is the choice of whoever settled a split; it is in none of the counts.
    """

    pair: Pair
    criterion: Criterion
    target: Target
    counts: Mapping[Choice, int]
    adjudication: Choice | None = None

    @property
    def labels(self) -> int:
        """How many people said something."""
        return sum(self.counts.values())

    @property
    def majority(self) -> Choice | None:
        """The choice with strictly the most labels, or None."""
        most = max(self.counts.values(), default=0)
        found = [choice for choice, number in self.counts.items() if number == most]
        return found[0] if most and len(found) == 1 else None

    @property
    def agreement(self) -> float | None:
        """The share of agreeing pairs of labels, 0 to 1; None with fewer than two labels."""
        total = self.labels
        if total < 2:
            return None
        return sum(n * (n - 1) for n in self.counts.values()) / (total * (total - 1))

    @property
    def mean_value(self) -> float | None:
        """The mean of the choices' values on their scale; None without labels."""
        values = self.criterion.scale.values
        total = self.labels
        return sum(values[one] * n for one, n in self.counts.items()) / total if total else None

    @property
    def preferred(self) -> Literal["a", "b"] | None:
        """The response that the majority prefers; None for a tie and without a majority."""
        value = self.criterion.scale.values[self.majority] if self.majority else 0
        return None if value == 0 else "a" if value < 0 else "b"

    @property
    def margin(self) -> float:
        """The share of labels for the preferred response less that for the other, -1 to 1."""
        values = self.criterion.scale.values
        signs = {one: (values[one] > 0) - (values[one] < 0) for one in self.counts}
        for_b = sum(signs[one] * number for one, number in self.counts.items()) / self.labels
        return for_b if self.preferred == "b" else -for_b


def units(wanted: Wanted, tally: Tally) -> Iterator[Unit]:
    """Every unit with a label, in the order of pairs and criteria.

    `tally` learns which labels do not count and why, and how far people agree.
    """
    for pair, labels in wanted.labels_of_pairs(tally):
        usable = []
        for label in labels:
            why = why_not(label, pair, wanted.study)
            if why:
                tally.left_out[why] += 1
            else:
                usable.append(label)
        for unit in _of_pair(pair, usable, wanted):
            _note_agreement(unit, tally)
            yield unit


def _of_pair(pair: Pair, labels: list[Label], wanted: Wanted) -> Iterator[Unit]:
    for criterion in wanted.study.criteria:
        for target in criterion.scale.targets:
            mine = [one for one in labels if (one.criterion, one.target) == (criterion.key, target)]
            if not mine:
                continue
            counts = dict.fromkeys(criterion.scale.choices, 0)
            settled = None
            for label in mine:
                if label.kind == "adjudication":
                    settled = label.choice
                else:
                    counts[label.choice] += 1
            yield Unit(pair, criterion, target, counts, settled)


def _note_agreement(unit: Unit, tally: Tally) -> None:
    if unit.agreement is not None:
        total, number = tally.agreement.get(unit.criterion.key, (0.0, 0))
        tally.agreement[unit.criterion.key] = (total + unit.agreement, number + 1)
