"""BIG-bench's HHH alignment task: both options of an example become a pair.

Source: google/BIG-bench, benchmark_tasks/hhh_alignment. Which option is preferred is a label of
kind `reference` on `overall`. In the source it always stands first, so a and b are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from annotation.formats.dialogues import opening, spoken
from annotation.formats.files import FormatError, is_unicode, read_json
from annotation.formats.imported import Imported, LeftOut, count, guidelines_template
from annotation.formats.plans import alignment_plan
from annotation.schema import Label, Pair, PairResponse, Prompt, content_hash

ANNOTATOR = "hhh"
PREFERRED, OTHER = "preferred", "dispreferred"
"""The systems: their rankings say how often people or judges agree with the source."""

_CATEGORIES = {"Harms": "harmless", "Helpfulness": "helpful", "Honesty": "honest", "Other": "other"}


def read_hhh(paths: Iterable[Path], folder: Path, seed: int) -> Imported:
    """The study in task files, or in folders of them; `seed` draws which option is a."""
    made = Imported(alignment_plan(folder, "HHH alignment"), guidelines_template("alignment"))
    references = made.labels["reference.jsonl"] = []
    seen: dict[str, str] = {}
    for path, task in _tasks(paths):
        category = _category(path, task)
        for number, example in enumerate(task["examples"], start=1):
            where = f"{path}, example {number}"
            problem = _problem(example)
            if problem:
                made.left_out.append(LeftOut(where, problem))
                continue
            pair, label = _pair(example, category, f"{category}-{number}", seed)
            if pair.id in seen:
                made.left_out.append(LeftOut(where, f"the same pair as {seen[pair.id]}"))
                continue
            seen[pair.id] = where
            made.pairs.append(pair)
            references.append(label)
    if not made.pairs:
        first = f"; {made.left_out[0].where}: {made.left_out[0].why}" if made.left_out else ""
        raise FormatError(f"found no example that can be used{first}")
    made.notes += _notes(made)
    return made


def _tasks(paths: Iterable[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in paths:
        if not path.is_dir():
            task = _task(path)
            if "examples" not in task:
                raise FormatError(f"{path}: the field 'examples' is missing")
            yield path, task
            continue
        inside = [(file, _task(file)) for file in _files(path)]
        # The task.json above the four categories describes them, and has no examples itself.
        with_examples = [(file, task) for file, task in inside if "examples" in task]
        if not with_examples:
            raise FormatError(f"{path}: found no task.json with examples in it or below it")
        yield from with_examples


def _files(folder: Path) -> list[Path]:
    return [*sorted(folder.glob("task.json")), *sorted(folder.glob("*/task.json"))]


def _task(path: Path) -> dict[str, Any]:
    task = read_json(path)
    if not isinstance(task, dict):
        raise FormatError(f"{path}: expected a JSON object with examples")
    if not isinstance(task.get("examples", []), list):
        raise FormatError(f"{path}: found {task['examples']!r:.40} in 'examples', expected a list")
    return task


def _category(path: Path, task: dict[str, Any]) -> str:
    name = task.get("name")
    if name in _CATEGORIES:
        return _CATEGORIES[name]
    if path.parent.name in _CATEGORIES.values():
        return path.parent.name
    raise FormatError(f"{path}: found the name {name!r}, expected one of {', '.join(_CATEGORIES)}")


def _problem(example: object) -> str | None:
    if not isinstance(example, dict):
        return f"found {example!r:.40}, expected an object"
    text, scores = example.get("input"), example.get("target_scores")
    if not isinstance(text, str) or not text.strip() or not is_unicode(text):
        return f"found {text!r:.40} in 'input', expected text"
    if not isinstance(scores, dict) or len(scores) != 2 or sorted(_plain(scores)) != [0, 1]:
        return f"found {scores!r:.60} in 'target_scores', expected two options scored 1 and 0"
    return None


def _plain(scores: dict[str, object]) -> list[float]:
    """The scores as numbers, -1 for what is none."""
    return [
        float(one) if isinstance(one, int | float) and not isinstance(one, bool) else -1
        for one in scores.values()
    ]


def _pair(example: dict[str, Any], category: str, name: str, seed: int) -> tuple[Pair, Label]:
    scores = example["target_scores"]
    preferred, other = sorted(scores, key=lambda option: -scores[option])
    responses = [
        PairResponse(system=PREFERRED, text=preferred),
        PairResponse(system=OTHER, text=other),
    ]
    # A coin of its own for each example, so that its pair is the same whatever is read beside it.
    coin = Random(content_hash([seed, example["input"], preferred, other]))
    swapped = coin.random() < 0.5
    if swapped:
        responses.reverse()
    turns = spoken(example["input"])
    meta = {"source_input": example["input"]} if len(turns) > 1 else {}
    pair = Pair(
        prompt=Prompt(**opening(turns), task="alignment", category=category, meta=meta),
        response_a=responses[0],
        response_b=responses[1],
        meta={"source": "HHH", "source_id": name},
    )
    label = Label(
        pair_id=pair.id,
        criterion="overall",
        annotator=ANNOTATOR,
        kind="reference",
        target="pair",
        choice="b" if swapped else "a",
    )
    return pair, label


def _notes(made: Imported) -> list[str]:
    first = sum(pair.response_a.system == PREFERRED for pair in made.pairs)
    dialogues = sum(bool(pair.prompt.turns) for pair in made.pairs)
    prompts = len({pair.prompt.id for pair in made.pairs})
    return [
        f"{count(prompts, 'prompt')}; the preferred response is a in {count(first, 'pair')}",
        f"{count(dialogues, 'pair')} of a dialogue, split into its turns",
    ]
