"""Studies that live in a dataset repository: their addresses, and the folders they come to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from annotation.schema import TiebreakError

# A Path has made one slash of two by the time it reaches us.
_ADDRESS = re.compile(r"hf:/{1,2}datasets/([\w.-]+/[\w.-]+)(?:@(.+))?")


class BadAddress(TiebreakError):
    """An address of the Hub that cannot be a study's."""


@dataclass(frozen=True)
class Address:
    """A dataset repository, and its branch, tag or commit if one is named."""

    repository: str
    revision: str | None = None

    def __str__(self) -> str:
        return f"hf://datasets/{self.repository}" + (f"@{self.revision}" if self.revision else "")

    @property
    def folder(self) -> str:
        """The name of the folder for its files; a named revision has one of its own."""
        name = self.repository.replace("/", "--")
        revision = re.sub(r"[^\w.-]", "-", self.revision or "")
        return f"{name}@{revision}" if revision else name


def address_of(study: str | Path) -> Address | None:
    """The address that `study` is, or None for a folder; raises BadAddress for half an address."""
    text = str(study)
    if not text.startswith("hf:"):
        return None
    found = _ADDRESS.fullmatch(text.rstrip("/"))
    if found is None:
        raise BadAddress(f"{text}: expected hf://datasets/ORG/NAME or hf://datasets/ORG/NAME@REV")
    return Address(found[1], found[2])
