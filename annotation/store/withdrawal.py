"""Delete a person: labels, revisions, drafts, identities and the annotator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from sqlalchemy import delete, or_, select, tuple_, update
from sqlmodel import Session, col

from annotation.store.leases import set_state
from annotation.store.queries import Queries
from annotation.store.records import UnknownAnnotator
from annotation.store.tables import (
    AnnotatorRow,
    AssignmentRow,
    IdentityRow,
    InviteRow,
    LabelRevisionRow,
    LabelRow,
    PairRow,
    SubmissionRow,
)


class _Newcomer(Exception):
    """Somebody answered a pair after all who had were locked: once more, with them."""


class WithdrawalQueries(Queries):
    """The right to be forgotten."""

    def withdraw(self, annotator_id: int) -> int:
        """Delete an annotator and everything of theirs; the number of labels that are gone.

        Their pairs wait for labels again. Where the sides of a pair would differ by more than one
        without them, the latest label of the heavier side becomes surplus.
        Raises UnknownAnnotator for one who withdrew already.
        """
        while True:
            try:
                return self._withdraw(annotator_id)
            except _Newcomer:
                continue

    def _withdraw(self, annotator_id: int) -> int:
        with self._database.writing() as session:
            concerned = _lock_concerned(session, annotator_id)
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
                    _uncount(session, row, concerned)
            labels = session.scalars(
                select(col(LabelRow.id)).where(col(LabelRow.annotator_id) == annotator_id)
            ).all()
            session.execute(
                update(InviteRow)
                .where(col(InviteRow.annotator_id) == annotator_id)
                .values(annotator_id=None, study="")  # used up, and nobody's
            )
            of_mine = col(SubmissionRow.assignment_id).in_(
                select(col(AssignmentRow.id)).where(col(AssignmentRow.annotator_id) == annotator_id)
            )
            for statement in (
                delete(LabelRow).where(col(LabelRow.annotator_id) == annotator_id),
                delete(LabelRevisionRow).where(col(LabelRevisionRow.annotator_id) == annotator_id),
                delete(SubmissionRow).where(of_mine),
                delete(AssignmentRow).where(col(AssignmentRow.annotator_id) == annotator_id),
                delete(IdentityRow).where(col(IdentityRow.annotator_id) == annotator_id),
                delete(AnnotatorRow).where(col(AnnotatorRow.id) == annotator_id),
            ):
                session.execute(statement.execution_options(synchronize_session=False))
            session.expunge_all()
            return len(labels)


def _lock_concerned(session: Session, annotator_id: int) -> dict[int, AnnotatorRow]:
    """Lock the annotator and all whose labels may become surplus; rows by id.

    Annotators are locked before pairs, as everywhere, and several in the order of their ids.
    """
    counted = select(AssignmentRow).where(
        col(AssignmentRow.state) == "submitted", col(AssignmentRow.purpose) == "study"
    )
    mine = counted.where(col(AssignmentRow.annotator_id) == annotator_id)
    pairs = mine.with_only_columns(col(AssignmentRow.study), col(AssignmentRow.pair_id))
    pair = tuple_(col(AssignmentRow.study), col(AssignmentRow.pair_id))
    theirs = counted.where(pair.in_(pairs)).with_only_columns(col(AssignmentRow.annotator_id))
    rows = session.scalars(
        select(AnnotatorRow)
        .where(or_(col(AnnotatorRow.id) == annotator_id, col(AnnotatorRow.id).in_(theirs)))
        .order_by(col(AnnotatorRow.id))
        .with_for_update()
    ).all()
    concerned = {cast(int, row.id): row for row in rows}
    if annotator_id not in concerned:
        raise UnknownAnnotator("this annotator has withdrawn")
    return concerned


def _uncount(session: Session, mine: AssignmentRow, concerned: Mapping[int, AnnotatorRow]) -> None:
    """Take one counted label from its pair, and a second where the sides demand it."""
    pair = session.scalars(
        select(PairRow)
        .where(col(PairRow.study) == mine.study, col(PairRow.pair_id) == mine.pair_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    with session.no_autoflush:  # both steps together: the database refuses the state between them
        pair.counted_plain -= not mine.swapped
        pair.counted_swapped -= mine.swapped
        mine.purpose = "surplus"
        if abs(pair.counted_plain - pair.counted_swapped) > 1:
            _demote(session, pair, mine, concerned)
        session.add(pair)
    session.flush()


def _demote(
    session: Session, pair: PairRow, gone: AssignmentRow, concerned: Mapping[int, AnnotatorRow]
) -> None:
    heavier = pair.counted_swapped > pair.counted_plain
    latest = session.scalars(
        select(AssignmentRow)
        .where(col(AssignmentRow.study) == pair.study, col(AssignmentRow.pair_id) == pair.pair_id)
        .where(col(AssignmentRow.state) == "submitted", col(AssignmentRow.purpose) == "study")
        .where(col(AssignmentRow.swapped) == heavier, col(AssignmentRow.id) != gone.id)
        .order_by(col(AssignmentRow.answered_at).desc(), col(AssignmentRow.id).desc())
        .limit(1)
    ).one()
    other = concerned.get(latest.annotator_id)
    if other is None:
        raise _Newcomer
    latest.purpose = "surplus"
    pair.counted_plain -= not heavier
    pair.counted_swapped -= heavier
    other.counted_plain -= not heavier
    other.counted_swapped -= heavier
    session.add(latest)
    session.add(other)
    session.execute(
        update(LabelRow)
        .where(col(LabelRow.assignment_id) == latest.id)
        .values(purpose="surplus")
        .execution_options(synchronize_session=False)
    )
