"""Whether annotators answer the same when they meet a pair again, and right where it is known."""

from __future__ import annotations

import numpy as np

from analysis.arrays import Ints
from analysis.resampling.resample import GroupMeans, clustered_means
from analysis.tables import KINDS, TARGETS, GoldLabels, LabelTable, StudyLabels


def self_consistency(study: StudyLabels, criterion: int) -> GroupMeans:
    """The share of each annotator's second answers that are the first one again; (annotators,).

    Clustered by prompt. A second answer whose first is not there is left out.
    """
    again = _of_people(study.repeats, criterion)
    if not len(again):  # then there is no need to sort millions of first answers
        nothing = np.zeros(0, np.int64)
        return clustered_means(np.zeros(0), nothing, nothing, len(study.annotators))
    both = study.labels, study.surplus
    first = LabelTable.joined([_of_people(labels, criterion) for labels in both])
    keys, wanted = _keys(study, first), _keys(study, again)
    order = np.argsort(keys, kind="stable")
    place = np.searchsorted(keys[order], wanted)
    there = place < len(keys)
    there[there] = keys[order[place[there]]] == wanted[there]
    again, before = again.where(there), first.choice[order[place[there]]]
    same = (again.choice == before).astype(np.float64)
    prompt = study.pairs.prompt[again.pair]
    return clustered_means(same, again.annotator, prompt, len(study.annotators))


def _of_people(labels: LabelTable, criterion: int) -> LabelTable:
    rows = (labels.criterion == criterion) & (labels.kind == KINDS.index("human"))
    return labels.where(rows)


def _keys(study: StudyLabels, labels: LabelTable) -> Ints:
    pair = labels.annotator.astype(np.int64) * max(len(study.pairs), 1) + labels.pair
    keys: Ints = pair * len(TARGETS) + labels.target
    return keys


def gold_accuracy(gold: GoldLabels, criterion: int, annotators: int) -> GroupMeans:
    """The share of each annotator's answers to gold pairs that are the known ones; (annotators,).

    Clustered by gold pair.
    """
    rows = gold.criterion == criterion
    right = gold.right[rows].astype(np.float64)
    return clustered_means(right, gold.annotator[rows], gold.pair[rows], annotators)
