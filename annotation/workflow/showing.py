"""What is on the screen: the one place that says what an annotator sees now."""

from __future__ import annotations

import secrets

from annotation import quality, view
from annotation.blind import (
    Closed,
    ClosingAsked,
    ConsentAsked,
    Excluded,
    Finished,
    Paused,
    Refused,
    Screen,
    ScreenedOut,
)
from annotation.served import Served
from annotation.store import AnnotatorRecord, AssignmentRecord, Stopped, Wish, WishOver
from annotation.workflow.serving import ANSWERED
from annotation.workflow.training import Training

WISHES = 5
"""So often a training, gold or repeated pair is looked for that no other tab has just answered.

A pair that was moved from one of the study's files to another can be over for good.
"""

TOKEN_BYTES = 16


class Showing(Training):
    """The next task, or what stands in its place."""

    def next_task(self, annotator: AnnotatorRecord) -> Screen:
        """What the annotator sees now: the same after any number of reloads."""
        for _ in range(WISHES):
            try:
                return self._screen(self._settled(annotator))
            except (WishOver, Stopped):  # another tab was faster, or a decision of the researchers
                annotator = self._store.annotator_again(annotator.id)
        return self._screen(annotator, wishing=False)

    def _screen(self, annotator: AnnotatorRecord, wishing: bool = True) -> Screen:
        served = self.served
        study, access = served.study, served.study.access
        standing, done = self._store.standing(study.key), annotator.submitted
        if annotator.excluded:
            return Excluded(done=done)
        if standing.locked_at:
            return Closed(done=done, code=access.completed if done else "")
        if annotator.consent_refused:
            return Refused(code=access.consent_refused)
        if study.consent and annotator.consent_version != study.consent.version:
            sensitive = study.sensitive.categories if study.sensitive else ()
            return ConsentAsked(
                text=served.consent, version=study.consent.version, sensitive=sensitive
            )
        if annotator.screened_out:
            return ScreenedOut(code=access.screened_out)
        if standing.paused_at:
            return Paused(done=done)
        taken = self._take(annotator, served, wishing)
        if taken is not None:
            return view.task(annotator, taken, served)
        waiting = not self._capped(annotator) and self._store.waiting(annotator.id)
        if not waiting:
            if study.closing.ask_systems and not annotator.closed:
                return ClosingAsked(done=annotator.submitted)
            self._store.complete(annotator.id, self._now())
        code = "" if waiting else access.completed
        return Finished(done=annotator.submitted, waiting=waiting, code=code)

    def _capped(self, annotator: AnnotatorRecord) -> bool:
        cap = self.study.pairs_per_annotator
        return cap is not None and annotator.submitted >= cap

    def _take(
        self, annotator: AnnotatorRecord, served: Served, wishing: bool
    ) -> AssignmentRecord | None:
        """The assignment to show; one whose pair the study lost is put away."""
        while True:
            taken = self._store.take(
                annotator.id,
                secrets.token_urlsafe(TOKEN_BYTES),
                self._now(),
                self._lease,
                self._coin,
                wish=self._wish(annotator, served) if wishing else None,
                cap=served.study.pairs_per_annotator,
            )
            if taken is None or taken.pair_id in served.pairs:
                return taken
            self._store.skip(annotator.id, taken.token, "taken out of the study", self._now())

    def _wish(self, annotator: AnnotatorRecord, served: Served) -> Wish | None:
        """A training, gold or repeated pair where it is the turn of one."""
        study = served.study
        if study.training and not annotator.training_passed:
            this_round = self._training_round(annotator, annotator.training_round)
            wish = quality.training_wish(annotator, this_round, served)
            if wish is None:
                raise WishOver("the round was finished in the meantime")
            return wish
        if study.gold or study.repeats:
            past = self._store.past(annotator.id, ANSWERED, with_answers=False)
            return quality.wish(annotator, past, served)
        return None
