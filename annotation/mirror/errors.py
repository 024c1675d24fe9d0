"""What can be wrong with a mirror."""

from __future__ import annotations

from annotation.schema import TiebreakError


class MirrorBroken(TiebreakError):
    """A mirror that does not hold what it says: a file is missing, torn or under another secret."""


class MirrorAndDatabase(TiebreakError):
    """A mirror and a database of which each has something that the other has not."""


class Overtaken(TiebreakError):
    """A mirror that another process writes now."""
