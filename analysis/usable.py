"""Which labels of a study can be used, and what is in the way of the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import numpy as np

from analysis.arrays import Bools
from analysis.pairs import PairTable
from analysis.tables import KINDS, PURPOSES, TARGETS, LabelTable, StudyLabels
from annotation.schema import JUDGE_FAILURES
from annotation.study import StudyPlan


def sort_out(
    plan: StudyPlan,
    pairs: PairTable,
    annotators: tuple[str, ...],
    labels: LabelTable,
    left_out: Collection[str] = (),
) -> StudyLabels:
    """Keep the labels that can be used and count the others by the first thing in their way.

    left_out: the people whose labels stand but do not count.
    """
    usable = np.ones(len(labels), bool)
    excluded: dict[str, int] = {}
    for reason, rows in _faults(plan, pairs, labels):
        found = usable & rows
        if found.any():
            excluded[reason] = int(found.sum())
            usable &= ~found
    kept = labels.where(usable)
    aside: dict[str, LabelTable] = {}
    gone = np.array([name in left_out for name in annotators], bool)
    checks: tuple[tuple[str, Callable[[LabelTable], Bools]], ...] = (
        ("excluded_annotator", lambda of: gone[of.annotator] & (of.kind == KINDS.index("human"))),
        ("superseded", _superseded),
        ("repeat", _repeat),
        ("surplus", _surplus),
    )
    for reason, wanted in checks:
        rows = wanted(kept)
        aside[reason] = kept.where(rows)
        if rows.any():
            excluded[reason] = int(rows.sum())
            kept = kept.where(~rows)
    return StudyLabels(plan, pairs, annotators, kept, excluded, aside["repeat"], aside["surplus"])


def _faults(plan: StudyPlan, pairs: PairTable, labels: LabelTable) -> Iterable[tuple[str, Bools]]:
    """Reason and rows; training and gold first, because their pairs stand in files of their own."""
    yield "training", labels.purpose == PURPOSES.index("training")
    yield "gold", labels.purpose == PURPOSES.index("gold")
    yield "unknown_pair", labels.pair < 0
    yield "unknown_criterion", labels.criterion < 0
    judged = labels.kind == KINDS.index("judge")
    sizes = np.array([len(one.scale.choices) for one in plan.criteria], np.int16)
    allowed = sizes[labels.criterion] + judged * np.int16(len(JUDGE_FAILURES))
    yield "unknown_choice", (labels.choice < 0) | (labels.choice >= allowed)
    rated = np.array([one.scale.kind == "rating" for one in plan.criteria])[labels.criterion]
    asked = applicable(plan, pairs)[labels.criterion, labels.pair] if len(pairs) else rated
    yield "not_applicable", ~asked | (rated == (labels.target == TARGETS.index("pair")))


def applicable(plan: StudyPlan, pairs: PairTable) -> Bools:
    """Which criterion is asked of which pair, shape (criteria, pairs)."""
    asked = np.ones((len(plan.criteria), len(pairs)), bool)
    for row, criterion in enumerate(plan.criteria):
        if criterion.applies_to:
            tasks = np.array([name in criterion.applies_to for name in (*pairs.tasks, None)])
            categories = [name in criterion.applies_to for name in (*pairs.categories, None)]
            asked[row] = tasks[pairs.task] | np.array(categories)[pairs.category]
    return asked


def _superseded(labels: LabelTable) -> Bools:
    """Records with the key of another that is later, or of the same time on a later line."""
    rows = np.zeros(len(labels), bool)
    if not len(labels):
        return rows
    order_shown = np.where(labels.kind == KINDS.index("judge"), labels.swapped, 2)
    repeat = labels.repeat
    if repeat.max() > 1:  # numbers with gaps would make the keys needlessly large
        _, repeat = np.unique(repeat, return_inverse=True)
    parts = (labels.annotator, labels.pair, labels.criterion, labels.target, repeat, order_shown)
    key = np.zeros(len(labels), np.int64)
    for part in parts:
        least = int(part.min())
        key = key * (int(part.max()) - least + 1) + (part - least)
    ordered = np.sort(key)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if len(twice):
        among = np.flatnonzero(np.isin(key, np.unique(twice)))
        among = among[np.lexsort((among, labels.moment[among], key[among]))]
        rows[among[:-1][key[among[:-1]] == key[among[1:]]]] = True
    return rows


def _repeat(labels: LabelTable) -> Bools:
    """People's second answers: they tell of the annotator, not of the pair. A judge's runs stay."""
    repeated = (labels.repeat > 0) | (labels.purpose == PURPOSES.index("repeat"))
    people: Bools = repeated & (labels.kind != KINDS.index("judge"))
    return people


def _surplus(labels: LabelTable) -> Bools:
    rows: Bools = labels.purpose == PURPOSES.index("surplus")
    return rows
