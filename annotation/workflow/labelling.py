"""What comes from the screen: drafts, signs of life, skips and submissions."""

from __future__ import annotations

from annotation.blind import Draft, Receipt, Skip, Submission
from annotation.schema import Pair
from annotation.store import AnnotatorRecord, AssignmentRecord, DraftRecord, Given
from annotation.view import (
    BadAnswers,
    check_complete,
    comment_required,
    feedback,
    in_pair_order,
)
from annotation.workflow.errors import NotYourTurn, PairGone
from annotation.workflow.training import Training


class Labelling(Training):
    """An assignment from its first draft to its labels."""

    def save_draft(self, annotator: AnnotatorRecord, draft: Draft) -> None:
        """Keep answers on the way, tied to the account, and the pair for its annotator.

        Raises UnknownAssignment, AssignmentClosed, PairGone, BadAnswers or UnknownChoice.
        """
        taken, pair = self._taken(annotator, draft.token)
        answers = in_pair_order(self.study, pair, draft.answers, taken.swapped)
        kept = DraftRecord(
            answers=answers, comment=draft.comment, flags=draft.flags, sequence=draft.sequence
        )
        self._store.save_draft(annotator.id, draft.token, kept, self._now() + self._lease)

    def touch(self, annotator: AnnotatorRecord, token: str) -> None:
        """A sign of life from the screen: the pair stays the annotator's."""
        self._store.touch(annotator.id, token, self._now() + self._lease)

    def skip(self, annotator: AnnotatorRecord, skip: Skip) -> None:
        """Hand a pair on to somebody else, with the reason; not one of the training."""
        taken, _ = self._taken(annotator, skip.token)
        if taken.purpose == "training":
            raise NotYourTurn("a pair of the training cannot be skipped")
        self._store.skip(annotator.id, skip.token, skip.reason, self._now())

    def submit(self, annotator: AnnotatorRecord, submission: Submission) -> Receipt:
        """Save the labels of a task once, however often this is sent.

        Raises UnknownAssignment, AssignmentClosed, PairGone, BadAnswers or UnknownChoice.
        """
        taken, pair = self._taken(annotator, submission.token)
        given = self._given(pair, taken, submission)
        done = self._store.submit(annotator.id, submission.token, given, self._now())
        receipt = Receipt(
            submission_id=done.submission_id, purpose=done.purpose, done=done.annotator_submitted
        )
        if taken.purpose != "training":
            return receipt
        self._end_training_round(annotator, taken.repeat)
        known = next(one for one in self.served.training if one.pair.id == taken.pair_id)
        told = feedback(self.study, known, given.answers, taken.swapped)
        explained = known.explained(taken.swapped)
        return receipt.model_copy(update={"feedback": told, "explanation": explained})

    def _taken(self, annotator: AnnotatorRecord, token: str) -> tuple[AssignmentRecord, Pair]:
        taken = self._store.assignment(annotator.id, token)
        pair = self.served.pairs.get(taken.pair_id)
        if pair is None:
            raise PairGone("this pair was taken out of the study")
        return taken, pair

    def _given(self, pair: Pair, taken: AssignmentRecord, submission: Submission) -> Given:
        """The checked and complete answers of a submission, in the pair's order."""
        study = self.study
        answers = in_pair_order(study, pair, submission.answers, taken.swapped)
        check_complete(study, pair, answers)
        comment = (submission.comment or "").strip() or None
        if comment is None and comment_required(study, taken):
            raise BadAnswers("a reason is asked for this pair, in the comment")
        return Given(
            submission_id=submission.submission_id,
            answers=answers,
            comment=comment,
            flags=submission.flags,
            seconds=submission.seconds,
            study_version=study.version,
        )
