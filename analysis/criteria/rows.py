"""The rows of a report on criteria beside each other, and on length and lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from scipy.special import stdtr

from analysis.arrays import Bools, Floats, compact, summed
from analysis.criteria.confounds import Comparisons, Effects, effects
from analysis.criteria.correlation import correlation
from analysis.criteria.opinions import Opinions, opinions, together
from analysis.estimates import Estimate, TooFewLabels
from analysis.outcomes import NO_LABEL
from analysis.resampling.multiplicity import adjusted_rows
from analysis.resampling.ratios import method_of
from analysis.resampling.resample import Bootstrap, t_interval
from analysis.tables import StudyLabels

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
    """Every row on criteria; those on two of them have none of their own."""
    people = study.of_kind("human")
    found = [opinions(study, people, number) for number in range(len(study.plan.criteria))]
    yield from adjusted_rows(list(_correlations(study, found, bootstrap)), "holm")
    rows = [row for number, one in enumerate(found) for row in _effects(study, number, one)]
    for name in FEATURES:
        yield from adjusted_rows([row for row in rows if row.statistic == name], "holm")


def _correlations(
    study: StudyLabels, found: list[Opinions], bootstrap: Bootstrap
) -> Iterator[Estimate]:
    keys = [one.key for one in study.plan.criteria]
    for first, second in combinations(range(len(keys)), 2):
        one, other, pair = together(found[first], found[second])
        rated = found[first].rated and found[second].rated
        cluster = study.pairs.prompt[pair]
        row = Estimate(
            "criteria_correlation",
            None,
            subject={"criteria": tuple(sorted((keys[first], keys[second])))},
            n=len(one),
            unit="pairs of labels",
            reason=NO_LABEL,
        )
        try:
            made = correlation(one, other, cluster, bootstrap, centred=rated)
        except TooFewLabels as undefined:
            yield replace(row, reason=str(undefined))
            continue
        method = f"{CENTRED if rated else UNCENTRED}; {method_of(bootstrap, cluster)}"
        yield replace(row.known(made.value, made.interval, method), p=made.p)


def _effects(study: StudyLabels, number: int, found: Opinions) -> Iterator[Estimate]:
    """`length_effect` and `list_effect` of one criterion, each at equal values of the other."""
    preferred = found.preferences
    key = study.plan.criteria[number].key
    known = _features(study)
    features = [np.zeros(len(study.pairs)) if one is None else one for one in known]
    games, there = _games(study, preferred, features)
    made = effects(games) if there.any() else None
    slopes = np.cumsum(there) - 1
    for place, name in enumerate(FEATURES):
        row = Estimate(name, key, n=len(preferred.pair), unit="labels", reason=NO_LABEL)
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


def _games(
    study: StudyLabels, preferred: Opinions, features: Sequence[Floats]
) -> tuple[Comparisons, Bools]:
    """All preferences by pair, with those features that are not constant."""
    size = len(study.pairs)
    number: Floats = np.bincount(preferred.pair, minlength=size).astype(np.float64)
    for_b = summed((np.sign(preferred.value) + 1) / 2, preferred.pair, size)
    pair = np.flatnonzero(number)
    longer, listed = features[0][pair], features[1][pair]
    spread = float(np.sqrt((longer**2).mean())) if len(pair) else 0.0
    columns = np.stack([np.tanh(longer / spread) if spread > 0 else longer, listed], axis=1)
    there = np.abs(columns).max(axis=0, initial=0) > 0
    a, b = study.pairs.system_a[pair], study.pairs.system_b[pair]
    _, systems = compact(np.append(a, b), len(study.pairs.systems))
    games = Comparisons(
        systems[: len(pair)],
        systems[len(pair) :],
        study.pairs.prompt[pair],
        for_b[pair],
        number[pair],
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
