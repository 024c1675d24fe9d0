"""Queries on what people answered: submissions, their edits, and the labels they make."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session, col

from annotation.assignment import Sides, open_sides
from annotation.schema import Purpose
from annotation.store.hours import count_hour
from annotation.store.leases import no_earlier, sides
from annotation.store.queries import Queries, annotator_row, assignment_row, pair_row
from annotation.store.records import AssignmentClosed, Given, Submitted
from annotation.store.standing import check_takes_labels, enter
from annotation.store.tables import (
    AnnotatorRow,
    AssignmentRow,
    LabelRevisionRow,
    LabelRow,
    PairRow,
    SubmissionRow,
)


class SubmissionQueries(Queries):
    """The labels, each once, with all that they were before."""

    def submit(self, annotator_id: int, token: str, given: Given, now: datetime) -> Submitted:
        """Save an assignment's labels and close it: both, or neither; a retry changes nothing.

        Where the pair has its labels by now they are kept as surplus.
        Raises UnknownAssignment, StudyLocked, AnnotatorExcluded, or AssignmentClosed where another
        submission came first.
        """
        with self._database.writing() as session:
            enter(session)
            me = annotator_row(session, annotator_id)
            mine = assignment_row(session, annotator_id, token)
            earlier = session.get(SubmissionRow, given.submission_id)
            if earlier and earlier.assignment_id == mine.id:
                return _submitted(earlier, me)
            check_takes_labels(session, me)
            if earlier or mine.state in {"submitted", "skipped"}:
                raise AssignmentClosed("this pair is answered already")
            now = no_earlier(session, me, now)
            _close(session, me, mine, given.seconds, now)
            if mine.purpose != "training":
                count_hour(session, mine, now)
            _insert_labels(session, mine, given, now)
            return _acknowledge(session, me, mine, given, revision=0, now=now)

    def revise(self, annotator_id: int, token: str, given: Given, now: datetime) -> Submitted:
        """Replace the labels of an answered assignment; what they were is kept as a revision.

        A retry changes nothing. Raises UnknownAssignment, StudyLocked, AnnotatorExcluded, or
        AssignmentClosed where the pair is not answered or the submission's id belongs to another.
        """
        with self._database.writing() as session:
            enter(session)
            me = annotator_row(session, annotator_id)
            mine = assignment_row(session, annotator_id, token)
            earlier = session.get(SubmissionRow, given.submission_id)
            if earlier and earlier.assignment_id == mine.id:
                return _submitted(earlier, me)
            check_takes_labels(session, me)
            if earlier or mine.state != "submitted":
                raise AssignmentClosed("this pair is not answered yet")
            now = no_earlier(session, me, now)
            old = session.scalars(
                select(LabelRow).where(col(LabelRow.assignment_id) == mine.id)
            ).all()
            kept = [{**row.model_dump(exclude={"id"}), "replaced_at": now} for row in old]
            session.execute(insert(LabelRevisionRow), kept)
            session.execute(delete(LabelRow).where(col(LabelRow.assignment_id) == mine.id))
            before = old[0].seconds or 0.0
            me.seconds += given.seconds or 0.0
            total = given.model_copy(update={"seconds": before + (given.seconds or 0.0)})
            _insert_labels(session, mine, total, now)
            if mine.purpose == "study":
                session.execute(
                    update(PairRow)
                    .where(col(PairRow.study) == mine.study, col(PairRow.pair_id) == mine.pair_id)
                    .values(stale=True)
                    .execution_options(synchronize_session=False)
                )
            revisions = session.scalar(
                select(func.count()).where(col(SubmissionRow.assignment_id) == mine.id)
            )
            return _acknowledge(session, me, mine, given, revision=revisions or 0, now=now)


def _close(
    session: Session, me: AnnotatorRow, mine: AssignmentRow, seconds: float | None, now: datetime
) -> None:
    """Close an assignment, and count it where it is of the study and its pair has room."""
    if mine.purpose == "study":
        _count(session, me, mine)
    if mine.purpose != "training":
        me.submitted += 1
        me.seconds += seconds or 0.0
    mine.state, mine.answered_at = "submitted", now
    mine.draft_answers, mine.draft_comment, mine.draft_flags = [], "", []
    session.add(me)
    session.add(mine)
    session.flush()


def _count(session: Session, me: AnnotatorRow, mine: AssignmentRow) -> None:
    pair = pair_row(session, mine)
    counted, leased = sides(pair)
    others = leased.plain + leased.swapped if mine.state == "expired" else 0
    room = pair.wanted > counted.plain + counted.swapped + others
    # Who holds the pair had its order promised, but a withdrawal may have changed the sides since.
    balanced = mine.swapped in open_sides(counted, Sides() if mine.state == "open" else leased)
    if mine.state == "open":
        pair.leased_plain -= not mine.swapped
        pair.leased_swapped -= mine.swapped
    if room and balanced:
        pair.stale = True
        for row in (pair, me):
            row.counted_plain += not mine.swapped
            row.counted_swapped += mine.swapped
    else:
        mine.purpose = "surplus"
    session.add(pair)


def _insert_labels(session: Session, mine: AssignmentRow, given: Given, now: datetime) -> None:
    shared = {
        "study": mine.study,
        "assignment_id": mine.id,
        "annotator_id": mine.annotator_id,
        "pair_id": mine.pair_id,
        "swapped": mine.swapped,
        "repeat": mine.repeat,
        "purpose": mine.purpose,
        "created_at": now,
        **given.model_dump(include={"comment", "flags", "seconds", "study_version"}),
    }
    session.execute(insert(LabelRow), [{**shared, **a.model_dump()} for a in given.answers])


def _acknowledge(
    session: Session,
    me: AnnotatorRow,
    mine: AssignmentRow,
    given: Given,
    revision: int,
    now: datetime,
) -> Submitted:
    done = SubmissionRow(
        id=given.submission_id,
        assignment_id=cast(int, mine.id),
        revision=revision,
        purpose=mine.purpose,
        received_at=now,
    )
    session.add(done)
    return _submitted(done, me)


def _submitted(row: SubmissionRow, annotator: AnnotatorRow) -> Submitted:
    return Submitted(
        submission_id=row.id,
        purpose=cast(Purpose, row.purpose),
        received_at=row.received_at,
        annotator_submitted=annotator.submitted,
    )
