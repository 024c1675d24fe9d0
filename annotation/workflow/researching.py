"""What researchers decide while a study runs: pause, lock, whose labels count, splits."""

from __future__ import annotations

import hashlib
import hmac
from random import SystemRandom

from annotation.assignment import Answer, unblind
from annotation.blind import SplitTask, Verdict
from annotation.schema import Criterion, Pair
from annotation.store import AnnotatorRecord, Split, UnknownAnnotator
from annotation.view import asked_criterion, shown_prompt, shown_response
from annotation.workflow.errors import AlreadySettled, NotConfirmed
from annotation.workflow.workflow import Workflow


class Research:
    """One study as its researchers run it."""

    def __init__(self, workflow: Workflow, secret: str) -> None:
        self.workflow = workflow
        self.veil = hmac.digest(secret.encode(), b"ids of pairs before the lock", "sha256")
        """The key of the ids that pairs have in exports before the lock."""
        self._store = workflow.store

    @property
    def key(self) -> str:
        """The study's key."""
        return self.workflow.study.key

    @property
    def is_locked(self) -> bool:
        """Whether no more labels come, so that the systems' names may be known."""
        return self._store.standing(self.key).locked_at is not None

    def pause(self) -> None:
        """Give out no pairs for now."""
        self._store.pause(self.key, self.workflow.now)

    def resume(self) -> None:
        """Give out pairs again; whoever had one when the study was paused still has it."""
        self._store.resume(self.key, self.workflow.lease_end)

    def lock(self, confirmed: str) -> None:
        """End the study for good, and its blindness; raises NotConfirmed."""
        if confirmed != self.key:
            raise NotConfirmed(f"to lock the study for good, write its key: {self.key}")
        self._store.lock(self.key, self.workflow.now)

    def annotator(self, annotator_id: int) -> AnnotatorRecord:
        """An annotator of this study; raises UnknownAnnotator."""
        found = self._store.annotator_again(annotator_id)
        if found.study != self.key:
            raise UnknownAnnotator("this annotator is not in this study")
        return found

    def exclude(self, annotator_id: int, reason: str) -> None:
        """Leave an annotator's labels out."""
        found = self.annotator(annotator_id)
        self._store.exclude(found.id, reason, self.workflow.now)

    def readmit(self, annotator_id: int) -> None:
        """Let an annotator's labels count again where there is room."""
        self._store.readmit(self.annotator(annotator_id).id)

    def withdraw(self, annotator_id: int, confirmed: str) -> int:
        """Delete an annotator and all of theirs; the number of labels. Raises NotConfirmed."""
        found = self.annotator(annotator_id)
        if confirmed != found.pseudonym:
            raise NotConfirmed("to delete an annotator for good, write their pseudonym")
        return self.workflow.withdraw(found)

    def blind_names(self) -> dict[str, str]:
        """S1, S2, ... for each system, as all exports call it before the study is locked."""
        return self._store.blind_names(self.key, self.workflow.served.systems, SystemRandom())

    def names(self) -> dict[str, str]:
        """What each system is called at present."""
        blind = self.blind_names()
        return {name: name for name in blind} if self.is_locked else blind

    def split(self, after: str = "") -> SplitTask | None:
        """The next unit to adjudicate, behind that of the token `after`; None where there is none.

        Its sides are drawn by its token, the same at every look.
        """
        pairs = self.workflow.served.pairs
        passed = self._store.split(self.key, after) if after else None
        start = passed.pair_id if passed else ""
        split = self._store.next_split(self.key, pairs.keys(), start)
        if split is None:
            return None
        criterion, pair, swapped = self._at(split)
        responses = pair.response_a, pair.response_b
        left, right = reversed(responses) if swapped else responses
        of_target = Answer(criterion=criterion.key, target=split.target, choice="")
        return SplitTask(
            token=split.token,
            prompt=shown_prompt(pair),
            left=shown_response(left),
            right=shown_response(right),
            criterion=asked_criterion(criterion),
            target=unblind(of_target, criterion, swapped).target,
            waiting=self._store.splits(self.key),
        )

    def adjudicate(self, verdict: Verdict) -> None:
        """Settle a split; raises AlreadySettled or UnknownChoice."""
        split = self._store.split(self.key, verdict.token)
        if split is None:
            raise AlreadySettled("this one is settled, or people no longer split on it")
        criterion, _, swapped = self._at(split)
        choice = criterion.scale.unblind(criterion.scale.choice(verdict.choice), swapped)
        comment = (verdict.comment or "").strip() or None
        study = self.workflow.study
        self._store.adjudicate(
            study.key, split, choice, swapped, comment, study.version, self.workflow.now
        )

    def _at(self, split: Split) -> tuple[Criterion, Pair, bool]:
        pair = self.workflow.served.pairs.get(split.pair_id)
        criterion = self.workflow.study.criterion(split.criterion)
        if pair is None or criterion is None:
            raise AlreadySettled("the study no longer holds this pair or asks this criterion")
        return criterion, pair, hashlib.sha256(split.token.encode()).digest()[0] % 2 == 1
