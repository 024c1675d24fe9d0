"""The app without a screen: join, consent, training, next task, draft, submit, edit, leave."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom

from annotation import quality, view
from annotation.assignment import labels_wanted, positions
from annotation.blind import (
    ClosingAsked,
    ConsentAsked,
    Draft,
    Finished,
    Joined,
    Receipt,
    Recent,
    Refused,
    Screen,
    ScreenedOut,
    Skip,
    Submission,
    Task,
    printable,
)
from annotation.schema import Pair, Purpose, TiebreakError
from annotation.served import Served, load_served, stamp_of
from annotation.store import (
    AnnotatorRecord,
    AssignmentRecord,
    DraftRecord,
    Given,
    Identity,
    NotEditable,
    Past,
    Store,
    UnknownInvite,
    Wish,
    WishOver,
)
from annotation.study import Study
from annotation.view import BadAnswers, check_complete, comment_required, feedback, in_pair_order

LEASE = timedelta(minutes=30)
"""How long a pair waits for its annotator after the last sign of life."""

EDITABLE = 5
"""So many of the pairs answered last may be changed."""

WISHES = 5
"""So often a training, gold or repeated pair is looked for that no other tab has just answered.

A pair that was moved from one of the study's files to another can be over for good.
"""

RETURN_KEY_BYTES = 16


class BadPseudonym(TiebreakError):
    """A pseudonym that is empty, too long or holds what cannot be printed."""


class UnknownReturnKey(TiebreakError):
    """A return link that belongs to nobody in this study."""


class NotInvited(TiebreakError):
    """A way of joining that this study does not offer."""


class SomebodyElse(TiebreakError):
    """An account from elsewhere in a browser that labels under another one."""


class NotYourTurn(TiebreakError):
    """A request that does not fit where the annotator stands, such as labels without consent."""


class PairGone(TiebreakError):
    """A pair that was taken out of the study while it was on a screen."""


def utc_now() -> datetime:
    """The clock of a running app."""
    return datetime.now(UTC)


class Workflow:
    """One study, served from one store. Any process can answer any request.

    What a process keeps is the study's files; when they change it reads them again.
    """

    def __init__(
        self,
        served: Served,
        store: Store,
        *,
        now: Callable[[], datetime] = utc_now,
        coin: Random | None = None,
        lease: timedelta = LEASE,
    ) -> None:
        self._served = served
        self._store = store
        self._now = now
        self._coin = coin or SystemRandom()
        self._lease = lease
        self.study_problem: str | None = None
        """Why changed files of the study are not in use, where they cannot be."""
        self.lost_pairs: Sequence[str] = self._register()
        """Ids that the database knows and the study no longer holds, for a word at the start."""

    @property
    def served(self) -> Served:
        """The study as it is now; files that changed are read again, if they can be used."""
        folder = self._served.study.folder
        stamp = stamp_of(folder)
        if stamp != self._served.stamp:
            try:
                self._served = load_served(folder)
                self.study_problem = None
                self.lost_pairs = self._register()
            except TiebreakError as error:
                self.study_problem = str(error)
                self._served = replace(self._served, stamp=stamp)
        return self._served

    @property
    def study(self) -> Study:
        """The plan and the pairs as they are now."""
        return self.served.study

    # -- who it is ------------------------------------------------------------------------------

    def join(self, pseudonym: str, invite: str | None = None) -> Joined:
        """A new annotator; raises BadPseudonym, PseudonymTaken, NotInvited, or of the invite
        UnknownInvite or InviteUsed."""
        mode = self.study.access.mode
        if mode not in {"open", "invite"}:
            raise NotInvited(f"this study is joined through {mode} only")
        if mode == "invite" and not invite:
            raise UnknownInvite("this study is joined with an invitation")
        name, key = _pseudonym(pseudonym)
        return_key = secrets.token_urlsafe(RETURN_KEY_BYTES)
        annotator = self._store.add_annotator(
            self.study.key,
            name,
            key,
            _hash(return_key),
            self._now(),
            invite_hash=_hash(invite) if mode == "invite" and invite else None,
        )
        return Joined(annotator=annotator, return_key=return_key)

    def enter(self, identity: Identity, current: str | None = None) -> Joined:
        """Who comes from elsewhere, under a drawn pseudonym; the same account on every device.

        A return link given out before stops working: the way back is the one they came.
        `current` is the return key that the browser has kept. Raises NotInvited, or SomebodyElse
        where that one belongs to another account.
        """
        if identity.provider != self.study.access.mode:
            raise NotInvited(f"this study is not joined through {identity.provider}")
        return_key = secrets.token_urlsafe(RETURN_KEY_BYTES)
        known = self._store.annotator_by_identity(self.study.key, identity)
        here = self._store.annotator(self.study.key, _hash(current)) if current else None
        if here and current:
            if known is None or known.id != here.id:
                raise SomebodyElse("this browser labels under another account")
            return Joined(annotator=here, return_key=current)
        if known:
            self._store.change_return_key(known.id, _hash(return_key))
            return Joined(annotator=known, return_key=return_key)
        name = f"annotator-{secrets.token_hex(4)}"
        annotator = self._store.add_annotator(
            self.study.key, name, name, _hash(return_key), self._now(), identity=identity
        )
        return Joined(annotator=annotator, return_key=return_key)

    def invite(self, count: int) -> list[str]:
        """New invitation codes; they are kept nowhere else."""
        codes = [secrets.token_urlsafe(RETURN_KEY_BYTES) for _ in range(count)]
        self._store.add_invites(self.study.key, [_hash(code) for code in codes], self._now())
        return codes

    def annotator_of(self, return_key: str) -> AnnotatorRecord:
        """Whose return link this is; raises UnknownReturnKey."""
        found = self._store.annotator(self.study.key, _hash(return_key))
        if found is None:
            raise UnknownReturnKey("this return link belongs to nobody in this study")
        return found

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

    # -- what is on the screen ------------------------------------------------------------------

    def next_task(self, annotator: AnnotatorRecord) -> Screen:
        """What the annotator sees now: the same after any number of reloads."""
        for _ in range(WISHES):
            try:
                return self._screen(self._settled(annotator))
            except WishOver:  # another tab was faster
                annotator = self._store.annotator_again(annotator.id)
        return self._screen(annotator, wishing=False)

    def _screen(self, annotator: AnnotatorRecord, wishing: bool = True) -> Screen:
        served = self.served
        study, access = served.study, served.study.access
        if annotator.consent_refused:
            return Refused(code=access.consent_refused)
        if study.consent and annotator.consent_version != study.consent.version:
            sensitive = study.sensitive.categories if study.sensitive else ()
            return ConsentAsked(
                text=served.consent, version=study.consent.version, sensitive=sensitive
            )
        if annotator.screened_out:
            return ScreenedOut(code=access.screened_out)
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

    def recent(self, annotator: AnnotatorRecord) -> list[Recent]:
        """The pairs answered last, the latest first; these may still be changed."""
        past = self._store.past(annotator.id, _ANSWERED, last=EDITABLE)
        pairs = self.served.pairs
        return [
            Recent(token=one.token, prompt=pairs[one.pair_id].prompt.text[:200])
            for one in past
            if one.pair_id in pairs and not one.skipped
        ]

    def reopen(self, annotator: AnnotatorRecord, token: str) -> Task:
        """A pair answered lately, with its answers; raises NotEditable."""
        past = self._editable(annotator, token)
        draft = DraftRecord(answers=past.answers, comment=past.comment or "", sequence=0)
        taken = AssignmentRecord(
            token=past.token,
            pair_id=past.pair_id,
            swapped=past.swapped,
            repeat=past.repeat,
            purpose=past.purpose,
            draft=draft,
        )
        shown = view.task(annotator, taken, self.served)
        return shown.model_copy(update={"editing": True, "flags": past.flags})

    # -- what comes from the screen -------------------------------------------------------------

    def save_draft(self, annotator: AnnotatorRecord, draft: Draft) -> None:
        """Keep answers on the way, tied to the account, and the pair for its annotator.

        Raises UnknownAssignment, AssignmentClosed, PairGone, BadAnswers or UnknownChoice.
        """
        taken, pair = self._taken(annotator, draft.token)
        answers = in_pair_order(self.study, pair, draft.answers, taken.swapped)
        kept = DraftRecord(answers=answers, comment=draft.comment, sequence=draft.sequence)
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
        return receipt.model_copy(update={"feedback": told, "explanation": known.explanation})

    def revise(self, annotator: AnnotatorRecord, submission: Submission) -> Receipt:
        """Change a pair answered lately; what it was is kept. Raises NotEditable as well."""
        past = self._editable(annotator, submission.token)
        taken, pair = self._taken(annotator, past.token)
        given = self._given(pair, taken, submission)
        done = self._store.revise(annotator.id, submission.token, given, self._now())
        return Receipt(
            submission_id=done.submission_id, purpose=done.purpose, done=done.annotator_submitted
        )

    # -- rules ----------------------------------------------------------------------------------

    def _register(self) -> list[str]:
        study = self._served.study
        return self._store.register(
            study.key,
            study.version,
            labels_wanted(study.pairs, study.labels_per_pair, study.overlap, study.key),
            {pair.id: pair.prompt.category for pair in study.pairs},
            lambda: positions(study.pairs, study.key),
            self._now(),
        )

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
                secrets.token_urlsafe(RETURN_KEY_BYTES),
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
            past = self._store.past(annotator.id, _ANSWERED, with_answers=False)
            return quality.wish(annotator, past, served)
        return None

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

    def _editable(self, annotator: AnnotatorRecord, token: str) -> Past:
        for one in self._store.past(annotator.id, _ANSWERED, last=EDITABLE):
            if one.token == token and not one.skipped:
                return one
        raise NotEditable(f"only the last {EDITABLE} pairs can be changed")

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


_ANSWERED: tuple[Purpose, ...] = ("study", "surplus", "gold", "repeat")


def _hash(key: str) -> str:
    # 128 random bits need no slow hash: there is nothing to guess from.
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def pseudonym_key(pseudonym: str) -> str:
    """The form in which two pseudonyms that look alike are the same; raises BadPseudonym."""
    return _pseudonym(pseudonym)[1]


def _pseudonym(given: str) -> tuple[str, str]:
    """The pseudonym as it is shown, and the form in which two look-alikes are the same."""
    name = " ".join(unicodedata.normalize("NFC", printable(given)).split())
    if not 1 <= len(name) <= 40:
        raise BadPseudonym(f"found a pseudonym of {len(name)} characters, expected 1 to 40")
    if any(unicodedata.category(character).startswith("C") for character in name):
        raise BadPseudonym("found a character that cannot be printed in the pseudonym")
    key = unicodedata.normalize("NFKC", name).casefold()
    if len(key) > 256:  # one sign may stand for many
        raise BadPseudonym("found signs in the pseudonym that stand for whole words")
    return name, key
