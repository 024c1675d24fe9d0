"""Queries on assignments: taking, keeping, giving back and skipping a pair."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import cast

from sqlalchemy import select
from sqlmodel import col

from annotation.assignment import Answer
from annotation.schema import Purpose, Target
from annotation.store.leases import (
    end_overdue,
    expired_one,
    new_one,
    no_earlier,
    open_one,
    seen_by,
    set_state,
    wished,
    wished_one,
)
from annotation.store.queries import Queries, annotator_row, assignment_record, assignment_row
from annotation.store.records import (
    AssignmentClosed,
    AssignmentRecord,
    DraftRecord,
    Past,
    Wish,
)
from annotation.store.standing import check_gives_pairs, check_takes_labels, enter
from annotation.store.tables import AssignmentRow, LabelRow, PairRow

_CLOSED = {"submitted", "skipped"}


class AssignmentQueries(Queries):
    """Which pair is whose, in which order, until when."""

    def take(
        self,
        annotator_id: int,
        token: str,
        now: datetime,
        lease: timedelta,
        coin: Random,
        *,
        wish: Wish | None = None,
        cap: int | None = None,
    ) -> AssignmentRecord | None:
        """The annotator's open assignment, or one that expired, or a new one named `token`.

        None where no pair can be given now, or the annotator has answered `cap` pairs. One
        annotator has one open assignment at most. A `wish` goes before the free pairs. An overdue
        lease ends only when its pair is needed: who comes back late finds the draft.
        Raises WishOver where another request answered or skipped what is wished, and StudyPaused,
        StudyLocked or AnnotatorExcluded.
        """
        with self._database.writing() as session:
            enter(session)
            me = annotator_row(session, annotator_id)
            check_gives_pairs(session, me)
            mine = open_one(session, me)
            within = cap is None or me.submitted < cap
            if mine is None and wish and (within or wish.purpose == "training"):
                mine = wished_one(session, me, wish, token, now)
            elif mine is None and within:
                mine = expired_one(session, me) or new_one(session, me, token, now, coin)
                if mine is None:
                    end_overdue(session, me, now, lease)
                    mine = new_one(session, me, token, now, coin)
            if mine is None:
                return None
            # Never earlier: this request may have waited while a later one prolonged the lease.
            mine.leased_until = max(mine.leased_until, now + lease)
            session.add(mine)
            return assignment_record(mine)

    def current(self, annotator_id: int) -> AssignmentRecord | None:
        """What the annotator holds, if anything."""
        with self._database.reading() as session:
            open_ones = select(AssignmentRow).where(
                col(AssignmentRow.annotator_id) == annotator_id, col(AssignmentRow.state) == "open"
            )
            row = session.scalars(open_ones).one_or_none()
            return assignment_record(row) if row else None

    def waiting(self, annotator_id: int) -> bool:
        """Whether pairs that this annotator has not answered still wait for labels."""
        with self._database.reading() as session:
            me = annotator_row(session, annotator_id, lock=False)
            counted = col(PairRow.counted_plain) + col(PairRow.counted_swapped)
            unfinished = (
                select(col(PairRow.pair_id))
                .where(col(PairRow.study) == me.study, col(PairRow.active))
                .where(counted < col(PairRow.wanted), ~seen_by(annotator_id), *wished(me))
            )
            return session.execute(unfinished.limit(1)).first() is not None

    def assignment(self, annotator_id: int, token: str) -> AssignmentRecord:
        """The assignment of that token; raises UnknownAssignment if it is not this annotator's."""
        with self._database.reading() as session:
            return assignment_record(assignment_row(session, annotator_id, token))

    def save_draft(
        self, annotator_id: int, token: str, draft: DraftRecord, leased_until: datetime
    ) -> None:
        """Keep answers on the way and prolong the lease; an older sequence changes nothing.

        Raises UnknownAssignment, StudyLocked, AnnotatorExcluded, or AssignmentClosed where the pair
        is answered already.
        """
        with self._database.writing() as session:
            enter(session)
            check_takes_labels(session, annotator_row(session, annotator_id, lock=False))
            mine = assignment_row(session, annotator_id, token)
            if mine.state in _CLOSED:
                raise AssignmentClosed("this pair is answered already")
            if draft.sequence > mine.draft_sequence:
                mine.draft_answers = [answer.model_dump() for answer in draft.answers]
                mine.draft_comment = draft.comment
                mine.draft_flags = list(draft.flags)
                mine.draft_sequence = draft.sequence
            mine.leased_until = max(mine.leased_until, leased_until)
            session.add(mine)

    def touch(self, annotator_id: int, token: str, leased_until: datetime) -> None:
        """A sign of life: the pair stays the annotator's. A closed one stays closed."""
        with self._database.writing() as session:
            mine = assignment_row(session, annotator_id, token)
            mine.leased_until = max(mine.leased_until, leased_until)
            session.add(mine)

    def hand_back(self, annotator_id: int) -> None:
        """Free the pair of an annotator who leaves; the draft stays for the case of a return."""
        with self._database.writing() as session:
            mine = open_one(session, annotator_row(session, annotator_id))
            if mine is not None:
                set_state(session, mine, "expired")

    def skip(self, annotator_id: int, token: str, reason: str, now: datetime) -> None:
        """Give a pair back for good, so that somebody else gets it; a retry changes nothing.

        Raises UnknownAssignment, StudyLocked, AnnotatorExcluded, or AssignmentClosed where the pair
        is answered already.
        """
        with self._database.writing() as session:
            enter(session)
            me = annotator_row(session, annotator_id)
            check_takes_labels(session, me)
            mine = assignment_row(session, annotator_id, token)
            if mine.state == "submitted":
                raise AssignmentClosed("this pair is answered already")
            if mine.state != "skipped":
                mine.skip_reason, mine.answered_at = reason, no_earlier(session, me, now)
                set_state(session, mine, "skipped")

    def past(
        self,
        annotator_id: int,
        purposes: Iterable[Purpose],
        last: int | None = None,
        with_answers: bool = True,
    ) -> list[Past]:
        """The annotator's answered and skipped assignments, the latest first."""
        query = (
            select(AssignmentRow)
            .where(col(AssignmentRow.annotator_id) == annotator_id)
            .where(col(AssignmentRow.state).in_(_CLOSED))
            .where(col(AssignmentRow.purpose).in_([*purposes]))
            .order_by(col(AssignmentRow.answered_at).desc(), col(AssignmentRow.id).desc())
            .limit(last)
        )
        with self._database.reading() as session:
            rows = session.scalars(query).all()
            labels: dict[int, list[LabelRow]] = {}
            ids = [row.id for row in rows] if with_answers else []
            given = select(LabelRow).where(col(LabelRow.assignment_id).in_(ids))
            for label in session.scalars(given).all() if ids else []:
                labels.setdefault(label.assignment_id, []).append(label)
            return [_past(row, labels.get(cast(int, row.id), [])) for row in rows]


def _past(row: AssignmentRow, labels: list[LabelRow]) -> Past:
    return Past(
        token=row.token,
        pair_id=row.pair_id,
        purpose=cast(Purpose, row.purpose),
        swapped=row.swapped,
        repeat=row.repeat,
        skipped=row.state == "skipped",
        answered_at=row.answered_at,
        answers=tuple(
            Answer(
                criterion=label.criterion, target=cast(Target, label.target), choice=label.choice
            )
            for label in labels
        ),
        comment=labels[0].comment if labels else None,
        flags=tuple(labels[0].flags) if labels else (),
    )
