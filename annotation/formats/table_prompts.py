"""A table of prompts as prompts of a study, also in the columns of IMPACT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from annotation.formats.dialogues import dialogue_of, opening
from annotation.formats.files import FormatError, json_value
from annotation.formats.imported import named
from annotation.formats.prompts import Found
from annotation.formats.table import Row, Table, Unusable, find_columns, plain_value, text_of
from annotation.schema import Prompt, Turn

FIELDS = ("text", "id", "input", "turns", "task", "category", "reference")
TEXT_COLUMNS = ("prompt", "instruction", "question")
"""What other tables call the column of the texts; the first that is there is taken."""

_IMPACT = ("category", "definition", "prompt")


@dataclass
class _Source:
    """The columns of our fields; `impact` where they are those of IMPACT."""

    columns: dict[str, str]
    impact: bool


def prompts_of_table(table: Table, given: Mapping[str, str], notes: list[str]) -> Iterator[Found]:
    """What each row holds; `given` maps our fields to columns where the names differ."""
    source = _find(table, given, notes)
    return (Found(f"{table.path}:{row.line}", _prompt(row, source)) for row in table.rows)


def _find(table: Table, given: Mapping[str, str], notes: list[str]) -> _Source:
    columns = find_columns(table, FIELDS, given)
    impact = len(find_columns(table, _IMPACT, {})) == len(_IMPACT)
    if "text" not in columns:
        texts = [*find_columns(table, TEXT_COLUMNS, {}).values()]
        if texts:
            columns["text"] = texts[0]
    if "text" not in columns and "turns" not in columns:
        raise FormatError(
            f"{table.path}: found the columns {named(column[:40] for column in table.columns)} "
            "but none for text; name it with --map text=COLUMN"
        )
    if impact:
        notes.append("the columns are IMPACT's: task writing, categories in lower case")
    return _Source(columns, impact)


def _prompt(row: Row, source: _Source) -> Prompt | Unusable:
    """The prompt of a row, or why it makes none."""
    if row.problem:
        return Unusable(row.problem)
    texts: dict[str, str] = {}
    for name, column in source.columns.items():
        if name == "turns" or row.cells.get(column) is None:
            continue
        text = text_of(row.cells, column)
        if isinstance(text, Unusable):
            return Unusable(f"{column} {text.why}")
        texts[name] = text
    turns = _turns(row.cells, source)
    if isinstance(turns, Unusable):
        return turns
    if not any(texts.get(name, "").strip() for name in ("text", "input")) and not turns:
        return Unusable("there is no text")
    return Prompt(**_asked(texts, turns), **_about(texts, source), meta=_meta(row.cells, source))


def _turns(cells: Mapping[str, Any], source: _Source) -> tuple[Turn, ...] | Unusable:
    column = source.columns.get("turns")
    value = cells.get(column) if column else None
    if isinstance(value, Unusable):
        return Unusable(f"{column} {value.why}")
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        try:
            value = json_value(value)
        except ValueError as error:
            return Unusable(f"{column} holds {value!r:.40}, which is not JSON: {error}")
    turns = dialogue_of(value)
    return Unusable(f"{column} {turns.why}") if isinstance(turns, Unusable) else turns


def _asked(texts: Mapping[str, str], turns: tuple[Turn, ...]) -> dict[str, Any]:
    said = {"input": texts.get("input", "")}
    if texts.get("text", "").strip():
        return {"text": texts["text"], "turns": turns, **said}
    return {**opening(turns), **said}


def _about(texts: Mapping[str, str], source: _Source) -> dict[str, Any]:
    about = {name: texts.get(name, "").strip() or None for name in ("task", "category")}
    if source.impact:
        about["task"] = about["task"] or "writing"
        about["category"] = (about["category"] or "").lower() or None
    identifier = texts.get("id", "").strip()
    return {"id": identifier, "reference": texts.get("reference") or None, **about}


def _meta(cells: Mapping[str, Any], source: _Source) -> dict[str, object]:
    """What the columns that are not ours hold; an object called `meta` is that already."""
    ours = set(source.columns.values())
    meta = {name: plain_value(value) for name, value in cells.items() if name not in ours}
    inner = meta.get("meta")
    if isinstance(inner, dict):
        del meta["meta"]
        meta |= inner
    return meta
