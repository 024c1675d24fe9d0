"""Pseudonyms: as they are shown, and the form in which two that look alike are the same."""

from __future__ import annotations

import unicodedata

from annotation.blind import printable
from annotation.workflow.errors import BadPseudonym


def pseudonym_key(pseudonym: str) -> str:
    """The form in which two pseudonyms that look alike are the same; raises BadPseudonym."""
    return shown_and_key(pseudonym)[1]


def shown_and_key(given: str) -> tuple[str, str]:
    """The pseudonym as it is shown, and the form in which two look-alikes are the same."""
    name = " ".join(unicodedata.normalize("NFC", printable(given)).split())
    if not 1 <= len(name) <= 40:
        raise BadPseudonym(f"found a pseudonym of {len(name)} characters, expected 1 to 40")
    if any(unicodedata.category(character).startswith("C") for character in name):
        raise BadPseudonym("found a character that cannot be printed in the pseudonym")
    key = unicodedata.normalize("NFKC", name).casefold()
    if len(key) > 256:  # one sign may stand for many
        raise BadPseudonym("found signs in the pseudonym that stand for whole words")
    return name, key
