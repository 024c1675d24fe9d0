"""Researchers who are signed in, so that signing out ends it wherever the cookie was copied to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert
from sqlmodel import col

from annotation.store.queries import Queries
from annotation.store.tables import ResearcherSessionRow


class ResearcherQueries(Queries):
    """Who may look at the researchers' page."""

    def sign_in(self, study: str, key_hash: str, way: str, until: datetime, now: datetime) -> None:
        """Keep a sign-in until then; those that are over are forgotten."""
        row = {"key_hash": key_hash, "study": study, "way": way, "expires_at": until}
        with self._database.writing() as session:
            session.execute(
                delete(ResearcherSessionRow).where(col(ResearcherSessionRow.expires_at) < now)
            )
            session.execute(insert(ResearcherSessionRow), [row])

    def signed_in(self, study: str, key_hash: str, now: datetime) -> str | None:
        """How the researcher with this key signed in; None for nobody."""
        with self._database.reading() as session:
            row = session.get(ResearcherSessionRow, key_hash)
            return row.way if row and row.study == study and row.expires_at > now else None

    def sign_out(self, key_hash: str) -> None:
        """Forget a sign-in."""
        with self._database.writing() as session:
            session.execute(
                delete(ResearcherSessionRow).where(col(ResearcherSessionRow.key_hash) == key_hash)
            )
