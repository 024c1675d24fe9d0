"""The app without a screen: join, consent, label, edit, leave, withdraw."""

from annotation.workflow.errors import (
    AlreadySettled,
    BadPseudonym,
    NotConfirmed,
    NotInvited,
    NotYourTurn,
    PairGone,
    SomebodyElse,
    UnknownReturnKey,
)
from annotation.workflow.pseudonyms import pseudonym_key
from annotation.workflow.researching import Research
from annotation.workflow.serving import LEASE
from annotation.workflow.workflow import Workflow

__all__ = [
    "LEASE",
    "AlreadySettled",
    "BadPseudonym",
    "NotConfirmed",
    "NotInvited",
    "NotYourTurn",
    "PairGone",
    "Research",
    "SomebodyElse",
    "UnknownReturnKey",
    "Workflow",
    "pseudonym_key",
]
