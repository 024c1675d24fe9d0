"""How numbers of things and lists are said in a sentence."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, name: str) -> str:
    """A number of things: `1 pair`, `2,000 pairs`."""
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def a_few(words: Sequence[str], most: int = 4) -> str:
    """The first words as a list in a sentence, and how many others there are."""
    if len(words) <= most:
        return listed(words)
    return listed([*words[: most - 1], f"{len(words) - most + 1} others"])


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
