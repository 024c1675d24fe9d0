"""Leave an annotator's labels out of a study, with a reason; they stand, and count no more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from annotation.assignment import open_sides
from annotation.store.leases import set_state, sides
from annotation.store.queries import Queries, annotator_row, pair_row
from annotation.store.tables import AnnotatorRow, AssignmentRow, LabelRow
from annotation.store.uncounting import Newcomer, lock_concerned, uncount

EXCLUDED = "excluded"
"""The purpose of an assignment that counted until its annotator was excluded."""


class ExclusionQueries(Queries):
    """Whose labels count."""

    def exclude(self, annotator_id: int, reason: str, now: datetime) -> None:
        """Leave an annotator's labels out; their pairs wait for labels again.

        The labels stay as they are. A second time changes the reason only. Raises
        UnknownAnnotator for one who withdrew.
        """
        while True:
            try:
                return self._exclude(annotator_id, reason, now)
            except Newcomer:
                continue

    def _exclude(self, annotator_id: int, reason: str, now: datetime) -> None:
        with self._database.writing() as session:
            concerned = lock_concerned(session, annotator_id)
            me = concerned[annotator_id]
            me.excluded_at, me.excluded_reason = me.excluded_at or now, reason
            for row in _assignments(session, annotator_id):
                if row.state == "open":
                    set_state(session, row, "expired")
                elif row.state == "submitted" and row.purpose == "study":
                    uncount(session, row, concerned, EXCLUDED)
            me.counted_plain = me.counted_swapped = 0
            session.add(me)

    def readmit(self, annotator_id: int) -> None:
        """Let an excluded annotator's labels count again, where their pairs still have room."""
        with self._database.writing() as session:
            me = annotator_row(session, annotator_id)
            me.excluded_at = me.excluded_reason = None
            for row in _assignments(session, annotator_id):
                if row.purpose == EXCLUDED:
                    _count_again(session, me, row)
            session.add(me)

    def excluded(self, study: str) -> dict[str, str]:
        """The pseudonyms of those whose labels are left out, and why."""
        query = (
            select(col(AnnotatorRow.pseudonym), col(AnnotatorRow.excluded_reason))
            .where(col(AnnotatorRow.study) == study, col(AnnotatorRow.excluded_at).is_not(None))
            .order_by(col(AnnotatorRow.id))
        )
        with self._database.reading() as session:
            return {name: reason or "" for name, reason in session.execute(query)}


def _assignments(session: Session, annotator_id: int) -> list[AssignmentRow]:
    query = select(AssignmentRow).where(col(AssignmentRow.annotator_id) == annotator_id)
    return [*session.scalars(query.order_by(col(AssignmentRow.pair_id)).with_for_update())]


def _count_again(session: Session, me: AnnotatorRow, mine: AssignmentRow) -> None:
    pair = pair_row(session, mine)
    counted, leased = sides(pair)
    taken = counted.plain + counted.swapped + leased.plain + leased.swapped
    if pair.wanted > taken and mine.swapped in open_sides(counted, leased):
        mine.purpose = "study"
        pair.stale = True
        for row in (pair, me):
            row.counted_plain += not mine.swapped
            row.counted_swapped += mine.swapped
    else:
        mine.purpose = "surplus"
        session.execute(
            update(LabelRow)
            .where(col(LabelRow.assignment_id) == mine.id)
            .values(purpose="surplus")
            .execution_options(synchronize_session=False)
        )
    session.flush()
