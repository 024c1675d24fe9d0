"""The rows of a report on each two criteria, overall, by category and by task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from analysis.arrays import Floats, Ints
from analysis.criteria.correlation import Moments, correlations
from analysis.criteria.opinions import Opinions, together
from analysis.criteria.parts import Parts
from analysis.estimates import Estimate, TooFewLabels
from analysis.outcomes import NO_LABEL
from analysis.resampling.ratios import method_of
from analysis.resampling.resample import Bootstrap
from analysis.tables import StudyLabels

UNCENTRED = "Pearson's correlation over both orders of each pair"
CENTRED = "Pearson's correlation over single responses"


def estimates(
    study: StudyLabels, found: Sequence[Opinions], parts: Parts, bootstrap: Bootstrap
) -> Iterator[Estimate]:
    """`criteria_correlation` of each two; found: the opinions by each criterion."""
    rows = list(_sums(study, found, parts, bootstrap))
    made = iter(correlations([one for _, one in rows if one is not None], bootstrap))
    for row, moments in rows:
        if moments is None:
            yield row
        else:
            one = next(made)
            yield replace(row.known(one.value, one.interval), p=one.p)


def _sums(
    study: StudyLabels, found: Sequence[Opinions], parts: Parts, bootstrap: Bootstrap
) -> Iterator[tuple[Estimate, Moments | None]]:
    """Each row with what its correlation is made of, where it has one."""
    keys = [one.key for one in study.plan.criteria]
    for first, second in combinations(range(len(keys)), 2):
        one, other, pair = together(found[first], found[second])
        rated = found[first].rated and found[second].rated
        prompt = study.pairs.prompt[pair]
        blank = Estimate(
            "criteria_correlation",
            None,
            subject={"criteria": tuple(sorted((keys[first], keys[second])))},
            unit="pairs of labels",
            reason=NO_LABEL,
        )
        whole: tuple[Estimate, Moments | None] | None = None
        for grouping in parts.of(first, second):
            for names, inside in grouping.rows(pair):
                if whole is not None and len(inside) == len(pair):  # a slice that is everything
                    yield replace(whole[0], slice=names), whole[1]
                    continue
                row = replace(blank, slice=names, n=len(inside))
                values, cluster = (one[inside], other[inside]), prompt[inside]
                made = _moments(row, values, cluster, bootstrap, rated)
                whole = whole or made
                yield made


def _moments(
    row: Estimate, values: tuple[Floats, Floats], cluster: Ints, bootstrap: Bootstrap, rated: bool
) -> tuple[Estimate, Moments | None]:
    if not row.n:
        return row, None
    try:
        moments = Moments.of(*values, cluster, centred=rated)
    except TooFewLabels as undefined:
        return replace(row, reason=str(undefined)), None
    method = f"{CENTRED if rated else UNCENTRED}; {method_of(bootstrap, cluster)}"
    return replace(row, method=method), moments
