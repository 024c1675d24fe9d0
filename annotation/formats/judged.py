"""Pairs and judges' labels as a source gives them, one record at a time."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from annotation.schema import Label, LabelKey, Pair


@dataclass
class Judged:
    """What is read so far; a pair that comes with its sides reversed is the same pair."""

    pairs: dict[str, Pair] = field(default_factory=dict)
    labels: dict[str, list[Label]] = field(default_factory=dict)
    """By the name of their file."""
    _runs: Counter[LabelKey] = field(default_factory=Counter)

    def place(self, pair: Pair) -> tuple[Pair, bool]:
        """The pair as it stood when it first came, and whether it now comes reversed."""
        reversed_id = pair.model_copy(
            update={"response_a": pair.response_b, "response_b": pair.response_a}
        ).content_id()
        if reversed_id in self.pairs and pair.id not in self.pairs:
            return self.pairs[reversed_id], True
        return self.pairs.setdefault(pair.id, pair), False

    def add(self, label: Label) -> None:
        """Keep a judge's label; one whose key came before is a further run of the judge."""
        run = self._runs[label.key]
        self._runs[label.key] += 1
        numbered = label.model_copy(update={"repeat": run}) if run else label
        self.labels.setdefault(_file_of(label.annotator), []).append(numbered)

    def repeated(self) -> int:
        """How many labels are of a further run."""
        return self._runs.total() - len(self._runs)


def _file_of(judge: str) -> str:
    return f"judge-{re.sub(r'[^A-Za-z0-9._-]+', '-', judge).strip('.-') or 'unnamed'}.jsonl"
