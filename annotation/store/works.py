"""Long works that a researcher has begun: one of a name at a time, told by any replica."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlmodel import Session, col

from annotation.store.queries import Queries
from annotation.store.records import WorkRecord, WorkState
from annotation.store.tables import ReportFileRow, WorkRow

SILENT = timedelta(seconds=30)
"""A work that gave no sign of life for so long has ended with its process."""


class WorkQueries(Queries):
    """What is being made, what came of it, and the files of the last report."""

    def begin_work(self, study: str, name: str, token: str, now: datetime) -> bool:
        """Begin a work under a new token; whether it was, for another one may go on already."""
        row = {"study": study, "name": name, "token": token, "begun_at": now, "seen_at": now}
        with self._database.writing() as session:
            self._database.alone(session)
            before = session.get(WorkRow, (study, name))
            if before and before.state == "running" and now - before.seen_at < SILENT:
                return False
            session.execute(delete(WorkRow).where(*_named(study, name)))
            session.execute(
                insert(WorkRow), [{**row, "state": "running", "done": 0, "total": 0, "said": ""}]
            )
            return True

    def work_goes_on(
        self, study: str, name: str, token: str, done: int, total: int, now: datetime
    ) -> bool:
        """A sign of life; whether the work is still wanted."""
        with self._database.writing() as session:
            alive = {"done": done, "total": total, "seen_at": now}
            return _changed(session, study, name, token, alive)

    def end_work(
        self,
        study: str,
        name: str,
        token: str,
        state: WorkState,
        said: str,
        files: Mapping[str, str],
        now: datetime,
    ) -> bool:
        """How it ended, and the files of a report with it; whether the work was still wanted."""
        with self._database.writing() as session:
            ended = {"state": state, "said": said, "seen_at": now}
            if not _changed(session, study, name, token, ended):
                return False
            if files:
                session.execute(delete(ReportFileRow).where(col(ReportFileRow.study) == study))
                rows = [
                    {"study": study, "name": one, "content": text} for one, text in files.items()
                ]
                session.execute(insert(ReportFileRow), rows)
            return True

    def work(self, study: str, name: str, now: datetime) -> WorkRecord | None:
        """How the last work of that name stands."""
        with self._database.reading() as session:
            row = session.get(WorkRow, (study, name))
            if row is None:
                return None
            is_lost = row.state == "running" and now - row.seen_at >= SILENT
            told = row.model_dump(exclude={"study", "token"})
            return WorkRecord.model_validate({**told, "state": "lost" if is_lost else row.state})

    def report_file(self, study: str, name: str) -> str | None:
        """A file of the last report."""
        with self._database.reading() as session:
            row = session.get(ReportFileRow, (study, name))
            return row.content if row else None

    def has_report(self, study: str) -> bool:
        """Whether there are files of a report, be it of an earlier work than the last."""
        with self._database.reading() as session:
            query = select(col(ReportFileRow.name)).where(col(ReportFileRow.study) == study)
            return session.scalar(query.limit(1)) is not None


def forget_reports(session: Session, study: str) -> None:
    """No report that was made, or is being made, outlives what it says of somebody."""
    session.execute(delete(ReportFileRow).where(col(ReportFileRow.study) == study))
    session.execute(delete(WorkRow).where(*_named(study, "report")))


def _named(study: str, name: str) -> tuple[Any, ...]:
    return col(WorkRow.study) == study, col(WorkRow.name) == name


def _changed(
    session: Session, study: str, name: str, token: str, values: Mapping[str, object]
) -> bool:
    statement = (
        update(WorkRow)
        .where(*_named(study, name), col(WorkRow.token) == token, col(WorkRow.state) == "running")
        .values(**values)
    )
    result = session.connection().execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount == 1
