"""PandaLM's test set: read into a study, and written from one.

Source: WeOpenML/PandaLM, data/testset-v1.json. Each record keeps what we do not model in
`meta.pandalm`, with null where the value is made again from the pair and its labels, so that a
file comes back equal. The files of its judges are in `pandalm_judges`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from annotation.formats.files import FormatError, read_json_records
from annotation.formats.imported import (
    Imported,
    LeftOut,
    count,
    guidelines_template,
    named,
    not_text,
    study_key,
)
from annotation.formats.pandalm_judges import (
    HUMAN_VERDICTS,
    VERDICT_OF,
    Raw,
    read_judge,
    verdict,
)
from annotation.schema import Criterion, Label, Pair, PairResponse, Prompt, Scale
from annotation.study import StudyPlan, look_alikes

_ANNOTATOR = re.compile(r"annotator\d+")
_REBUILT = ("cmp_key", "instruction", "input", "response1", "response2")


def read_pandalm(testset: Path, judges: Mapping[str, Path], folder: Path) -> Imported:
    """The study in a PandaLM test set and in files of judges by their names."""
    overall = Criterion(
        key="overall", question="Which response is better?", scale=Scale(kind="preference3")
    )
    plan = StudyPlan(
        key=study_key(folder), title="PandaLM test set", labels_per_pair=3, criteria=(overall,)
    )
    made = Imported(plan, guidelines_template("pandalm"))
    by_idx = _read_testset(testset, made)
    for name, path in judges.items():
        judged = made.labels[f"judge-{name}.jsonl"] = read_judge(name, path, by_idx, made)
        if len(judged) < len(made.pairs):
            missing = count(len(made.pairs) - len(judged), "pair")
            made.notes.append(f"{missing} without a verdict of the judge {name}")
    return made


def _read_testset(path: Path, made: Imported) -> dict[object, Pair]:
    by_idx: dict[object, Pair] = {}
    seen: dict[str, object] = {}
    people = made.labels["people.jsonl"] = []
    records = read_json_records(path)
    known = _unambiguous_systems(records)
    for number, record in enumerate(records, start=1):
        where = f"{path.name}, record {number} (idx {record.get('idx')})"
        problem = _problem(record, by_idx, known)
        if problem:
            made.left_out.append(LeftOut(where, problem))
            continue
        pair = _pair(record, known)
        if pair.id in seen:
            made.left_out.append(LeftOut(where, f"the same pair as idx {seen[pair.id]}"))
            continue
        seen[pair.id] = record["idx"]
        by_idx[record["idx"]] = pair
        made.pairs.append(pair)
        for annotator in filter(_ANNOTATOR.fullmatch, record):
            choice = verdict(record[annotator], HUMAN_VERDICTS)
            if choice is None:
                why = f"found {record[annotator]!r} in {annotator!r}, expected 0, 1 or 2"
                made.left_out.append(LeftOut(where, why))
                continue
            people.append(
                Label(
                    pair_id=pair.id,
                    criterion="overall",
                    annotator=annotator,
                    kind="human",
                    target="pair",
                    choice=choice,
                )
            )
    if not made.pairs:
        raise FormatError(f"{path}: found no pair that can be used{_first(made.left_out)}")
    made.notes += [*_oddities(made.pairs), *_unanswered(records, made.pairs)]
    return by_idx


def _unanswered(records: Iterable[Raw], pairs: list[Pair]) -> list[str]:
    """What each annotator, of those in any record, was not asked."""
    people = sorted({name for record in records for name in record if _ANNOTATOR.fullmatch(name)})
    counts = {name: sum(name not in pair.meta["pandalm"] for pair in pairs) for name in people}
    return [
        f"{count(number, 'pair')} without the field {name!r}"
        for name, number in counts.items()
        if number
    ]


def _first(left_out: list[LeftOut]) -> str:
    return f"; {left_out[0].where}: {left_out[0].why}" if left_out else ""


def _problem(record: Raw, by_idx: Mapping[object, Pair], known: set[str]) -> str | None:
    idx = record.get("idx")
    if not isinstance(idx, int) or isinstance(idx, bool):
        return f"found {idx!r} in 'idx', expected a whole number"
    if idx in by_idx:
        return f"another record has the idx {idx} already"
    texts = ["cmp_key", "instruction", "input"]
    texts += [name for name in ("response1", "response2") if not isinstance(record.get(name), bool)]
    problem = not_text(record, texts)
    if problem is None and _systems(record["cmp_key"], known) is None:
        problem = f"cannot tell the two systems apart in the cmp_key {record['cmp_key']!r}"
    return problem


def _splits(cmp_key: object) -> list[tuple[str, str]]:
    """Every way to read a cmp_key as two names joined by `_`."""
    if not isinstance(cmp_key, str):
        return []
    cuts = [at for at, letter in enumerate(cmp_key) if letter == "_"]
    return [(cmp_key[:at], cmp_key[at + 1 :]) for at in cuts if cmp_key[:at] and cmp_key[at + 1 :]]


def _unambiguous_systems(records: Iterable[Raw]) -> set[str]:
    splits = (_splits(record.get("cmp_key")) for record in records)
    return {name for found in splits if len(found) == 1 for name in found[0]}


def _systems(cmp_key: str, known: set[str]) -> tuple[str, str] | None:
    splits = _splits(cmp_key)
    if len(splits) > 1:
        splits = [(a, b) for a, b in splits if a in known and b in known]
    return splits[0] if len(splits) == 1 else None


def _pair(record: Raw, known: set[str]) -> Pair:
    systems = _systems(record["cmp_key"], known)
    if systems is None:
        raise FormatError(f"cannot tell the two systems apart in {record['cmp_key']!r}")
    skeleton = {
        name: None if name in _REBUILT or _ANNOTATOR.fullmatch(name) else value
        for name, value in record.items()
    }
    responses = []
    for name, system in zip(("response1", "response2"), systems, strict=True):
        if isinstance(record[name], bool):
            skeleton[name] = record[name]
        responses.append(PairResponse(system=system, text=str(record[name])))
    return Pair(
        prompt=Prompt(text=record["instruction"], input=record["input"]),
        response_a=responses[0],
        response_b=responses[1],
        meta={"source": "PandaLM", "source_id": str(record["idx"]), "pandalm": skeleton},
    )


def _oddities(pairs: list[Pair]) -> list[str]:
    booleans = [
        pair.meta["source_id"]
        for pair in pairs
        if any(isinstance(pair.meta["pandalm"].get(name), bool) for name in _REBUILT)
    ]
    empty = sum(not pair.response_a.text or not pair.response_b.text for pair in pairs)
    inputs = sum(not pair.prompt.input for pair in pairs)
    texts = sum(not pair.prompt.text for pair in pairs)
    found = [
        (len(booleans), f"had a JSON boolean as a response (idx {named(booleans)}): now its text"),
        (empty, "with an empty response, kept"),
        (inputs, "without an input"),
        (texts, "with an empty instruction, kept"),
        (look_alikes(pairs), "repeating the texts of an earlier pair (other systems), kept"),
    ]
    return [f"{count(number, 'pair')} {what}" for number, what in found if number]


def annotator_columns(names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The column of each annotator, and a note where it is not their name."""
    if all(_ANNOTATOR.fullmatch(name) for name in names):
        return {name: name for name in names}, []
    columns = {name: f"annotator{number}" for number, name in enumerate(names, start=1)}
    pairs = ", ".join(f"{name} as {column}" for name, column in columns.items())
    return columns, [f"annotators are written as columns: {pairs}"]


def joined_names(pairs: Iterable[Pair], systems: Mapping[str, str]) -> list[str]:
    """A note where a cmp_key cannot be taken apart again."""
    joined = sorted({systems[one] for pair in pairs for one in pair.systems if "_" in systems[one]})
    return [f"cmp_key joins names by _, which stands in {named(joined)} too"] if joined else []


def testset_record(
    number: int,
    pair: Pair,
    labels: Iterable[Label],
    columns: Mapping[str, str],
    systems: Mapping[str, str],
    blind: bool,
) -> Raw:
    """A pair and people's labels of it, one of each annotator, as a record of the test set.

    `number` counts pairs from 0; `systems` gives the name to write for each system. Blind, fields
    that we do not know stay behind, because they may name a system.
    """
    skeleton: Raw = pair.meta.get("pandalm") or {"idx": number, **dict.fromkeys(_REBUILT)}
    if blind:
        ours = {"idx", "motivation_app", *_REBUILT}
        skeleton = {
            key: value
            for key, value in skeleton.items()
            if key in ours or _ANNOTATOR.fullmatch(key)
        }
    rebuilt: Raw = {
        "cmp_key": "_".join(systems[name] for name in pair.systems),
        "instruction": pair.prompt.text,
        "input": pair.prompt.input,
        "response1": _as_it_was(skeleton["response1"], pair.response_a.text),
        "response2": _as_it_was(skeleton["response2"], pair.response_b.text),
    }
    said = sorted(labels, key=lambda label: label.annotator)
    verdicts = {columns[label.annotator]: VERDICT_OF[label.choice] for label in said}
    record = {**skeleton, **rebuilt, **verdicts}
    return {
        key: value
        for key, value in record.items()
        if key in verdicts or not _ANNOTATOR.fullmatch(key)
    }


def _as_it_was(raw: object, text: str) -> object:
    """The source's own value where it still says the same text."""
    return raw if isinstance(raw, bool) and str(raw) == text else text
