"""The works that a report may cite: their BibTeX, and how they are named in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def entries() -> dict[str, str]:
    """BibTeX by key, in the file's order."""
    text = (files("analysis.report") / "assets" / "references.bib").read_text("utf-8")
    found = re.split(r"\n(?=@)", text.strip())
    return {entry[entry.index("{") + 1 : entry.index(",")]: entry.strip() for entry in found}


def named(key: str) -> str:
    """`Field and Welsh 2007`, `Zheng et al. 2023`."""
    entry = entries()[key]
    authors = _field(entry, "author").split(" and ")
    families = [one.split(",")[0] for one in authors]
    who = families[0] if len(families) == 1 else " and ".join(families)
    if len(families) > 2:
        who = f"{families[0]} et al."
    return f"{who} {_field(entry, 'year')}"


def _field(entry: str, name: str) -> str:
    found = re.search(rf"^\s*{name} = \{{(.*)\}},$", entry, re.MULTILINE)
    if found is None:
        raise KeyError(f"{name} in {entry.splitlines()[0]}")
    return found[1]


def bibtex(keys: Iterable[str]) -> str:
    """The entries of those keys, each once, in the file's order."""
    wanted = set(keys)
    return "\n\n".join(entry for key, entry in entries().items() if key in wanted)
