"""Prompts from elsewhere, sifted into the prompts of a study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from annotation.formats.imported import Imported, LeftOut, make_study, refuse_if_taken
from annotation.formats.plans import new_guidelines, new_plan
from annotation.formats.table import Unusable
from annotation.schema import Prompt
from annotation.study import PLAN_FILE, PROMPTS_FILE, append_jsonl, load_plan, read_jsonl


class Found(NamedTuple):
    """What one place of a source holds: a prompt, or why there is none."""

    where: str
    prompt: Prompt | Unusable


@dataclass
class ReadPrompts:
    """The prompts of a source, and what its reader should know of it."""

    prompts: list[Prompt] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    already: int = 0
    """Of those left out, how many the study has already: the file was imported before."""


def sift(found: Iterable[Found], known: Mapping[str, Prompt]) -> ReadPrompts:
    """The prompts that a study does not have yet; `known` are its own by their ids."""
    made = ReadPrompts()
    here: dict[str, str] = {}
    for where, prompt in found:
        if isinstance(prompt, Unusable):
            made.left_out.append(LeftOut(where, prompt.why))
        elif prompt.id in here:
            why = f"the id {prompt.id!r} stands in {here[prompt.id]} already"
            made.left_out.append(LeftOut(where, why))
        elif prompt.id in known:
            same = _asks(prompt) == _asks(known[prompt.id])
            made.already += same
            why = (
                "the study has this prompt already"
                if same
                else f"another prompt of the study has the id {prompt.id!r}"
            )
            made.left_out.append(LeftOut(where, why))
        else:
            here[prompt.id] = where
            made.prompts.append(prompt)
    return made


def _asks(prompt: Prompt) -> tuple[object, ...]:
    return prompt.text, prompt.input, prompt.turns


def known_prompts(folder: Path) -> dict[str, Prompt]:
    """The prompts of a study by their ids; none where there is no study yet.

    Raises FolderTaken where the folder holds something else.
    """
    if not (folder / PLAN_FILE).exists():
        refuse_if_taken(folder)
        return {}
    load_plan(folder)
    path = folder / PROMPTS_FILE
    if not path.exists():
        return {}
    return {prompt.id: prompt for _, prompt in read_jsonl(path, Prompt)}


def save_prompts(folder: Path, prompts: list[Prompt]) -> bool:
    """Add prompts to a study, or make one of them; whether it is new."""
    if (folder / PLAN_FILE).exists():
        append_jsonl(folder / PROMPTS_FILE, prompts)
        return False
    plan = new_plan(folder, prompts)
    make_study(folder, Imported(plan, new_guidelines(plan), prompts=prompts))
    return True
