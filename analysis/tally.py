"""How often each distinct count vector occurs: all that agreement coefficients need to know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.arrays import Floats, Ints


@dataclass(frozen=True)
class Tally:
    """How often each distinct count vector occurs among the units.

    counts: shape (units, choices), how often each unit got each choice.
    values: shape (choices,), what the choices stand for; equal values are one ordered category,
    so that "both bad" and "tie" differ in nominal coefficients only.
    """

    counts: Ints
    values: Floats

    @cached_property
    def _coded(self) -> tuple[Ints, Ints]:
        base = int(self.counts.max(initial=0)) + 1
        if base ** self.counts.shape[1] < 2**62:
            code = np.zeros(len(self.counts), np.int64)
            for column in self.counts.T:
                code = code * base + column
            _, first, pattern = np.unique(code, return_index=True, return_inverse=True)
            return self.counts[first], pattern
        vectors, pattern = np.unique(self.counts, axis=0, return_inverse=True)
        return vectors, pattern

    @property
    def vectors(self) -> Ints:
        """The distinct count vectors, shape (vectors, choices)."""
        return self._coded[0]

    @property
    def vector_of_unit(self) -> Ints:
        """The vector that each unit has, shape (units,)."""
        return self._coded[1]

    @cached_property
    def weights(self) -> Floats:
        """How often each vector occurs, shape (1, vectors)."""
        times = np.bincount(self.vector_of_unit, minlength=len(self.vectors))
        return times[None, :].astype(np.float64)

    @cached_property
    def labels(self) -> Floats:
        """How many labels each vector has, shape (vectors,)."""
        labels: Floats = self.vectors.sum(axis=1).astype(np.float64)
        return labels

    @cached_property
    def merge(self) -> Floats:
        """Choices to ordered categories by their values, shape (choices, categories)."""
        merge: Floats = (self.values[:, None] == self.ordered_values).astype(np.float64)
        return merge

    @cached_property
    def ordered_values(self) -> Floats:
        """The distinct values, ascending."""
        return np.unique(self.values)

    @property
    def pairable(self) -> int:
        """Units with two labels or more: only there can people agree."""
        return int((self.counts.sum(axis=1) > 1).sum())

    @property
    def alike(self) -> bool:
        """Whether all labels are of one choice."""
        return int((self.counts.sum(axis=0) > 0).sum()) == 1
