"""Tulu's human evaluation: its instances and the sheet of its records, read and written.

Source: allenai/open-instruct, human_eval. A pair is a line of the instances, in the order of its
two completions. The rows of the sheet are in `tulu_sheet`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from annotation.formats.files import FormatError, json_value, read_text
from annotation.formats.imported import (
    Imported,
    LeftOut,
    count,
    guidelines_template,
    named,
    not_text,
    study_key,
)
from annotation.formats.tulu_sheet import (
    ACCEPTABILITY,
    OVERALL,
    Record,
    prompt_text,
    read_records,
)
from annotation.schema import Criterion, Label, Pair, PairResponse, Prompt
from annotation.study import StudyPlan, look_alikes

CRITERIA = (
    Criterion(key="acceptability", question="Is this response acceptable?", scale=ACCEPTABILITY),
    Criterion(key="overall", question="Which response is better?", scale=OVERALL),
)


def read_tulu(instances: Path, annotations: Path, folder: Path) -> Imported:
    """The study in Tulu's instances (JSONL) and annotations (XLSX)."""
    plan = StudyPlan(key=study_key(folder), title="Tulu human evaluation", criteria=CRITERIA)
    made = Imported(plan, guidelines_template("tulu"))
    by_index = _read_instances(instances, made)
    records = list(read_records(annotations, by_index, made))
    _sort_into_files(records, made)
    _note_oddities(annotations, records, made)
    return made


def _read_instances(path: Path, made: Imported) -> dict[int, Pair]:
    by_index: dict[int, Pair] = {}
    seen: dict[str, int] = {}
    lines = enumerate(read_text(path).split("\n"), start=1)
    filled = ((number, line) for number, line in lines if line.strip())
    for index, (number, line) in enumerate(filled):
        where = f"{path.name}, line {number}"
        try:
            instance = json_value(line)
        except ValueError as error:
            raise FormatError(f"{path}:{number}: not JSON: {error}") from None
        problem = _instance_problem(instance)
        if problem:
            made.left_out.append(LeftOut(where, problem))
            continue
        pair = _pair(index, instance)
        if pair.id in seen:
            made.left_out.append(LeftOut(where, f"the same pair as line {seen[pair.id]}"))
            continue
        seen[pair.id] = number
        by_index[index] = pair
        made.pairs.append(pair)
    if not made.pairs:
        raise FormatError(f"{path}: found no pair that can be used")
    return by_index


def _instance_problem(instance: object) -> str | None:
    if not isinstance(instance, dict):
        return f"found {instance!r}, expected an object"
    completions = instance.get("completions")
    if not isinstance(completions, list) or not all(isinstance(one, dict) for one in completions):
        return "expected a list of objects in 'completions'"
    problem = not_text(instance, ("id", "prompt"))
    for completion in completions:
        problem = problem or not_text(completion, ("model", "completion"))
    models = [completion.get("model") for completion in completions]
    if problem is None and (len(models) != 2 or models[0] == models[1]):
        problem = f"found completions of {named(models)}, expected two different models"
    return problem


def _pair(index: int, instance: dict[str, Any]) -> Pair:
    responses = [
        PairResponse(system=completion["model"], text=completion["completion"])
        for completion in instance["completions"]
    ]
    extras = {
        key: value for key, value in instance.items() if key not in ("id", "prompt", "completions")
    }
    tulu = {"instance_index": index, "records": [], **({"fields": extras} if extras else {})}
    return Pair(
        prompt=Prompt(id=instance["id"], text=instance["prompt"]),
        response_a=responses[0],
        response_b=responses[1],
        meta={"source": "Tulu", "source_id": str(index), "tulu": tulu},
    )


def _sort_into_files(records: list[Record], made: Imported) -> None:
    """The latest record of an annotator and pair counts; the earlier ones are superseded."""
    latest: dict[tuple[str, str], int] = {}
    for number, record in enumerate(records):
        key = (record.evaluator, record.pair.id)
        if key not in latest or record.moment >= records[latest[key]].moment:
            latest[key] = number
        record.pair.meta["tulu"]["records"].append(record.kept)
    counted = set(latest.values())
    people = made.labels["people.jsonl"] = []
    superseded: list[Label] = []
    for number, record in enumerate(records):
        (people if number in counted else superseded).extend(record.labels)
    if superseded:
        made.labels["superseded.jsonl"] = superseded
    repeats = len(records) - len(counted)
    if repeats:
        made.notes.append(
            f"{count(repeats, 'record')} superseded by a later one of the same annotator and pair"
        )


def _note_oddities(path: Path, records: list[Record], made: Imported) -> None:
    broken = sum(len(record.kept.get("broken", ())) for record in records)
    swapped = sum(bool(record.labels[0].swapped) for record in records)
    alike = sum(pair.response_a.text == pair.response_b.text for pair in made.pairs)
    found = [
        (len(records), "record", f"of {len({one.evaluator for one in records})} annotators"),
        (swapped, "record", "with the sides swapped, labels turned into the pair's order"),
        (broken, "cell", f"of {path.name} broken by a spreadsheet"),
        (alike, "pair", "with identical responses, kept"),
        (look_alikes(made.pairs), "pair", "repeating the texts of an earlier pair, kept"),
    ]
    made.notes += [f"{count(number, noun)} {what}" for number, noun, what in found if number]


def instance_of(pair: Pair, names: Mapping[str, str], blind: bool) -> dict[str, Any]:
    """A pair as a line of the instances.

    `names` gives the name to write for each system; blind, fields that we do not know stay
    behind, because they may name a system.
    """
    instance: dict[str, Any] = {"id": pair.prompt.id, "prompt": prompt_text(pair)}
    instance["completions"] = [
        {"model": names[response.system], "completion": response.text}
        for response in (pair.response_a, pair.response_b)
    ]
    if not blind:
        instance |= pair.meta.get("tulu", {}).get("fields", {})
    return instance
