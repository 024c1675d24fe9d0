"""Labels and their pairs into the files that others read, system names hidden unless asked for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from annotation.formats.files import whole_files
from annotation.formats.imported import count, named
from annotation.formats.label_rows import write_label_rows
from annotation.formats.pandalm import to_pandalm
from annotation.formats.progress import Progress, silently
from annotation.formats.sheets import write_sheet
from annotation.formats.tulu import to_tulu
from annotation.formats.tulu_sheet import COLUMNS as TULU_COLUMNS
from annotation.schema import Label, LabelKey, Pair, TiebreakError, content_hash
from annotation.sources import Found
from annotation.study import (
    EXCLUDED_FILE,
    ExcludedAnnotator,
    Study,
    read_excluded,
    read_jsonl,
    to_line,
)


class CannotExport(TiebreakError):
    """Labels that cannot be written in the form or to the place that was asked for."""


@dataclass(frozen=True)
class Wanted:
    """What is to be exported, and how."""

    study: Study
    found: Found
    out: Path
    unblind: bool = False
    criterion: str = "overall"
    progress: Progress = silently

    @property
    def names(self) -> dict[str, str]:
        """The name to write for each system."""
        systems = {name for pair in self.study.pairs for name in pair.systems}
        if self.unblind:
            return {name: name for name in systems}
        return blind_names(self.study.key, systems)


@dataclass(frozen=True)
class Made:
    """What an export wrote, for the line that says so, and what its reader should know."""

    what: str
    paths: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def blind_names(study_key: str, systems: Iterable[str]) -> dict[str, str]:
    """S1, S2, ... for each system: the same in every export of a study, and not by alphabet."""
    drawn = sorted(systems, key=lambda name: content_hash([study_key, name]))
    return {name: f"S{number}" for number, name in enumerate(drawn, start=1)}


def export_jsonl(wanted: Wanted) -> Made:
    """One Label a line, as the contract has it; a label names no system.

    Labels of excluded people stand, and a second file names these people and the reasons.
    """
    written: set[LabelKey] = set()
    names = _excluded_file(wanted)
    with whole_files(wanted.out, names) as (partial, partial_names):
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            for label in wanted.progress(wanted.found.current):
                file.write(to_line(label))
                written.add(label.key)
        _refuse_loss(wanted, written)
        # Of people whose labels are not in this export, the study's own file still speaks.
        here = {annotator for annotator, *_ in written}
        there = read_excluded(wanted.study.folder) if _within_study(wanted) else {}
        left_out = {name: why for name, why in there.items() if name not in here}
        left_out |= wanted.found.excluded
        lines = (ExcludedAnnotator(annotator=a, reason=r) for a, r in left_out.items())
        partial_names.write_text("".join(map(to_line, lines)), encoding="utf-8", newline="\n")
    if not left_out:
        names.unlink()
    paths = (wanted.out, names) if left_out else (wanted.out,)
    notes = (*_not_exported(wanted, written), *_excluded_stand(wanted))
    return Made(count(len(written), "label"), paths, notes)


def _excluded_file(wanted: Wanted) -> Path:
    """Where the analysis looks for it, or beside an export to elsewhere."""
    if _within_study(wanted):
        return wanted.study.folder / EXCLUDED_FILE
    return wanted.out.with_name(f"{wanted.out.stem}-{EXCLUDED_FILE}")


def _excluded_stand(wanted: Wanted) -> tuple[str, ...]:
    people = named(sorted(wanted.found.excluded))
    return (f"labels of excluded annotators are among them: {people}",) if people else ()


def _within_study(wanted: Wanted) -> bool:
    return wanted.out.resolve().parent == (wanted.study.folder / "labels").resolve()


def _refuse_loss(wanted: Wanted, written: set[LabelKey]) -> None:
    """Writing into the study's own labels/ must neither double nor lose what stands there."""
    labels = wanted.study.folder / "labels"
    if not _within_study(wanted):
        return
    if not wanted.found.from_database:
        raise CannotExport(
            f"{wanted.out}: these labels come from {labels} and would stand there twice; "
            "expected a file elsewhere"
        )
    if wanted.out.exists():
        kept = [label for _, label in read_jsonl(wanted.out, Label)]
        lost = sum(label.key not in written for label in kept)
        if lost:
            raise CannotExport(
                f"{wanted.out}: holds {count(lost, 'label')} that the database does not, and they "
                "would be lost; move the file away or give another name to --out"
            )


def _not_exported(wanted: Wanted, written: set[LabelKey]) -> tuple[str, ...]:
    filed = {label.key for label in wanted.found.filed if label.kind == "human"} - written
    if not filed:
        return ()
    return (
        f"{count(len(filed), 'label')} of people in {wanted.study.folder / 'labels'} not in the "
        "database and so not in this export (--from labels exports the files)",
    )


def export_csv(wanted: Wanted) -> Made:
    """One row a label, with the texts it speaks of."""
    pairs = {pair.id: pair for pair in wanted.study.pairs}
    written: set[LabelKey] = set()

    def passing() -> Iterator[Label]:
        for label in wanted.progress(wanted.found.current):
            written.add(label.key)
            yield label

    with whole_files(wanted.out) as (partial,):
        write_label_rows(partial, passing(), pairs, wanted.names, blind=not wanted.unblind)
    notes = (*_not_exported(wanted, written), *_excluded_stand(wanted))
    return Made(count(len(written), "label"), (wanted.out,), notes)


def export_pandalm(wanted: Wanted) -> Made:
    """PandaLM's test set and a file for each judge, of one preference criterion."""
    pairs, notes = _plain_pairs(wanted)
    labels = _comparable(wanted, _with_judges(wanted), notes, ("human", "judge"))
    files = to_pandalm(pairs, labels, wanted.names, blind=not wanted.unblind)
    if wanted.out.suffix == ".json":
        first, stem, folder = wanted.out, f"{wanted.out.stem}-", wanted.out.parent
    else:
        first, stem, folder = wanted.out / "testset.json", "", wanted.out
    contents = {first: files.testset}
    contents |= {
        folder / f"{stem}judge-{quote(name, safe='')}.json": records
        for name, records in files.judges.items()
    }
    with whole_files(*contents) as partials:
        for partial, records in zip(partials, contents.values(), strict=True):
            text = json.dumps(records, ensure_ascii=False, indent=4)
            partial.write_text(text + "\n", encoding="utf-8")
    return Made(count(len(pairs), "pair"), tuple(contents), (*notes, *files.notes))


def export_tulu(wanted: Wanted) -> Made:
    """Tulu's instances and the sheet of its records, of a preference and of acceptability."""
    pairs, notes = _plain_pairs(wanted)
    rating = _yes_or_no(wanted.study)
    current = _comparable(wanted, wanted.found.current, notes, ("human",), rating)
    superseded = _comparable(wanted, wanted.found.superseded, notes, ("human",), rating)
    files = to_tulu(pairs, current, superseded, wanted.names, blind=not wanted.unblind)
    out = wanted.out
    if out.suffix in (".jsonl", ".xlsx"):
        paths = out.with_suffix(".jsonl"), out.with_suffix(".xlsx")
    else:
        paths = out / "instances.jsonl", out / "annotations.xlsx"
    with whole_files(*paths) as (instances, sheet):
        lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in files.instances)
        instances.write_text("".join(lines), encoding="utf-8", newline="\n")
        rows = ([row[column] for column in TULU_COLUMNS] for row in files.rows)
        number = write_sheet(sheet, "sheet", TULU_COLUMNS, rows, wanted.progress)
    what = f"{count(len(pairs), 'pair')} and {count(number, 'record')}"
    return Made(what, paths, (*notes, *files.notes))


def _plain_pairs(wanted: Wanted) -> tuple[list[Pair], list[str]]:
    """The pairs that a format without turns can hold; raises CannotExport where it fits nothing."""
    study = wanted.study
    criterion = study.criterion(wanted.criterion)
    preferences = [one.key for one in study.criteria if one.scale.kind != "rating"]
    if criterion is None or criterion.key not in preferences:
        raise CannotExport(
            f"{study.folder}: this format needs a criterion that compares the responses, found "
            f"{wanted.criterion!r}, expected --criterion with one of {named(preferences) or 'none'}"
        )
    plain = [
        pair
        for pair in study.pairs
        if not (pair.prompt.turns or pair.response_a.turns or pair.response_b.turns)
    ]
    dialogues = len(study.pairs) - len(plain)
    notes = [f"{count(dialogues, 'dialogue')} left out: this format has no turns"]
    return plain, notes if dialogues else []


def _with_judges(wanted: Wanted) -> Iterator[Label]:
    yield from wanted.found.current
    yield from (label for label in wanted.found.filed if label.kind == "judge")


def _yes_or_no(study: Study) -> str | None:
    criterion = study.criterion("acceptability")
    return criterion.key if criterion and {*criterion.scale.choices} == {"yes", "no"} else None


def _comparable(
    wanted: Wanted,
    labels: Iterable[Label],
    notes: list[str],
    kinds: Sequence[str],
    rating: str | None = None,
) -> list[Label]:
    """The labels that the format can hold; how many it cannot goes to `notes`, by reason."""
    known = {pair.id for pair in wanted.study.pairs}
    kept: list[Label] = []
    left_out: Counter[str] = Counter()
    for label in labels:
        why: str | None
        if label.kind not in kinds:
            why = f"of the kind {label.kind}"
        elif label.pair_id not in known:
            why = "of a pair that the study does not hold"
        elif label.kind == "human" and label.annotator in wanted.found.excluded:
            why = "of an excluded annotator (excluded_annotator)"
        elif label.criterion not in (wanted.criterion, rating):
            why = f"of the criterion {label.criterion}"
        else:
            why = _unwritable(label, wanted.study)
        if why is None:
            kept.append(label)
        else:
            left_out[why] += 1
    notes += [f"{count(number, 'label')} left out: {why}" for why, number in left_out.items()]
    return kept


def _unwritable(label: Label, study: Study) -> str | None:
    """Why a format with one verdict of each annotator on a pair cannot hold this one."""
    criterion = study.criterion(label.criterion)
    if label.repeat or label.purpose != "study":
        return f"a {'repeat' if label.repeat else label.purpose} label"
    if label.kind == "judge":
        return "of a judge that saw the pair the other way round" if label.swapped else None
    if criterion is None or label.choice not in criterion.scale.choices:
        return f"the choice {label.choice!r} is not on the scale of {label.criterion}"
    return None


Exporter: TypeAlias = Callable[[Wanted], Made]

EXPORTERS: dict[str, Exporter] = {
    "jsonl": export_jsonl,
    "csv": export_csv,
    "pandalm": export_pandalm,
    "tulu": export_tulu,
}
