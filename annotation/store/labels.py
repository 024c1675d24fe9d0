"""Queries that read the labels of a study for those who export them, in constant memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from annotation.schema import Label
from annotation.store.queries import Queries
from annotation.store.tables import AnnotatorRow, LabelRow

_AT_ONCE = 1000
_PAIRS_AT_ONCE = 200
_COLUMNS = (
    *("pair_id", "criterion", "target", "choice", "swapped", "repeat", "purpose", "seconds"),
    *("comment", "flags", "created_at", "study_version"),
)


class LabelQueries(Queries):
    """The labels that count, in the order in which they were given or pair by pair."""

    def labels(self, study: str) -> Iterator[Label]:
        """The current labels of a study in the order in which they were given, streamed."""
        query = _labels(study).order_by(col(LabelRow.id)).execution_options(yield_per=_AT_ONCE)
        with self._database.reading() as session:
            yield from _records(session, query)

    def labels_of_pairs(
        self, study: str, pair_ids: Iterable[str]
    ) -> Iterator[tuple[str, list[Label]]]:
        """Each pair with its current labels, those with none too, in the order of `pair_ids`."""
        waiting = iter(pair_ids)
        with self._database.reading() as session:
            while ids := list(islice(waiting, _PAIRS_AT_ONCE)):
                query = _labels(study).where(col(LabelRow.pair_id).in_(ids))
                found: dict[str, list[Label]] = {pair_id: [] for pair_id in ids}
                for label in _records(session, query.order_by(col(LabelRow.id))):
                    found[label.pair_id].append(label)
                yield from found.items()

    def label_purposes(self, study: str) -> Counter[str]:
        """How many labels there are of each purpose."""
        query = select(col(LabelRow.purpose), func.count().label("labels")).where(
            col(LabelRow.study) == study
        )
        with self._database.reading() as session:
            found = session.execute(query.group_by(col(LabelRow.purpose)))
            rows = found.all()
        return Counter({row.purpose: row.labels for row in rows})

    def labelling(self, study: str) -> list[str]:
        """The pseudonyms of all who gave a label that is there, sorted."""
        gave = select(col(LabelRow.annotator_id)).where(col(LabelRow.study) == study).distinct()
        query = select(col(AnnotatorRow.pseudonym)).where(col(AnnotatorRow.id).in_(gave))
        with self._database.reading() as session:
            return sorted(session.scalars(query))


def _labels(study: str) -> Select[Any]:
    columns = [col(getattr(LabelRow, name)) for name in _COLUMNS]
    return (
        select(*columns, col(AnnotatorRow.pseudonym).label("annotator"))
        .join(AnnotatorRow, col(AnnotatorRow.id) == col(LabelRow.annotator_id))
        .where(col(LabelRow.study) == study)
    )


def _records(session: Session, query: Select[Any]) -> Iterator[Label]:
    names: Sequence[str] = (*_COLUMNS, "annotator")
    for row in session.execute(query):
        yield Label(kind="human", **dict(zip(names, row, strict=True)))
