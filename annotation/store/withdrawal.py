"""Delete a person: labels, revisions, drafts, identities and the annotator."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from annotation.store.leases import set_state
from annotation.store.queries import Queries
from annotation.store.refiguring import refigure_now
from annotation.store.tables import (
    AnnotatorRow,
    AssignmentRow,
    HourRow,
    IdentityRow,
    InviteRow,
    LabelRevisionRow,
    LabelRow,
    PairRow,
    SubmissionRow,
    SumRow,
)
from annotation.store.uncounting import Newcomer, lock_concerned, uncount
from annotation.store.works import forget_reports

_AT_ONCE = 1000
"""Ids in one query; databases take no more than some tens of thousands."""


class WithdrawalQueries(Queries):
    """The right to be forgotten."""

    def withdraw(self, annotator_id: int) -> int:
        """Delete an annotator and everything of theirs; the number of labels that are gone.

        Their pairs wait for labels again. Where the sides of a pair would differ by more than one
        without them, one label of the heavier side becomes surplus: that of whoever has most in
        that order, or the latest of them.
        On SQLite nothing of it is left in the file either. Raises UnknownAnnotator for one who
        withdrew already.
        """
        while True:
            try:
                gone = self._withdraw(annotator_id)
            except Newcomer:
                continue
            self._database.forget_deleted()
            return gone

    def _withdraw(self, annotator_id: int) -> int:
        with self._database.writing() as session:
            concerned = lock_concerned(session, annotator_id)
            study = concerned[annotator_id].study
            mine = session.scalars(
                select(AssignmentRow)
                .where(col(AssignmentRow.annotator_id) == annotator_id)
                .order_by(col(AssignmentRow.pair_id))
                .with_for_update()
            ).all()
            for row in mine:
                if row.state == "open":
                    set_state(session, row, "expired")
                elif row.state == "submitted" and row.purpose == "study":
                    uncount(session, row, concerned, "surplus")
            labels = session.scalars(
                select(col(LabelRow.id)).where(col(LabelRow.annotator_id) == annotator_id)
            ).all()
            session.execute(
                update(InviteRow)
                .where(col(InviteRow.annotator_id) == annotator_id)
                .values(annotator_id=None, study="")  # used up, and nobody's
            )
            pairs = [row.pair_id for row in mine]
            of_mine = col(SubmissionRow.assignment_id).in_(
                select(col(AssignmentRow.id)).where(col(AssignmentRow.annotator_id) == annotator_id)
            )
            for statement in (
                delete(LabelRow).where(col(LabelRow.annotator_id) == annotator_id),
                delete(LabelRevisionRow).where(col(LabelRevisionRow.annotator_id) == annotator_id),
                delete(SubmissionRow).where(of_mine),
                delete(AssignmentRow).where(col(AssignmentRow.annotator_id) == annotator_id),
                delete(HourRow).where(col(HourRow.annotator_id) == annotator_id),
                delete(IdentityRow).where(col(IdentityRow.annotator_id) == annotator_id),
                delete(AnnotatorRow).where(col(AnnotatorRow.id) == annotator_id),
            ):
                session.execute(statement.execution_options(synchronize_session=False))
            session.expunge_all()
            forget_reports(session, study)
            _forget_in_figures(session, study, annotator_id, pairs)
            return len(labels)


def _forget_in_figures(
    session: Session, study: str, annotator_id: int, pairs: Sequence[str]
) -> None:
    """The figures name annotators by their numbers: none of them outlives its annotator."""
    prompts: set[str] = set()
    for start in range(0, len(pairs), _AT_ONCE):
        query = select(col(PairRow.prompt_id)).where(
            col(PairRow.study) == study, col(PairRow.pair_id).in_(pairs[start : start + _AT_ONCE])
        )
        prompts |= {*session.scalars(query)}
    refigure_now(session, study, prompts)
    session.execute(
        delete(SumRow)
        .where(col(SumRow.annotator_id) == annotator_id)
        .execution_options(synchronize_session=False)
    )
