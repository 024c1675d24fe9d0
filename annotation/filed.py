"""Labels of files: which of them count, and those of a pair, without holding them all in memory."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from annotation.schema import Kind, Label

_TABLE = """
CREATE TABLE label (
  number INTEGER PRIMARY KEY, pair TEXT, key BLOB, moment REAL, kind TEXT, purpose TEXT,
  annotator TEXT, counts INTEGER DEFAULT 1, line TEXT)
"""
_INDEXES = (
    "CREATE INDEX by_key ON label (key, moment, number)",
    "CREATE INDEX by_pair ON label (pair, number)",
)
_REPLACED = """
UPDATE label SET counts = 0 WHERE EXISTS (
  SELECT 1 FROM label AS other WHERE other.key = label.key
  AND (other.moment, other.number) > (label.moment, label.number))
"""
_INSERT = "INSERT INTO label VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)"


class FiledLabels:
    """Labels in the order of their files, laid down in a temporary database at the first question.

    Of several with one key the latest `created_at` counts, then the last line; a label without a
    date is the earliest.
    """

    def __init__(self, labels: Iterable[Label]) -> None:
        self._labels = labels
        self._kept: sqlite3.Connection | None = None

    def current(self) -> Iterator[Label]:
        """Those that count, in the order of the files."""
        return self._read("SELECT line FROM label WHERE counts ORDER BY number")

    def superseded(self) -> Iterator[Label]:
        """Those that a later one replaced, in the order of the files."""
        return self._read("SELECT line FROM label WHERE NOT counts ORDER BY number")

    def of_pairs(self, pair_ids: Iterable[str]) -> Iterator[tuple[str, list[Label]]]:
        """Each pair with the labels of it that count, in the order of `pair_ids`."""
        query = "SELECT line FROM label WHERE pair = ? AND counts ORDER BY number"
        return ((pair_id, list(self._read(query, pair_id))) for pair_id in pair_ids)

    def superseded_of(self, pair_id: str) -> list[Label]:
        """Those of a pair that a later one replaced."""
        query = "SELECT line FROM label WHERE pair = ? AND NOT counts ORDER BY number"
        return list(self._read(query, pair_id))

    def purposes(self) -> Counter[str]:
        """How many labels that count there are of each purpose."""
        query = "SELECT purpose, count(*) FROM label WHERE counts GROUP BY purpose"
        return Counter(dict(self._database().execute(query)))

    def annotators(self, kind: Kind) -> list[str]:
        """Who gave a label of this kind that counts, sorted."""
        query = "SELECT DISTINCT annotator FROM label WHERE kind = ? AND counts"
        return sorted(name for (name,) in self._database().execute(query, (kind,)))

    def close(self) -> None:
        """Throw the temporary database away."""
        if self._kept:
            self._kept.close()
            self._kept = None

    def _read(self, query: str, *values: str) -> Iterator[Label]:
        for (line,) in self._database().execute(query, values):
            yield Label.model_validate_json(line)

    def _database(self) -> sqlite3.Connection:
        if self._kept is None:
            # Without a name it is SQLite's own temporary file, which is gone when it is closed.
            made = sqlite3.connect("", check_same_thread=False)
            try:
                made.execute(_TABLE)
                made.executemany(_INSERT, map(_row, range(_HIGHEST), self._labels))
                made.execute(_INDEXES[0])
                made.execute(_REPLACED)
                made.execute(_INDEXES[1])
            except BaseException:
                made.close()
                raise
            self._kept = made
        return self._kept


_HIGHEST = 2**62


def _row(number: int, label: Label) -> tuple[object, ...]:
    key = blake2b(repr(label.key).encode("utf-8", "surrogatepass"), digest_size=16).digest()
    moment = label.created_at.timestamp() if label.created_at else float("-inf")
    kind, purpose = label.kind, label.purpose
    line = label.model_dump_json()
    return number, label.pair_id, key, moment, kind, purpose, label.annotator, line
