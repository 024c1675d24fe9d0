"""A user's own table of prompts and responses as pairs of a study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from annotation.formats.files import FormatError
from annotation.formats.imported import (
    Imported,
    LeftOut,
    count,
    guidelines_template,
    make_study,
    named,
    refuse_if_taken,
)
from annotation.formats.plans import new_plan
from annotation.formats.progress import Progress, silently
from annotation.formats.table import (
    Row,
    Table,
    Unusable,
    find_columns,
    plain_value,
    text_of,
)
from annotation.schema import Pair, PairResponse, Prompt, content_hash
from annotation.study import PAIRS_FILE, PLAN_FILE, append_jsonl, load_study

FIELDS = (
    *("prompt", "response_a", "response_b", "input", "system_a", "system_b"),
    *("category", "task", "id", "reference"),
)
_OPTIONAL = FIELDS[3:]


@dataclass
class ReadPairs:
    """The pairs of a table, and what its reader should know of it."""

    pairs: list[Pair] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    already: int = 0
    """Of those left out, how many the study has already: the table was imported before."""


@dataclass
class _Source:
    """A table with the columns of our fields and the names for systems without one."""

    table: Table
    columns: dict[str, str]
    systems: tuple[str, str]
    unnamed: dict[str, int] = field(default_factory=dict)
    """How many rows were given each of `systems` in place of a missing name."""


def read_pairs_table(
    table: Table, given: Mapping[str, str], known: Iterable[str] = (), progress: Progress = silently
) -> ReadPairs:
    """The pairs of a table; rows that make none, or one whose id is `known`, are left out.

    `given` maps our fields to columns where the names differ.
    """
    made = ReadPairs()
    source = _find(table, given, made.notes)
    lines: dict[str, int] = {}
    there = set(known)
    for row in progress(table.rows):
        pair = _pair(row, source)
        if isinstance(pair, Pair) and pair.id in lines:
            pair = Unusable(f"the same pair as line {lines[pair.id]}")
        elif isinstance(pair, Pair) and pair.id in there:
            pair = Unusable("the study has this pair already")
            made.already += 1
        if isinstance(pair, Unusable):
            made.left_out.append(LeftOut(f"{table.path}:{row.line}", pair.why))
        else:
            lines[pair.id] = row.line
            made.pairs.append(pair)
    notes = _oddities(made.pairs, "prompt" in source.columns)
    made.notes += [*_system_notes(source), *table.notes(), *notes]
    return made


def _find(table: Table, given: Mapping[str, str], notes: list[str]) -> _Source:
    columns = find_columns(table, FIELDS, given)
    if (
        not columns
        and not any(given.values())
        and len(table.columns) == 2
        and _are_names(table.columns)
    ):
        columns = dict(zip(("response_a", "response_b"), table.columns, strict=True))
        notes.append(f"the two columns {named(table.columns)} are taken as the two responses")
    others = [column for column in table.columns if column not in columns.values()]
    missing = [name for name in ("response_a", "response_b") if name not in columns]
    if "prompt" not in columns and "prompt" not in given and others:
        missing.insert(0, "prompt")
    if missing:
        raise FormatError(_how_to_map(table, missing, others))
    if "prompt" not in columns:
        notes.append("there is no column for prompts: annotators see the two responses alone")
    systems = [
        side if find_columns(table, [name], {}).get(name) == columns[name] else columns[name]
        for side, name in (("a", "response_a"), ("b", "response_b"))
    ]
    if systems[0] == systems[1]:
        systems = ["a", "b"]
    return _Source(table, columns, (systems[0], systems[1]))


def _are_names(columns: Iterable[str]) -> bool:
    """Whether a first line looks like names rather than like the first two texts."""
    return all(len(column) <= 40 and "\n" not in column for column in columns)


def _how_to_map(table: Table, missing: list[str], others: list[str]) -> str:
    guesses = others if len(others) == len(missing) else ["COLUMN"] * len(missing)
    pairs = zip(missing, guesses, strict=True)
    typed = " ".join(f"--map {name}={_quoted(column)}" for name, column in pairs)
    without = ", or --map prompt= where there are no prompts" if missing == ["prompt"] else ""
    return (
        f"{table.path}: found the columns {named(column[:40] for column in table.columns)} but "
        f"none for {' and '.join(missing)}; name it with {typed}{without}"
    )


def _quoted(column: str) -> str:
    return column if column.replace("_", "").isalnum() else f"'{column}'"


def _pair(row: Row, source: _Source) -> Pair | Unusable:
    """The pair of a row, or why it makes none."""
    if row.problem:
        return Unusable(row.problem)
    texts: dict[str, str] = {}
    for name, column in source.columns.items():
        text = text_of(row.cells, column)
        if isinstance(text, Unusable):
            if name in _OPTIONAL and row.cells.get(column) is None:
                continue
            return Unusable(f"{column} {text.why}")
        texts[name] = text
    if not texts["response_a"] and not texts["response_b"]:
        return Unusable("both responses are empty")
    a, b = (_response(side, texts, source) for side in ("a", "b"))
    return Pair(
        prompt=_prompt(texts), response_a=a, response_b=b, meta=_meta(row.cells, texts, source)
    )


def _prompt(texts: Mapping[str, str]) -> Prompt:
    fields: dict[str, Any] = {"text": texts.get("prompt", ""), "input": texts.get("input", "")}
    if "prompt" not in texts:
        # Pairs of no known prompt are not of one and the same, which would be one cluster.
        fields["id"] = content_hash(["", texts["response_a"], texts["response_b"]])
    for name in ("category", "task"):
        fields[name] = texts.get(name, "").strip() or None
    return Prompt(**fields, reference=texts.get("reference") or None)


def _response(side: str, texts: Mapping[str, str], source: _Source) -> PairResponse:
    system = texts.get(f"system_{side}", "").strip()
    if not system:
        system = source.systems["ab".index(side)]
        source.unnamed[system] = source.unnamed.get(system, 0) + 1
    return PairResponse(system=system, text=texts[f"response_{side}"])


def _meta(cells: Mapping[str, Any], texts: Mapping[str, str], source: _Source) -> dict[str, object]:
    ours = set(source.columns.values())
    meta = {name: plain_value(value) for name, value in cells.items() if name not in ours}
    identifier = texts.get("id", "").strip()
    return {**meta, **({"source_id": identifier} if identifier else {})}


def _system_notes(source: _Source) -> list[str]:
    return [
        f"{count(number, 'response')} without a system: called {name!r}"
        for name, number in source.unnamed.items()
    ]


def _oddities(pairs: list[Pair], prompted: bool) -> list[str]:
    unasked = sum(prompted and not pair.prompt.text.strip() for pair in pairs)
    empty = sum(not pair.response_a.text or not pair.response_b.text for pair in pairs)
    same = sum(pair.response_a.text == pair.response_b.text for pair in pairs)
    ids = [pair.meta["source_id"] for pair in pairs if "source_id" in pair.meta]
    repeated = len(ids) - len(set(map(str, ids)))
    found = [
        (unasked, "with an empty prompt, kept"),
        (empty, "with an empty response, kept"),
        (same, "with identical responses, kept"),
        (repeated, "with the id of an earlier pair, so labels cannot be imported by it"),
    ]
    return [f"{count(number, 'pair')} {what}" for number, what in found if number]


def known_pairs(folder: Path) -> list[str] | None:
    """The ids of the pairs of a study; None where there is no study yet.

    Raises FolderTaken where the folder holds something else.
    """
    if (folder / PLAN_FILE).exists():
        return [pair.id for pair in load_study(folder).pairs]
    refuse_if_taken(folder)
    return None


def save_pairs(folder: Path, pairs: list[Pair]) -> bool:
    """Add pairs to a study, or make one of them with the writing criteria; whether it is new."""
    if (folder / PLAN_FILE).exists():
        append_jsonl(folder / PAIRS_FILE, pairs)
        return False
    make_study(folder, Imported(new_plan(folder), guidelines_template("writing"), pairs))
    return True
