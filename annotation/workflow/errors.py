"""What can be wrong with a request, whatever the screen; each becomes a sentence on the page."""

from __future__ import annotations

from annotation.schema import TiebreakError


class BadPseudonym(TiebreakError):
    """A pseudonym that is empty, too long or holds what cannot be printed."""


class UnknownReturnKey(TiebreakError):
    """A return link that belongs to nobody in this study."""


class NotInvited(TiebreakError):
    """A way of joining that this study does not offer."""


class SomebodyElse(TiebreakError):
    """An account from elsewhere in a browser that labels under another one."""


class NotYourTurn(TiebreakError):
    """A request that does not fit where the annotator stands, such as labels without consent."""


class NotConfirmed(TiebreakError):
    """A decision that cannot be undone, without the words that confirm it."""


class AlreadySettled(TiebreakError):
    """A unit that is no longer split, or that somebody has adjudicated."""


class PairGone(TiebreakError):
    """A pair that was taken out of the study while it was on a screen."""
