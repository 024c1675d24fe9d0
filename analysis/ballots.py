"""One criterion's labels by unit: the pair, or for ratings each response of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.arrays import Bools, Floats, Ints, compact, order_of
from analysis.estimates import Names
from analysis.pairs import PairTable
from analysis.resampling.tally import Tally
from analysis.tables import TARGETS, LabelTable, StudyLabels
from analysis.usable import applicable
from annotation.schema import Criterion

NONE = -1
"""No choice: nobody labelled the unit, or no choice has the most labels."""

FEW_ANNOTATORS = 10
"""With fewer, a report also says how far the numbers hang on each one of them."""


@dataclass(frozen=True)
class Ballots:
    """The labels of one criterion; units are numbered pair * targets + target.

    The label columns have the shape (labels,) and are ordered by unit, then time, then line.
    """

    criterion: Criterion
    pairs: PairTable
    annotators: tuple[str, ...]
    asked: Bools
    unit: Ints
    annotator: Ints
    choice: Ints
    swapped: Ints
    repeat: Ints

    @classmethod
    def of(cls, study: StudyLabels, number: int, labels: LabelTable) -> Ballots:
        """The ballots of the study's criterion of that number among `labels`."""
        criterion = study.plan.criteria[number]
        chosen = labels.where(labels.criterion == number)
        unit = chosen.pair.astype(np.int64)
        if criterion.scale.kind == "rating":
            unit = unit * 2 + (chosen.target == TARGETS.index("b"))
        order = chosen.by_time()
        order = order[order_of(unit[order])]
        columns = (unit, chosen.annotator, chosen.choice, chosen.swapped, chosen.repeat)
        asked = applicable(study.plan, study.pairs)[number]
        fixed = (criterion, study.pairs, study.annotators, asked)
        return cls(*fixed, *(column[order] for column in columns))

    def only(self, rows: Bools) -> Ballots:
        """The ballots without the other rows."""
        columns = (self.unit, self.annotator, self.choice, self.swapped, self.repeat)
        fixed = (self.criterion, self.pairs, self.annotators, self.asked)
        return Ballots(*fixed, *(column[rows] for column in columns))

    @property
    def rated(self) -> bool:
        """Whether each response is rated by itself."""
        return self.criterion.scale.kind == "rating"

    @property
    def targets(self) -> int:
        """How many units a pair has."""
        return 2 if self.rated else 1

    @property
    def unit_name(self) -> str:
        """What `n` counts."""
        return "pairs and targets" if self.rated else "pairs"

    @property
    def choices(self) -> tuple[str, ...]:
        """The choices of the scale, by their codes."""
        return self.criterion.scale.choices

    @cached_property
    def values(self) -> Floats:
        """The value of each choice, shape (choices,)."""
        return np.array(list(self.criterion.scale.values.values()), np.float64)

    @cached_property
    def mirror(self) -> Ints:
        """What each choice becomes when a and b change places, shape (choices,)."""
        scale = self.criterion.scale
        return np.array([self.choices.index(scale.unblind(one, True)) for one in self.choices])

    @cached_property
    def counts(self) -> Ints:
        """How often each unit got each choice, shape (units, choices)."""
        width = len(self.choices)
        units = len(self.pairs) * self.targets
        cells = self.unit * width + self.choice
        return np.bincount(cells, minlength=units * width).reshape(units, width)

    @cached_property
    def labelled(self) -> Bools:
        """Which units have a label, shape (units,)."""
        labelled: Bools = self.counts.sum(axis=1) > 0
        return labelled

    @cached_property
    def tally(self) -> Tally:
        """The count vectors of all units, those without labels included."""
        return Tally.of(self.counts, self.values)

    @cached_property
    def majority(self) -> Ints:
        """The choice with strictly the most labels, shape (units,); NONE where there is none."""
        most = self.counts.max(axis=1)
        alone = (self.counts == most[:, None]).sum(axis=1) == 1
        return np.where(alone & (most > 0), self.counts.argmax(axis=1), NONE)

    @cached_property
    def without_each(self) -> tuple[Ballots, ...]:
        """The ballots with each annotator left out, where they are few enough to matter."""
        people = np.flatnonzero(np.bincount(self.annotator))
        if not 1 < len(people) < FEW_ANNOTATORS:
            return ()
        return tuple(self.only(self.annotator != person) for person in people)

    @cached_property
    def starts(self) -> Ints:
        """The row of each labelled unit's earliest label."""
        return np.flatnonzero(np.diff(self.unit, prepend=-1))

    def pair_of(self, unit: Ints) -> Ints:
        """The pair of each unit."""
        return unit // self.targets

    def cluster_of(self, unit: Ints) -> Ints:
        """The prompt of each unit: what is resampled."""
        prompt: Ints = self.pairs.prompt[self.pair_of(unit)]
        return prompt

    def system_of(self, unit: Ints) -> Ints:
        """The system whose response is rated; only where `rated`."""
        pair = self.pair_of(unit)
        system: Ints = np.where(unit % 2 == 0, self.pairs.system_a[pair], self.pairs.system_b[pair])
        return system


@dataclass(frozen=True)
class Grouping:
    """Pairs by what a slice names: `code` is the slice of each pair, -1 for none."""

    name: str
    code: Ints
    slices: tuple[Names, ...]

    def systems(self, pairs: PairTable) -> list[list[int]]:
        """The systems that have pairs in each slice."""
        width = len(pairs.systems)
        code = self.code.astype(np.int64)
        inside = code >= 0
        found = np.zeros(len(self.slices) * width, bool)
        for system in (pairs.system_a, pairs.system_b):
            found[code[inside] * width + system[inside]] = True
        return [np.flatnonzero(row).tolist() for row in found.reshape(-1, max(width, 1))]

    def members(self) -> Iterator[tuple[Names, Ints]]:
        """Each slice with its pairs."""
        yield from self._by_slice(self.code)

    def rows(self, pair: Ints) -> Iterator[tuple[Names, Ints]]:
        """Each slice with the positions in `pair` of the pairs that are in it."""
        yield from self._by_slice(self.code[pair])

    def _by_slice(self, code: Ints) -> Iterator[tuple[Names, Ints]]:
        if len(self.slices) < np.iinfo(np.int16).max:
            code = code.astype(np.int16)  # which numpy sorts by counting
        order = np.argsort(code, kind="stable")
        bounds = np.searchsorted(code[order], np.arange(len(self.slices) + 1))
        for number, names in enumerate(self.slices):
            yield names, order[bounds[number] : bounds[number + 1]]


def groupings(pairs: PairTable, asked: Bools) -> tuple[Grouping, ...]:
    """All pairs, each pair of systems, each category and each task."""
    return (
        Grouping("all", np.where(asked, 0, -1), ({},)),
        _by_systems(pairs, asked),
        _by_name("category", pairs.category, pairs.categories, asked),
        _by_name("task", pairs.task, pairs.tasks, asked),
    )


def _by_systems(pairs: PairTable, asked: Bools) -> Grouping:
    width = len(pairs.systems)
    low = np.minimum(pairs.system_a, pairs.system_b).astype(np.int64)
    both = np.where(asked, low * width + np.maximum(pairs.system_a, pairs.system_b), -1)
    found, code, first = _dense(both, width**2)
    names = tuple(
        {"systems": (pairs.systems[key // width], pairs.systems[key % width])}
        for key in found[first:].tolist()
    )
    return Grouping("systems", code - first, names)


def _dense(codes: Ints, size: int) -> tuple[Ints, Ints, int]:
    """The distinct codes, from -1 to `size` - 1; each entry's place in them; how many are -1."""
    found, place = compact(codes.astype(np.int64) + 1, size + 1)
    found = found - 1
    return found, place, int(len(found) > 0 and found[0] < 0)


def _by_name(name: str, code: Ints, names: tuple[str, ...], asked: Bools) -> Grouping:
    found, dense, first = _dense(np.where(asked, code, -1), len(names))
    return Grouping(name, dense - first, tuple({name: names[one]} for one in found[first:]))
