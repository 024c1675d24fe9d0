"""One label as one row of a table: the columns of our CSV export."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from annotation.formats.cells import neutralise
from annotation.schema import Label, Pair, Turn, iso_utc

PAIR_COLUMNS = (
    *("pair_id", "source_id", "prompt_id", "task", "category", "prompt", "input", "turns"),
    *("system_a", "system_b", "response_a", "response_b", "turns_a", "turns_b"),
)
LABEL_COLUMNS = (
    *("criterion", "annotator", "kind", "target", "choice", "swapped", "repeat", "purpose"),
    *("seconds", "comment", "flags", "created_at", "study_version"),
)
COLUMNS = (*PAIR_COLUMNS, *LABEL_COLUMNS)


def write_label_rows(
    path: Path,
    labels: Iterable[Label],
    pairs: Mapping[str, Pair],
    names: Mapping[str, str],
    blind: bool,
) -> int:
    """Write labels with the texts they speak of as CSV; the number of rows.

    `names` gives the name to write for each system. Every text cell is neutralised. Where the
    study has no such pair any more, only its id is known.
    """
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for label in labels:
            pair = pairs.get(label.pair_id)
            cells = _pair_cells(pair, names, blind) if pair else {"pair_id": label.pair_id}
            cells |= _label_cells(label)
            rows.writerow([neutralise(cells.get(column) or "") for column in COLUMNS])
            count += 1
    return count


def _pair_cells(pair: Pair, names: Mapping[str, str], blind: bool) -> dict[str, str]:
    prompt, a, b = pair.prompt, pair.response_a, pair.response_b
    return {
        "pair_id": pair.id,
        # A source's id may name its systems.
        "source_id": "" if blind else str(pair.meta.get("source_id", "")),
        "prompt_id": prompt.id,
        "task": prompt.task or "",
        "category": prompt.category or "",
        "prompt": prompt.text,
        "input": prompt.input,
        "turns": _turns(prompt.turns),
        "system_a": names[a.system],
        "system_b": names[b.system],
        "response_a": a.text,
        "response_b": b.text,
        "turns_a": _turns(a.turns),
        "turns_b": _turns(b.turns),
    }


def _turns(turns: tuple[Turn, ...]) -> str:
    plain = [turn.model_dump() for turn in turns]
    return json.dumps(plain, ensure_ascii=False) if plain else ""


def _label_cells(label: Label) -> dict[str, str]:
    return {
        "criterion": label.criterion,
        "annotator": label.annotator,
        "kind": label.kind,
        "target": label.target,
        "choice": label.choice,
        "swapped": "" if label.swapped is None else str(label.swapped).lower(),
        "repeat": str(label.repeat),
        "purpose": label.purpose,
        "seconds": "" if label.seconds is None else repr(label.seconds),
        "comment": label.comment or "",
        "flags": json.dumps(label.flags, ensure_ascii=False) if label.flags else "",
        "created_at": iso_utc(label.created_at) if label.created_at else "",
        "study_version": "" if label.study_version is None else str(label.study_version),
    }
