"""The files of a release: one Parquet file a view, and where names may be known, the study."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random

from annotation.export import Wanted
from annotation.export.aggregation import units
from annotation.export.tables import LABEL_COLUMNS, TABLES, Row, Table, label_row
from annotation.export.wanted import Tally, View, preference_keys
from annotation.export.writers import parquet
from annotation.formats.progress import Progress, silently
from annotation.publishing.facts import Change, Config, Facts, estimates, provenance
from annotation.schema import Label, Pair, PairResponse
from annotation.sources import Found
from annotation.study import (
    GUIDELINES_FILE,
    PAIRS_FILE,
    Study,
    StudyPlan,
    write_jsonl,
    write_plan,
)

_PUBLISHED = ("key", "title", "language", "version", "description", "labels_per_pair", "criteria")
"""What of `study.toml` is published; codes for payments and the like are not among it."""

_WHAT: dict[View, str] = {
    "labels": "a label by a person: what they chose, when, in how many seconds",
    "aggregated": "what people said of a pair together, on one criterion",
    "preferences": "a chosen and a rejected response, to train on",
    "pairs": "a prompt with two responses",
}


@dataclass(frozen=True)
class Release:
    """What is released, and how.

    `seed`, 128 secret bits, renumbers annotators and, blind, pairs and systems; without `comments`
    what they wrote stays behind.
    """

    study: Study
    found: Found
    repository: str
    unblind: bool = False
    comments: bool = False
    licence: str | None = None
    seed: int = 0
    progress: Progress = silently

    def wanted(self, view: View) -> Wanted:
        """The export of one view."""
        return Wanted(
            self.study,
            self.found,
            format="parquet",
            view=view,
            unblind=self.unblind,
            renumber=True,
            comments=self.comments,
            excluded=False,
            progress=self.progress,
            draw=Random(self.seed),
            veil=b"" if self.unblind else self.seed.to_bytes(16),
        )


def write_dataset(
    release: Release, folder: Path, changes: tuple[Change, ...], now: datetime
) -> Facts:
    """Write every file of a release but its card into `folder`, and say what is in them."""
    people: Counter[str] = Counter()
    judges: set[str] = set()
    configs = []
    for name, split, what, table in _tables(release, people, judges):
        path = folder / "data" / f"{name}.parquet"
        rows = _write(table, path)
        if rows:
            configs.append(Config(name, split, f"data/{path.name}", rows, what))
        else:
            path.unlink()
    tally, majorities = Tally(), {one.key: (0, 0) for one in release.study.criteria}
    labelled_pairs: set[str] = set()
    for unit in units(release.wanted("aggregated"), tally):
        key = unit.criterion.key
        labelled_pairs.add(unit.pair.id)
        decided, labelled = majorities[key]
        majorities[key] = (decided + (unit.majority is not None), labelled + (unit.labels > 0))
    if release.unblind:
        _write_study(release, folder)
    study = release.study
    systems = {name for pair in study.pairs for name in pair.systems}
    return Facts(
        study=study,
        repository=release.repository,
        made_at=now,
        unblinded=release.unblind,
        comments=release.comments,
        licence=release.licence,
        configs=tuple(configs),
        systems=tuple(sorted(release.wanted("pairs").names[name] for name in systems)),
        people=people,
        judges=tuple(sorted(judges)),
        agreement={key: (total / n, n) for key, (total, n) in tally.agreement.items()},
        majorities=majorities,
        labelled_pairs=len(labelled_pairs),
        left_out=+tally.left_out,
        excluded=len(release.found.excluded),
        changes=changes,
        provenance=provenance(study) if release.unblind else {},
        estimates=estimates(study, people.total()),
    )


def _tables(
    release: Release, people: Counter[str], judges: set[str]
) -> Iterator[tuple[str, str, str, Table]]:
    """The name, the split, the meaning and the table of each view that the study has."""
    views: list[View] = ["pairs", "labels", "aggregated"]
    if preference_keys(release.study):
        views.append("preferences")
    for view in views:
        wanted = release.wanted(view)
        table = TABLES[view](wanted, Tally())
        if view == "labels":
            table = _of_people(release, people)
        yield view, "train" if view == "preferences" else "test", _WHAT[view], table
    what = "a verdict of a judge model, or a preference that the source knew"
    if release.unblind:
        yield "judges", "test", what, _of_judges(release, judges)


def _of_people(release: Release, people: Counter[str]) -> Table:
    wanted = release.wanted("labels")

    def rows() -> Iterator[Row]:
        for label in labels_of_people(release):
            if label.kind == "human":
                people[label.annotator] += 1
            yield label_row(label, wanted)

    return Table("labels", LABEL_COLUMNS, rows)


def labels_of_people(release: Release) -> Iterator[Label]:
    """The labels and verdicts on splits that are released, as the release shows them."""
    wanted = release.wanted("labels")
    for label in wanted.progress(release.found.current):
        if label.kind in ("human", "adjudication") and not wanted.is_left_out(label):
            yield wanted.shown(label)


def labels_of_judges(release: Release) -> Iterator[Label]:
    """The labels of judges and the known preferences."""
    source = release.found.judges()
    for label in source.current() if source else ():
        if label.kind in ("judge", "reference"):
            yield label if release.comments else label.model_copy(update={"comment": None})


def _of_judges(release: Release, judges: set[str]) -> Table:
    wanted = release.wanted("labels")

    def rows() -> Iterator[Row]:
        for label in labels_of_judges(release):
            judges.add(label.annotator)
            yield label_row(label, wanted)

    return Table("judges", LABEL_COLUMNS, rows)


def _write(table: Table, path: Path) -> int:
    """Write a table; the number of its rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0

    def counted() -> Iterator[Row]:
        nonlocal rows
        for row in table.rows():
            rows += 1
            yield row

    with path.open("wb") as file:
        file.writelines(parquet([replace(table, rows=counted)]))
    return rows


def _write_study(release: Release, folder: Path) -> None:
    """The study itself, so that the repository can be opened, checked and analysed as one."""
    study = release.study
    plan = {name: getattr(study, name) for name in _PUBLISHED}
    write_plan(folder, StudyPlan(**plan))
    (folder / GUIDELINES_FILE).write_text(study.guidelines, encoding="utf-8")
    own_words = study.folder / "text.toml"
    if own_words.exists():
        shutil.copyfile(own_words, folder / own_words.name)
    write_jsonl(folder / PAIRS_FILE, map(_plain, study.pairs))
    write_jsonl(folder / "labels" / "people.jsonl", labels_of_people(release))
    judged = folder / "labels" / "judges.jsonl"
    if not write_jsonl(judged, labels_of_judges(release)):
        judged.unlink()


def _plain(pair: Pair) -> Pair:
    """A pair without what its source said besides: that was never meant for others."""

    def response(one: PairResponse) -> PairResponse:
        return one.model_copy(update={"meta": {}})

    return pair.model_copy(
        update={
            "meta": {},
            "prompt": pair.prompt.model_copy(update={"meta": {}}),
            "response_a": response(pair.response_a),
            "response_b": response(pair.response_b),
        }
    )
