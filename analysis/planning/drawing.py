"""Draws the labels of whole studies from the model, as the report's own functions take them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.arrays import Floats, Ints
from analysis.ballots import Ballots, Grouping
from analysis.columns import words
from analysis.judges.judging import Verdicts, resolve
from analysis.pairs import PairTable
from analysis.planning.model import CHOICES, Model, Voters, choice_chances
from annotation.schema import Criterion

JUDGE = "judge"


@dataclass(frozen=True)
class Design:
    """What is asked: every two systems in each prompt, `labels` of the panel on each pair.

    On `unlabelled` more prompts the judge alone decides.
    """

    model: Model
    prompts: int
    labels: int
    unlabelled: int = 0

    @cached_property
    def pairs(self) -> PairTable:
        """The pairs of all prompts, the first of two systems as a."""
        count = self.prompts + self.unlabelled
        first, second = (np.tile(one, count) for one in zip(*self.model.pairs, strict=True))
        nowhere = np.full(len(first), -1)
        return PairTable(
            ids=words(map(str, range(len(first)))),
            prompt=np.repeat(np.arange(count), len(self.model.pairs)),
            system_a=first,
            system_b=second,
            task=nowhere,
            category=nowhere,
            systems=tuple(f"system{number:02}" for number in range(1, self.model.systems + 1)),
            tasks=(),
            categories=(),
            prompts=count,
        )

    @cached_property
    def parts(self) -> tuple[Grouping, ...]:
        """All pairs as one slice."""
        return (Grouping("all", np.zeros(len(self.pairs), np.int64), ({},)),)


@dataclass(frozen=True)
class Drawn:
    """The labels of one study: people's, and the judge's verdicts."""

    people: Ballots
    verdicts: Verdicts


CRITERION = Criterion.model_validate(
    {"key": "overall", "question": "Which is better?", "scale": "preference3"}
)


def draw(design: Design, people: Voters, judge: Voters, rng: np.random.Generator) -> Drawn:
    """One study of the design by these people and this judge."""
    model, pairs = design.model, design.pairs
    quality = rng.standard_normal((pairs.prompts, model.systems)) * model.spread / np.sqrt(2)
    quality += model.strength
    turned = rng.random(len(pairs)) < 0.5
    a = np.where(turned, pairs.system_b, pairs.system_a)
    b = np.where(turned, pairs.system_a, pairs.system_b)
    pairs = replace(pairs, system_a=a, system_b=b)
    difference = quality[pairs.prompt, a] - quality[pairs.prompt, b]
    labelled = np.flatnonzero(pairs.prompt < design.prompts)
    unit = np.repeat(labelled, design.labels)
    who = _panel(len(labelled), len(people), design.labels, rng)
    swapped = rng.integers(0, 2, len(unit))
    said = _choices(people, who, difference[unit], a[unit], b[unit], swapped, rng)
    every, both = np.repeat(np.arange(len(pairs)), 2), np.tile([0, 1], len(pairs))
    nobody = np.zeros(len(every), np.int64)
    judged = _choices(judge, nobody, difference[every], a[every], b[every], both, rng)
    names = tuple(f"annotator{number}" for number in range(1, len(people) + 1))
    return Drawn(
        _ballots(pairs, names, (unit, who, said, swapped)),
        resolve(_ballots(pairs, (JUDGE,), (every, nobody, judged, both)))[0],
    )


def _panel(units: int, people: int, labels: int, rng: np.random.Generator) -> Ints:
    """Who labels each unit: so many different people drawn anew for each, shape (labels,)."""
    if people == labels:
        return np.tile(np.arange(people), units)
    order: Ints = np.argsort(rng.random((units, people)), axis=1)[:, :labels]
    return order.ravel()


def _choices(
    voters: Voters,
    who: Ints,
    difference: Floats,
    a: Ints,
    b: Ints,
    swapped: Ints,
    rng: np.random.Generator,
) -> Ints:
    lean = voters.sensitivity[who] * (difference + voters.taste[who, a] - voters.taste[who, b])
    lean += np.where(swapped == 1, -1, 1) * voters.side[who]
    chance = choice_chances(lean, voters.threshold[who])
    dice = rng.random(len(who))
    number: Ints = (dice > chance[:, 0]).astype(np.int64) + (dice > 1 - chance[:, 2])
    return np.array([CRITERION.scale.choices.index(one) for one in CHOICES])[number]


def _ballots(
    pairs: PairTable, names: tuple[str, ...], columns: tuple[Ints, Ints, Ints, Ints]
) -> Ballots:
    unit, annotator, choice, swapped = columns
    asked = np.ones(len(pairs), bool)
    once = np.zeros(len(unit), np.int64)
    return Ballots(CRITERION, pairs, names, asked, unit, annotator, choice, swapped, once)
