"""What is in a study folder: every file of it read against the contract, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import ConfigDict

from annotation.formats.imported import count, named
from annotation.formats.progress import Progress, silently
from annotation.known import names_sides
from annotation.schema import JUDGE_FAILURES, Label, Pair, Prompt, Record, Response
from annotation.sources import settle
from annotation.study import (
    GUIDELINES_FILE,
    PAIRS_FILE,
    PROMPTS_FILE,
    Study,
    StudyError,
    load_study,
    load_toml,
    look_alikes,
    read_excluded,
    read_jsonl,
    read_labels,
    read_pairs,
)

_REASONS = {
    "training": "answers to training pairs",
    "gold": "answers to gold pairs",
    "unknown_pair": "of pairs that pairs.jsonl does not hold",
    "unknown_criterion": "of criteria that study.toml does not have",
    "unknown_choice": "with choices that the criterion's scale does not have",
    "not_applicable": "of criteria or responses that the pair is not asked about",
    "excluded_annotator": "of people named in excluded.jsonl",
    "superseded": "replaced by a later label of the same key",
    "repeat": "second answers of a person",
    "surplus": "answers beyond labels_per_pair",
}


class _AnyTable(Record):
    """A TOML file whose fields another package knows."""

    model_config = ConfigDict(extra="allow")


def check_study(folder: Path, progress: Progress = silently) -> Iterator[str]:
    """What the folder holds, one line at a time.

    Raises StudyError with file and line for the first thing that cannot be used.
    """
    study = load_study(folder)
    yield (
        f"{folder}: {study.title} ({study.key}, version {study.version}), "
        f"{count(study.labels_per_pair, 'label')} a pair"
    )
    words = len(study.guidelines.split())
    yield f"{GUIDELINES_FILE}: {count(words, 'word') if words else 'none; annotators read nothing'}"
    for name in ("systems.toml", "judges.toml"):
        if (folder / name).exists():
            fields = load_toml(folder / name, _AnyTable).model_extra or {}
            yield f"{name}: {named(_of_toml(fields)) or 'empty'}"
    prompts = yield from _prompts(folder)
    yield from _responses(folder, prompts, progress)
    yield from _pairs(study)
    yield from _criteria(study)
    for name in ("training.jsonl", "gold.jsonl"):
        if (folder / name).exists():
            yield from _known_pairs(folder / name)
    yield from _labels(study, progress)


def _known_pairs(path: Path) -> Iterator[str]:
    explanations = [str(pair.meta.get("explanation", "")) for pair in read_pairs(path)]
    yield f"{path.name}: {count(len(explanations), 'pair')}"
    bare = sum(map(names_sides, explanations))
    if bare:
        yield (
            f"  {count(bare, 'explanation')} with A or B, which people may see the other way "
            "round: write {a} and {b}"
        )


def _of_toml(fields: Mapping[str, object]) -> Iterator[str]:
    for name, value in fields.items():
        yield f"{len(value):,} {name}" if isinstance(value, list) else name


def _prompts(folder: Path) -> Generator[str, None, set[str] | None]:
    path = folder / PROMPTS_FILE
    if not path.exists():
        return None
    lines: dict[str, int] = {}
    for line, prompt in read_jsonl(path, Prompt):
        if prompt.id in lines:
            raise StudyError(
                f"{path}:{line}: found the prompt id {prompt.id!r} of line {lines[prompt.id]}, "
                "expected each prompt once"
            )
        lines[prompt.id] = line
    yield f"{PROMPTS_FILE}: {count(len(lines), 'prompt')}"
    return set(lines)


def _responses(folder: Path, prompts: set[str] | None, progress: Progress) -> Iterator[str]:
    files = sorted((folder / "responses").glob("*.jsonl"))
    systems: Counter[str] = Counter()
    unknown = 0
    for path in files:
        for _, response in progress(read_jsonl(path, Response)):
            systems[response.system] += 1
            unknown += prompts is not None and response.prompt_id not in prompts
    if files:
        yield f"responses: {_counted(systems, 'response')} in {count(len(files), 'file')}"
    if unknown:
        yield f"  {count(unknown, 'response')} of prompts that {PROMPTS_FILE} does not hold"


def _pairs(study: Study) -> Iterator[str]:
    if not study.pairs:
        yield f"{PAIRS_FILE}: none yet, so there is nothing to label"
        return
    pairs = study.pairs
    prompts = len({pair.prompt.id for pair in pairs})
    yield f"{PAIRS_FILE}: {count(len(pairs), 'pair')} of {count(prompts, 'prompt')}"
    yield f"  systems: {_of_each(Counter(name for pair in pairs for name in pair.systems))}"
    for name in ("task", "category"):
        values = Counter(getattr(pair.prompt, name) or "none" for pair in pairs)
        if set(values) - {"none"}:
            yield f"  {name}: {_of_each(values)}"
    found = [
        (look_alikes(pairs), "with the texts of an earlier pair: annotators meet them again"),
        (
            sum(
                pair.response_a.text == pair.response_b.text and not pair.response_a.turns
                for pair in pairs
            ),
            "with identical responses",
        ),
        (sum(not study.asked(pair.prompt) for pair in pairs), "asked no criterion (applies_to)"),
    ]
    yield from (f"  {count(number, 'pair')} {what}" for number, what in found if number)


def _criteria(study: Study) -> Iterator[str]:
    asked = Counter(one.key for pair in study.pairs for one in study.asked(pair.prompt))
    for criterion in study.criteria:
        scale = f"{criterion.scale.kind}: {', '.join(criterion.scale.choices)}"
        yield f"criterion {criterion.key} ({scale}): asked of {count(asked[criterion.key], 'pair')}"


def _labels(study: Study, progress: Progress) -> Iterator[str]:
    labels = list(progress(read_labels(study.folder)))
    if not labels:
        yield "labels: none"
        return
    yield f"labels: {count(len(labels), 'label')}"
    for kind, number in Counter(label.kind for label in labels).items():
        people = Counter(label.annotator for label in labels if label.kind == kind)
        yield f"  {kind}: {number:,} by {_of_each(people)}"
    left_out, examples = _left_out(study, labels)
    for reason, what in _REASONS.items():
        if left_out[reason]:
            example = f", e.g. {examples[reason]}" if reason in examples else ""
            yield f"  left out by the analysis: {left_out[reason]:,} {reason} ({what}{example})"


def _left_out(study: Study, labels: Iterable[Label]) -> tuple[Counter[str], Mapping[str, str]]:
    """How many labels the analysis leaves out, by reason, and an example where one helps."""
    pairs = {pair.id: pair for pair in study.pairs}
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    usable: list[Label] = []
    for label in labels:
        fault = _fault(label, study, pairs)
        if fault is None:
            usable.append(label)
            continue
        reason, example = fault
        counts[reason] += 1
        if example:
            examples.setdefault(reason, example)
    gone = read_excluded(study.folder)
    kept = [label for label in usable if label.kind != "human" or label.annotator not in gone]
    counts["excluded_annotator"] = len(usable) - len(kept)
    current, superseded = settle(kept)
    counts["superseded"] = len(superseded)
    for label in current:
        if label.kind != "judge" and (label.repeat or label.purpose == "repeat"):
            counts["repeat"] += 1
        elif label.purpose == "surplus":
            counts["surplus"] += 1
    return counts, examples


def _fault(label: Label, study: Study, pairs: Mapping[str, Pair]) -> tuple[str, str] | None:
    """The first thing that keeps a label from being used, and what it was."""
    if label.purpose in ("training", "gold"):
        return label.purpose, ""
    if label.pair_id not in pairs:
        return "unknown_pair", repr(label.pair_id)
    criterion = study.criterion(label.criterion)
    if criterion is None:
        return "unknown_criterion", repr(label.criterion)
    failures = JUDGE_FAILURES if label.kind == "judge" else ()
    if label.choice not in (*criterion.scale.choices, *failures):
        return "unknown_choice", f"{label.choice!r} for {criterion.key}"
    prompt = pairs[label.pair_id].prompt
    if not criterion.applies(prompt) or label.target not in criterion.scale.targets:
        return "not_applicable", f"{criterion.key} of {label.pair_id}, target {label.target}"
    return None


def _counted(counts: Counter[str], noun: str) -> str:
    return f"{count(counts.total(), noun)} ({_of_each(counts)})"


def _of_each(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items()))
