"""How often each distinct count vector occurs: all that agreement coefficients need to know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.arrays import Floats, Ints

MOST_CODES = 1_000_000
"""Up to so many possible count vectors a table of them is faster than sorting."""


@dataclass(frozen=True)
class Tally:
    """Units by how often they got each choice; distinct count vectors are kept once.

    vectors: shape (vectors, choices); vector_of_unit: shape (units,), which of them a unit has.
    values: shape (choices,), what the choices stand for; equal values are one ordered category,
    so that "both bad" and "tie" differ in nominal coefficients only.
    """

    vectors: Ints
    vector_of_unit: Ints
    values: Floats

    @classmethod
    def of(cls, counts: Ints, values: Floats) -> Tally:
        """The tally of the units' count vectors, shape (units, choices)."""
        choices, base = counts.shape[1], int(counts.max(initial=0)) + 1
        if base**choices > MOST_CODES:
            vectors, vector_of_unit = np.unique(counts, axis=0, return_inverse=True)
            return cls(vectors, vector_of_unit, values)
        places = base ** np.arange(choices)
        code = sum(column * place for column, place in zip(counts.T, places, strict=True))
        present = np.bincount(code, minlength=base**choices) > 0
        codes = np.flatnonzero(present)
        return cls(codes[:, None] // places % base, (np.cumsum(present) - 1)[code], values)

    def part(self, units: Ints) -> Tally:
        """The tally of some of the units, with the same vectors."""
        return replace(self, vector_of_unit=self.vector_of_unit[units])

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

    @cached_property
    def pairable(self) -> int:
        """Units with two labels or more: only there can people agree."""
        return int((self.weights[0] * (self.labels > 1)).sum())

    @cached_property
    def alike(self) -> bool:
        """Whether all labels are of one choice."""
        return int(((self.weights[0] @ self.vectors) > 0).sum()) == 1
