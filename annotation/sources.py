"""Where a study's labels are: the database where it was served, otherwise its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from annotation.schema import Label, LabelKey
from annotation.settings import sqlite_file
from annotation.study import Study, read_excluded, read_labels


@dataclass(frozen=True)
class Found:
    """The labels of a study: those that count, streamed, and those that a later one replaced."""

    source: str
    current: Iterable[Label]
    superseded: Sequence[Label] = ()
    filed: Sequence[Label] = ()
    """What stands in labels/ beside the database, where `current` comes from there."""
    from_database: bool = False
    excluded: Mapping[str, str] = field(default_factory=dict)
    """The people whose labels stand but are left out, and why."""


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
                filed = list(read_labels(study.folder))
                yield Found(
                    "the database",
                    store.labels(study.key),
                    (),
                    filed,
                    from_database=True,
                    excluded=store.excluded(study.key),
                )
                return
        finally:
            store.close()
    current, superseded = settle(read_labels(study.folder))
    excluded = read_excluded(study.folder)
    yield Found(f"{study.folder / 'labels'}", current, superseded, excluded=excluded)


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
