"""A language for tests: English with marks on its letters, written from right to left."""

from __future__ import annotations

import re

from annotation.pages.text.language import Language

_KEPT = re.compile(r"(\{[^{}]*\})")
_MARKED = str.maketrans("aeiouAEIOU", "åéîøüÅÉÎØÜ")


def pseudo_rtl(english: Language) -> Language:
    """What shows a sentence that is not in the language's file, or an edge bound to one side."""
    sentences = {
        table: {name: _marked(sentence) for name, sentence in known.items()}
        for table, known in english.sentences.items()
    }
    return Language("en-x-rtl", "rtl", sentences)


def _marked(sentence: str) -> str:
    pieces = _KEPT.split(sentence)
    marked = [one if one.startswith("{") else one.translate(_MARKED) for one in pieces]
    return f"⟦{''.join(marked)}⟧" if sentence else sentence
