"""Answers to pairs whose right answers are known, set beside those answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.arrays import Ints
from analysis.columns import words
from analysis.tables import KINDS, PURPOSES, TARGETS, GoldLabels, LabelTable
from annotation.known import KnownPair
from annotation.study import StudyPlan


class KnownAnswers:
    """The expected answers of a study's gold pairs, and people's answers to them so far."""

    def __init__(self, plan: StudyPlan, known: Sequence[KnownPair]) -> None:
        self._ids = words(one.pair.id for one in known)
        # One criterion more than there are, for what is unknown: -1.
        shape = (len(known), len(plan.criteria) + 1, len(TARGETS))
        self._expected = np.full(shape, -1, np.int16)
        keys = [one.key for one in plan.criteria]
        for row, one in enumerate(known):
            for answer in one.answers:
                column = keys.index(answer.criterion)
                code = plan.criteria[column].scale.choices.index(answer.choice)
                self._expected[row, column, TARGETS.index(answer.target)] = code
        self._found: list[tuple[LabelTable, Ints]] = []

    def look_up(self, labels: LabelTable, pair_id: Any) -> None:
        """Keep people's answers to gold pairs; pair_id: the column that `labels` was made of."""
        wanted = labels.purpose == PURPOSES.index("gold")
        wanted &= labels.kind == KINDS.index("human")
        if len(self._ids) and wanted.any():
            rows = pa.array(np.flatnonzero(wanted))
            texts = pc.cast(pc.take(pair_id, rows), pa.string())
            found = pc.index_in(texts, value_set=self._ids)
            codes = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
            pair = codes.fill_null(-1).to_numpy(zero_copy_only=False)
            self._found.append((labels.where(wanted), pair))

    def answered(self) -> GoldLabels:
        """The answers for which one is expected; of one person's to one question, the latest."""
        if not self._found:
            return GoldLabels.none()
        labels = LabelTable.joined([table for table, _ in self._found])
        pair = np.concatenate([codes for _, codes in self._found]).astype(np.int64)
        expected = self._expected[pair, labels.criterion, labels.target]
        asked = (pair >= 0) & (labels.criterion >= 0) & (expected >= 0)
        order = np.lexsort((labels.moment, labels.target, labels.criterion, pair, labels.annotator))
        key = np.stack([labels.annotator, pair, labels.criterion, labels.target])[:, order]
        latest = np.append((key[:, 1:] != key[:, :-1]).any(axis=0), True)
        kept = order[latest & asked[order]]
        return GoldLabels(
            labels.annotator[kept],
            labels.criterion[kept],
            pair[kept],
            labels.choice[kept] == expected[kept],
        )
