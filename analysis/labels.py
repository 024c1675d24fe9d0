"""Read the pairs and labels of a study, from its folder or from records in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from analysis.coding import Coder
from analysis.gold import KnownAnswers
from analysis.label_file import UnusualLabels, tables_of, tables_of_records, typed
from analysis.pair_file import read_pair_table
from analysis.pairs import PairTable
from analysis.tables import LabelTable, StudyLabels
from analysis.usable import sort_out
from analysis.watch import Watch, unwatched
from annotation.known import KnownPair, read_known_pairs
from annotation.schema import Label, Pair
from annotation.study import (
    GOLD_FILE,
    PAIRS_FILE,
    StudyPlan,
    load_plan,
    read_excluded,
    read_labels,
)


def read_study(folder: Path, watch: Watch = unwatched, processes: int = 1) -> StudyLabels:
    """The pairs and usable labels of a study folder; raises StudyError with file and line.

    processes: how many may read pairs at once, forked from this one, which must then have no other
    threads.
    """
    plan = load_plan(folder)
    pairs = read_pair_table(folder / PAIRS_FILE, watch, processes)
    path = folder / GOLD_FILE
    gold = tuple(read_known_pairs(path, plan)) if path.exists() else ()
    left_out = read_excluded(folder)
    try:
        blocks = watch(tables_of(folder), "blocks of labels")
        return tabulate(plan, pairs, blocks, gold, left_out)
    except (UnusualLabels, pa.ArrowException, OSError):
        records = tables_of_records(watch(read_labels(folder), "labels"))
        return tabulate(plan, pairs, records, gold, left_out)


def from_records(
    plan: StudyPlan,
    pairs: Iterable[Pair],
    labels: Iterable[Label],
    gold: Sequence[KnownPair] = (),
) -> StudyLabels:
    """The same from records in memory."""
    return tabulate(plan, PairTable.of(pairs), tables_of_records(labels), gold)


def from_frames(plan: StudyPlan, pairs: PairTable, labels: Any) -> StudyLabels:
    """The same from a frame of labels (pandas, pyarrow): the contract's fields as columns."""
    table = (
        labels
        if isinstance(labels, pa.Table)
        else pa.Table.from_pandas(labels, preserve_index=False)
    )
    return tabulate(plan, pairs, [typed(table)])


def tabulate(
    plan: StudyPlan,
    pairs: PairTable,
    tables: Iterable[Any],
    gold: Sequence[KnownPair] = (),
    left_out: Collection[str] = (),
) -> StudyLabels:
    """Code tables of the contract's columns, and sort out what of them can be used.

    left_out: the people whose labels stand but do not count.
    """
    coder = Coder(plan, pairs, KnownAnswers(plan, gold))
    labels = LabelTable.joined([coder.coded(table) for table in tables])
    names = list(coder.annotators)
    ranked = sorted(range(len(names)), key=names.__getitem__)
    position = np.empty(len(names), np.int32)
    position[ranked] = np.arange(len(names))
    labels = replace(
        labels, pair=coder.pair_rows()[labels.pair], annotator=position[labels.annotator]
    )
    found = sort_out(plan, pairs, tuple(sorted(names)), labels, left_out)
    answered = coder.known.answered()
    return replace(found, gold=replace(answered, annotator=position[answered.annotator]))
