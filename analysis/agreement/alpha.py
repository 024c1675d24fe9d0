"""Krippendorff's alpha for many resamples at a time, and by the library for the point estimate."""

from __future__ import annotations

from typing import Literal, TypeAlias

import krippendorff
import numpy as np

from analysis.arrays import Floats, Ints
from analysis.resampling.tally import Tally

Level: TypeAlias = Literal["nominal", "ordinal", "interval"]

ORIENTATIONS = 20


def krippendorff_alpha(tally: Tally, weights: Floats, level: Level) -> Floats:
    """Krippendorff's alpha: 1 full agreement, 0 chance, below 0 discord; shape (resamples,).

    alpha = 1 - (n - 1) sum o_ck d_ck / sum n_c n_k d_ck over the units with two labels or more.
    Undefined (NaN) without such a unit, or if all their labels are equal.
    Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
    """
    vectors = tally.vectors.astype(np.float64)
    values = np.arange(vectors.shape[1], dtype=np.float64)
    if level != "nominal":
        vectors, values = vectors @ tally.merge, tally.ordered_values
    width = vectors.shape[1]
    together = vectors[:, :, None] * vectors[:, None, :] - vectors[:, :, None] * np.eye(width)
    together /= np.maximum(tally.labels - 1, 1)[:, None, None]
    together[tally.labels < 2] = 0
    observed = (weights @ together.reshape(len(vectors), -1)).reshape(-1, width, width)
    n_c = observed.sum(axis=2)
    distance = _distance(level, values, n_c)
    n = n_c.sum(axis=1)
    distance = np.broadcast_to(distance, observed.shape)
    disagreement = np.einsum("bij,bij->b", observed, distance)
    expected = np.einsum("bi,bj,bij->b", n_c, n_c, distance)
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha: Floats = np.where(expected > 0, 1 - (n - 1) * disagreement / expected, np.nan)
    return alpha


def _distance(level: Level, values: Floats, n_c: Floats) -> Floats:
    """The distances of categories, shape (resamples or 1, V, V); ordinal ones depend on n_c."""
    if level == "nominal":
        differ: Floats = (values[:, None] != values).astype(np.float64)[None]
        return differ
    if level == "interval":
        square: Floats = ((values[:, None] - values) ** 2)[None]
        return square
    middle = np.cumsum(n_c, axis=1) - n_c / 2
    ordinal: Floats = (middle[:, :, None] - middle[:, None, :]) ** 2
    return ordinal


def alpha_nominal(tally: Tally, weights: Floats) -> Floats:
    """Krippendorff's alpha where all different choices differ alike."""
    return krippendorff_alpha(tally, weights, "nominal")


def alpha_ordinal(tally: Tally, weights: Floats) -> Floats:
    """Krippendorff's alpha where a tie lies between a and b: the headline."""
    return krippendorff_alpha(tally, weights, "ordinal")


def alpha_interval(tally: Tally, weights: Floats) -> Floats:
    """Krippendorff's alpha on the values of the choices."""
    return krippendorff_alpha(tally, weights, "interval")


def library_alpha(tally: Tally, level: Level) -> float:
    """The same by the `krippendorff` package: the point estimate of a report."""
    vectors = np.where(tally.labels[:, None] > 1, tally.vectors, 0).astype(np.float64)
    domain = np.arange(vectors.shape[1], dtype=np.float64)
    if level != "nominal":
        vectors, domain = vectors @ tally.merge, tally.ordered_values
    counts = vectors[tally.vector_of_unit]
    return float(
        krippendorff.alpha(value_counts=counts, value_domain=domain, level_of_measurement=level)
    )


def orientation_range(tally: Tally, rng: np.random.Generator, mirror: Ints) -> Floats:
    """Nominal alpha in 20 random orders of the two responses, shape (20,); NaN undefined.

    mirror: shape (choices,), the choice that each becomes when a and b change places. How many
    units of each count vector are turned is binomial, which is all that matters.
    """
    times = tally.weights[0].astype(np.int64)
    turned = rng.binomial(times, 0.5, size=(ORIENTATIONS, len(times)))
    vectors = np.concatenate([tally.vectors, tally.vectors[:, mirror]])
    both = Tally(vectors, np.zeros(0, np.int64), tally.values)
    return alpha_nominal(both, np.concatenate([times - turned, turned], axis=1).astype(np.float64))
