"""The array types that the analysis passes around, and how codes are made dense."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.signedinteger[Any]]
"""Codes, counts and positions; -1 stands for none."""

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]


def summed(weights: Floats, codes: Ints, size: int) -> Floats:
    """The sum of the weights of each code from 0 to `size` - 1, shape (size,)."""
    sums = np.bincount(codes, weights=weights, minlength=size)
    return sums.astype(np.float64, copy=False)


def compact(codes: Ints, size: int) -> tuple[Ints, Ints]:
    """The distinct codes, ascending, and each entry's position among them.

    What `np.unique(codes, return_inverse=True)` gives, for codes from 0 to `size` - 1; by a table
    of them where it is not much longer than the codes, which is many times faster than sorting.
    """
    if size > 8 * len(codes) + 1024:
        return np.unique(codes, return_inverse=True)
    present = np.bincount(codes, minlength=size) > 0
    return np.flatnonzero(present), (np.cumsum(present) - 1)[codes]
