"""AlpacaEval's annotations: two outputs of each instruction, and which of them a judge preferred.

Source: tatsu-lab/alpaca_eval, annotations.json. A preference is 1 or 2, or any number between
where the judge was asked for probabilities; 1.5 is a tie (0 in old files), and null a reply that
could not be read. Which output the judge saw first is not in the file.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from annotation.formats.files import FormatError, read_json_records
from annotation.formats.imported import (
    Imported,
    LeftOut,
    count,
    guidelines_template,
    not_text,
    study_key,
)
from annotation.formats.judged import Judged
from annotation.formats.plans import PUBLISHED_OVERALL
from annotation.formats.progress import Progress, silently
from annotation.formats.table import plain_value
from annotation.schema import JUDGE_FAILURES, Choice, Label, Pair, PairResponse, Prompt
from annotation.study import StudyPlan, look_alikes

_TEXTS = ("instruction", "output_1", "output_2", "generator_1", "generator_2", "annotator")
_OURS = {*_TEXTS, "input", "dataset"}
_TIES = ("tie", "draw")


def read_alpaca_eval(path: Path, folder: Path, progress: Progress = silently) -> Imported:
    """The study in a file of annotations: a pair for each two outputs, a label for each record."""
    plan = StudyPlan(
        key=study_key(folder),
        title="AlpacaEval annotations",
        labels_per_pair=3,
        criteria=(PUBLISHED_OVERALL,),
    )
    made = Imported(plan, guidelines_template("published"))
    judged = Judged()
    seen: dict[str, int] = {}
    found: Counter[str] = Counter()
    for number, record in enumerate(progress(read_json_records(path, nan_is_null=True)), start=1):
        where = f"{path}, record {number}"
        choice = _choice(record.get("preference"))
        problem = _problem(record, choice, seen.setdefault(_whole(record), number), number)
        if problem or choice is None:
            made.left_out.append(LeftOut(where, problem or ""))
            continue
        found["invalid"] += choice == "invalid"
        found["between"] += _is_between(record["preference"])
        found["reversed"] += _add(record, choice, judged)
    if not judged.pairs:
        first = f"; {made.left_out[0].where}: {made.left_out[0].why}" if made.left_out else ""
        raise FormatError(f"{path}: found no annotation that can be used{first}")
    made.pairs, made.labels = [*judged.pairs.values()], judged.labels
    made.notes += _notes(found, judged, made.pairs)
    return made


def _whole(record: dict[str, Any]) -> str:
    return json.dumps(record, sort_keys=True)


def _problem(record: dict[str, Any], choice: Choice | None, first: int, number: int) -> str | None:
    wrong = not_text(record, _TEXTS)
    if wrong:
        return wrong
    for name in ("generator_1", "generator_2", "annotator"):
        if not record[name].strip():
            return f"found an empty {name!r}, expected a name"
    for name in ("input", "dataset"):
        if record.get(name) is not None and not_text(record, (name,)):
            return not_text(record, (name,))
    if "preference" not in record:
        return "the field 'preference' is missing"
    if choice is None:
        found = record["preference"]
        return f"found the preference {found!r:.40}, expected a number from 1 to 2, 'tie' or null"
    return None if first == number else f"the same as record {first}"


def _choice(preference: object) -> Choice | None:
    """The choice that a preference means; None where it has no known meaning."""
    if preference is None:
        return "invalid"
    if isinstance(preference, str):
        if preference.strip().lower() in _TIES:
            return "tie"
        if preference.strip().lower() == "nan":
            return "invalid"
        try:
            preference = float(preference)
        except ValueError:
            return None
    if isinstance(preference, bool) or not isinstance(preference, int | float):
        return None
    if preference in (0, 1.5):
        return "tie"
    if not 1 <= preference <= 2:
        return None
    return "a" if preference < 1.5 else "b"


def _is_between(preference: object) -> bool:
    return isinstance(preference, float) and 1 < preference < 2 and preference != 1.5


def _add(record: dict[str, Any], choice: Choice, judged: Judged) -> bool:
    """Keep the pair and the label of a record; whether the pair came reversed."""
    pair, mirrored = judged.place(_pair(record))
    rest = {name: plain_value(value) for name, value in record.items() if name not in _OURS}
    completion = rest.get("raw_completion")
    if isinstance(completion, str):
        del rest["raw_completion"]
    else:
        completion = None
    pair.meta["alpaca_eval"].append({"annotator": record["annotator"], **rest})
    judged.add(
        Label(
            pair_id=pair.id,
            criterion="overall",
            annotator=record["annotator"],
            kind="judge",
            target="pair",
            choice=PUBLISHED_OVERALL.scale.unblind(choice, mirrored),
            comment=completion,
        )
    )
    return mirrored


def _pair(record: dict[str, Any]) -> Pair:
    a, b = (
        PairResponse(system=record[f"generator_{side}"], text=record[f"output_{side}"])
        for side in (1, 2)
    )
    return Pair(
        prompt=Prompt(
            text=record["instruction"],
            input=record.get("input") or "",
            category=record.get("dataset") or None,
        ),
        response_a=a,
        response_b=b,
        meta={"source": "AlpacaEval", "alpaca_eval": []},
    )


def _notes(found: Counter[str], judged: Judged, pairs: list[Pair]) -> list[str]:
    notes = [
        (found["invalid"], "annotation", "without a preference: an invalid verdict"),
        (found["between"], "preference", "between 1 and 2: read as the side that it is nearer to"),
        (found["reversed"], "annotation", "of a pair with its outputs reversed, turned round"),
        (judged.repeated(), "annotation", "of one judge and pair again, kept as a further run"),
        (look_alikes(pairs), "pair", "repeating the texts of an earlier pair, kept"),
    ]
    return [f"{count(number, noun)} {what}" for number, noun, what in notes if number]


_SIDE_OF = {"a": 1, "a_clearly": 1, "a_slightly": 1, "b": 2, "b_clearly": 2, "b_slightly": 2}


def annotation_of(pair: Pair, label: Label, names: Mapping[str, str]) -> dict[str, object]:
    """A label as a record of the annotations: 1 for a, 2 for b, 1.5 for a tie, null for no verdict.

    `names` gives the name to write for each system. How much better a response is, is lost.
    """
    prompt, a, b = pair.prompt, pair.response_a, pair.response_b
    record: dict[str, object] = {"instruction": prompt.text}
    if prompt.input:
        record["input"] = prompt.input
    record |= {
        "output_1": a.text,
        "generator_1": names[a.system],
        "output_2": b.text,
        "generator_2": names[b.system],
        "annotator": label.annotator,
        "preference": None if label.choice in JUDGE_FAILURES else _SIDE_OF.get(label.choice, 1.5),
    }
    if prompt.category:
        record["dataset"] = prompt.category
    if label.kind == "judge" and label.comment is not None:
        record["raw_completion"] = label.comment
    return record
