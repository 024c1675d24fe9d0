"""Every sentence of the page, in one place per language; a study can bring its own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from types import MappingProxyType

from annotation.pages.text import en, ko, zh
from annotation.pages.text.language import Language, Sentences, mistakes
from annotation.pages.text.pseudo import pseudo_rtl
from annotation.study import Study, StudyError, read_text

__all__ = ["ENGLISH", "LANGUAGES", "TEXT_FILE", "Language", "language_of"]

TEXT_FILE = "text.toml"
"""In a study folder: sentences that replace ours, or a whole language."""

ENGLISH = Language("en", "ltr", en.SENTENCES)


def language_of(study: Study) -> Language:
    """The language that a study is shown in, with its own sentences in place of ours.

    Raises StudyError where there is no such language, or its file does not fit.
    """
    known = LANGUAGES.get(study.language)
    path = study.folder / TEXT_FILE
    if not path.exists():
        if known:
            return known
        raise StudyError(
            f"{study.folder}: found the language {study.language!r}, expected one of "
            f"{', '.join(LANGUAGES)}, or a file {TEXT_FILE} with all sentences"
        )
    try:
        given = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{path}: not TOML: {error}") from None
    direction = given.pop("direction", known.direction if known else "ltr")
    if direction not in {"ltr", "rtl"}:
        raise StudyError(f"{path}: direction: found {direction!r}, expected 'ltr' or 'rtl'")
    tables = _tables(given, str(path))
    wrong = mistakes(tables, ENGLISH.sentences, whole=known is None)
    if wrong:
        more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise StudyError(f"{path}: {wrong[0]}{more}")
    base = known or ENGLISH
    merged = {name: {**base.sentences[name], **tables.get(name, {})} for name in base.sentences}
    return Language(study.language, direction, merged)


def _tables(given: Mapping[str, object], path: str) -> Sentences:
    tables: dict[str, dict[str, str]] = {}
    for name, table in given.items():
        if not isinstance(table, dict) or not all(isinstance(one, str) for one in table.values()):
            raise StudyError(f"{path}: {name}: expected a table of sentences in quotes")
        tables[name] = table
    return tables


LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        "en": ENGLISH,
        "ko": Language("ko", "ltr", ko.SENTENCES),
        "zh": Language("zh", "ltr", zh.SENTENCES),
        "en-x-rtl": pseudo_rtl(ENGLISH),
    }
)
