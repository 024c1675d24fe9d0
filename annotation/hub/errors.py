"""What can go wrong with the Hub, by what is to be done about it."""

from __future__ import annotations

from annotation.schema import TiebreakError


class HubError(TiebreakError):
    """The Hub did not do what it was asked."""


class HubUnreachable(HubError):
    """No answer, or one that says to come back later: worth another try."""


class HubRefused(HubError):
    """The token may not do this, or the repository is not what it has to be."""


class HubMissing(HubRefused):
    """There is no such repository, or none that the token may see: the Hub does not say which."""


class NoRoom(HubError):
    """This machine cannot hold what comes from the Hub: a temporary folder is full or missing."""


class HubMoved(HubError):
    """Somebody else committed in between."""
