"""What a page gets and gives: the blind view of a study, without system names and pair ids.

Answers here are in the screen's order: a is `left`.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from annotation.assignment import Answer
from annotation.schema import Choice, Purpose, Record, ScaleKind, Target, Turn
from annotation.store import AnnotatorRecord

LONGEST_COMMENT = 10_000


def printable(value: str) -> str:
    """Text without what a database refuses: NUL characters and halves of surrogate pairs."""
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


Text = Annotated[str, AfterValidator(printable)]
Flags = Annotated[tuple[Annotated[Text, Field(max_length=200)], ...], Field(max_length=10)]
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


class TrainingStep(Record):
    """Where a training pair stands: pair `number` of `total`, in round `attempt` of `attempts`."""

    number: int
    total: int
    attempt: int
    attempts: int


class Task(Record):
    """What may be shown. It has no system names and no pair id, so a page cannot leak them.

    Gold and repeated pairs look like any other.
    """

    token: str
    prompt: ShownPrompt
    left: ShownText
    right: ShownText
    criteria: tuple[AskedCriterion, ...]
    draft: tuple[Answer, ...]
    draft_comment: str
    draft_flags: tuple[str, ...]
    draft_sequence: int
    done: int
    remaining: int
    seconds_per_pair: float | None = None
    """The annotator's own pace so far, for the estimate of minutes."""
    comment_required: bool = False
    sensitive: bool = False
    training: TrainingStep | None = None
    editing: bool = False
    """Whether this pair is answered already and is being changed."""
    category: str = ""
    """Of a sensitive pair: what to leave out so that no more of its kind come."""


class SplitTask(Record):
    """A unit on which people split, as a researcher adjudicates it: as blind as a Task."""

    token: str
    prompt: ShownPrompt
    left: ShownText
    right: ShownText
    criterion: AskedCriterion
    target: Target
    """In the screen's order."""
    waiting: int
    """So many units wait for a verdict, this one among them."""


class Verdict(Record):
    """A researcher's answer to a SplitTask, in the screen's order."""

    token: Token
    choice: Choice
    comment: Text | None = Field(default=None, max_length=LONGEST_COMMENT)


class ConsentAsked(Record):
    """The text that must be agreed to first."""

    text: str
    version: int
    sensitive: tuple[str, ...]


class Refused(Record):
    """Consent was refused; nothing more is asked."""

    code: str


class ScreenedOut(Record):
    """The training was not passed; nothing more is asked."""

    code: str


class ClosingAsked(Record):
    """All pairs are done, and the closing question is open."""

    done: int


class Finished(Record):
    """No pair can be given now; `waiting` says that others hold some, so that more may come."""

    done: int
    waiting: bool
    code: str = ""


class Paused(Record):
    """The researchers paused the study; nothing is lost, and more may come."""

    done: int


class Closed(Record):
    """The researchers ended the study; `code` is for those who labelled in it."""

    done: int
    code: str = ""


class Excluded(Record):
    """The researchers ended this annotator's part in the study."""

    done: int


Screen: TypeAlias = (
    Task
    | ConsentAsked
    | Refused
    | ScreenedOut
    | ClosingAsked
    | Finished
    | Paused
    | Closed
    | Excluded
)


class Joined(Record):
    """A new annotator and the key of the personal return link, which is kept nowhere else."""

    annotator: AnnotatorRecord
    return_key: str


class Draft(Record):
    """Answers on the way; of two drafts of one task the greater sequence counts."""

    token: Token
    answers: tuple[Answer, ...] = Field(default=(), max_length=200)
    comment: Text = Field(default="", max_length=LONGEST_COMMENT)
    flags: Flags = ()
    sequence: int = Field(ge=0, lt=2**53)


class Submission(Record):
    """All answers of one task; `submission_id` is minted by the sender and makes retries safe."""

    submission_id: Token
    token: Token
    answers: tuple[Answer, ...] = Field(max_length=200)
    comment: Text | None = Field(default=None, max_length=LONGEST_COMMENT)
    flags: Flags = ()
    seconds: float | None = Field(default=None, ge=0, le=86_400)
    """Active time: the page was visible and in use."""


class Skip(Record):
    """A pair that the annotator hands on, with the reason."""

    token: Token
    reason: Text = Field(min_length=1, max_length=500)


class Feedback(Record):
    """How one answer of a training pair compares with the expected one."""

    criterion: str
    target: Target
    given: Choice
    expected: Choice


class Receipt(Record):
    """The acknowledgement of a submission: it is in the database, once."""

    submission_id: str
    purpose: Purpose
    done: int
    feedback: tuple[Feedback, ...] = ()
    explanation: str = ""
    """With {a} and {b} for the responses left and right."""


class Recent(Record):
    """A pair answered lately, which may still be changed."""

    token: str
    prompt: str
