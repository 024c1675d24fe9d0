"""Export a million labels in every format: seconds, peak memory, time to the first byte.

    python -m benchmarks.exports [--pairs N] [--database URL] [FORMAT[:VIEW] ...]

The labels of five people on five criteria are written to the database directly; each export runs
in a process of its own, from the loaded study and the open database on. The first byte is the
first of the content, not of an archive around it. Peak memory is the whole process's: Python, the
libraries and the study's texts, whose share the line `study alone` tells.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any, cast

from sqlalchemy import insert
from sqlmodel import Session, SQLModel
from tqdm import tqdm

from annotation.export import View, Wanted
from annotation.export.formats import plan
from annotation.schema import Criterion, Pair, PairResponse, Prompt, Scale
from annotation.settings import database_url
from annotation.sources import find_labels
from annotation.store import Store
from annotation.store.database import open_database
from annotation.store.tables import AssignmentRow, LabelRow
from annotation.study import PAIRS_FILE, StudyPlan, load_study, write_jsonl, write_plan

PEOPLE = 5
CRITERIA = ("overall", "clarity", "conciseness", "adherence", "formality")
CHOICES = ("a", "tie", "b")
WORDS = ["the", "of", "answer", "a", "to", "people", "which", "is", "better", "clear", "short"]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALL = (
    *("jsonl:labels", "csv:labels", "parquet:labels", "xlsx:labels"),
    *("jsonl:aggregated", "csv:aggregated", "parquet:aggregated", "jsonl:preferences"),
    *("parquet:preferences", "parquet:pairs", "pandalm", "tulu", "alpaca-eval"),
)


def a_folder(folder: Path, pairs: int) -> None:
    """A study with answers of 80 words."""
    draw = Random(0)
    criteria = tuple(
        Criterion(key=key, question=f"Which is better: {key}?", scale=Scale(kind="preference3"))
        for key in CRITERIA
    )
    plan = StudyPlan(key="large", title="Large", labels_per_pair=PEOPLE, criteria=criteria)
    write_plan(folder, plan)

    def words(number: int) -> str:
        return " ".join(draw.choices(WORDS, k=number))

    made = (
        Pair(
            prompt=Prompt(text=f"{number} {words(20)}", task="writing", category="creative"),
            response_a=PairResponse(system=f"s{number % 4}", text=words(80)),
            response_b=PairResponse(system=f"t{number % 3}", text=words(80)),
        )
        for number in range(pairs)
    )
    write_jsonl(folder / PAIRS_FILE, made)


def fill(url: str, folder: Path) -> int:
    """Every person's labels of every pair, as the app would have written them."""
    study = load_study(folder)
    store = Store.open(url)
    ids = [pair.id for pair in study.pairs]
    wanted, kinds = dict.fromkeys(ids, PEOPLE), dict.fromkeys(ids)
    places = {one: number for number, one in enumerate(ids)}
    store.register(study.key, 1, wanted, kinds, lambda: places, NOON)
    people = [store.add_annotator(study.key, f"p{n}", f"p{n}", f"{n}", NOON) for n in range(PEOPLE)]
    store.close()
    database, draw, number = open_database(url), Random(1), 0
    for person in tqdm(people, delay=2, desc="labels of", unit=" people", leave=False):
        for start in range(0, len(ids), 4000):
            assignments, labels = [], []
            for pair_id in ids[start : start + 4000]:
                number += 1
                shared = {
                    "annotator_id": person.id,
                    "pair_id": pair_id,
                    "repeat": 0,
                    "purpose": "study",
                    "swapped": bool(number % 2),
                    "study": study.key,
                }
                moments = {"assigned_at": NOON, "leased_until": NOON, "answered_at": NOON}
                drafts: dict[str, Any] = {"draft_answers": [], "draft_comment": ""}
                assignments.append(
                    {**shared, **moments, **drafts, "id": number, "token": str(number)}
                    | {"state": "submitted", "draft_sequence": 0, "draft_flags": []}
                )
                said = {"target": "pair", "seconds": 41.5, "comment": None, "flags": []}
                labels += [
                    {**shared, **said, "assignment_id": number, "criterion": key}
                    | {"choice": draw.choice(CHOICES), "created_at": NOON, "study_version": 1}
                    for key in CRITERIA
                ]
            with database.writing() as session:
                _insert(session, AssignmentRow, assignments)
                _insert(session, LabelRow, labels)
    database.engine.dispose()
    return number * len(CRITERIA)


def _insert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    known = table.__table__.columns.keys()  # type: ignore[attr-defined]
    kept = [{name: value for name, value in row.items() if name in known} for row in rows]
    session.connection().execute(insert(table), kept)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass(frozen=True)
class Measured:
    """MiB of the study alone and in all; seconds and CPU to the first byte and the last; bytes."""

    alone: float
    peak: float
    first: float
    first_cpu: float
    seconds: float
    cpu: float
    size: int


def _export(folder: Path, url: str, wish: str) -> Measured:
    study = load_study(folder)
    alone = _peak_mib()
    kind, _, view = wish.partition(":")
    with find_labels(study, url) as found:
        wanted = Wanted(study, found, kind, cast(View, view or "labels"))
        started, cpu, first, first_cpu, size = perf_counter(), process_time(), 0.0, 0.0, 0
        for member in plan(wanted).members:
            for chunk in member.chunks():
                if chunk and not first:
                    first, first_cpu = perf_counter() - started, process_time() - cpu
                size += len(chunk)
        seconds = perf_counter() - started
        cpu = process_time() - cpu
        return Measured(alone, _peak_mib(), first, first_cpu, seconds, cpu, size)


def measured(folder: Path, url: str, wishes: list[str]) -> Iterator[str]:
    """One line a format."""
    for wish in wishes:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            one = pool.submit(_export, folder, url, wish).result()
        yield (
            f"{wish:<20} {one.seconds:6.1f} s ({one.cpu:.1f} s of CPU), first byte "
            f"{one.first:5.2f} s ({one.first_cpu:.2f} of CPU), peak {one.peak:4.0f} MiB "
            f"(study alone {one.alone:.0f}), {one.size / 1e6:,.0f} MB"
        )


def main() -> None:
    """Print one line a format."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("wishes", nargs="*", default=list(ALL), metavar="FORMAT[:VIEW]")
    parser.add_argument("--pairs", type=int, default=40_000)
    parser.add_argument("--database", help="by default SQLite in a temporary folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = {"DATABASE_URL": args.database} if args.database else {}
        url = database_url(folder, given)
        a_folder(folder, args.pairs)
        labels = fill(url, folder)
        print(f"{labels:,} labels of {args.pairs:,} pairs, Python {sys.version.split()[0]}")
        for line in measured(folder, url, args.wishes):
            print(line, flush=True)


if __name__ == "__main__":
    main()
