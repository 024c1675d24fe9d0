"""What the page's script may ask for: each act changes or reads the workflow for one annotator.

An act gets who asks and the data, and answers with what the script needs; data that no page of
ours sends is a ValidationError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple, TypeAlias

from pydantic import Field

from annotation.blind import (
    Closed,
    ClosingAsked,
    ConsentAsked,
    Draft,
    Excluded,
    Finished,
    Paused,
    Receipt,
    Refused,
    ScreenedOut,
    Skip,
    Submission,
    Task,
    Text,
    Token,
)
from annotation.pages.rendering import to_html
from annotation.pages.shown import shown, shown_feedback
from annotation.pages.text import Language
from annotation.schema import Record
from annotation.store import AnnotatorRecord, NotEditable
from annotation.workflow import Workflow

Reply: TypeAlias = dict[str, Any]
Categories = Annotated[tuple[Annotated[Text, Field(max_length=200)], ...], Field(max_length=200)]


class Asking(NamedTuple):
    """Who asks, of what."""

    workflow: Workflow
    annotator: AnnotatorRecord
    return_key: str
    language: Language

    def formatted(self, source: str) -> str:
        """A text of the study as safe HTML."""
        return to_html(source, self.language.other("image"))

    def later(self) -> Asking:
        """The same annotator as the database knows them now."""
        return self._replace(annotator=self.workflow.annotator_of(self.return_key))


Act: TypeAlias = Callable[[Asking, Reply], Reply]


class Nothing(Record):
    """A request without data."""


class Consenting(Record):
    """The answer to the consent text, and the sensitive categories to leave out."""

    version: int = Field(ge=1, lt=2**31)
    agreed: bool
    left_out: Categories = ()


class LeavingOut(Record):
    """All categories that are to be left out from now on."""

    categories: Categories


class Closing(Record):
    """The answer to the closing question."""

    systems: Text = Field(max_length=2000)


class OneTask(Record):
    """The token of a task."""

    token: Token


class Reopening(Record):
    """The token of a pair answered lately; empty for the last one."""

    token: Token | None = None


def next_screen(asking: Asking) -> Reply:
    """What the annotator sees next, under the name of its kind."""
    screen = asking.workflow.next_task(asking.annotator)
    if isinstance(screen, Task):
        return {"task": shown(screen, asking.language).model_dump(mode="json")}
    if isinstance(screen, ConsentAsked):
        return {
            "consent": {**screen.model_dump(mode="json"), "text": asking.formatted(screen.text)}
        }
    return {_ENDS[type(screen)]: screen.model_dump(mode="json")}


_ENDS: dict[type[Record], str] = {
    Refused: "refused",
    ScreenedOut: "screened_out",
    ClosingAsked: "closing",
    Finished: "finished",
    Paused: "paused",
    Closed: "closed",
    Excluded: "excluded",
}


def _start(asking: Asking, data: Reply) -> Reply:
    """Who the browser belongs to, and what it shows first."""
    Nothing.model_validate(data)
    workflow, annotator, return_key, _ = asking
    study = workflow.study
    return {
        "pseudonym": annotator.pseudonym,
        "return_key": return_key,
        "guidelines": asking.formatted(study.guidelines),
        "breaks_after": study.breaks.after if study.breaks else None,
        "sensitive": list(study.sensitive.categories if study.sensitive else ()),
        "left_out": list(annotator.left_out),
        "next": next_screen(asking),
    }


def _consent(asking: Asking, data: Reply) -> Reply:
    """Agree to the consent text that was shown, or not."""
    workflow, annotator, *_ = asking
    answer = Consenting.model_validate(data)
    if answer.agreed and workflow.study.sensitive:
        workflow.leave_out(annotator, answer.left_out)
    workflow.consent(annotator, answer.version, answer.agreed)
    later = asking.later()
    return {"left_out": list(later.annotator.left_out), "next": next_screen(later)}


def _leave_out(asking: Asking, data: Reply) -> Reply:
    """See no more pairs of these categories, that on the screen included."""
    asking.workflow.leave_out(asking.annotator, LeavingOut.model_validate(data).categories)
    later = asking.later()
    return {"left_out": list(later.annotator.left_out), "next": next_screen(later)}


def _save_draft(asking: Asking, data: Reply) -> Reply:
    """Keep the answers so far."""
    asking.workflow.save_draft(asking.annotator, Draft.model_validate(data))
    return {}


def _submit(asking: Asking, data: Reply) -> Reply:
    """Take the answers of a pair, and show the next one."""
    receipt = asking.workflow.submit(asking.annotator, Submission.model_validate(data))
    later = asking.later()
    reply = {**_acknowledged(receipt), "next": next_screen(later)}
    if receipt.feedback or receipt.explanation:
        rows = shown_feedback(asking.workflow.study, receipt.feedback, asking.language)
        reply["feedback"] = [row.model_dump(mode="json") for row in rows]
        explanation = asking.language.with_sides(receipt.explanation)
        reply["explanation"] = asking.formatted(explanation)
    if later.annotator.training_passed != asking.annotator.training_passed:
        reply["training"] = "passed"
    elif later.annotator.training_round != asking.annotator.training_round:
        reply["training"] = "failed"
    return reply


def _revise(asking: Asking, data: Reply) -> Reply:
    """Take changed answers of a pair answered lately, and go back to where one was."""
    receipt = asking.workflow.revise(asking.annotator, Submission.model_validate(data))
    return {**_acknowledged(receipt), "next": next_screen(asking.later())}


def _acknowledged(receipt: Receipt) -> Reply:
    """The purpose stays here: gold and repeated pairs must look like any other."""
    return {"submission_id": receipt.submission_id, "surplus": receipt.purpose == "surplus"}


def _recent(asking: Asking, data: Reply) -> Reply:
    """The pairs that may still be changed, the latest first."""
    Nothing.model_validate(data)
    found = asking.workflow.recent(asking.annotator)
    return {"recent": [one.model_dump(mode="json") for one in found]}


def _reopen(asking: Asking, data: Reply) -> Reply:
    """Show a pair answered lately with its answers; without a token the last one."""
    workflow, annotator, *_ = asking
    token = Reopening.model_validate(data).token
    if token is None:
        recent = workflow.recent(annotator)
        if not recent:
            raise NotEditable("no pair is answered yet")
        token = recent[0].token
    task = workflow.reopen(annotator, token)
    return {"next": {"task": shown(task, asking.language).model_dump(mode="json")}}


def _skip(asking: Asking, data: Reply) -> Reply:
    """Hand the pair on, and show the next one."""
    asking.workflow.skip(asking.annotator, Skip.model_validate(data))
    return {"next": next_screen(asking)}


def _touch(asking: Asking, data: Reply) -> Reply:
    """A sign of life from a page that is being looked at."""
    asking.workflow.touch(asking.annotator, OneTask.model_validate(data).token)
    return {}


def _leave(asking: Asking, data: Reply) -> Reply:
    """Hand the open pair back, because the annotator goes."""
    Nothing.model_validate(data)
    asking.workflow.leave(asking.annotator)
    return {}


def _withdraw(asking: Asking, data: Reply) -> Reply:
    """Delete the annotator and all of theirs."""
    Nothing.model_validate(data)
    return {"deleted": asking.workflow.withdraw(asking.annotator)}


def _answer_closing(asking: Asking, data: Reply) -> Reply:
    """Take the answer to the closing question, and show the end."""
    asking.workflow.answer_closing(asking.annotator, Closing.model_validate(data).systems)
    return {"next": next_screen(asking.later())}


ACTS: Mapping[str, Act] = {
    "start": _start,
    "consent": _consent,
    "leave_out": _leave_out,
    "save_draft": _save_draft,
    "submit": _submit,
    "revise": _revise,
    "recent": _recent,
    "reopen": _reopen,
    "skip": _skip,
    "touch": _touch,
    "leave": _leave,
    "withdraw": _withdraw,
    "answer_closing": _answer_closing,
}
