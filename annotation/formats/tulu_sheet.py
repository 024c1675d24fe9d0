"""The sheet of Tulu's human evaluation: its rows as labels in the pair's order, and back.

A row swaps the sides as its annotator saw them, and its texts only serve to check that it is of
this pair: the true ones are in the instances, because a spreadsheet took some for formulas. What
a label cannot hold stays in the pair's `meta.tulu.records`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from annotation.formats.files import FormatError
from annotation.formats.imported import Imported, LeftOut, named
from annotation.formats.sheets import SPREADSHEET_ERRORS, SheetCell, cell_name, read_sheet
from annotation.schema import Choice, Label, Level, Pair, Scale, Target, iso_utc

COLUMNS = (
    *("id", "instance_index", "instance_id", "prompt", "model_a", "model_b"),
    *("completion_a", "completion_b", "completion_a_is_acceptable", "completion_b_is_acceptable"),
    *("preference", "instance_quality", "comment", "evaluator", "timestamp"),
)
PREFERENCES: dict[str, Choice] = {
    "a-is-better": "a_clearly",
    "a-is-slightly-better": "a_slightly",
    "tie": "tie",
    "b-is-slightly-better": "b_slightly",
    "b-is-better": "b_clearly",
}
OVERALL = Scale(kind="preference5")
ACCEPTABILITY = Scale(kind="rating", levels=(Level(name="yes", value=1), Level(name="no", value=0)))
_WRITTEN: dict[Choice, str] = {
    **{choice: name for name, choice in PREFERENCES.items()},
    "a": "a-is-better",
    "b": "b-is-better",
    "both_bad": "tie",
}
_OTHER: dict[Target, Target] = {"a": "b", "b": "a", "pair": "pair"}


@dataclass(frozen=True)
class Record:
    """One row of the sheet: the labels it gives and what else must come back."""

    pair: Pair
    evaluator: str
    moment: datetime
    labels: tuple[Label, ...]
    kept: dict[str, Any]


def read_records(path: Path, by_index: dict[int, Pair], made: Imported) -> Iterator[Record]:
    """The rows of the sheet that can be used; the others are noted in `made.left_out`."""
    rows = read_sheet(path)
    first = next(rows, None)
    header = [cell.value for cell in first[1]] if first else []
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise FormatError(
            f"{path}: found the columns {named(header) or 'none'}, expected also {named(missing)}"
        )
    unknown = [name for name in header if name is not None and name not in COLUMNS]
    if unknown:
        made.notes.append(f"{path.name}: columns that are not kept: {named(unknown)}")
    places = {name: header.index(name) for name in COLUMNS}
    for line, cells in rows:
        row = {name: cells[at] for name, at in places.items() if at < len(cells)}
        row = {name: row.get(name, SheetCell(None)) for name in COLUMNS}
        problem = _row_problem(row, by_index)
        if problem:
            made.left_out.append(LeftOut(f"{path.name}, row {line}", problem))
            continue
        broken = _broken(row, _pair_of(row, by_index))
        if broken:
            names = named(cell_name(line, places[column] + 1) for column in broken)
            made.notes.append(
                f"{path.name}: {names} holds a formula or its error in place of a response; "
                "the text is taken from the instances"
            )
        yield _record(row, _pair_of(row, by_index), broken)


def _pair_of(row: dict[str, SheetCell], by_index: dict[int, Pair]) -> Pair:
    return by_index[int(str(row["instance_index"].value).removesuffix(".0"))]


def _row_problem(row: dict[str, SheetCell], by_index: dict[int, Pair]) -> str | None:
    """What keeps a row of the sheet from being a record, or None."""
    index = row["instance_index"].value
    if isinstance(index, bool) or not isinstance(index, int | float) or index not in by_index:
        return f"found instance_index {index!r}, which the instances do not have"
    pair = by_index[int(index)]
    allowed = {
        "preference": tuple(PREFERENCES),
        "completion_a_is_acceptable": ACCEPTABILITY.choices,
        "completion_b_is_acceptable": ACCEPTABILITY.choices,
    }
    for name, choices in allowed.items():
        if row[name].value not in choices:
            return f"found {row[name].value!r} in {name}, expected one of {', '.join(choices)}"
    if not isinstance(row["evaluator"].value, str) or not row["evaluator"].value:
        return f"found {row['evaluator'].value!r} in evaluator, expected a name"
    if not isinstance(row["timestamp"].value, datetime):
        return f"found {row['timestamp'].value!r} in timestamp, expected a date with its time"
    if {row["model_a"].value, row["model_b"].value} != set(pair.systems):
        models = f"{row['model_a'].value!r} and {row['model_b'].value!r}"
        return f"found the models {models}, but the instance has {' and '.join(pair.systems)}"
    return _text_problem(row, pair)


def _text_problem(row: dict[str, SheetCell], pair: Pair) -> str | None:
    """A label must not come to mean another text than its annotator saw."""
    broken = _broken(row, pair)
    for name, text in _true_texts(row, pair).items():
        if (row[name].value or "") != text and name not in broken:
            return f"the text in {name} is not that of the instance, so the label is not of it"
    if row["instance_id"].value != pair.prompt.id:
        return f"found instance_id {row['instance_id'].value!r}, expected {pair.prompt.id!r}"
    return None


def _true_texts(row: dict[str, SheetCell], pair: Pair) -> dict[str, str]:
    texts = {response.system: response.text for response in (pair.response_a, pair.response_b)}
    return {
        "prompt": pair.prompt.text,
        "completion_a": texts[str(row["model_a"].value)],
        "completion_b": texts[str(row["model_b"].value)],
    }


def _broken(row: dict[str, SheetCell], pair: Pair) -> list[str]:
    """The text columns in which a spreadsheet put a formula or an error in place of the text."""
    return [
        name
        for name, text in _true_texts(row, pair).items()
        if row[name].broken or (row[name].value in SPREADSHEET_ERRORS and row[name].value != text)
    ]


def _record(row: dict[str, SheetCell], pair: Pair, broken: list[str]) -> Record:
    swapped = row["model_a"].value != pair.response_a.system
    evaluator, moment = str(row["evaluator"].value), row["timestamp"].value
    if not isinstance(moment, datetime):
        raise FormatError(f"found {moment!r} in timestamp, expected a date with its time")
    moment = moment.replace(tzinfo=UTC)
    shared: dict[str, Any] = {
        "pair_id": pair.id,
        "annotator": evaluator,
        "kind": "human",
        "swapped": swapped,
        "created_at": moment,
    }
    comment = row["comment"].value
    labels = [
        Label(
            criterion="overall",
            target="pair",
            choice=OVERALL.unblind(PREFERENCES[str(row["preference"].value)], swapped),
            comment=None if comment is None else str(comment),
            **shared,
        )
    ]
    for side in ("a", "b"):
        seen = {"a": "b", "b": "a"}[side] if swapped else side
        choice = str(row[f"completion_{seen}_is_acceptable"].value)
        labels.append(Label(criterion="acceptability", target=side, choice=choice, **shared))
    kept = {"id": row["id"].value, "evaluator": evaluator, "timestamp": iso_utc(moment)}
    if row["instance_quality"].value is not None:
        kept["instance_quality"] = row["instance_quality"].value
    if broken:
        kept["broken"] = broken
    return Record(pair, evaluator, moment, tuple(labels), kept)


def pair_rows(
    number: int,
    pair: Pair,
    labels: Iterable[Label],
    superseded: Iterable[Label],
    names: Mapping[str, str],
) -> list[dict[str, object]]:
    """The sheet's rows on a pair, one for each time that an annotator labelled it.

    `number` counts pairs from 0; `names` gives the name to write for each system. A row that
    never stood in a sheet has no id yet.
    """
    groups: dict[tuple[object, ...], list[Label]] = {}
    for label in labels:
        groups.setdefault((label.annotator,), []).append(label)
    for label in superseded:
        groups.setdefault((label.annotator, label.created_at), []).append(label)
    rows = [_row(number, pair, group, names) for group in groups.values()]
    return sorted(rows, key=lambda row: str(row["timestamp"] or ""))


def first_free_id(pairs: Iterable[Pair]) -> int:
    """The first id that no row of the source's sheet had."""
    taken = [
        record["id"]
        for pair in pairs
        for record in pair.meta.get("tulu", {}).get("records", ())
        if isinstance(record.get("id"), int | float)
    ]
    return int(max(taken, default=0)) + 1


def _row(
    number: int, pair: Pair, labels: list[Label], names: Mapping[str, str]
) -> dict[str, object]:
    swapped = any(label.swapped for label in labels)
    a, b = pair.response_a, pair.response_b
    left, right = (b, a) if swapped else (a, b)
    moment = max((label.created_at for label in labels if label.created_at), default=None)
    annotator = labels[0].annotator
    tulu = pair.meta.get("tulu", {})
    kept = _kept(tulu.get("records", ()), annotator, moment)
    row: dict[str, object] = dict.fromkeys(COLUMNS)
    row |= {
        "id": kept.get("id"),
        "instance_index": tulu.get("instance_index", number),
        "instance_id": pair.prompt.id,
        "prompt": prompt_text(pair),
        "model_a": names[left.system],
        "model_b": names[right.system],
        "completion_a": left.text,
        "completion_b": right.text,
        "instance_quality": kept.get("instance_quality"),
        "evaluator": annotator,
        "timestamp": moment.replace(tzinfo=None) if moment else None,
    }
    for label in labels:
        if label.target == "pair":
            row["preference"] = _WRITTEN[OVERALL.unblind(label.choice, swapped)]
            row["comment"] = label.comment
        else:
            side = _OTHER[label.target] if swapped else label.target
            row[f"completion_{side}_is_acceptable"] = label.choice
    return row


def _kept(
    records: Iterable[dict[str, Any]], annotator: str, moment: datetime | None
) -> dict[str, Any]:
    when = iso_utc(moment) if moment else None
    same = (one for one in records if (one["evaluator"], one["timestamp"]) == (annotator, when))
    return next(same, {})


def prompt_text(pair: Pair) -> str:
    """The prompt in one text, as the format has it: the input below the instruction."""
    prompt = pair.prompt
    return f"{prompt.text}\n\n{prompt.input}" if prompt.input else prompt.text


def broken_cells(pairs: Iterable[Pair]) -> list[str]:
    """The cells that a spreadsheet broke in the source, which are written with the true text."""
    return [
        f"{column} of instance {pair.meta['tulu']['instance_index']} by {record['evaluator']}"
        for pair in pairs
        for record in pair.meta.get("tulu", {}).get("records", ())
        for column in record.get("broken", ())
    ]
