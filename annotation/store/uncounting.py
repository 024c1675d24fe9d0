"""Take counted labels back from their pairs, which then wait for labels again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from sqlalchemy import or_, select, tuple_, update
from sqlmodel import Session, col

from annotation.store.leases import ahead
from annotation.store.queries import pair_row
from annotation.store.records import UnknownAnnotator
from annotation.store.tables import AnnotatorRow, AssignmentRow, LabelRow, PairRow


class Newcomer(Exception):
    """Somebody answered a pair after all who had were locked: once more, with them."""


def lock_concerned(session: Session, annotator_id: int) -> dict[int, AnnotatorRow]:
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


def uncount(
    session: Session, mine: AssignmentRow, concerned: Mapping[int, AnnotatorRow], purpose: str
) -> None:
    """Take one counted label from its pair, and a second where the sides demand it.

    `purpose` is what the assignment is for from now on.
    """
    pair = pair_row(session, mine)
    with session.no_autoflush:  # both steps together: the database refuses the state between them
        pair.counted_plain -= not mine.swapped
        pair.counted_swapped -= mine.swapped
        mine.purpose = purpose
        pair.stale = True
        if abs(pair.counted_plain - pair.counted_swapped) > 1:
            _demote(session, pair, mine, concerned)
        session.add(pair)
    session.flush()


def _demote(
    session: Session, pair: PairRow, gone: AssignmentRow, concerned: Mapping[int, AnnotatorRow]
) -> None:
    """Make one label of the heavier side surplus: of whoever gave most in that order, or last."""
    heavier = pair.counted_swapped > pair.counted_plain
    candidates = session.scalars(
        select(AssignmentRow)
        .where(col(AssignmentRow.study) == pair.study, col(AssignmentRow.pair_id) == pair.pair_id)
        .where(col(AssignmentRow.state) == "submitted", col(AssignmentRow.purpose) == "study")
        .where(col(AssignmentRow.swapped) == heavier, col(AssignmentRow.id) != gone.id)
        .order_by(col(AssignmentRow.answered_at), col(AssignmentRow.id))
    ).all()
    if any(each.annotator_id not in concerned for each in candidates):
        raise Newcomer
    leans = [ahead(concerned[each.annotator_id], heavier) for each in candidates]
    surplus = max(zip(leans, range(len(leans)), candidates, strict=True))[-1]
    other = concerned[surplus.annotator_id]
    surplus.purpose = "surplus"
    pair.counted_plain -= not heavier
    pair.counted_swapped -= heavier
    other.counted_plain -= not heavier
    other.counted_swapped -= heavier
    session.add(surplus)
    session.add(other)
    session.execute(
        update(LabelRow)
        .where(col(LabelRow.assignment_id) == surplus.id)
        .values(purpose="surplus")
        .execution_options(synchronize_session=False)
    )
