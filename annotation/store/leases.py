"""Inside a transaction: which pair is free for whom, and how many people hold it.

Locks are taken in the order annotator, assignment, pair; several assignments of others in the
order of their pairs. PostgreSQL passes over locked rows, SQLite has one writer at a time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import cast

from sqlalchemy import ColumnElement, exists, func, or_, select, text, update
from sqlmodel import Session, col

from annotation.assignment import Sides, choose_order, open_sides
from annotation.store.records import Wish, WishOver
from annotation.store.tables import (
    IS_OPEN,
    PLAIN_OPEN,
    SWAPPED_OPEN,
    AnnotatorRow,
    AssignmentRow,
    PairRow,
    UtcDateTime,
)

_SWEEP = 200
"""At most so many overdue leases are ended by one request, so that no single annotator waits."""


def sides(pair: PairRow) -> tuple[Sides, Sides]:
    """The counted and the leased labels of a pair by side."""
    return (
        Sides(plain=pair.counted_plain, swapped=pair.counted_swapped),
        Sides(plain=pair.leased_plain, swapped=pair.leased_swapped),
    )


def seen_by(annotator_id: int) -> ColumnElement[bool]:
    """Whether the annotator has the pair of the query, or had it and answered or skipped it."""
    return exists().where(
        col(AssignmentRow.annotator_id) == annotator_id,
        col(AssignmentRow.pair_id) == col(PairRow.pair_id),
        col(AssignmentRow.state) != "expired",
    )


def wished(me: AnnotatorRow) -> list[ColumnElement[bool]]:
    """The pairs that the annotator does not wish to leave out."""
    if not me.left_out:
        return []
    return [or_(col(PairRow.category).is_(None), col(PairRow.category).not_in(me.left_out))]


def no_earlier(session: Session, me: AnnotatorRow, now: datetime) -> datetime:
    """`now`, or the time of the annotator's last answer where the clock was moved back since.

    What was answered last must stay the last, or undo would open another pair.
    """
    query = select(func.max(col(AssignmentRow.answered_at), type_=UtcDateTime()))
    last = session.scalar(query.where(col(AssignmentRow.annotator_id) == me.id))
    return max(now, last) if last else now


def set_state(session: Session, row: AssignmentRow, state: str) -> None:
    """Open an assignment or end it, and keep the pair's number of leases in step."""
    step = (state == "open") - (row.state == "open")
    row.state = state
    session.add(row)
    session.flush()
    if step and row.purpose == "study":
        leased = col(PairRow.leased_swapped) if row.swapped else col(PairRow.leased_plain)
        session.execute(
            update(PairRow)
            .where(col(PairRow.study) == row.study, col(PairRow.pair_id) == row.pair_id)
            .values({leased: leased + step})
            .execution_options(synchronize_session=False)
        )


def end_overdue(session: Session, me: AnnotatorRow, now: datetime, lease: timedelta) -> None:
    """Free the pairs of others whose lease ran out; one's own is only prolonged.

    A lease that ends more than a lease later than one begun now was given by a clock that has been
    moved back since, and is cut to what it may be; or its pair would wait until that time comes
    again. One that ends a little later is newer than `now`: this request waited for its turn.
    """
    until, latest = col(AssignmentRow.leased_until), now + 2 * lease
    overdue = (
        select(AssignmentRow)
        .where(col(AssignmentRow.study) == me.study, text(IS_OPEN))
        .where(col(AssignmentRow.purpose) == "study")
        .where(or_(until < now, until > latest), col(AssignmentRow.annotator_id) != me.id)
        .order_by(col(AssignmentRow.pair_id))
        .limit(_SWEEP)
        .with_for_update(skip_locked=True)
    )
    for row in session.scalars(overdue).all():
        if row.leased_until < now:
            set_state(session, row, "expired")
        else:
            row.leased_until = now + lease
            session.add(row)


def open_one(session: Session, me: AnnotatorRow) -> AssignmentRow | None:
    """What the annotator holds; a pair that the study lost, or that is left out, is given back."""
    query = select(AssignmentRow).where(col(AssignmentRow.annotator_id) == me.id, text(IS_OPEN))
    mine: AssignmentRow | None = session.scalars(query.with_for_update()).one_or_none()
    if mine and mine.purpose in {"study", "repeat"}:
        pair = session.get_one(PairRow, (mine.study, mine.pair_id))
        if not pair.active or (pair.category in me.left_out):
            set_state(session, mine, "expired")
            return None
    return mine


def expired_one(session: Session, me: AnnotatorRow) -> AssignmentRow | None:
    """The latest of the annotator's expired assignments that can be taken up as it was.

    An older one that would make the annotator's sides differ by more than one waits in the queue
    with the free pairs: only the pair that was held last is what somebody comes back to.
    """
    last = session.scalar(
        select(func.max(col(AssignmentRow.assigned_at), type_=UtcDateTime())).where(
            col(AssignmentRow.annotator_id) == me.id
        )
    )
    same_pair = (col(PairRow.study) == col(AssignmentRow.study)) & (
        col(PairRow.pair_id) == col(AssignmentRow.pair_id)
    )
    expired = session.execute(
        select(AssignmentRow, PairRow)
        .join(PairRow, same_pair)
        .where(col(AssignmentRow.annotator_id) == me.id)
        .where(col(AssignmentRow.state) == "expired", col(PairRow.active), *wished(me))
        .where(or_(col(PairRow.free), col(AssignmentRow.purpose) == "repeat"))
        .order_by(col(AssignmentRow.assigned_at).desc())
        .with_for_update(skip_locked=True)
    )
    mine: AssignmentRow
    for mine, pair in expired.all():
        is_due = mine.assigned_at == last or ahead(me, mine.swapped) <= 0
        if mine.purpose == "repeat" or (is_due and mine.swapped in open_sides(*sides(pair))):
            set_state(session, mine, "open")
            return mine
    return None


def ahead(annotator: AnnotatorRow, swapped: bool) -> int:
    """How many more labels in this order than in the other one the annotator has counted."""
    more = annotator.counted_swapped - annotator.counted_plain
    return more if swapped else -more


def wished_one(
    session: Session, me: AnnotatorRow, wish: Wish, token: str, now: datetime
) -> AssignmentRow:
    """A training, gold or repeated pair, or the one that was given for the same wish before.

    Raises WishOver where that one is answered or skipped.
    """
    query = select(AssignmentRow).where(
        col(AssignmentRow.annotator_id) == me.id,
        col(AssignmentRow.pair_id) == wish.pair_id,
        col(AssignmentRow.repeat) == wish.repeat,
    )
    mine: AssignmentRow = session.scalars(query).one_or_none() or _row(me, wish.pair_id, token, now)
    if mine.state not in {"open", "expired"}:
        raise WishOver(f"pair {wish.pair_id} was answered or skipped in the meantime")
    if mine.id is None:
        mine.swapped, mine.purpose, mine.repeat = wish.swapped, wish.purpose, wish.repeat
    set_state(session, mine, "open")
    return mine


def new_one(
    session: Session, me: AnnotatorRow, token: str, now: datetime, coin: Random
) -> AssignmentRow | None:
    """The next free pair, shown in an order that is open and that the annotator had less often."""
    pair = _free_pair(session, me)
    if pair is None:
        return None
    had = Sides(plain=me.counted_plain, swapped=me.counted_swapped)
    query = select(AssignmentRow).where(
        col(AssignmentRow.annotator_id) == me.id,
        col(AssignmentRow.pair_id) == pair.pair_id,
        col(AssignmentRow.repeat) == 0,
    )
    # An expired one whose order is no longer open gets a new token: what still comes in under
    # the old token was given for the other order.
    mine: AssignmentRow = session.scalars(query).one_or_none() or _row(me, pair.pair_id, token, now)
    mine.swapped = choose_order(open_sides(*sides(pair)), had, coin)
    mine.token, mine.assigned_at, mine.purpose = token, now, "study"
    me.position = pair.position
    session.add(me)
    set_state(session, mine, "open")
    return mine


def _row(me: AnnotatorRow, pair_id: str, token: str, now: datetime) -> AssignmentRow:
    return AssignmentRow(
        study=me.study,
        annotator_id=cast(int, me.id),
        pair_id=pair_id,
        swapped=False,
        token=token,
        state="expired",
        assigned_at=now,
        leased_until=now,
    )


def _free_pair(session: Session, me: AnnotatorRow) -> PairRow | None:
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
                .where(~seen_by(cast(int, me.id)), *wished(me))
                .order_by(col(PairRow.position))
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            found: PairRow | None = session.scalars(query).one_or_none()
            if found is not None:
                return found
    return None
