"""Small valid records for tests: name only the fields that matter to the claim."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annotation.schema import Criterion, Label, Pair, PairResponse, Prompt
from annotation.study import GUIDELINES_FILE, PAIRS_FILE, StudyPlan, write_jsonl, write_plan


def a_prompt(text: str = "Write a haiku about tea.", **fields: Any) -> Prompt:
    return Prompt(text=text, **{"task": "writing", "category": "creative", **fields})


def a_response(system: str = "system-x", text: str = "An answer.", **fields: Any) -> PairResponse:
    return PairResponse(system=system, text=text, **fields)


def a_pair(number: int = 0, **fields: Any) -> Pair:
    """A pair that differs from those of other numbers."""
    made: dict[str, Any] = {
        "prompt": a_prompt(f"Prompt {number}"),
        "response_a": a_response("system-x", f"First answer {number}."),
        "response_b": a_response("system-y", f"Second answer {number}."),
    }
    return Pair(**{**made, **fields})


def a_criterion(key: str = "overall", scale: object = "preference3", **fields: Any) -> Criterion:
    return Criterion.model_validate(
        {"key": key, "question": f"Which is better: {key}?", "scale": scale, **fields}
    )


YES_NO = {"kind": "rating", "levels": [{"name": "yes", "value": 1}, {"name": "no", "value": 0}]}


def a_plan(*criteria: Criterion, **fields: Any) -> StudyPlan:
    made: dict[str, Any] = {"key": "trial", "title": "A trial", "labels_per_pair": 3}
    return StudyPlan(criteria=criteria or (a_criterion(),), **{**made, **fields})


def a_label(**fields: Any) -> Label:
    made: dict[str, Any] = {
        "pair_id": "p0",
        "criterion": "overall",
        "annotator": "ann",
        "kind": "human",
        "target": "pair",
        "choice": "a",
    }
    return Label(**{**made, **fields})


def a_study_folder(
    folder: Path,
    plan: StudyPlan | None = None,
    pairs: Sequence[Pair] | int = 3,
    labels: dict[str, Sequence[Label]] | None = None,
) -> Path:
    """A study folder on disk; `labels` maps file names under labels/ to their records."""
    folder.mkdir(parents=True, exist_ok=True)
    write_plan(folder, plan or a_plan())
    made = [a_pair(n) for n in range(pairs)] if isinstance(pairs, int) else pairs
    write_jsonl(folder / PAIRS_FILE, made)
    (folder / GUIDELINES_FILE).write_text("# Guidelines\n\nCompare.\n", encoding="utf-8")
    for name, records in (labels or {}).items():
        write_jsonl(folder / "labels" / name, records)
    return folder
