"""The app without a screen: join, consent, label, edit, leave, withdraw."""

from annotation.workflow.errors import (
    BadPseudonym,
    NotInvited,
    NotYourTurn,
    PairGone,
    SomebodyElse,
    UnknownReturnKey,
)
from annotation.workflow.pseudonyms import pseudonym_key
from annotation.workflow.serving import LEASE
from annotation.workflow.workflow import Workflow

__all__ = [
    "LEASE",
    "BadPseudonym",
    "NotInvited",
    "NotYourTurn",
    "PairGone",
    "SomebodyElse",
    "UnknownReturnKey",
    "Workflow",
    "pseudonym_key",
]
