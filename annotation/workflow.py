"""The app without a screen: join, next task, draft, submit; what a page may do and show."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom
from typing import Annotated

from pydantic import AfterValidator, Field

from annotation.assignment import Answer, positions, unblind
from annotation.schema import (
    Choice,
    Criterion,
    Pair,
    PairResponse,
    Purpose,
    Record,
    ScaleKind,
    Target,
    TiebreakError,
    Turn,
    UnknownChoice,
)
from annotation.store import AnnotatorRecord, AssignmentRecord, DraftRecord, Store
from annotation.study import Study

LEASE = timedelta(minutes=30)
"""How long a pair waits for its annotator after the last sign of life."""

RETURN_KEY_BYTES = 16
LONGEST_COMMENT = 10_000


class NothingToLabel(TiebreakError):
    """A study without pairs, which cannot be served."""


class BadPseudonym(TiebreakError):
    """A pseudonym that is empty, too long or holds what cannot be printed."""


class UnknownReturnKey(TiebreakError):
    """A return link that belongs to nobody in this study."""


class PairGone(TiebreakError):
    """A pair that was taken out of the study while it was on a screen."""


class BadAnswers(TiebreakError):
    """Answers that are missing, doubled or for a criterion that the pair is not asked."""


def _printable(value: str) -> str:
    """Text without what a database refuses: NUL characters and halves of surrogate pairs."""
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


Text = Annotated[str, AfterValidator(_printable)]
Token = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class AskedCriterion(Record):
    """One question as a page shows it."""

    key: str
    question: str
    description: str
    kind: ScaleKind
    choices: tuple[Choice, ...]
    targets: tuple[Target, ...]


class ShownText(Record):
    """One response without its system."""

    text: str
    turns: tuple[Turn, ...]


class ShownPrompt(ShownText):
    """What was asked."""

    input: str


class Task(Record):
    """What may be shown. It has no system names and no pair id, so a page cannot leak them.

    Answers, here and in Draft and Submission, are in the screen's order: a is `left`.
    """

    token: str
    prompt: ShownPrompt
    left: ShownText
    right: ShownText
    criteria: tuple[AskedCriterion, ...]
    draft: tuple[Answer, ...]
    draft_comment: str
    draft_sequence: int
    done: int
    remaining: int


class Finished(Record):
    """No pair can be given now; `waiting` says that others hold some, so that more may come."""

    done: int
    waiting: bool


class Joined(Record):
    """A new annotator and the key of the personal return link, which is kept nowhere else."""

    annotator: AnnotatorRecord
    return_key: str


class Draft(Record):
    """Answers on the way; of two drafts of one task the greater sequence counts."""

    token: Token
    answers: tuple[Answer, ...] = Field(default=(), max_length=200)
    comment: Text = Field(default="", max_length=LONGEST_COMMENT)
    sequence: int = Field(ge=0, lt=2**53)


class Submission(Record):
    """All answers of one task; `submission_id` is minted by the sender and makes retries safe."""

    submission_id: Token
    token: Token
    answers: tuple[Answer, ...] = Field(max_length=200)
    comment: Text | None = Field(default=None, max_length=LONGEST_COMMENT)
    flags: tuple[Text, ...] = Field(default=(), max_length=10)
    seconds: float | None = Field(default=None, ge=0, le=86_400)


class Receipt(Record):
    """The acknowledgement of a submission: it is in the database, once."""

    submission_id: str
    purpose: Purpose
    done: int


def utc_now() -> datetime:
    """The clock of a running app."""
    return datetime.now(UTC)


class Workflow:
    """One study, served from one store. Keeps no state: any process can answer any request."""

    def __init__(
        self,
        study: Study,
        store: Store,
        *,
        now: Callable[[], datetime] = utc_now,
        coin: Random | None = None,
    ) -> None:
        if not study.pairs:
            raise NothingToLabel(f"{study.folder}: there are no pairs, expected a pairs.jsonl")
        self.study = study
        self._store = store
        self._now = now
        self._coin = coin or SystemRandom()
        self._pairs = {pair.id: pair for pair in study.pairs}
        self.lost_pairs: Sequence[str] = store.register(
            study.key,
            study.version,
            study.labels_per_pair,
            self._pairs.keys(),
            lambda: positions(study.pairs, study.key),
            now(),
        )
        """Ids that the database knows and the study no longer holds, for a word at the start."""

    def join(self, pseudonym: str) -> Joined:
        """A new annotator; raises BadPseudonym or PseudonymTaken."""
        name, key = _pseudonym(pseudonym)
        return_key = secrets.token_urlsafe(RETURN_KEY_BYTES)
        hashed = _hash(return_key)
        annotator = self._store.add_annotator(self.study.key, name, key, hashed, self._now())
        return Joined(annotator=annotator, return_key=return_key)

    def annotator_of(self, return_key: str) -> AnnotatorRecord:
        """Whose return link this is; raises UnknownReturnKey."""
        found = self._store.annotator(self.study.key, _hash(return_key))
        if found is None:
            raise UnknownReturnKey("this return link belongs to nobody in this study")
        return found

    def next_task(self, annotator: AnnotatorRecord) -> Task | Finished:
        """The annotator's open task, the same after any number of reloads, or else a new one."""
        token = secrets.token_urlsafe(RETURN_KEY_BYTES)
        taken = self._store.take(annotator.id, token, self._now(), LEASE, self._coin)
        if taken is None:
            waiting = self._store.waiting(annotator.id)
            return Finished(done=annotator.submitted, waiting=waiting)
        return self._task(annotator, taken)

    def save_draft(self, annotator: AnnotatorRecord, draft: Draft) -> None:
        """Keep answers on the way, tied to the account, and the pair for its annotator.

        Raises UnknownAssignment, AssignmentClosed, PairGone, BadAnswers or UnknownChoice.
        """
        taken, pair = self._taken(annotator, draft.token)
        answers = self._in_pair_order(pair, draft.answers, taken.swapped)
        kept = DraftRecord(answers=answers, comment=draft.comment, sequence=draft.sequence)
        self._store.save_draft(annotator.id, draft.token, kept, self._now() + LEASE)

    def submit(self, annotator: AnnotatorRecord, submission: Submission) -> Receipt:
        """Save the labels of a task once, however often this is sent.

        Raises UnknownAssignment, AssignmentClosed, PairGone, BadAnswers or UnknownChoice.
        """
        taken, pair = self._taken(annotator, submission.token)
        answers = self._in_pair_order(pair, submission.answers, taken.swapped)
        wanted = {(c.key, t) for c in self.study.asked(pair.prompt) for t in c.scale.targets}
        missing = sorted(wanted - {(answer.criterion, answer.target) for answer in answers})
        if missing:
            names = ", ".join(dict.fromkeys(key for key, _ in missing))
            raise BadAnswers(f"no answer yet for {names}")
        shared = {
            "seconds": submission.seconds,
            "comment": submission.comment or None,
            "flags": list(submission.flags),
            "study_version": self.study.version,
        }
        done = self._store.submit(
            annotator.id, submission.token, submission.submission_id, answers, shared, self._now()
        )
        return Receipt(
            submission_id=done.submission_id, purpose=done.purpose, done=done.annotator_submitted
        )

    def _taken(self, annotator: AnnotatorRecord, token: str) -> tuple[AssignmentRecord, Pair]:
        taken = self._store.assignment(annotator.id, token)
        pair = self._pairs.get(taken.pair_id)
        if pair is None:
            raise PairGone("this pair was taken out of the study")
        return taken, pair

    def _in_pair_order(
        self, pair: Pair, answers: Sequence[Answer], swapped: bool
    ) -> tuple[Answer, ...]:
        """Checked answers in the pair's order from answers in the screen's."""
        asked = {criterion.key: criterion for criterion in self.study.asked(pair.prompt)}
        made: dict[tuple[str, Target], Answer] = {}
        for answer in answers:
            criterion = asked.get(answer.criterion)
            if criterion is None or answer.target not in criterion.scale.targets:
                raise BadAnswers(f"this pair is not asked {answer.criterion!r} of {answer.target}")
            if answer.choice not in criterion.scale.values:
                expected = ", ".join(criterion.scale.choices)
                raise UnknownChoice(
                    f"{criterion.key}: found choice {answer.choice!r}, expected one of {expected}"
                )
            if (answer.criterion, answer.target) in made:
                raise BadAnswers(f"{answer.criterion} of {answer.target} is answered twice")
            made[answer.criterion, answer.target] = unblind(answer, criterion, swapped)
        return tuple(made.values())

    def _task(self, annotator: AnnotatorRecord, taken: AssignmentRecord) -> Task:
        pair = self._pairs.get(taken.pair_id)
        if pair is None:
            raise PairGone("the study was changed; the app must be started again")
        responses = pair.response_a, pair.response_b
        left, right = reversed(responses) if taken.swapped else responses
        asked = self.study.asked(pair.prompt)
        drafted = [
            (answer, criterion)
            for answer in taken.draft.answers
            if (criterion := self.study.criterion(answer.criterion)) in asked and criterion
        ]
        return Task(
            token=taken.token,
            prompt=ShownPrompt(
                text=pair.prompt.text, input=pair.prompt.input, turns=pair.prompt.turns
            ),
            left=_shown(left),
            right=_shown(right),
            criteria=tuple(_asked(criterion) for criterion in asked),
            draft=tuple(unblind(answer, one, taken.swapped) for answer, one in drafted),
            draft_comment=taken.draft.comment,
            draft_sequence=taken.draft.sequence,
            done=annotator.submitted,
            remaining=len(self._pairs) - annotator.submitted,
        )


def _shown(response: PairResponse) -> ShownText:
    return ShownText(text=response.text, turns=response.turns)


def _asked(criterion: Criterion) -> AskedCriterion:
    return AskedCriterion(
        key=criterion.key,
        question=criterion.question,
        description=criterion.description,
        kind=criterion.scale.kind,
        choices=criterion.scale.choices,
        targets=criterion.scale.targets,
    )


def _hash(return_key: str) -> str:
    # 128 random bits need no slow hash: there is nothing to guess from.
    return hashlib.sha256(return_key.encode("utf-8", "replace")).hexdigest()


def _pseudonym(given: str) -> tuple[str, str]:
    """The pseudonym as it is shown, and the form in which two look-alikes are the same."""
    name = " ".join(unicodedata.normalize("NFC", _printable(given)).split())
    if not 1 <= len(name) <= 40:
        raise BadPseudonym(f"found a pseudonym of {len(name)} characters, expected 1 to 40")
    if any(unicodedata.category(character).startswith("C") for character in name):
        raise BadPseudonym("found a character that cannot be printed in the pseudonym")
    return name, unicodedata.normalize("NFKC", name).casefold()
