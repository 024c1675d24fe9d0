"""How many pairs people answer in an hour: the pace of a study, and when it will be done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, update
from sqlmodel import Session, col

from annotation.store.tables import AssignmentRow, HourRow


def hour_of(moment: datetime) -> int:
    """Whole hours since 1970."""
    return int(moment.timestamp() // 3600)


def count_hour(session: Session, mine: AssignmentRow, now: datetime) -> None:
    """One more pair of an annotator in this hour; their own row is locked, so nobody is faster."""
    key = {"annotator_id": mine.annotator_id, "hour": hour_of(now)}
    more = (
        update(HourRow)
        .where(col(HourRow.annotator_id) == mine.annotator_id, col(HourRow.hour) == key["hour"])
        .values(pairs=col(HourRow.pairs) + 1)
        .execution_options(synchronize_session=False)
    )
    if not session.execute(more).rowcount:  # type: ignore[attr-defined]
        session.execute(insert(HourRow), [{**key, "study": mine.study, "pairs": 1}])
