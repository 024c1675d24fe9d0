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


def order_of(codes: Ints) -> Ints:
    """The rows in the order of their codes, which are 0 or more; rows of one code as they stand.

    What `np.argsort(codes, kind="stable")` gives, by 16 bits at a time, which numpy sorts by
    counting: several times faster than by comparing.
    """
    order = np.argsort(codes.astype(np.uint16), kind="stable")
    for shift in range(16, int(codes.max(initial=0)).bit_length(), 16):
        part = (codes >> shift).astype(np.uint16)
        order = order[np.argsort(part[order], kind="stable")]
    return order
