"""What the researchers' page may ask for; the routes check who asks before any of it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from pydantic import Field

from annotation.blind import Text, Token, Verdict
from annotation.export import FORMATS
from annotation.pages.rendering import to_html
from annotation.pages.researcher import downloads, figures, publishing, working
from annotation.pages.researcher.publishing import Publishing
from annotation.pages.researcher.text import WORDS
from annotation.pages.shown import shown_split
from annotation.pages.text import ENGLISH
from annotation.people import payment_rows
from annotation.schema import Record, TiebreakError
from annotation.workflow import Research

Reply: TypeAlias = dict[str, Any]

REMARKS = 50
"""So many are shown at once."""

WORKS = ("report", "publish")
"""What takes so long that it is done behind the page."""


Act: TypeAlias = Callable[[Research, Reply], Reply]


class NoInvitations(TiebreakError):
    """Invitations for a study that is joined in another way."""


class Nothing(Record):
    """A request without data."""


class OneCriterion(Record):
    """A criterion's key, or nothing for all."""

    criterion: str = Field(default="", max_length=80)


class Before(Record):
    """The number of the last remark that is shown already."""

    number: int | None = Field(default=None, ge=0, lt=2**62)


class After(Record):
    """The token of a split that is passed over."""

    token: Token | None = None


class Confirmed(Record):
    """The words that confirm what cannot be undone."""

    confirmed: str = Field(max_length=200)


class OneAnnotator(Record):
    """An annotator by number."""

    id: int = Field(ge=0, lt=2**62)


class Excluding(OneAnnotator):
    """An annotator and why their labels are left out."""

    reason: Text = Field(min_length=3, max_length=500)


class Inviting(Record):
    """How many invitations to make."""

    number: int = Field(ge=1, le=1000)


class Withdrawing(OneAnnotator, Confirmed):
    """An annotator who is deleted, and their pseudonym again."""


def _start(research: Research, data: Reply) -> Reply:
    """What does not change while one looks."""
    Nothing.model_validate(data)
    study = research.workflow.study
    return {
        "key": study.key,
        "title": study.title,
        "version": study.version,
        "labels_per_pair": study.labels_per_pair,
        "guidelines": to_html(study.guidelines),
        "criteria": [{"key": one.key, "question": one.question} for one in study.criteria],
        "has_gold": study.gold is not None,
        "has_repeats": study.repeats is not None,
        "has_invites": study.access.mode == "invite",
        "formats": [{"name": name, "is_table": one.is_table} for name, one in FORMATS.items()],
        "words": dict(WORDS),
    }


def _overview(research: Research, data: Reply) -> Reply:
    """How far the study is."""
    Nothing.model_validate(data)
    left = figures.catch_up(research)
    workflow = research.workflow
    standing = workflow.store.standing(research.key)
    safe = workflow.durability()
    return {
        "behind": left,
        "standing": standing.model_dump(mode="json"),
        "progress": figures.progress(research),
        "agreement": figures.agreements(research),
        "splits": workflow.store.splits(research.key),
        "durability": safe and {**safe.model_dump(mode="json"), "sentence": safe.sentence},
        "study_problem": workflow.study_problem is not None,
        "lost_pairs": len(workflow.lost_pairs),
        "names": _names(research),
    }


def _names(research: Research) -> list[Reply]:
    """The systems: how many before the lock, and what they were called after it."""
    blind = sorted(research.blind_names().items(), key=lambda each: int(each[1][1:]))
    is_locked = research.is_locked
    return [{"blind": short, "name": name if is_locked else ""} for name, short in blind]


def _annotators(research: Research, data: Reply) -> Reply:
    """Who labels, and how."""
    criterion = OneCriterion.model_validate(data).criterion
    figures.catch_up(research)
    return {"annotators": figures.annotators(research, criterion)}


def _invite(research: Research, data: Reply) -> Reply:
    """New invitations; their codes are shown this once."""
    number = Inviting.model_validate(data).number
    if research.workflow.study.access.mode != "invite":
        raise NoInvitations("People do not join this study by invitation")
    return {"codes": research.workflow.invite(number)}


def _remarks(research: Research, data: Reply) -> Reply:
    """What people wrote or flagged."""
    before = Before.model_validate(data).number
    workflow = research.workflow
    found = workflow.store.remarks(research.key, REMARKS, before)
    pairs = workflow.served.pairs
    return {
        "more": len(found) == REMARKS,
        "remarks": [
            {
                **one.model_dump(mode="json", exclude={"pair_id"}),
                "prompt": pairs[one.pair_id].prompt.text[:300] if one.pair_id in pairs else "",
            }
            for one in found
        ],
    }


def _split(research: Research, data: Reply) -> Reply:
    """The next unit on which people split."""
    found = research.split(After.model_validate(data).token or "")
    return {"split": shown_split(found, ENGLISH).model_dump(mode="json") if found else None}


def _adjudicate(research: Research, data: Reply) -> Reply:
    """Settle a split, and show the next one."""
    research.adjudicate(Verdict.model_validate(data))
    return _split(research, {})


def _pause(research: Research, data: Reply) -> Reply:
    """Give out no pairs for now."""
    Nothing.model_validate(data)
    research.pause()
    return {}


def _resume(research: Research, data: Reply) -> Reply:
    """Give out pairs again."""
    Nothing.model_validate(data)
    research.resume()
    return {}


def _lock(research: Research, data: Reply) -> Reply:
    """End the study and its blindness."""
    research.lock(Confirmed.model_validate(data).confirmed)
    return {}


def _exclude(research: Research, data: Reply) -> Reply:
    """Leave an annotator's labels out."""
    wanted = Excluding.model_validate(data)
    research.exclude(wanted.id, wanted.reason)
    return {}


def _readmit(research: Research, data: Reply) -> Reply:
    """Let an annotator's labels count again."""
    research.readmit(OneAnnotator.model_validate(data).id)
    return {}


def _withdraw(research: Research, data: Reply) -> Reply:
    """Delete an annotator and all of theirs."""
    wanted = Withdrawing.model_validate(data)
    return {"deleted": research.withdraw(wanted.id, wanted.confirmed)}


def _payments(research: Research, data: Reply) -> Reply:
    """Who is to be paid for what."""
    Nothing.model_validate(data)
    workflow = research.workflow
    payees = workflow.store.payees(research.key)
    return {"payments": [*payment_rows(payees, workflow.study.access)]}


def _works(research: Research, data: Reply) -> Reply:
    """How far what takes long is, or what came of it."""
    Nothing.model_validate(data)
    workflow = research.workflow
    found = {name: workflow.store.work(research.key, name, workflow.now) for name in WORKS}
    works = {name: one and one.model_dump(mode="json") for name, one in found.items()}
    return {"works": works, "has_report": workflow.store.has_report(research.key)}


def _report(research: Research, data: Reply) -> Reply:
    """Begin a report on the labels as they are now."""
    Nothing.model_validate(data)
    working.begin(research, "report", lambda watch: downloads.report(research, watch))
    return _works(research, {})


def _publish(research: Research, data: Reply) -> Reply:
    """Begin to make a dataset of the Hub from the study, or a further revision of it."""
    wanted = Publishing.model_validate(data)
    working.begin(research, "publish", lambda _watch: publishing.publish(research, wanted))
    return _works(research, {})


ACTS: Mapping[str, Act] = {
    "start": _start,
    "overview": _overview,
    "annotators": _annotators,
    "remarks": _remarks,
    "split": _split,
    "adjudicate": _adjudicate,
    "pause": _pause,
    "resume": _resume,
    "lock": _lock,
    "exclude": _exclude,
    "readmit": _readmit,
    "withdraw": _withdraw,
    "payments": _payments,
    "invite": _invite,
    "works": _works,
    "report": _report,
    "publish": _publish,
}
