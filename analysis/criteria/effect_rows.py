"""The rows of a report on length and lists in people's labels, overall, by category and by task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtr

from analysis.arrays import Bools, Floats, Ints, compact, summed
from analysis.criteria.confounds import Comparisons, Effects, effects
from analysis.criteria.opinions import Opinions
from analysis.criteria.parts import Parts
from analysis.estimates import Estimate
from analysis.outcomes import NO_LABEL
from analysis.pairs import PairTable
from analysis.resampling.resample import t_interval
from analysis.tables import StudyLabels

UNKNOWN = "the texts of the responses are unknown"
CONSTANT = {
    "length_effect": "all responses are of one length",
    "list_effect": "no pair has a list on one side only",
}
FEATURES = {
    "length_effect": "tanh(difference of characters / its root mean square)",
    "list_effect": "one side only has a list",
}
LOGISTIC = (
    "logistic regression beside the strengths; t interval, sandwich errors clustered by prompt"
)
ONE_PROMPT = "there is only one prompt"


def estimates(study: StudyLabels, number: int, found: Opinions, parts: Parts) -> Iterator[Estimate]:
    """`length_effect` and `list_effect` of one criterion, each at equal values of the other."""
    preferred = found.preferences
    key = study.plan.criteria[number].key
    liked = _Liked.of(study, preferred)
    whole: list[Estimate] = []
    everything = -1
    for grouping in parts.of(number):
        for names, pairs in grouping.members():
            if len(pairs) == everything:  # a slice that is everything
                yield from (replace(row, slice=names) for row in whole)
                continue
            rows = list(
                _of_pairs(
                    Estimate("length_effect", key, slice=names, unit="labels", reason=NO_LABEL),
                    liked,
                    pairs,
                )
            )
            if not names:
                whole, everything = rows, len(pairs)
            yield from rows


def _of_pairs(blank: Estimate, liked: _Liked, pairs: Ints) -> Iterator[Estimate]:
    games, there = liked.games(pairs)
    made = effects(games) if there.any() else None
    slopes = np.cumsum(there) - 1
    blank = replace(blank, n=round(games.number.sum()))
    for place, name in enumerate(FEATURES):
        row = replace(blank, statistic=name)
        if not liked.known[place]:
            yield replace(row, reason=UNKNOWN)
        elif made is not None and there[place]:
            yield _effect(row, made, int(slopes[place]), FEATURES[name])
        else:
            yield replace(row, reason=CONSTANT[name]) if row.n else row


def _features(study: StudyLabels) -> tuple[Floats | None, Floats | None]:
    """How much longer b is, and whether b alone (1) or a alone (-1) has a list; (pairs,)."""
    pairs = study.pairs
    both = (pairs.length_a, pairs.length_b), (pairs.list_a, pairs.list_b)
    longer, listed = (
        None if a is None or b is None else np.asarray(b, np.float64) - np.asarray(a, np.float64)
        for a, b in both
    )
    return longer, listed


@dataclass(frozen=True)
class _Liked:
    """How many preferences each pair has, how many of them for b, and its features.

    number, for_b: shape (pairs,); features: shape (pairs, 2), in the units of all pairs together,
    so that the effects of two slices can be compared; `known` says which of the two there are.
    """

    pairs: PairTable
    number: Floats
    for_b: Floats
    features: Floats
    known: tuple[bool, bool]

    @classmethod
    def of(cls, study: StudyLabels, preferred: Opinions) -> _Liked:
        size = len(study.pairs)
        number: Floats = np.bincount(preferred.pair, minlength=size).astype(np.float64)
        for_b = summed((np.sign(preferred.value) + 1) / 2, preferred.pair, size)
        found = _features(study)
        longer, listed = (np.zeros(size) if one is None else one for one in found)
        compared = longer[number > 0]
        spread = float(np.sqrt((compared**2).mean())) if len(compared) else 0.0
        longer = np.tanh(longer / spread) if spread > 0 else longer
        known = found[0] is not None, found[1] is not None
        return cls(study.pairs, number, for_b, np.stack([longer, listed], axis=1), known)

    def games(self, pairs: Ints) -> tuple[Comparisons, Bools]:
        """The preferences on some of the pairs, with those features that are not constant."""
        pair = pairs[self.number[pairs] > 0]
        columns = self.features[pair]
        there = np.abs(columns).max(axis=0, initial=0) > 0
        a, b = self.pairs.system_a[pair], self.pairs.system_b[pair]
        _, systems = compact(np.append(a, b), len(self.pairs.systems))
        games = Comparisons(
            systems[: len(pair)],
            systems[len(pair) :],
            self.pairs.prompt[pair],
            self.for_b[pair],
            self.number[pair],
            np.asfortranarray(columns[:, there]),  # products of columns are many times faster
        )
        return games, there


def _effect(row: Estimate, found: Effects, place: int, feature: str) -> Estimate:
    slope, error = float(found.slope[place]), float(found.error[place])
    method = f"log odds by {feature}; {LOGISTIC}"
    if found.separated[place]:
        return replace(row, status="regularised").known(slope, method=method)
    if not error > 0:
        return row.known(slope, method=f"{method}; {ONE_PROMPT}: no interval")
    interval = t_interval(slope, error, found.clusters)
    p = float(2 * stdtr(found.clusters - 1, -abs(slope) / error))
    return replace(row.known(slope, interval, method), p=p)
