"""Every query: one public method, one transaction, one intention."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import cast

from sqlalchemy import ColumnElement, exists, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from annotation.assignment import Answer, Sides, choose_order, open_sides
from annotation.schema import Label, Purpose
from annotation.store.database import Database, open_database
from annotation.store.records import (
    AnnotatorRecord,
    AssignmentClosed,
    AssignmentRecord,
    DraftRecord,
    PseudonymTaken,
    Submitted,
    UnknownAssignment,
)
from annotation.store.tables import (
    PLAIN_OPEN,
    SWAPPED_OPEN,
    AnnotatorRow,
    AssignmentRow,
    LabelRow,
    PairRow,
    StudyRow,
    SubmissionRow,
)

_SWEEP = 200
"""At most so many overdue leases are ended by one request, so that no single annotator waits."""


class Store:
    """What people produced: annotators, assignments, drafts, submissions and labels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str) -> Store:
        """The store at `url` with its tables up to date; raises DatabaseUnusable."""
        return cls(open_database(url))

    def close(self) -> None:
        """Give the connections back."""
        self._database.engine.dispose()

    # -- the study ------------------------------------------------------------------------------

    def register(
        self,
        study: str,
        version: int,
        wanted: int,
        pair_ids: Collection[str],
        positions: Callable[[], Mapping[str, int]],
        now: datetime,
    ) -> list[str]:
        """Make the database's pairs those of the study file; the ids that the file lost, sorted.

        `positions` is called only where pairs came or went. A lost pair keeps its labels and is
        given to nobody; `wanted` never falls below the labels that a pair already counts.
        """
        with self._database.writing() as session:
            self._database.alone(session)
            row = session.get(StudyRow, study) or StudyRow(key=study, version=0, opened_at=now)
            row.version, row.opened_at = version, now
            session.add(row)
            session.flush()
            of_study = col(PairRow.study) == study
            pairs = select(col(PairRow.pair_id), col(PairRow.active)).where(of_study)
            known = dict(iter(session.execute(pairs)))
            ids = set(pair_ids)
            if ids != {pair_id for pair_id, active in known.items() if active}:
                self._renew(session, study, wanted, known, ids, positions())
            counted = col(PairRow.counted_plain) + col(PairRow.counted_swapped)
            for fits, value in ((counted <= wanted, wanted), (counted > wanted, counted)):
                differs = col(PairRow.wanted) != value
                session.execute(update(PairRow).where(of_study, fits, differs).values(wanted=value))
            return sorted(known.keys() - ids)

    def _renew(
        self,
        session: Session,
        study: str,
        wanted: int,
        known: Mapping[str, bool],
        ids: set[str],
        places: Mapping[str, int],
    ) -> None:
        """Insert the new pairs, mark which are active, and put all into their new order."""
        new = [
            {"study": study, "pair_id": each, "position": places[each], "wanted": wanted}
            for each in ids - known.keys()
        ]
        if new:
            session.connection().execute(insert(PairRow), new)
        if not known:
            return
        session.execute(update(PairRow).where(col(PairRow.study) == study).values(active=False))
        there = [{"study": study, "pair_id": each, "position": places[each]} for each in ids]
        session.execute(update(PairRow), [{**one, "active": True} for one in there])
        session.execute(
            update(AnnotatorRow).where(col(AnnotatorRow.study) == study).values(position=-1)
        )

    def knows(self, study: str) -> bool:
        """Whether this study was ever served with this database."""
        with self._database.reading() as session:
            return session.get(StudyRow, study) is not None

    # -- annotators -----------------------------------------------------------------------------

    def add_annotator(
        self, study: str, pseudonym: str, pseudonym_key: str, return_key_hash: str, now: datetime
    ) -> AnnotatorRecord:
        """A new annotator; raises PseudonymTaken where `pseudonym_key` is in use."""
        row = AnnotatorRow(
            study=study,
            pseudonym=pseudonym,
            pseudonym_key=pseudonym_key,
            return_key_hash=return_key_hash,
            joined_at=now,
        )
        try:
            with self._database.writing() as session:
                session.add(row)
                session.flush()
                return _annotator(row)
        except IntegrityError:
            raise PseudonymTaken(f"the pseudonym {pseudonym!r} is in use") from None

    def annotator(self, study: str, return_key_hash: str) -> AnnotatorRecord | None:
        """Whose return key has this hash; None for nobody's."""
        with self._database.reading() as session:
            row = session.scalars(
                select(AnnotatorRow).where(
                    col(AnnotatorRow.return_key_hash) == return_key_hash,
                    col(AnnotatorRow.study) == study,
                )
            ).one_or_none()
            return _annotator(row) if row else None

    # -- assignments ----------------------------------------------------------------------------

    def take(
        self, annotator_id: int, token: str, now: datetime, lease: timedelta, coin: Random
    ) -> AssignmentRecord | None:
        """The annotator's open assignment, or one that expired, or a new one named `token`.

        None where no pair can be given now. One annotator has one open assignment at most.
        An overdue lease ends only when its pair is needed: who comes back late finds the draft.
        """
        with self._database.writing() as session:
            me = session.get_one(AnnotatorRow, annotator_id, with_for_update=True)
            mine = self._open_one(session, me) or self._expired_one(session, me)
            mine = mine or self._new_one(session, me, token, now, now + lease, coin)
            if mine is None:
                self._end_overdue_leases(session, me, now)
                mine = self._new_one(session, me, token, now, now + lease, coin)
            if mine is None:
                return None
            mine.leased_until = now + lease
            session.add(mine)
            return _assignment(mine)

    def waiting(self, annotator_id: int) -> bool:
        """Whether pairs that this annotator has not answered still wait for labels."""
        with self._database.reading() as session:
            me = session.get_one(AnnotatorRow, annotator_id)
            counted = col(PairRow.counted_plain) + col(PairRow.counted_swapped)
            unfinished = (
                select(col(PairRow.pair_id))
                .where(col(PairRow.study) == me.study, col(PairRow.active))
                .where(counted < col(PairRow.wanted), ~_seen_by(annotator_id))
            )
            return session.execute(unfinished.limit(1)).first() is not None

    def save_draft(
        self, annotator_id: int, token: str, draft: DraftRecord, leased_until: datetime
    ) -> None:
        """Keep answers on the way and prolong the lease; an older sequence changes nothing.

        Raises UnknownAssignment, or AssignmentClosed where the pair is answered already.
        """
        with self._database.writing() as session:
            mine = self._of_token(session, annotator_id, token)
            if mine.state == "submitted":
                raise AssignmentClosed("this pair is answered already")
            if draft.sequence > mine.draft_sequence:
                mine.draft_answers = [answer.model_dump() for answer in draft.answers]
                mine.draft_comment = draft.comment
                mine.draft_sequence = draft.sequence
            mine.leased_until = max(mine.leased_until, leased_until)
            session.add(mine)

    def assignment(self, annotator_id: int, token: str) -> AssignmentRecord:
        """The assignment of that token; raises UnknownAssignment if it is not this annotator's."""
        with self._database.reading() as session:
            return _assignment(self._of_token(session, annotator_id, token))

    def submit(
        self,
        annotator_id: int,
        token: str,
        submission_id: str,
        answers: Sequence[Answer],
        labels: Mapping[str, object],
        now: datetime,
    ) -> Submitted:
        """Save an assignment's labels and close it: both, or neither; a retry changes nothing.

        answers: in the pair's order. labels: the columns that they share (seconds, comment, flags,
        study_version). Where the pair has its labels by now they are kept as surplus.
        Raises UnknownAssignment, or AssignmentClosed where another submission came first.
        """
        with self._database.writing() as session:
            me = session.get_one(AnnotatorRow, annotator_id, with_for_update=True)
            mine = self._of_token(session, annotator_id, token)
            earlier = session.get(SubmissionRow, submission_id)
            if earlier and earlier.assignment_id == mine.id:
                return _submitted(earlier, me)
            if earlier or mine.state == "submitted":
                raise AssignmentClosed("this pair is answered already")
            purpose = self._count(session, me, mine)
            shared = {
                "study": mine.study,
                "assignment_id": mine.id,
                "annotator_id": me.id,
                "pair_id": mine.pair_id,
                "swapped": mine.swapped,
                "repeat": mine.repeat,
                "purpose": purpose,
                "created_at": now,
                **labels,
            }
            session.execute(insert(LabelRow), [{**shared, **a.model_dump()} for a in answers])
            done = SubmissionRow(
                id=submission_id, assignment_id=cast(int, mine.id), purpose=purpose, received_at=now
            )
            session.add(done)
            return _submitted(done, me)

    # -- labels ---------------------------------------------------------------------------------

    def labels(self, study: str) -> Iterator[Label]:
        """The current labels of a study in the order in which they were given, streamed."""
        query = (
            select(LabelRow, col(AnnotatorRow.pseudonym))
            .join(AnnotatorRow, col(AnnotatorRow.id) == col(LabelRow.annotator_id))
            .where(col(LabelRow.study) == study)
            .order_by(col(LabelRow.id))
            .execution_options(yield_per=1000)
        )
        with self._database.reading() as session:
            for row, pseudonym in session.execute(query):
                yield Label(
                    kind="human",
                    annotator=pseudonym,
                    **row.model_dump(include=_LABEL_FIELDS),
                )
                session.expunge(row)

    # -- inside a transaction -------------------------------------------------------------------

    def _of_token(self, session: Session, annotator_id: int, token: str) -> AssignmentRow:
        query = select(AssignmentRow).where(
            col(AssignmentRow.token) == token, col(AssignmentRow.annotator_id) == annotator_id
        )
        row = session.scalars(query.with_for_update()).one_or_none()
        if row is None:
            raise UnknownAssignment("this pair was not given to you")
        return row

    def _end_overdue_leases(self, session: Session, me: AnnotatorRow, now: datetime) -> None:
        """Free the pairs of others whose lease ran out; one's own is only prolonged."""
        overdue = (
            select(AssignmentRow)
            .where(col(AssignmentRow.study) == me.study, text("state = 'open'"))
            .where(col(AssignmentRow.leased_until) < now, col(AssignmentRow.annotator_id) != me.id)
            .order_by(col(AssignmentRow.pair_id))  # one order for all, against deadlocks
            .limit(_SWEEP)
            .with_for_update(skip_locked=True)
        )
        for row in session.scalars(overdue).all():
            self._set_state(session, row, "expired")

    def _set_state(self, session: Session, row: AssignmentRow, state: str) -> None:
        """Open an assignment or end it, and keep the pair's number of leases in step."""
        step = (state == "open") - (row.state == "open")
        row.state = state
        session.add(row)
        leased = col(PairRow.leased_swapped) if row.swapped else col(PairRow.leased_plain)
        if step:
            session.execute(
                update(PairRow)
                .where(col(PairRow.study) == row.study, col(PairRow.pair_id) == row.pair_id)
                .values({leased: leased + step})
                .execution_options(synchronize_session=False)
            )

    def _open_one(self, session: Session, me: AnnotatorRow) -> AssignmentRow | None:
        mine: AssignmentRow | None = session.scalars(
            select(AssignmentRow)
            .where(col(AssignmentRow.annotator_id) == me.id, text("state = 'open'"))
            .with_for_update()
        ).one_or_none()
        if mine and not session.get_one(PairRow, (mine.study, mine.pair_id)).active:
            self._set_state(session, mine, "expired")  # the study lost this pair
            return None
        return mine

    def _expired_one(self, session: Session, me: AnnotatorRow) -> AssignmentRow | None:
        """The latest of the annotator's expired assignments that can be taken up as it was."""
        expired = session.execute(
            select(AssignmentRow, PairRow)
            .join(
                PairRow,
                (col(PairRow.study) == col(AssignmentRow.study))
                & (col(PairRow.pair_id) == col(AssignmentRow.pair_id)),
            )
            .where(col(AssignmentRow.annotator_id) == me.id)
            .where(col(AssignmentRow.state) == "expired", col(PairRow.free))
            .order_by(col(AssignmentRow.assigned_at).desc())
            .with_for_update(skip_locked=True)
        )
        mine: AssignmentRow
        for mine, pair in expired.all():
            if mine.swapped in open_sides(*_sides(pair)):
                self._set_state(session, mine, "open")
                return mine
        return None

    def _new_one(
        self,
        session: Session,
        me: AnnotatorRow,
        token: str,
        now: datetime,
        leased_until: datetime,
        coin: Random,
    ) -> AssignmentRow | None:
        pair = self._free_pair(session, me)
        if pair is None:
            return None
        sides = Sides(plain=me.counted_plain, swapped=me.counted_swapped)
        swapped = choose_order(open_sides(*_sides(pair)), sides, coin)
        query = select(AssignmentRow).where(
            col(AssignmentRow.annotator_id) == me.id, col(AssignmentRow.pair_id) == pair.pair_id
        )
        # An expired one whose order is no longer open gets a new token: what still comes in under
        # the old token was given for the other order.
        mine = session.scalars(query).one_or_none() or AssignmentRow(
            study=me.study,
            annotator_id=cast(int, me.id),
            pair_id=pair.pair_id,
            swapped=swapped,
            token=token,
            state="expired",
            assigned_at=now,
            leased_until=leased_until,
        )
        mine.token, mine.swapped, mine.assigned_at = token, swapped, now
        me.position = pair.position
        session.add(me)
        session.add(mine)
        session.flush()
        self._set_state(session, mine, "open")
        return mine

    def _free_pair(self, session: Session, me: AnnotatorRow) -> PairRow | None:
        """The next pair for this annotator, locked: onward from the last one, then from the start.

        A pair that can be shown in the order the annotator had less often goes first.
        """
        owed: list[ColumnElement[bool]] = []
        if me.counted_plain != me.counted_swapped:
            plain_owed = me.counted_plain < me.counted_swapped
            owed = [cast("ColumnElement[bool]", text(PLAIN_OPEN if plain_owed else SWAPPED_OPEN))]
        for side in (owed, []) if owed else ([],):
            for onward in ([col(PairRow.position) > me.position], []):
                query = (
                    select(PairRow)
                    .where(col(PairRow.study) == me.study, col(PairRow.free), *side, *onward)
                    .where(~_seen_by(cast(int, me.id)))
                    .order_by(col(PairRow.position))
                    .limit(1)
                    .with_for_update(skip_locked=True)
                )
                found = session.scalars(query).one_or_none()
                if found is not None:
                    return found
        return None

    def _count(self, session: Session, me: AnnotatorRow, mine: AssignmentRow) -> Purpose:
        """Close an assignment and count it where its pair has room; its purpose from now on."""
        pair = session.scalars(
            select(PairRow)
            .where(col(PairRow.study) == mine.study, col(PairRow.pair_id) == mine.pair_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        counted, leased = _sides(pair)
        others = leased.plain + leased.swapped if mine.state == "expired" else 0
        room = pair.wanted > counted.plain + counted.swapped + others
        balanced = mine.state == "open" or mine.swapped in open_sides(counted, leased)
        counts = room and balanced
        if mine.state == "open":
            pair.leased_plain -= not mine.swapped
            pair.leased_swapped -= mine.swapped
        if counts:
            for row in (pair, me):
                row.counted_plain += not mine.swapped
                row.counted_swapped += mine.swapped
        me.submitted += 1
        mine.state, mine.purpose = "submitted", mine.purpose if counts else "surplus"
        mine.draft_answers, mine.draft_comment = [], ""
        for changed in (pair, me, mine):
            session.add(changed)
        session.flush()
        return cast(Purpose, mine.purpose)


_LABEL_FIELDS = {
    "pair_id", "criterion", "target", "choice", "swapped", "repeat", "purpose", "seconds",
    "comment", "flags", "created_at", "study_version",
}  # fmt: skip


def _seen_by(annotator_id: int) -> ColumnElement[bool]:
    """Whether the annotator has the pair of the query, or had it and answered."""
    return exists().where(
        col(AssignmentRow.annotator_id) == annotator_id,
        col(AssignmentRow.pair_id) == col(PairRow.pair_id),
        col(AssignmentRow.state) != "expired",
    )


def _sides(pair: PairRow) -> tuple[Sides, Sides]:
    """The counted and the leased labels of a pair by side."""
    return (
        Sides(plain=pair.counted_plain, swapped=pair.counted_swapped),
        Sides(plain=pair.leased_plain, swapped=pair.leased_swapped),
    )


def _annotator(row: AnnotatorRow) -> AnnotatorRecord:
    return AnnotatorRecord(
        id=cast(int, row.id), study=row.study, pseudonym=row.pseudonym, submitted=row.submitted
    )


def _assignment(row: AssignmentRow) -> AssignmentRecord:
    return AssignmentRecord(
        token=row.token,
        pair_id=row.pair_id,
        swapped=row.swapped,
        repeat=row.repeat,
        purpose=cast(Purpose, row.purpose),
        draft=DraftRecord(
            answers=tuple(Answer.model_validate(each) for each in row.draft_answers),
            comment=row.draft_comment,
            sequence=row.draft_sequence,
        ),
    )


def _submitted(row: SubmissionRow, annotator: AnnotatorRow) -> Submitted:
    return Submitted(
        submission_id=row.id,
        purpose=cast(Purpose, row.purpose),
        received_at=row.received_at,
        annotator_submitted=annotator.submitted,
    )
