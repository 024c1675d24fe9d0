"""What an importer found in somebody else's files, and the study folder made of it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from annotation.formats.files import is_unicode
from annotation.schema import Label, Pair, Prompt, TiebreakError
from annotation.study import (
    GUIDELINES_FILE,
    PAIRS_FILE,
    PROMPTS_FILE,
    StudyPlan,
    write_jsonl,
    write_plan,
)

_GUIDELINES = Path(__file__).parent / "guidelines"
_NAMES_SHOWN = 10


class FolderTaken(TiebreakError):
    """The folder for a new study holds something already."""


@dataclass(frozen=True)
class LeftOut:
    """One row of a source that did not come along, and why."""

    where: str
    why: str


@dataclass
class Imported:
    """A study read from a source; `labels` maps names of files under labels/ to their records.

    `prompts` are those of a study whose pairs are yet to be made.
    """

    plan: StudyPlan
    guidelines: str
    pairs: list[Pair] = field(default_factory=list)
    prompts: list[Prompt] = field(default_factory=list)
    labels: dict[str, list[Label]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was repaired or is odd about the source, one sentence each."""
    plan_notes: str = ""
    """Comments for the foot of study.toml."""


def guidelines_template(name: str) -> str:
    """The guidelines that ship for a kind of study, by the name of their file."""
    return (_GUIDELINES / f"{name}.md").read_text(encoding="utf-8")


def study_key(folder: Path) -> str:
    """A study's key from the name of its folder."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name)
    return name.strip("._-")[:80] or "study"


def make_study(folder: Path, imported: Imported) -> None:
    """Write a whole new study folder, or nothing; raises FolderTaken where there is one."""
    folder = folder.resolve()
    refuse_if_taken(folder)
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    try:
        write_plan(partial, imported.plan, imported.plan_notes)
        (partial / GUIDELINES_FILE).write_text(imported.guidelines, encoding="utf-8")
        if imported.prompts:
            write_jsonl(partial / PROMPTS_FILE, imported.prompts)
        if imported.pairs or not imported.prompts:
            write_jsonl(partial / PAIRS_FILE, imported.pairs)
        for name, labels in imported.labels.items():
            write_jsonl(partial / "labels" / name, labels)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def refuse_if_taken(folder: Path) -> None:
    """Raise FolderTaken unless `folder` is absent or empty."""
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists():
        raise FolderTaken(
            f"{folder}: stands there already, expected a name for a new study folder; "
            "nothing in it was changed"
        )


def named(names: Iterable[object]) -> str:
    """The first names of a list and how many more there are."""
    shown = [str(name) for name in names]
    more = len(shown) - _NAMES_SHOWN
    text = ", ".join(shown[:_NAMES_SHOWN])
    return f"{text} and {more} more" if more > 0 else text


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 pair`, `2 pairs`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def not_text(record: Mapping[str, object], fields: Sequence[str]) -> str | None:
    """What is wrong with the first of these fields that is no text, or None."""
    for name in fields:
        if name not in record:
            return f"the field {name!r} is missing"
        value = record[name]
        if not isinstance(value, str):
            return f"found {value!r} in {name!r}, expected text"
        if not is_unicode(value):
            return f"found half a surrogate pair in {name!r}, expected Unicode text"
    return None
