"""Units on which people split: which they are, and the researchers' verdicts on them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import delete, func, insert, select
from sqlmodel import col

from annotation.schema import Label, Target
from annotation.store.queries import Queries
from annotation.store.records import Split
from annotation.store.tables import AdjudicationRow, SplitRow

ADJUDICATOR = "adjudicator"
"""Under this name verdicts of researchers stand in the files of labels."""


class AdjudicationQueries(Queries):
    """What a researcher decides where people have no majority."""

    def splits(self, study: str) -> int:
        """How many finished units have no majority and wait for a verdict."""
        query = select(func.count()).where(col(SplitRow.study) == study)
        with self._database.reading() as session:
            return session.scalar(query) or 0

    def next_split(self, study: str, known: Collection[str], after: str = "") -> Split | None:
        """The next unit to adjudicate, by the pair's id; none of a pair the study no longer has."""
        order = (col(SplitRow.pair_id), col(SplitRow.criterion), col(SplitRow.target))
        query = select(SplitRow).where(col(SplitRow.study) == study).order_by(*order)
        with self._database.reading() as session:
            for start in ((col(SplitRow.pair_id) > after,), ()):
                for row in session.scalars(query.where(*start).execution_options(yield_per=50)):
                    if row.pair_id in known:
                        return _split(row)
        return None

    def split(self, study: str, token: str) -> Split | None:
        """The unit of a token; None where it is no longer split, or settled."""
        query = select(SplitRow).where(col(SplitRow.study) == study, col(SplitRow.token) == token)
        with self._database.reading() as session:
            row = session.scalars(query).one_or_none()
            return _split(row) if row else None

    def adjudicate(
        self,
        study: str,
        split: Split,
        choice: str,
        swapped: bool,
        comment: str | None,
        version: int,
        now: datetime,
    ) -> None:
        """Keep a verdict, in the pair's order; a later one on the same unit replaces it."""
        unit = {"pair_id": split.pair_id, "criterion": split.criterion, "target": split.target}
        row = {
            "study": study,
            **unit,
            "choice": choice,
            "swapped": swapped,
            "comment": comment,
            "created_at": now,
            "study_version": version,
        }
        with self._database.writing() as session:
            for table in (AdjudicationRow, SplitRow):
                of_unit = {"study": study, **unit}.items()
                session.execute(
                    delete(table)
                    .where(*(getattr(table, name) == value for name, value in of_unit))
                    .execution_options(synchronize_session=False)
                )
            session.execute(insert(AdjudicationRow), [row])

    def adjudications(self, study: str) -> list[Label]:
        """The verdicts on split units, as labels of a kind of their own."""
        query = (
            select(AdjudicationRow)
            .where(col(AdjudicationRow.study) == study)
            .order_by(col(AdjudicationRow.created_at), col(AdjudicationRow.pair_id))
        )
        with self._database.reading() as session:
            return [
                Label(
                    kind="adjudication", annotator=ADJUDICATOR, **row.model_dump(exclude={"study"})
                )
                for row in session.scalars(query)
            ]


def _split(row: SplitRow) -> Split:
    return Split(
        token=row.token,
        pair_id=row.pair_id,
        criterion=row.criterion,
        target=cast(Target, row.target),
    )
