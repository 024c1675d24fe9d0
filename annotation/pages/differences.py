"""Where two texts that are nearly the same differ, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TypeAlias

NEARLY = 0.8
"""The share of words that both have, above which texts are nearly the same; 1 is equal."""

MOST_WORDS = 1500
"""In one text; a longer one would keep the server busy."""

Pieces: TypeAlias = tuple[str, ...]
"""A text cut in pieces: the first, third ... stand in the other text too, the second, fourth ...
do not. The first may be empty; all together are the text."""

# Writing without spaces is compared sign by sign.
_WORD = re.compile(r"(?:[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\w+|[^\w\s])\s*|\s+")


def differences(
    left: Sequence[str], right: Sequence[str]
) -> tuple[tuple[Pieces, ...], tuple[Pieces, ...]] | None:
    """Each text of either side in pieces; None where the sides are equal or not nearly the same.

    left, right: the answers to the turns of a dialogue in order, or one text each.
    """
    if len(left) != len(right) or [*left] == [*right]:
        return None
    return _differences(tuple(left), tuple(right))


@lru_cache(maxsize=64)
def _differences(
    left: tuple[str, ...], right: tuple[str, ...]
) -> tuple[tuple[Pieces, ...], tuple[Pieces, ...]] | None:
    cut = [(_words(one), _words(other)) for one, other in zip(left, right, strict=True)]
    if any(len(words) > MOST_WORDS for both in cut for words in both):
        return None
    matchers = [SequenceMatcher(None, _bare(one), _bare(other)) for one, other in cut]
    total = sum(len(words) for both in cut for words in both)
    # The quick one is an upper bound, and spares the comparison of texts that share little.
    for ratio in (SequenceMatcher.quick_ratio, SequenceMatcher.ratio):
        shared = sum(
            ratio(matcher) * (len(one) + len(other))
            for matcher, (one, other) in zip(matchers, cut, strict=True)
        )
        if shared < NEARLY * total:
            return None
    made = [_pieces(matcher, *both) for matcher, both in zip(matchers, cut, strict=True)]
    if all(len(one) == 1 for one, _ in made):  # nothing but white space
        return None
    return tuple(one for one, _ in made), tuple(other for _, other in made)


def _words(text: str) -> list[str]:
    """The words with the space behind them: all together they are the text."""
    return _WORD.findall(text)


def _bare(words: Iterable[str]) -> list[str]:
    return [word.strip() for word in words]


def _pieces(
    matcher: SequenceMatcher[str], one: Sequence[str], other: Sequence[str]
) -> tuple[Pieces, Pieces]:
    """Both texts in pieces that alternate in step."""
    mine, theirs = [""], [""]
    for kind, a, b, c, d in matcher.get_opcodes():
        if (kind == "equal") == (len(mine) % 2 == 0):
            mine.append("")
            theirs.append("")
        mine[-1] += "".join(one[a:b])
        theirs[-1] += "".join(other[c:d])
    return tuple(mine), tuple(theirs)
