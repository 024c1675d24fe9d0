"""What people produced, kept in SQLite or PostgreSQL; the only opener of database sessions."""

from annotation.store.records import (
    AnnotatorRecord,
    AssignmentClosed,
    AssignmentRecord,
    DatabaseUnusable,
    DraftRecord,
    Given,
    Identity,
    InviteUsed,
    NotEditable,
    Past,
    Payee,
    PseudonymTaken,
    Submitted,
    UnknownAssignment,
    UnknownInvite,
    Wish,
    WishOver,
)
from annotation.store.store import Store

__all__ = [
    "AnnotatorRecord",
    "AssignmentClosed",
    "AssignmentRecord",
    "DatabaseUnusable",
    "DraftRecord",
    "Given",
    "Identity",
    "InviteUsed",
    "NotEditable",
    "Past",
    "Payee",
    "PseudonymTaken",
    "Store",
    "Submitted",
    "UnknownAssignment",
    "UnknownInvite",
    "Wish",
    "WishOver",
]
