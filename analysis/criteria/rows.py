"""The rows of a report on criteria beside each other, and on length and lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.special import stdtr

from analysis.arrays import Bools, Floats, Ints, compact, summed
from analysis.ballots import Grouping, groupings
from analysis.criteria.confounds import Comparisons, Effects, effects
from analysis.criteria.correlation import correlation
from analysis.criteria.opinions import Opinions, opinions, together
from analysis.estimates import Estimate, TooFewLabels, canonical
from analysis.outcomes import NO_LABEL
from analysis.resampling.multiplicity import adjusted_rows
from analysis.resampling.ratios import method_of
from analysis.resampling.resample import Bootstrap, t_interval
from analysis.tables import StudyLabels
from analysis.usable import applicable

UNCENTRED = "Pearson's correlation over both orders of each pair"
CENTRED = "Pearson's correlation over single responses"
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


def estimates(study: StudyLabels, bootstrap: Bootstrap) -> Iterator[Estimate]:
    """Every row on criteria, overall, by category and by task; those on two have none of their own.

    p is adjusted by Holm over the couples, or the criteria, of one slice.
    """
    people = study.of_kind("human")
    found = [opinions(study, people, number) for number in range(len(study.plan.criteria))]
    parts = _Parts(study)
    rows = list(_correlations(study, found, parts, bootstrap))
    for number, one in enumerate(found):
        rows += _effects(study, number, one, parts)
    families: dict[tuple[str, str], list[Estimate]] = {}
    for row in rows:
        families.setdefault((row.statistic, canonical(row.slice)), []).append(row)
    for family in families.values():
        yield from adjusted_rows(family, "holm")


class _Parts:
    """All pairs that criteria are asked of, and those of each category and task."""

    def __init__(self, study: StudyLabels) -> None:
        self._pairs, self._criteria = study.pairs, study.plan.criteria
        self._asked = applicable(study.plan, study.pairs)
        self._made: dict[tuple[tuple[str, ...], ...], tuple[Grouping, ...]] = {}

    def of(self, *numbers: int) -> tuple[Grouping, ...]:
        """The groupings of the pairs that all these criteria are asked of."""
        key = tuple(sorted({tuple(self._criteria[one].applies_to) for one in numbers}))
        if key not in self._made:
            asked: Bools = np.logical_and.reduce(self._asked[list(numbers)])
            every = groupings(self._pairs, asked)
            self._made[key] = tuple(one for one in every if one.name != "systems")
        return self._made[key]


def _correlations(
    study: StudyLabels, found: list[Opinions], parts: _Parts, bootstrap: Bootstrap
) -> Iterator[Estimate]:
    keys = [one.key for one in study.plan.criteria]
    for first, second in combinations(range(len(keys)), 2):
        one, other, pair = together(found[first], found[second])
        rated = found[first].rated and found[second].rated
        blank = Estimate(
            "criteria_correlation",
            None,
            subject={"criteria": tuple(sorted((keys[first], keys[second])))},
            unit="pairs of labels",
            reason=NO_LABEL,
        )
        for grouping in parts.of(first, second):
            for names, rows in grouping.rows(pair):
                row = replace(blank, slice=names, n=len(rows))
                values = one[rows], other[rows]
                yield _correlation(row, values, study.pairs.prompt[pair[rows]], bootstrap, rated)


def _correlation(
    row: Estimate, values: tuple[Floats, Floats], cluster: Ints, bootstrap: Bootstrap, rated: bool
) -> Estimate:
    if not row.n:
        return row
    try:
        made = correlation(*values, cluster, bootstrap, centred=rated)
    except TooFewLabels as undefined:
        return replace(row, reason=str(undefined))
    method = f"{CENTRED if rated else UNCENTRED}; {method_of(bootstrap, cluster)}"
    return replace(row.known(made.value, made.interval, method), p=made.p)


def _effects(study: StudyLabels, number: int, found: Opinions, parts: _Parts) -> Iterator[Estimate]:
    """`length_effect` and `list_effect` of one criterion, each at equal values of the other."""
    preferred = found.preferences
    key = study.plan.criteria[number].key
    known = _features(study)
    liked = _Liked.of(
        study, preferred, [np.zeros(len(study.pairs)) if one is None else one for one in known]
    )
    for grouping in parts.of(number):
        for names, pairs in grouping.members():
            games, there = liked.games(study, pairs)
            made = effects(games) if there.any() else None
            slopes = np.cumsum(there) - 1
            for place, name in enumerate(FEATURES):
                row = Estimate(
                    name,
                    key,
                    slice=names,
                    n=round(games.number.sum()),
                    unit="labels",
                    reason=NO_LABEL,
                )
                if known[place] is None:
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
    so that the effects of two slices can be compared.
    """

    number: Floats
    for_b: Floats
    features: Floats

    @classmethod
    def of(cls, study: StudyLabels, preferred: Opinions, features: Sequence[Floats]) -> _Liked:
        size = len(study.pairs)
        number: Floats = np.bincount(preferred.pair, minlength=size).astype(np.float64)
        for_b = summed((np.sign(preferred.value) + 1) / 2, preferred.pair, size)
        longer, listed = features
        compared = longer[number > 0]
        spread = float(np.sqrt((compared**2).mean())) if len(compared) else 0.0
        longer = np.tanh(longer / spread) if spread > 0 else longer
        return cls(number, for_b, np.stack([longer, listed], axis=1))

    def games(self, study: StudyLabels, pairs: Ints) -> tuple[Comparisons, Bools]:
        """The preferences on some of the pairs, with those features that are not constant."""
        pair = pairs[self.number[pairs] > 0]
        columns = self.features[pair]
        there = np.abs(columns).max(axis=0, initial=0) > 0
        a, b = study.pairs.system_a[pair], study.pairs.system_b[pair]
        _, systems = compact(np.append(a, b), len(study.pairs.systems))
        games = Comparisons(
            systems[: len(pair)],
            systems[len(pair) :],
            study.pairs.prompt[pair],
            self.for_b[pair],
            self.number[pair],
            columns[:, there],
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
