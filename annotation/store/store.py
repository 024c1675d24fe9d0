"""The store: every family of queries on one database."""

from __future__ import annotations

from annotation.store.adjudication import AdjudicationQueries
from annotation.store.annotators import AnnotatorQueries
from annotation.store.assignments import AssignmentQueries
from annotation.store.changes import ChangeQueries
from annotation.store.database import BUSY_SECONDS, open_database
from annotation.store.exclusion import ExclusionQueries
from annotation.store.labels import LabelQueries
from annotation.store.refiguring import RefiguringQueries
from annotation.store.research import ResearchQueries
from annotation.store.researchers import ResearcherQueries
from annotation.store.standing import StandingQueries
from annotation.store.studies import StudyQueries
from annotation.store.submissions import SubmissionQueries
from annotation.store.withdrawal import WithdrawalQueries
from annotation.store.works import WorkQueries


class Store(
    StudyQueries,
    StandingQueries,
    AnnotatorQueries,
    AssignmentQueries,
    SubmissionQueries,
    LabelQueries,
    ExclusionQueries,
    RefiguringQueries,
    ResearchQueries,
    AdjudicationQueries,
    ResearcherQueries,
    WithdrawalQueries,
    WorkQueries,
    ChangeQueries,
):
    """What people produced: annotators, assignments, drafts, submissions and labels."""

    @classmethod
    def open(cls, url: str, busy_seconds: float = BUSY_SECONDS) -> Store:
        """The store at `url` with its tables up to date; raises DatabaseUnusable.

        busy_seconds: so long a writer waits for a writer of another process (SQLite).
        """
        return cls(open_database(url, busy_seconds))

    def close(self) -> None:
        """Give the connections back."""
        self._database.engine.dispose()
