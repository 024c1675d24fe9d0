"""The rows of a report on criteria beside each other, and on length and lists."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.criteria import correlation_rows, effect_rows
from analysis.criteria.opinions import opinions
from analysis.criteria.parts import Parts
from analysis.estimates import Estimate, canonical
from analysis.resampling.multiplicity import adjusted_rows
from analysis.resampling.resample import Bootstrap
from analysis.tables import StudyLabels


def estimates(study: StudyLabels, bootstrap: Bootstrap) -> Iterator[Estimate]:
    """Every row on criteria, overall, by category and by task; those on two have none of their own.

    p is adjusted by Holm over the couples, or the criteria, of one slice.
    """
    people = study.of_kind("human")
    found = [opinions(study, people, number) for number in range(len(study.plan.criteria))]
    parts = Parts(study)
    rows = list(correlation_rows.estimates(study, found, parts, bootstrap))
    for number, one in enumerate(found):
        rows += effect_rows.estimates(study, number, one, parts)
    families: dict[tuple[str, str], list[Estimate]] = {}
    for row in rows:
        families.setdefault((row.statistic, canonical(row.slice)), []).append(row)
    for family in families.values():
        yield from adjusted_rows(family, "holm")
