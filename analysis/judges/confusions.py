"""What a table of people's majorities by a judge's verdicts says of the judge, for many tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from analysis.arrays import Floats

Confusions: TypeAlias = Floats
"""How often people's majority was the row and the judge's verdict the column.

Shape (resamples, choices, choices + 3); the last three columns are verdicts that are none.
"""


def accuracy(table: Confusions) -> Floats:
    """The share of verdicts equal to the human majority; 0 to 1."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share: Floats = np.trace(table, axis1=1, axis2=2) / table.sum(axis=(1, 2))
    return share


def _ratio(part: Floats, whole: Floats) -> Floats:
    """part / whole, and 0 where there is nothing to divide by (scikit-learn's zero_division=0)."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _hits(table: Confusions) -> Floats:
    return np.diagonal(table, axis1=1, axis2=2).copy()


def _precision(table: Confusions) -> Floats:
    return _ratio(_hits(table), table.sum(axis=1)[:, : table.shape[1]])


def _recall(table: Confusions) -> Floats:
    return _ratio(_hits(table), table.sum(axis=2))


def _f1(table: Confusions) -> Floats:
    predicted = table.sum(axis=1)[:, : table.shape[1]]
    return _ratio(2 * _hits(table), predicted + table.sum(axis=2))


def macro_precision(table: Confusions) -> Floats:
    """Precision, averaged over all choices of the scale alike; 0 to 1."""
    return _defined(_precision(table).mean(axis=1), table)


def macro_recall(table: Confusions) -> Floats:
    """Recall, averaged over all choices of the scale alike; 0 to 1."""
    return _defined(_recall(table).mean(axis=1), table)


def macro_f1(table: Confusions) -> Floats:
    """F1, averaged over all choices of the scale alike; 0 to 1."""
    return _defined(_f1(table).mean(axis=1), table)


def weighted_f1(table: Confusions) -> Floats:
    """F1, averaged over the choices by how often people chose them; 0 to 1."""
    support = table.sum(axis=2)
    return _defined(_ratio((_f1(table) * support).sum(axis=1), support.sum(axis=1)), table)


def _defined(values: Floats, table: Confusions) -> Floats:
    return np.where(table.sum(axis=(1, 2)) > 0, values, np.nan)


def cohen_kappa(table: Confusions) -> Floats:
    """Cohen's kappa with what is no verdict as further categories of the judge; NaN undefined."""
    total = table.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        people = table.sum(axis=2) / total[:, None]
        judge = table.sum(axis=1)[:, : table.shape[1]] / total[:, None]
        expected = (people * judge).sum(axis=1)
        kappa: Floats = (accuracy(table) - expected) / np.where(expected < 1, 1 - expected, np.nan)
    return kappa


MEASURES: dict[str, Callable[[Confusions], Floats]] = {
    "judge_accuracy": accuracy,
    "judge_macro_precision": macro_precision,
    "judge_macro_recall": macro_recall,
    "judge_macro_f1": macro_f1,
    "judge_weighted_f1": weighted_f1,
    "judge_cohen_kappa": cohen_kappa,
}
