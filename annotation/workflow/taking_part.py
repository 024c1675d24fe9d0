"""What annotators decide about themselves: consent, kinds left out, leaving, withdrawal."""

from __future__ import annotations

from collections.abc import Collection

from annotation.blind import printable
from annotation.store import AnnotatorRecord
from annotation.workflow.errors import NotYourTurn
from annotation.workflow.serving import Serving


class TakingPart(Serving):
    """On which terms somebody takes part, and how they go."""

    def consent(self, annotator: AnnotatorRecord, version: int, agreed: bool) -> None:
        """Agree to the consent text that was shown, or not."""
        wanted = self.study.consent
        if wanted is None or version != wanted.version:
            raise NotYourTurn("the text has changed, please read it again")
        self._store.record_consent(annotator.id, version if agreed else None, self._now())

    def leave_out(self, annotator: AnnotatorRecord, categories: Collection[str]) -> None:
        """Leave sensitive categories out from now on, the pair on the screen included."""
        sensitive = self.study.sensitive
        known = set(sensitive.categories) if sensitive else set()
        if not set(categories) <= known:
            raise NotYourTurn("only sensitive categories can be left out")
        self._store.leave_out(annotator.id, categories)

    def leave(self, annotator: AnnotatorRecord) -> None:
        """Hand the open pair back; its draft stays for the case of a return."""
        self._store.hand_back(annotator.id)

    def withdraw(self, annotator: AnnotatorRecord) -> int:
        """Delete the annotator and all of theirs; the number of labels that are gone."""
        return self._store.withdraw(annotator.id)

    def answer_closing(self, annotator: AnnotatorRecord, systems: str) -> None:
        """Which systems they think they saw; the first answer counts."""
        self._store.record_closing(annotator.id, {"systems": printable(systems)[:2000]})
