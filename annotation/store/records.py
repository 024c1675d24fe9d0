"""What the store gives and takes instead of rows, and the errors it raises."""

from __future__ import annotations

from datetime import datetime

from annotation.assignment import Answer
from annotation.schema import Purpose, Record, TiebreakError


class PseudonymTaken(TiebreakError):
    """The pseudonym belongs to somebody who has joined already."""


class UnknownAssignment(TiebreakError):
    """A token that was never given out, or not to this annotator."""


class AssignmentClosed(TiebreakError):
    """An assignment that was answered already, by another submission."""


class DatabaseUnusable(TiebreakError):
    """A database that cannot be opened or brought up to date."""


class AnnotatorRecord(Record):
    """One who labels: a pseudonym and nothing else about the person."""

    id: int
    study: str
    pseudonym: str
    submitted: int
    """Pairs that the annotator has answered."""


class DraftRecord(Record):
    """Answers on the way, in the pair's order; a greater sequence replaces a lesser one."""

    answers: tuple[Answer, ...] = ()
    comment: str = ""
    sequence: int = 0


class AssignmentRecord(Record):
    """This pair, shown to this annotator, in this order."""

    token: str
    pair_id: str
    swapped: bool
    repeat: int
    purpose: Purpose
    draft: DraftRecord


class Submitted(Record):
    """The acknowledgement of a submission; a retry gets the same one."""

    submission_id: str
    purpose: Purpose
    """study, or surplus where the pair had its labels by the time."""
    received_at: datetime
    annotator_submitted: int
    """Pairs that the annotator has answered by now."""
