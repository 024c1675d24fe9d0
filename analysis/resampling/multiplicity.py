"""Adjust p-values for how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np

from analysis.arrays import Floats
from analysis.estimates import Estimate

Adjustment: TypeAlias = Literal["holm", "bh", "by"]
"""Holm, Benjamini-Hochberg, Benjamini-Yekutieli."""


def adjusted(p_values: Floats, method: Adjustment) -> Floats:
    """The adjusted p-values, in the order given, shape (tests,); 0 to 1.

    "holm" bounds the chance of any false claim; "bh" and "by" bound the expected share of false
    ones, "by" whatever the dependence between the tests.
    Source: Holm (1979); Benjamini and Hochberg (1995); Benjamini and Yekutieli (2001).
    """
    tests = len(p_values)
    order = np.argsort(p_values)
    place = np.arange(1, tests + 1)
    if method == "holm":
        steps = np.maximum.accumulate(p_values[order] * (tests - place + 1))
    else:
        dependence = (1 / place).sum() if method == "by" else 1.0
        raised = p_values[order] * tests * dependence / place
        steps = np.minimum.accumulate(raised[::-1])[::-1]
    result = np.empty(tests)
    result[order] = np.minimum(steps, 1)
    return result


def adjusted_rows(rows: Sequence[Estimate], method: Adjustment) -> Iterator[Estimate]:
    """The rows with p adjusted over those that have one."""
    raw = [row.p for row in rows if row.p is not None]
    fair = iter(adjusted(np.array(raw), method).tolist() if raw else [])
    for row in rows:
        if row.p is None:
            yield row
        else:
            yield replace(row, p_adjusted=next(fair), adjustment=method)
