"""Rounds of the training: which pairs of one are answered, and what ends it."""

from __future__ import annotations

from annotation import quality
from annotation.store import AnnotatorRecord, Past
from annotation.workflow.serving import Serving


class Training(Serving):
    """Where an annotator stands in the training."""

    def _settled(self, annotator: AnnotatorRecord) -> AnnotatorRecord:
        """The annotator after a round of the training that is answered and not yet judged.

        So it is where the process died in between, or another tab asks at that moment.
        """
        if not self.study.training or annotator.training_passed or annotator.screened_out:
            return annotator
        self._end_training_round(annotator, annotator.training_round)
        return self._store.annotator_again(annotator.id)

    def _training_round(self, annotator: AnnotatorRecord, number: int) -> list[Past]:
        past = self._store.past(annotator.id, ("training",))
        return [one for one in past if one.repeat == number]

    def _end_training_round(self, annotator: AnnotatorRecord, number: int) -> None:
        """When the last pair of a round is answered: passed, once more, or screened out."""
        served = self.served
        passed = quality.round_passed(self._training_round(annotator, number), served)
        if passed is not None and served.study.training:
            last = number + 1 >= served.study.training.attempts
            self._store.record_training(annotator.id, number, passed, last)
