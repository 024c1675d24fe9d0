"""What every family of queries stands on: the database, and rows turned into records."""

from __future__ import annotations

from typing import cast

from sqlmodel import Session, col, select

from annotation.assignment import Answer
from annotation.schema import Purpose
from annotation.store.database import Database
from annotation.store.records import (
    AnnotatorRecord,
    AssignmentRecord,
    DraftRecord,
    UnknownAnnotator,
    UnknownAssignment,
)
from annotation.store.tables import AnnotatorRow, AssignmentRow, PairRow


class Queries:
    """A family of queries: one public method, one transaction, one intention."""

    def __init__(self, database: Database) -> None:
        self._database = database


def annotator_row(session: Session, annotator_id: int, lock: bool = True) -> AnnotatorRow:
    """The annotator's row, locked first of all, so that locks are always taken in one order.

    Raises UnknownAnnotator for one who withdrew.
    """
    row: AnnotatorRow | None = session.get(AnnotatorRow, annotator_id, with_for_update=lock)
    if row is None:
        raise UnknownAnnotator("this annotator has withdrawn")
    return row


def assignment_row(session: Session, annotator_id: int, token: str) -> AssignmentRow:
    """The locked assignment of a token; raises UnknownAssignment if it is not the annotator's."""
    query = select(AssignmentRow).where(
        col(AssignmentRow.token) == token, col(AssignmentRow.annotator_id) == annotator_id
    )
    row = session.exec(query.with_for_update()).one_or_none()
    if row is None:
        raise UnknownAssignment("this pair was not given to you")
    return row


def pair_row(session: Session, mine: AssignmentRow) -> PairRow:
    """The locked pair of an assignment, as it is once nobody else changes it."""
    query = (
        select(PairRow)
        .where(col(PairRow.study) == mine.study, col(PairRow.pair_id) == mine.pair_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.exec(query).one()


def annotator_record(row: AnnotatorRow) -> AnnotatorRecord:
    """A row of annotators as a record."""
    return AnnotatorRecord(
        id=cast(int, row.id),
        study=row.study,
        pseudonym=row.pseudonym,
        submitted=row.submitted,
        seconds=row.seconds,
        consent_version=row.consent_version,
        consent_refused=row.consent_refused,
        training_round=row.training_round,
        training_passed=row.training_passed,
        screened_out=row.screened_out,
        left_out=tuple(row.left_out),
        closed=row.closing is not None,
        completed=row.completed_at is not None,
        excluded=row.excluded_at is not None,
    )


def assignment_record(row: AssignmentRow) -> AssignmentRecord:
    """A row of assignments as a record."""
    return AssignmentRecord(
        token=row.token,
        pair_id=row.pair_id,
        swapped=row.swapped,
        repeat=row.repeat,
        purpose=cast(Purpose, row.purpose),
        draft=DraftRecord(
            answers=tuple(Answer.model_validate(each) for each in row.draft_answers),
            comment=row.draft_comment,
            flags=tuple(row.draft_flags),
            sequence=row.draft_sequence,
        ),
    )
