"""Self-instruct's instructions as prompts: the 252 user-oriented tasks, and its seed tasks.

Source: yizhongw/self-instruct, human_eval/user_oriented_instructions.jsonl and
data/seed_tasks.jsonl. A line has an instruction and instances with an input and an output.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotation.formats.imported import not_text
from annotation.formats.prompts import Found
from annotation.formats.table import Unusable, plain_value
from annotation.formats.tables import jsonl_rows
from annotation.schema import Prompt

_OURS = ("id", "instruction", "instances", "motivation_app")


def prompts_of_self_instruct(path: Path) -> Iterator[Found]:
    """A prompt for each instance of each line."""
    for row in jsonl_rows(path):
        where = f"{path}:{row.line}"
        problem = row.problem or _problem(row.cells)
        if problem:
            yield Found(where, Unusable(problem))
            continue
        instances = row.cells["instances"]
        for number, instance in enumerate(instances, start=1):
            more = f"-{number}" if len(instances) > 1 else ""
            yield Found(where, _prompt(row.cells, instance, more))


def _problem(task: dict[str, Any]) -> str | None:
    wrong = not_text(task, ("id", "instruction"))
    if wrong:
        return wrong
    if not task["id"] or not task["instruction"].strip():
        return "found an empty id or instruction, expected text"
    instances = task.get("instances")
    if not isinstance(instances, list) or not instances:
        return f"found {instances!r:.40} in 'instances', expected a list of input and output"
    app = task.get("motivation_app")
    return None if app is None or isinstance(app, str) else not_text(task, ("motivation_app",))


def _prompt(task: dict[str, Any], instance: object, more: str) -> Prompt | Unusable:
    if not isinstance(instance, dict):
        return Unusable(f"found the instance {instance!r:.40}, expected input and output")
    wrong = not_text(instance, ("input", "output"))
    if wrong:
        return Unusable(f"in 'instances', {wrong}")
    return Prompt(
        id=f"{task['id']}{more}",
        text=task["instruction"],
        input=instance["input"],
        category=task.get("motivation_app") or None,
        reference=instance["output"] or None,
        meta={
            "source": "self-instruct",
            **{name: plain_value(value) for name, value in task.items() if name not in _OURS},
        },
    )
