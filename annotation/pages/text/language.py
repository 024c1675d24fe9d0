"""The sentences of the page in one language, and what they are checked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from annotation.schema import TiebreakError

Sentences: TypeAlias = Mapping[str, Mapping[str, str]]
"""Table to name to sentence, as in `text.toml`.

page: what stands in assets/html/page.html. words: what the page's script says; names in braces
are filled in, and {n|label|labels} is one of two words by the number. choices and roles: by their
keys. errors: by the class of what is wrong. other: what the server puts in.
"""

Direction: TypeAlias = Literal["ltr", "rtl"]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Language:
    """One language: its code for the browser, the direction of writing, and its sentences."""

    code: str
    direction: Direction
    sentences: Sentences

    @property
    def page(self) -> Mapping[str, str]:
        """What stands in the page."""
        return self.sentences["page"]

    @property
    def words(self) -> Mapping[str, str]:
        """What the page's script says."""
        return self.sentences["words"]

    @property
    def choices(self) -> Mapping[str, str]:
        """The words of the choices."""
        return self.sentences["choices"]

    def other(self, name: str) -> str:
        """A sentence that the server puts in."""
        return self.sentences["other"][name]

    def of(self, error: TiebreakError) -> str:
        """What an annotator reads of `error`: our sentence, or what the error itself says."""
        return self.sentences["errors"].get(type(error).__name__, str(error))

    def role(self, name: str) -> str:
        """What a turn of a dialogue is headed with.

        Any role not listed is the assistant: a role may name a system, which must stay hidden.
        """
        return self.sentences["roles"].get(name.lower(), self.other("assistant"))

    def with_sides(self, text: str) -> str:
        """A text in which {a} and {b} stand for the responses left and right."""
        return text.replace("{a}", self.choices["a"]).replace("{b}", self.choices["b"])

    def turn(self, number: int) -> str:
        """What a response's answer to one turn of a dialogue is headed with."""
        return self.other("turn").replace("{n}", str(number))


def placeholders(sentence: str) -> frozenset[str]:
    """The names that are filled in; {n|one|many} is left to each language."""
    return frozenset(_PLACEHOLDER.findall(sentence))


def mistakes(sentences: Sentences, english: Sentences, whole: bool) -> list[str]:
    """What is wrong with `sentences`, one line each; `whole`: whether all must be there."""
    found = [
        f"[{table}]: unknown, expected {', '.join(english)}"
        for table in sentences
        if table not in english
    ]
    for table, known in english.items():
        given = sentences.get(table, {})
        found += [f"[{table}] {name}: unknown" for name in given if name not in known]
        if whole:
            found += [f"[{table}] {name}: missing" for name in known if name not in given]
        for name in known.keys() & given.keys():
            expected = placeholders(known[name])
            if placeholders(given[name]) != expected:
                names = ", ".join(f"{{{each}}}" for each in sorted(expected)) or "none"
                found.append(f"[{table}] {name}: expected the placeholders {names}")
    return found
