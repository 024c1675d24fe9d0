"""Agreement coefficients that depend only on each unit's count vector.

Each is written once, for many weightings of the count vectors at a time: the labels themselves
are one weighting, each bootstrap resample another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

import numpy as np

from analysis.agreement.alpha import (
    Level,
    alpha_interval,
    alpha_nominal,
    alpha_ordinal,
    library_alpha,
)
from analysis.arrays import Floats, Ints
from analysis.estimates import NO_INTERVAL, Interval, TooFewLabels
from analysis.resampling.resample import (
    ALL_ALIKE,
    NO_SPREAD,
    WILSON_OVER_PROMPTS,
    Bootstrap,
    percentile_intervals,
    resampled_counts,
    wilson_interval,
)
from analysis.resampling.tally import Tally

NOTHING_SHARED = "nothing has two labels"
ALL_EQUAL = "all labels are equal"

MOST_LIBRARY_CELLS = 100_000
"""Units x choices x choices up to which the library is asked; beyond them our form stands.

The library goes through every unit, ours through the distinct count vectors: with 100,000 units the
library took a tenth of a whole report's time. A test holds the two together to 1e-12.
"""

Weights: TypeAlias = Floats
Coefficient: TypeAlias = Callable[[Tally, Weights], Floats]


def _mean_over_pairable(tally: Tally, share: Floats, weights: Weights) -> Floats:
    """The weighted mean of a share over the vectors with two labels or more."""
    pairable = weights * (tally.labels > 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = (pairable @ share) / pairable.sum(axis=1)
    return mean


def _observed(tally: Tally, vectors: Floats, similarity: Floats) -> Floats:
    """For each vector the mean similarity of two of its labels, shape (vectors,)."""
    m = np.maximum(tally.labels, 2)
    together = np.einsum("pi,ij,pj->p", vectors, similarity, vectors)
    shares: Floats = (together - vectors @ np.diag(similarity)) / (m * (m - 1))
    return shares


def percent_agreement(tally: Tally, weights: Weights) -> Floats:
    """The share of agreeing pairs of labels of a unit, averaged over units; 0 to 1."""
    identity = np.eye(tally.vectors.shape[1])
    shares = _observed(tally, tally.vectors.astype(np.float64), identity)
    return _mean_over_pairable(tally, shares, weights)


def unanimous_share(tally: Tally, weights: Weights) -> Floats:
    """The share of units with two labels or more whose labels are all equal; 0 to 1."""
    unanimous = tally.vectors.max(axis=1, initial=0) == tally.labels
    return _mean_over_pairable(tally, unanimous.astype(np.float64), weights)


def _prevalence(vectors: Floats, weights: Weights) -> Floats:
    """The mean share of each category over all units that have labels, (resamples, categories)."""
    labels = vectors.sum(axis=1)
    shares = vectors / np.maximum(labels, 1)[:, None]
    labelled = weights * (labels > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = (labelled @ shares) / labelled.sum(axis=1, keepdims=True)
    return mean


def _beyond_chance(observed: Floats, expected: Floats) -> Floats:
    """(observed - expected) / (1 - expected), NaN where chance alone gives full agreement."""
    room = 1 - expected
    with np.errstate(invalid="ignore", divide="ignore"):
        coefficient: Floats = np.where(room > 1e-12, (observed - expected) / room, np.nan)
    return coefficient


def fleiss_kappa(tally: Tally, weights: Weights) -> Floats:
    """Agreement beyond chance for any annotators, also where units have unequally many labels.

    Chance is the sum of squared category shares over all labelled units (Gwet's generalisation of
    Fleiss 1971). Undefined if all labels are equal.
    """
    pi = _prevalence(tally.vectors.astype(np.float64), weights)
    return _beyond_chance(percent_agreement(tally, weights), (pi**2).sum(axis=1))


def gwet_ac1(tally: Tally, weights: Weights) -> Floats:
    """Gwet's AC1, which stays high where one category dominates; 1 if all labels are equal."""
    pi = _prevalence(tally.vectors.astype(np.float64), weights)
    expected = (pi * (1 - pi)).sum(axis=1) / (pi.shape[1] - 1)
    return _beyond_chance(percent_agreement(tally, weights), expected)


def brennan_prediger(tally: Tally, weights: Weights) -> Floats:
    """Agreement beyond a chance of one in as many as the scale has choices."""
    observed = percent_agreement(tally, weights)
    return _beyond_chance(observed, np.full(len(observed), 1 / tally.vectors.shape[1]))


def similarity(categories: int, power: int) -> Floats:
    """1 - (distance / greatest distance) ** power: 1 linear, 2 quadratic; shape (V, V)."""
    position = np.arange(categories)
    distance = np.abs(position[:, None] - position) / max(categories - 1, 1)
    like: Floats = 1.0 - distance**power
    return like


def gwet_ac2(tally: Tally, weights: Weights, power: int) -> Floats:
    """Gwet's AC2: AC1 where near choices agree in part (power 1 linear, 2 quadratic weights)."""
    vectors = tally.vectors @ tally.merge
    like = similarity(vectors.shape[1], power)
    pi = _prevalence(vectors, weights)
    categories = vectors.shape[1]
    chance = (pi * (1 - pi)).sum(axis=1) * like.sum() / (categories * (categories - 1))
    observed = _mean_over_pairable(tally, _observed(tally, vectors, like), weights)
    return _beyond_chance(observed, chance)


def gwet_ac2_linear(tally: Tally, weights: Weights) -> Floats:
    """Gwet's AC2 with linear weights."""
    return gwet_ac2(tally, weights, 1)


def gwet_ac2_quadratic(tally: Tally, weights: Weights) -> Floats:
    """Gwet's AC2 with quadratic weights."""
    return gwet_ac2(tally, weights, 2)


def coefficient(name: str, tally: Tally) -> float:
    """The coefficient of that name; raises TooFewLabels where it is undefined."""
    if not tally.pairable:
        raise TooFewLabels(NOTHING_SHARED)
    value = float(COEFFICIENTS[name](tally, tally.weights)[0])
    if not np.isfinite(value):
        raise TooFewLabels(ALL_EQUAL)
    cells = tally.pairable * tally.vectors.shape[1] ** 2
    if name in LEVELS and cells <= MOST_LIBRARY_CELLS:
        return library_alpha(tally, LEVELS[name])
    return value


def intervals(
    tally: Tally,
    cluster: Ints,
    bootstrap: Bootstrap,
    rng: np.random.Generator,
    names: Collection[str] | None = None,
) -> dict[str, Interval]:
    """Bootstrap intervals of all coefficients, or those named, from the same resamples of clusters.

    cluster: shape (units,). With fewer than two clusters there is nothing to resample.
    """
    clusters = int(np.count_nonzero(np.bincount(cluster)))
    chosen = COEFFICIENTS if names is None else names
    if clusters < 2:
        return dict.fromkeys(chosen, NO_INTERVAL)
    pattern, patterns = tally.vector_of_unit, len(tally.vectors)
    weights = resampled_counts(pattern, cluster, patterns, bootstrap, rng)
    resampled = [COEFFICIENTS[name](tally, weights) for name in chosen]
    found = percentile_intervals(np.stack(resampled, axis=1), clusters)
    return {name: interval_of(name, one, clusters) for name, one in zip(chosen, found, strict=True)}


def interval_of(name: str, found: Interval, clusters: int) -> Interval:
    """The interval of a coefficient from the percentiles of its resampled values.

    Where all resamples say the same they tell nothing of other prompts: a share of 0 or 1 then has
    Wilson's interval over the clusters, any other coefficient none.
    """
    if found.low is None or found.high is None or found.high - found.low > ALL_ALIKE:
        return found
    if name in SHARES and round(found.low, 9) in (0.0, 1.0):
        return wilson_interval(round(found.low, 9), clusters)
    return Interval(dropped_share=found.dropped_share)


def interval_method(name: str, value: float, interval: Interval, resampling: str) -> str:
    """How the report names what `interval_of` made."""
    if name in SHARES and round(value, 9) in (0.0, 1.0) and interval.low is not None:
        return WILSON_OVER_PROMPTS
    none = interval.low is None and not interval.dropped_share
    return f"{resampling}; {NO_SPREAD}" if none else resampling


SHARES = ("percent_agreement", "unanimous_share")

LEVELS: dict[str, Level] = {
    "krippendorff_alpha_nominal": "nominal",
    "krippendorff_alpha_ordinal": "ordinal",
    "krippendorff_alpha_interval": "interval",
}

COEFFICIENTS: dict[str, Coefficient] = {
    "percent_agreement": percent_agreement,
    "krippendorff_alpha_ordinal": alpha_ordinal,
    "krippendorff_alpha_nominal": alpha_nominal,
    "krippendorff_alpha_interval": alpha_interval,
    "fleiss_kappa": fleiss_kappa,
    "gwet_ac1": gwet_ac1,
    "gwet_ac2_linear": gwet_ac2_linear,
    "gwet_ac2_quadratic": gwet_ac2_quadratic,
    "brennan_prediger": brennan_prediger,
    "unanimous_share": unanimous_share,
}
