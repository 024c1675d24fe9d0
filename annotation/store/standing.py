"""Whether a study gives out pairs and takes labels: paused, locked, and the names S1, S2, ..."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from random import Random

from sqlalchemy import select, text, update
from sqlmodel import Session, col

from annotation.store.queries import Queries
from annotation.store.records import AnnotatorExcluded, Standing, StudyLocked, StudyPaused
from annotation.store.tables import IS_OPEN, AnnotatorRow, AssignmentRow, StudyRow

_GATE = 0x7469_6563  # any number that is ours: who labels shares it, who pauses or locks waits


class StandingQueries(Queries):
    """What researchers decide about a study as a whole."""

    def standing(self, study: str) -> Standing:
        """Whether the study is paused or locked."""
        with self._database.reading() as session:
            return _standing(session.get_one(StudyRow, study))

    def pause(self, study: str, now: datetime) -> None:
        """Give out no more pairs; answers of pairs that are on a screen are still taken."""
        with self._database.writing() as session:
            row = _alone(session, study)
            row.paused_at = row.paused_at or now

    def resume(self, study: str, leased_until: datetime) -> None:
        """Give out pairs again; no lease ends before `leased_until` because of the pause."""
        with self._database.writing() as session:
            _alone(session, study).paused_at = None
            session.execute(
                update(AssignmentRow)
                .where(col(AssignmentRow.study) == study, text(IS_OPEN))
                .where(col(AssignmentRow.leased_until) < leased_until)
                .values(leased_until=leased_until)
                .execution_options(synchronize_session=False)
            )

    def lock(self, study: str, now: datetime) -> None:
        """Take no more labels, for good; submissions that have begun are finished first."""
        with self._database.writing() as session:
            row = _alone(session, study)
            row.locked_at = row.locked_at or now

    def blind_names(self, study: str, systems: Iterable[str], draw: Random) -> dict[str, str]:
        """S1, S2, ... for each system: drawn once a study, and the same from then on.

        A system that comes later gets the next number.
        """
        wanted = {*systems}
        with self._database.reading() as session:
            order = session.get_one(StudyRow, study).blind_order
        if not wanted <= {*order}:
            with self._database.writing() as session:
                row = _alone(session, study)
                new = sorted(wanted - {*row.blind_order})
                draw.shuffle(new)
                row.blind_order = order = [*row.blind_order, *new]
        return {name: f"S{number}" for number, name in enumerate(order, 1) if name in wanted}


def _standing(row: StudyRow) -> Standing:
    return Standing(paused_at=row.paused_at, locked_at=row.locked_at)


def _alone(session: Session, study: str) -> StudyRow:
    """The study's row, when every transaction that gives out pairs or takes labels has ended."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _GATE})
    return session.get_one(StudyRow, study, with_for_update=True)


def enter(session: Session) -> None:
    """Before all other locks: hold off a pause or a lock until the end of this transaction.

    It is shared, so that people do not wait for each other; SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": _GATE})


def check_takes_labels(session: Session, me: AnnotatorRow) -> None:
    """Raises StudyLocked or AnnotatorExcluded; after `enter`."""
    if me.excluded_at is not None:
        raise AnnotatorExcluded("your part in this study has ended")
    if _now(session, me).locked_at is not None:
        raise StudyLocked("this study has ended and takes no more answers")


def check_gives_pairs(session: Session, me: AnnotatorRow) -> None:
    """Raises StudyPaused as well."""
    check_takes_labels(session, me)
    if _now(session, me).paused_at is not None:
        raise StudyPaused("this study is paused")


def _now(session: Session, me: AnnotatorRow) -> Standing:
    columns = (col(StudyRow.paused_at), col(StudyRow.locked_at))
    paused, locked = session.execute(select(*columns).where(col(StudyRow.key) == me.study)).one()
    return Standing(paused_at=paused, locked_at=locked)
