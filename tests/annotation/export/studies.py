"""Small studies on their way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from annotation.export import Wanted
from annotation.filed import FiledLabels
from annotation.schema import Label, Pair
from annotation.sources import Found
from annotation.study import Study, load_study
from tests.builders import YES_NO, a_criterion, a_label, a_plan, a_study_folder

CRITERIA = (
    a_criterion("overall"),
    a_criterion("strength", "preference5"),
    a_criterion("acceptability", YES_NO),
)


def a_study(folder: Path, pairs: Sequence[Pair] | int = 2) -> Study:
    return load_study(a_study_folder(folder, a_plan(*CRITERIA), pairs))


def votes(pair: Pair, choices: Iterable[str], **fields: Any) -> list[Label]:
    """A label for each choice, by one person each."""
    return [
        a_label(pair_id=pair.id, annotator=f"person {number}", choice=choice, **fields)
        for number, choice in enumerate(choices)
    ]


@contextmanager
def wanted(study: Study, labels: Iterable[Label], **fields: Any) -> Iterator[Wanted]:
    filed = FiledLabels(labels)
    excluded = fields.pop("leave_out", {})
    try:
        yield Wanted(study, Found("here", filed, excluded=excluded), **fields)
    finally:
        filed.close()
