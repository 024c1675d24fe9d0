"""What people produced, kept in SQLite or PostgreSQL; the only opener of database sessions."""

from annotation.store.records import (
    AnnotatorRecord,
    AssignmentClosed,
    AssignmentRecord,
    DraftRecord,
    PseudonymTaken,
    Submitted,
    UnknownAssignment,
)
from annotation.store.store import Store

__all__ = [
    "AnnotatorRecord",
    "AssignmentClosed",
    "AssignmentRecord",
    "DraftRecord",
    "PseudonymTaken",
    "Store",
    #    "Store",
    "Submitted",
    "UnknownAssignment",
]
