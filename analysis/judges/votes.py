"""What the votes on a unit say of one more vote: pairs of votes, modes, leave-one-out references.

All is computed for distinct count vectors, shape (vectors, choices), and for every verdict that a
judge may give, so that it costs the same for a thousand pairs and for a million.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.arrays import Bools, Floats, Ints
from analysis.judges.judging import FAILURES


def modes(counts: Floats) -> Floats:
    """The most frequent choices with equal weights that sum to 1, in the shape of `counts`.

    The last axis holds the choices; without a vote all weights are 0.
    """
    most = counts.max(axis=-1, keepdims=True)
    modal = (counts == most) & (most > 0)
    weights: Floats = modal / np.maximum(modal.sum(axis=-1, keepdims=True), 1)
    return weights


@dataclass(frozen=True)
class Votes:
    """People's votes as count vectors; `values` are those of the choices, shape (choices,)."""

    vectors: Floats
    values: Floats

    @classmethod
    def of(cls, vectors: Ints, values: Floats) -> Votes:
        """The votes of a tally's vectors."""
        return cls(vectors.astype(np.float64), values)

    @property
    def choices(self) -> int:
        """How many the scale has."""
        return len(self.values)

    @cached_property
    def number(self) -> Floats:
        """How many votes each vector has, shape (vectors,)."""
        number: Floats = self.vectors.sum(axis=1)
        return number

    @cached_property
    def references(self) -> Floats:
        """How many leave-one-out references there are: a vote each, where others voted too."""
        return np.where(self.number > 1, self.number, 0)

    @cached_property
    def pairs(self) -> Floats:
        """How many pairs of two votes there are, shape (vectors,)."""
        return pairs_of(self.number)

    @cached_property
    def decisive(self) -> Bools:
        """Which choices prefer a side, shape (choices,)."""
        sided: Bools = self.values != 0
        return sided

    @cached_property
    def exact(self) -> Floats:
        """1 for the same choice, else 0; shape (choices, choices)."""
        return np.eye(self.choices)

    @cached_property
    def near(self) -> Floats:
        """1 less the distance on a scale from 0 to 1: a tie is half right; (choices, choices)."""
        place = (self.values - self.values.min()) / np.ptp(self.values)
        like: Floats = 1 - np.abs(place[:, None] - place)
        return like

    @cached_property
    def modes_of_others(self) -> Floats:
        """The modes when one vote of the second axis is left out, (vectors, choices, choices)."""
        others = self.vectors[:, None, :] - np.eye(self.choices)
        others[self.vectors == 0] = 0  # nobody chose that, so nobody is left out
        return modes(others)

    def people_to_others(self, like: Floats) -> Floats:
        """How like the modes of the others each vote is, summed over votes; shape (vectors,)."""
        likeness: Floats = np.einsum("vk,vkj,jk->v", self.vectors, self.modes_of_others, like)
        return likeness

    def judge_to_others(self, like: Floats) -> Floats:
        """How like the same references each verdict is; shape (vectors, choices + failures)."""
        weights = np.einsum("vk,vkj->vj", self.vectors, self.modes_of_others)
        likeness: Floats = weights @ with_failures(like)
        return likeness

    def judge_to_all(self, like: Floats) -> Floats:
        """How like the modes of all votes each verdict is; shape (vectors, choices + failures)."""
        likeness: Floats = modes(self.vectors) @ with_failures(like)
        return likeness


def pairs_of(number: Floats) -> Floats:
    """How many pairs of two there are among so many."""
    return number * (number - 1) / 2


def with_failures(like: Floats) -> Floats:
    """`like` with a column of zeros for each verdict that is none: it is like nothing."""
    return np.concatenate([like, np.zeros((len(like), FAILURES))], axis=1)
