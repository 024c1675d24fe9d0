"""The files of PandaLM's judges: read into labels, and written from them.

A record holds idx, X_result, X_reason and X_reference, where X names the judge; one judge writes
its results as numbers, another as '1', '2', 'Tie' and 'garbage'. The reason becomes the label's
comment, and the rest stays in the pair's `meta.judges`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from annotation.formats.files import FormatError, read_json_records
from annotation.formats.imported import Imported, LeftOut, named
from annotation.schema import Choice, Label, Pair

Raw = dict[str, Any]

HUMAN_VERDICTS: dict[str, Choice] = {"0": "tie", "1": "a", "2": "b"}
JUDGE_VERDICTS: dict[str, Choice] = {
    **HUMAN_VERDICTS,
    **dict.fromkeys(("Tie", "tie", "TIE"), "tie"),
    "garbage": "invalid",
}
VERDICT_OF: dict[Choice, int] = {
    **dict.fromkeys(("a", "a_clearly", "a_slightly"), 1),
    **dict.fromkeys(("b", "b_clearly", "b_slightly"), 2),
    **dict.fromkeys(("tie", "both_bad"), 0),
}


def verdict(raw: object, meanings: Mapping[str, Choice]) -> Choice | None:
    """The choice that a source's value means; None where it has no known meaning."""
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        return None
    return meanings.get(str(raw))


def read_judge(name: str, path: Path, by_idx: Mapping[object, Pair], made: Imported) -> list[Label]:
    """The labels of one judge's file; what the file says besides goes to the pairs' meta."""
    labels: list[Label] = []
    for number, record in enumerate(read_json_records(path), start=1):
        result = _result_field(path, number, record)
        idx = record.get("idx")
        pair = by_idx.get(idx) if not isinstance(idx, bool | list | dict) else None
        choice = verdict(record[result], JUDGE_VERDICTS)
        if pair is None or choice is None or name in pair.meta.get("judges", {}):
            where = f"{path.name}, record {number} (idx {idx})"
            made.left_out.append(LeftOut(where, _problem(record[result], choice, pair)))
            continue
        reason = f"{result.removesuffix('_result')}_reason"
        comment = record.get(reason)
        comment = comment if isinstance(comment, str) else None
        kept = record if comment is None else {**record, reason: None}
        pair.meta.setdefault("judges", {})[name] = {"row": number, "record": kept}
        label = Label(
            pair_id=pair.id,
            criterion="overall",
            annotator=name,
            kind="judge",
            target="pair",
            choice=choice,
            swapped=False,
            comment=comment,
        )
        labels.append(label)
    return labels


def _result_field(path: Path, number: int, record: Raw) -> str:
    fields = [key for key in record if key.endswith("_result")]
    if len(fields) != 1:
        raise FormatError(
            f"{path}: record {number}: found the fields {named(record)}, "
            "expected idx and one whose name ends in _result"
        )
    return fields[0]


def _problem(raw: object, choice: Choice | None, pair: Pair | None) -> str:
    if pair is None:
        return "the test set has no pair of that idx"
    if choice is None:
        return f"found the verdict {raw!r}, expected 0, 1, 2, 'Tie' or 'garbage'"
    return "an earlier record of the file has that idx"


def judge_record(name: str, number: int, pair: Pair, label: Label, blind: bool) -> tuple[int, Raw]:
    """A judge's label as a record of its file, and the row that it had there.

    `number` counts pairs from 0. Blind, fields that we do not know stay behind.
    """
    kept = pair.meta.get("judges", {}).get(name)
    if kept is None:
        idx = pair.meta.get("pandalm", {}).get("idx", number)
        empty = {"idx": idx, "judge_result": None, "judge_reason": None}
        kept = {"row": number + 1, "record": empty}
    return kept["row"], _filled(kept["record"], label, blind)


def _filled(skeleton: Raw, label: Label, blind: bool) -> Raw:
    record: Raw = {}
    for key, value in skeleton.items():
        if key.endswith("_result"):
            same = verdict(value, JUDGE_VERDICTS) == label.choice
            record[key] = value if same else VERDICT_OF.get(label.choice, "garbage")
        elif key.endswith("_reason") and value is None:
            record[key] = label.comment
        elif key == "idx" or key.endswith("_reference") or not blind:
            record[key] = value
    return record
