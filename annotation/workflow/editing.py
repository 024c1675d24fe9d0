"""Pairs answered lately: which they are, one of them again, and changed answers."""

from __future__ import annotations

from annotation import view
from annotation.blind import Receipt, Recent, Submission, Task
from annotation.store import AnnotatorRecord, AssignmentRecord, DraftRecord, NotEditable, Past
from annotation.workflow.labelling import Labelling
from annotation.workflow.serving import ANSWERED

EDITABLE = 5
"""So many of the pairs answered last may be changed."""


class Editing(Labelling):
    """Answers that may still be changed."""

    def recent(self, annotator: AnnotatorRecord) -> list[Recent]:
        """The pairs answered last, the latest first; these may still be changed."""
        past = self._store.past(annotator.id, ANSWERED, last=EDITABLE)
        pairs = self.served.pairs
        return [
            Recent(token=one.token, prompt=pairs[one.pair_id].prompt.text[:200])
            for one in past
            if one.pair_id in pairs and not one.skipped
        ]

    def reopen(self, annotator: AnnotatorRecord, token: str) -> Task:
        """A pair answered lately, with its answers; raises NotEditable."""
        past = self._editable(annotator, token)
        draft = DraftRecord(answers=past.answers, comment=past.comment or "", flags=past.flags)
        taken = AssignmentRecord(
            token=past.token,
            pair_id=past.pair_id,
            swapped=past.swapped,
            repeat=past.repeat,
            purpose=past.purpose,
            draft=draft,
        )
        return view.task(annotator, taken, self.served, editing=True)

    def revise(self, annotator: AnnotatorRecord, submission: Submission) -> Receipt:
        """Change a pair answered lately; what it was is kept. Raises NotEditable as well."""
        past = self._editable(annotator, submission.token)
        taken, pair = self._taken(annotator, past.token)
        given = self._given(pair, taken, submission)
        done = self._store.revise(annotator.id, submission.token, given, self._now())
        return Receipt(
            submission_id=done.submission_id, purpose=done.purpose, done=done.annotator_submitted
        )

    def _editable(self, annotator: AnnotatorRecord, token: str) -> Past:
        for one in self._store.past(annotator.id, ANSWERED, last=EDITABLE):
            if one.token == token and not one.skipped:
                return one
        raise NotEditable(f"only the last {EDITABLE} pairs can be changed")
