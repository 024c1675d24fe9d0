"""Each person's opinion of each pair by one criterion, as a number: which side, and how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Ints
from analysis.tables import TARGETS, LabelTable, StudyLabels


@dataclass(frozen=True)
class Opinions:
    """One row an opinion, ordered by `key`, which is one for an annotator's view of one thing.

    pair, value: shape (opinions,). Of a preference the value is below 0 for a; of ratings it is
    that of the response, and the key tells a from b.
    """

    key: Ints
    pair: Ints
    value: Floats
    rated: bool

    @property
    def preferences(self) -> Opinions:
        """Ratings as preferences: b's less a's, where one person rated both."""
        if not self.rated:
            return self
        thing, target = self.key // 2, self.key % 2
        both = np.flatnonzero((thing[1:] == thing[:-1]) & (target[1:] != target[:-1]))
        gap = self.value[both + 1] - self.value[both]
        return Opinions(thing[both], self.pair[both], gap, False)


def opinions(study: StudyLabels, people: LabelTable, number: int) -> Opinions:
    """Those by the study's criterion of that number; people: the labels that count."""
    labels = people.where(people.criterion == number)
    scale = study.plan.criteria[number].scale
    values = np.array(list(scale.values.values()), np.float64)
    rated = scale.kind == "rating"
    key = labels.annotator.astype(np.int64) * max(len(study.pairs), 1) + labels.pair
    if rated:
        key = key * 2 + (labels.target == TARGETS.index("b"))
    value = values[labels.choice]
    if np.all(key[1:] >= key[:-1]):
        return Opinions(key, labels.pair, value, rated)
    order = np.argsort(key, kind="stable")
    return Opinions(key[order], labels.pair[order], value[order], rated)


def together(one: Opinions, other: Opinions) -> tuple[Floats, Floats, Ints]:
    """What the same people say of the same things by two criteria, and of which pairs."""
    if one.rated != other.rated:
        one, other = one.preferences, other.preferences
    if np.array_equal(one.key, other.key):
        return one.value, other.value, one.pair
    place = np.searchsorted(other.key, one.key)
    place[place == len(other.key)] = 0
    same = other.key[place] == one.key if len(other.key) else np.zeros(len(one.key), bool)
    return one.value[same], other.value[place[same]], one.pair[same]
