"""Where a study's labels are: the database where it was served, otherwise its files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Protocol

from annotation.filed import FiledLabels
from annotation.schema import Kind, Label, LabelKey
from annotation.settings import sqlite_file
from annotation.study import Study, read_excluded, read_labels

if TYPE_CHECKING:
    from annotation.store import Store  # no other export needs a database


class Labels(Protocol):
    """The labels that count, streamed; reading them takes memory that does not grow with them."""

    def current(self) -> Iterator[Label]:
        """All of them, in the order in which they were given."""
        ...

    def of_pairs(self, pair_ids: Iterable[str]) -> Iterator[tuple[str, list[Label]]]:
        """Each pair with its labels, those with none too, in the order of `pair_ids`."""
        ...

    def superseded_of(self, pair_id: str) -> list[Label]:
        """Labels of a pair that a later one of the same key replaced, where they are known."""
        ...

    def purposes(self) -> Counter[str]:
        """How many there are of each purpose."""
        ...

    def annotators(self, kind: Kind) -> list[str]:
        """Who gave those of this kind, sorted."""
        ...


class StoredLabels:
    """The labels of a study in the database; what they were before is not exported."""

    def __init__(self, store: Store, study: str) -> None:
        self._store, self._study = store, study

    def current(self) -> Iterator[Label]:
        """All of them, in the order in which they were given."""
        return chain(self._store.labels(self._study), self._store.adjudications(self._study))

    def of_pairs(self, pair_ids: Iterable[str]) -> Iterator[tuple[str, list[Label]]]:
        """Each pair with its labels, those with none too, in the order of `pair_ids`."""
        verdicts: dict[str, list[Label]] = defaultdict(list)
        for verdict in self._store.adjudications(self._study):
            verdicts[verdict.pair_id].append(verdict)
        for pair_id, labels in self._store.labels_of_pairs(self._study, pair_ids):
            yield pair_id, [*labels, *verdicts.get(pair_id, ())]

    def superseded_of(self, pair_id: str) -> list[Label]:  # noqa: ARG002 (part of the protocol)
        """None: earlier versions stay in the database."""
        return []

    def purposes(self) -> Counter[str]:
        """How many there are of each purpose."""
        verdicts = Counter(one.purpose for one in self._store.adjudications(self._study))
        return self._store.label_purposes(self._study) + verdicts

    def annotators(self, kind: Kind) -> list[str]:
        """Who gave those of this kind, sorted."""
        if kind == "adjudication":
            return sorted({one.annotator for one in self._store.adjudications(self._study)})
        return self._store.labelling(self._study) if kind == "human" else []


@dataclass(frozen=True)
class Found:
    """The labels of a study, who of the people is left out, and what its systems are called."""

    source: str
    labels: Labels
    filed: FiledLabels | None = None
    """What stands in labels/ beside the database, where the labels come from there."""
    excluded: Mapping[str, str] = field(default_factory=dict)
    """The people whose labels stand but are left out, and why."""
    names: Mapping[str, str] | None = None
    """S1, S2, ... for each system, where the study was served."""

    @property
    def current(self) -> Iterator[Label]:
        """The labels that count, in the order in which they were given."""
        return self.labels.current()

    @property
    def from_database(self) -> bool:
        """Whether the study was served, and its labels are in the database."""
        return self.filed is not None

    def judges(self) -> FiledLabels | None:
        """Where the labels of judges are, who never answer on a page; None for no such place."""
        if self.filed is not None:
            return self.filed
        return self.labels if isinstance(self.labels, FiledLabels) else None


@contextmanager
def find_labels(study: Study, url: str | None) -> Iterator[Found]:
    """The labels in the database where the study was served with it, otherwise in `labels/`.

    `url` is None to look at the files alone. No database is made by looking for one.
    """
    database = sqlite_file(url) if url else None
    if url and (database is None or database.exists()):
        from annotation.store import Store  # here, because no other export needs a database

        store = Store.open(url)
        try:
            if store.knows(study.key):
                with found_in(store, study) as found:
                    yield found
                return
        finally:
            store.close()
    filed = FiledLabels(read_labels(study.folder))
    try:
        yield Found(f"{study.folder / 'labels'}", filed, excluded=read_excluded(study.folder))
    finally:
        filed.close()


@contextmanager
def found_in(store: Store, study: Study, draw: Random | None = None) -> Iterator[Found]:
    """The labels in an open database that knows the study, judges' in its files beside it.

    `draw` gives the systems their names S1, S2, ... where nobody has needed them before.
    """
    systems = {name for pair in study.pairs for name in pair.systems}
    filed = FiledLabels(read_labels(study.folder))
    try:
        yield Found(
            "the database",
            StoredLabels(store, study.key),
            filed,
            store.excluded(study.key),
            store.blind_names(study.key, systems, draw or SystemRandom()),
        )
    finally:
        filed.close()


def settle(labels: Iterable[Label]) -> tuple[list[Label], list[Label]]:
    """The label that counts for each key, in file order, and those that it replaced.

    The latest `created_at` counts, then the last line; a label without a date is the earliest.
    """
    known = list(labels)
    latest: dict[LabelKey, int] = {}
    for number, label in enumerate(known):
        other = latest.setdefault(label.key, number)
        if _moment(label) >= _moment(known[other]):
            latest[label.key] = number
    counting = set(latest.values())
    current = [label for number, label in enumerate(known) if number in counting]
    return current, [label for number, label in enumerate(known) if number not in counting]


def _moment(label: Label) -> float:
    return label.created_at.timestamp() if label.created_at else float("-inf")
