"""What the store gives and takes instead of rows, and the errors it raises."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import Field

from annotation.assignment import Answer
from annotation.schema import Purpose, Record, Target, TiebreakError

Status: TypeAlias = Literal["working", "completed", "screened_out", "consent_refused", "excluded"]

Provider: TypeAlias = Literal["prolific", "huggingface"]


class PseudonymTaken(TiebreakError):
    """The pseudonym belongs to somebody who has joined already."""


class UnknownInvite(TiebreakError):
    """An invitation that was never made, or not for this study."""


class InviteUsed(TiebreakError):
    """An invitation that somebody has used already."""


class UnknownAssignment(TiebreakError):
    """A token that was never given out, or not to this annotator."""


class UnknownAnnotator(TiebreakError):
    """An annotator who withdrew while another request of theirs was on its way."""


class AssignmentClosed(TiebreakError):
    """An assignment that was answered or skipped already."""


class NotEditable(TiebreakError):
    """A pair that is not among those that may still be changed."""


class WishOver(TiebreakError):
    """A wish for an assignment that another request of the annotator has closed by now."""


class DatabaseUnusable(TiebreakError):
    """A database that cannot be opened or brought up to date."""


class Stopped(TiebreakError):
    """No pair and no label for now, or no more of them: by a decision of the researchers."""


class StudyPaused(Stopped):
    """A study that gives out no pairs for the time being."""


class StudyLocked(Stopped):
    """A study that takes no more labels."""


class AnnotatorExcluded(Stopped):
    """An annotator whose labels the researchers left out."""


class Standing(Record):
    """Whether a study gives out pairs and takes labels, and since when not."""

    paused_at: datetime | None = None
    locked_at: datetime | None = None


class DatabaseAway(TiebreakError):
    """A database that cannot be asked just now: gone, locked, full or read-only."""


class Replaced(DatabaseAway):
    """A change in a process that another one has taken over from: that one will take it."""


class AnnotatorRecord(Record):
    """One who labels: a pseudonym, how far they are, and nothing else about the person."""

    id: int
    study: str
    pseudonym: str
    submitted: int = 0
    """Pairs that the annotator has answered, those of the training apart."""
    seconds: float = 0.0
    """Active time on them."""
    consent_version: int | None = None
    consent_refused: bool = False
    training_round: int = 0
    training_passed: bool = False
    screened_out: bool = False
    left_out: tuple[str, ...] = ()
    """Categories that the annotator does not wish to see."""
    closed: bool = False
    """Whether the closing question is answered."""
    completed: bool = False
    excluded: bool = False
    """Whether the researchers left the annotator's labels out."""

    @property
    def status(self) -> Status:
        """Where the annotator stands, as a payment needs it."""
        if self.excluded:
            return "excluded"
        if self.consent_refused:
            return "consent_refused"
        if self.screened_out:
            return "screened_out"
        return "completed" if self.completed else "working"


class Identity(Record):
    """Who an annotator is elsewhere, for instance a participant of Prolific."""

    provider: Provider
    external_id: str = Field(min_length=1, max_length=200)
    details: dict[str, str] = Field(default_factory=dict)


class Payee(Record):
    """One line of the payments: an identity and what was done."""

    identity: Identity
    annotator: AnnotatorRecord
    labels: int


class DraftRecord(Record):
    """Answers on the way, in the pair's order; a greater sequence replaces a lesser one."""

    answers: tuple[Answer, ...] = ()
    comment: str = ""
    flags: tuple[str, ...] = ()
    sequence: int = 0


class AssignmentRecord(Record):
    """This pair, shown to this annotator, in this order."""

    token: str
    pair_id: str
    swapped: bool
    repeat: int
    purpose: Purpose
    draft: DraftRecord


class Wish(Record):
    """An assignment that the workflow wants instead of the next free pair."""

    pair_id: str
    purpose: Literal["training", "gold", "repeat"]
    swapped: bool
    repeat: int = 0


class Past(Record):
    """An assignment that an annotator has had, and the answers where there are any."""

    token: str
    pair_id: str
    purpose: Purpose
    swapped: bool
    repeat: int
    skipped: bool
    answered_at: datetime | None
    answers: tuple[Answer, ...] = ()
    comment: str | None = None
    flags: tuple[str, ...] = ()


class Given(Record):
    """What an annotator gave for a pair, in the pair's order."""

    submission_id: str
    answers: tuple[Answer, ...]
    comment: str | None = None
    flags: tuple[str, ...] = ()
    seconds: float | None = None
    study_version: int


class Submitted(Record):
    """The acknowledgement of a submission; a retry gets the same one."""

    submission_id: str
    purpose: Purpose
    """study, or surplus where the pair had its labels by the time; training, gold, repeat."""
    received_at: datetime
    annotator_submitted: int
    """Pairs that the annotator has answered by now."""


class Category(Record):
    """Labels of the pairs whose prompts have this task and category."""

    task: str | None
    category: str | None
    pairs: int
    wanted: int
    counted: int
    leased: int


class Sums(Record):
    """Sums over prompts of what an annotator's counted labels say (figures.py).

    `met`: labels of units on which the others have a majority, `same`: those that agree with it.
    `sided`: labels that prefer a response, `first`: those that prefer the one shown first. Products
    such as `same_met` are of the sums within a prompt, for standard errors clustered by prompt.
    """

    labels: int = 0
    ties: int = 0
    met_prompts: int = 0
    met: int = 0
    same: int = 0
    met_met: int = 0
    same_met: int = 0
    same_same: int = 0
    sided_prompts: int = 0
    sided: int = 0
    first: int = 0
    sided_sided: int = 0
    first_sided: int = 0
    first_first: int = 0


class AnnotatorFigures(Record):
    """One line of the researchers' table of annotators."""

    id: int
    pseudonym: str
    joined_at: datetime
    pairs: int
    seconds: float
    excluded: str | None
    """The reason, where the annotator is excluded."""
    status: Status
    guess: str
    """The answer to the closing question."""
    sums: dict[str, Sums]
    """By criterion; the empty one is all together."""


class Consistency(Record):
    """Labels that could be held against a known or an earlier answer, and those that agreed."""

    labels: int
    right: int


class Remark(Record):
    """What an annotator wrote or flagged about a pair."""

    number: int
    pair_id: str
    purpose: str
    annotator: str
    comment: str
    flags: tuple[str, ...]
    created_at: datetime


class Split(Record):
    """A unit on which people have no majority; the page knows it by its token."""

    token: str
    pair_id: str
    criterion: str
    target: Target


WorkState: TypeAlias = Literal["running", "done", "failed", "lost"]
"""`lost`: its process ended in the middle of it."""


class WorkRecord(Record):
    """How a long work stands."""

    name: str
    state: WorkState
    done: int
    """So many of `total` steps; 0 of 0 where nobody knows."""
    total: int
    said: str
    """What came of it, or went wrong."""
    begun_at: datetime
    seen_at: datetime
    """The last sign of life; when it ended, if it did."""


class Place(Record):
    """How far a mirror goes: its last file, and the database that it holds."""

    sequence: int
    """The number of the last file; 0 before the first."""
    digest: str
    """The sha256 of that file."""
    revision: str
    """The migration that the tables are at."""
    at: datetime | None
    """The moment of which the mirror holds everything."""


class Waiting(Record):
    """What a mirror does not hold yet."""

    changes: int
    labels: int
    anew: bool
    """Whether the mirror needs an image of everything next."""
