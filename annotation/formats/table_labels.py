"""A table of labels made elsewhere as labels of a study."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from annotation.formats.files import FormatError, json_value
from annotation.formats.imported import LeftOut, count, named
from annotation.formats.progress import Progress, silently
from annotation.formats.table import Row, Table, Unusable, find_columns, text_of
from annotation.schema import JUDGE_FAILURES, VEILED, Criterion, Label, LabelKey, Pair
from annotation.study import Study

FIELDS = (
    *("pair_id", "criterion", "annotator", "kind", "target", "choice", "swapped", "repeat"),
    *("purpose", "seconds", "comment", "flags", "created_at", "study_version"),
)
PAIR_FIELDS = ("pair_id", "source_id", "id")


@dataclass(frozen=True)
class LabelDefaults:
    """What holds for every row of a table that does not say it."""

    criterion: str | None = None
    kind: str = "human"
    choices: Mapping[str, str] = field(default_factory=dict)
    """What the table writes to the choice that it means, e.g. 0 to tie."""


@dataclass
class ReadLabels:
    """The labels of a table, and what its reader should know of it."""

    labels: list[Label] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    already: int = 0
    """Of those left out, how many the study has already: the table was imported before."""


@dataclass
class _Source:
    """A table with the columns of our fields, and the study that its labels speak of."""

    study: Study
    columns: dict[str, str]
    defaults: LabelDefaults
    pairs: dict[str, list[Pair]]
    """By our id, and by the id that a source gave it."""
    unknown_choices: Counter[str] = field(default_factory=Counter)
    recased: Counter[str] = field(default_factory=Counter)
    veiled: int = 0
    """Rows whose pair has the id of a blind export."""


def read_labels_table(
    table: Table,
    study: Study,
    given: Mapping[str, str],
    defaults: LabelDefaults,
    known: Iterable[Label] = (),
    progress: Progress = silently,
) -> ReadLabels:
    """The labels of a table; rows that make none, or one that is `known`, are left out.

    `given` maps our fields to columns where the names differ.
    """
    source = _find(table, study, given, defaults)
    made = ReadLabels()
    there = set(known)
    lines: dict[Label, int] = {}
    for row in progress(table.rows):
        label = _label(row, source)
        if isinstance(label, Label) and label in lines:
            label = Unusable(f"the same label as line {lines[label]}")
        elif isinstance(label, Label) and label in there:
            label = Unusable("the study has this label already")
            made.already += 1
        if isinstance(label, Unusable):
            made.left_out.append(LeftOut(f"{table.path}:{row.line}", label.why))
        else:
            lines[label] = row.line
            made.labels.append(label)
    made.notes += [*_notes(source, made.labels, {label.key for label in there}), *table.notes()]
    return made


def _find(table: Table, study: Study, given: Mapping[str, str], defaults: LabelDefaults) -> _Source:
    columns = find_columns(table, FIELDS, given)
    if "pair_id" not in columns:
        others = find_columns(table, PAIR_FIELDS, {})
        if others:
            columns["pair_id"] = next(iter(others.values()))
    needed = ["pair_id", "annotator", "choice"]
    if defaults.criterion is None and len(study.criteria) > 1:
        needed.append("criterion")
    missing = [name for name in needed if name not in columns]
    if missing:
        typed = " ".join(f"--map {name}=COLUMN" for name in missing)
        flag = " (or --criterion KEY for all rows)" if "criterion" in missing else ""
        raise FormatError(
            f"{table.path}: found the columns {named(table.columns)} but none for "
            f"{' and '.join(missing)}; name it with {typed}{flag}"
        )
    pairs: dict[str, list[Pair]] = {}
    for pair in study.pairs:
        pairs.setdefault(pair.id, []).append(pair)
        source_id = str(pair.meta.get("source_id", pair.id))
        if source_id != pair.id:
            pairs.setdefault(source_id, []).append(pair)
    return _Source(study, columns, defaults, pairs)


def _label(row: Row, source: _Source) -> Label | Unusable:
    """The label of a row, or why it makes none."""
    if row.problem:
        return Unusable(row.problem)
    fields: dict[str, Any] = {}
    for name, column in source.columns.items():
        value = row.cells.get(column)
        if isinstance(value, Unusable):
            return Unusable(f"{column} {value.why}")
        if value is not None and value != "":
            fields[name] = value
    for name in ("annotator", "choice"):
        if name not in fields:
            return Unusable(f"{source.columns[name]} is empty")
    found = _pair_and_criterion(fields, row, source)
    if isinstance(found, Unusable):
        return found
    pair, criterion = found
    fields |= {"pair_id": pair.id, "criterion": criterion.key}
    fields.setdefault("kind", source.defaults.kind)
    if "target" not in fields and criterion.scale.targets == ("pair",):
        fields["target"] = "pair"
    if fields.get("target") not in criterion.scale.targets:
        expected = " or ".join(criterion.scale.targets)
        return Unusable(
            f"found {fields.get('target')!r} as target, expected {expected} for {criterion.key}"
        )
    choice = _choice(fields, criterion, row, source)
    if isinstance(choice, Unusable):
        return choice
    return _validated({**fields, "choice": choice})


def _pair_and_criterion(
    fields: Mapping[str, Any], row: Row, source: _Source
) -> tuple[Pair, Criterion] | Unusable:
    identifier = text_of(row.cells, source.columns["pair_id"])
    if isinstance(identifier, Unusable):
        return Unusable(f"{source.columns['pair_id']} {identifier.why}")
    pairs = source.pairs.get(identifier.strip(), [])
    if not pairs and identifier.strip().startswith(VEILED):
        source.veiled += 1
        return Unusable(f"found the pair {identifier!r} as a blind export calls it")
    if len(pairs) != 1:
        where = "no pair" if not pairs else f"{len(pairs)} pairs"
        return Unusable(f"found the pair {identifier!r}, but the study has {where} of that id")
    only = source.study.criteria[0].key if len(source.study.criteria) == 1 else None
    key = fields.get("criterion", source.defaults.criterion or only)
    criterion = source.study.criterion(str(key))
    if criterion is None:
        known = named(one.key for one in source.study.criteria)
        return Unusable(f"found the criterion {key!r}, expected one of {known}")
    if not criterion.applies(pairs[0].prompt):
        return Unusable(f"{criterion.key} is not asked of this pair (applies_to)")
    return pairs[0], criterion


def _choice(
    fields: Mapping[str, Any], criterion: Criterion, row: Row, source: _Source
) -> str | Unusable:
    """The choice that a cell means: as --choices says, or as the scale names it, in any case."""
    raw = row.cells.get(source.columns["choice"])
    found = raw if isinstance(raw, str) else json.dumps(raw, default=str)
    written = source.defaults.choices.get(found, found)
    allowed = criterion.scale.choices
    if fields["kind"] == "judge":
        allowed = (*allowed, *JUDGE_FAILURES)
    if written in allowed:
        return written
    same = [choice for choice in allowed if choice.casefold() == written.strip().casefold()]
    if len(same) == 1:
        source.recased[f"{found!r} as {same[0]}"] += 1
        return same[0]
    source.unknown_choices[found] += 1
    return Unusable(f"found the choice {found!r}, expected one of {', '.join(allowed)}")


def _validated(fields: dict[str, Any]) -> Label | Unusable:
    flags = fields.get("flags", [])
    if isinstance(flags, str):
        try:
            flags = json_value(flags) if flags.startswith("[") else [flags]
        except ValueError:
            return Unusable(f"found {flags!r:.40} in flags, expected a JSON list")
    moment = fields.get("created_at")
    if isinstance(moment, str):
        try:
            fields["created_at"] = datetime.fromisoformat(moment.strip())
        except ValueError:
            return Unusable(f"found {moment!r} in created_at, expected a date as 2026-11-22T10:00Z")
    elif moment is not None and not isinstance(moment, datetime):
        return Unusable(f"found {moment!r} in created_at, expected a date as 2026-11-22T10:00Z")
    if isinstance(fields["annotator"], int) and not isinstance(fields["annotator"], bool):
        fields["annotator"] = str(fields["annotator"])
    try:
        return Label.model_validate({**fields, "flags": flags})
    except ValidationError as error:
        first = error.errors()[0]
        what = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
        return Unusable(f"{'.'.join(map(str, first['loc']))}: {what}, found {first['input']!r:.40}")


def _notes(source: _Source, labels: list[Label], there: set[LabelKey]) -> list[str]:
    notes = [f"{count(number, 'choice')} read: {what}" for what, number in source.recased.items()]
    replaced = sum(label.key in there for label in labels)
    if replaced:
        notes.append(
            f"{count(replaced, 'label')} of an annotator, pair and criterion that has one already: "
            "the latest counts"
        )
    if source.veiled:
        notes.append(
            f"{count(source.veiled, 'row')} of an export that was made before the study was "
            "locked, or of a blind release: their ids say nothing of which pair it is; save the "
            "labels again after the lock, or with python -m annotation export, which keeps the ids"
        )
    if source.unknown_choices:
        found = [f"{choice}=CHOICE" for choice in source.unknown_choices]
        notes.append(f"to say what those choices mean, add --choices {' '.join(found[:5])}")
    return notes
