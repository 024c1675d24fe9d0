"""What the annotators of a soak were told, for comparison with the database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

ScreenAnswer = tuple[str, str, str]
"""Criterion, target and choice in the screen's order."""


class Acknowledged(NamedTuple):
    """A submission that the server said it has."""

    submission_id: str
    pseudonym: str
    token: str
    answers: frozenset[ScreenAnswer]


@dataclass
class Ledger:
    """Shared by all annotators; lists and counters only grow, but for those who withdraw."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    """In the order in which they were acknowledged, edits included."""
    seen_again: list[tuple[str, str]] = field(default_factory=list)
    """Pseudonym and the token under which a pair came that was answered or skipped before."""
    withdrawn: list[str] = field(default_factory=list)
    """Pseudonyms."""
    problems: list[str] = field(default_factory=list)
    """What annotators saw that must not be."""
    counts: Counter[str] = field(default_factory=Counter)
    """How often what happened."""
    _lock: Lock = field(default_factory=Lock)

    def count(self, what: str) -> None:
        """One more of it; called by many threads."""
        with self._lock:
            self.counts[what] += 1

    def kept(self) -> list[Acknowledged]:
        """The submissions of those who did not withdraw."""
        gone = set(self.withdrawn)
        return [each for each in self.acknowledged if each.pseudonym not in gone]
