"""How long /researcher takes to answer when a study has a million labels.

    python -m benchmarks.researcher [--pairs N] [--database URL] [--annotators N]

The labels of three of 300 people on five criteria, three pairs a prompt, one answer in twenty with
a remark and one in twenty given again, are written to the database directly. Then the page is asked
as a browser asks it, sign-in checked, JSON made. Two lines tell what else costs: making the figures
of all labels that nobody has looked at yet, and of a thousand that came since the last look. Beside
it, what the same agreement costs where every label is read and counted: the rows of `overview`
without the figures that are kept. On a machine that others use as well, the processor's time says
more than the clock's; with PostgreSQL it is that of the app alone.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import insert, text
from starlette.testclient import TestClient
from tqdm import tqdm

from analysis.agreement.coefficients import coefficient
from analysis.ballots import Ballots
from analysis.labels import from_records
from annotation.pages.mount import annotators_app
from annotation.pages.researcher.access import Door
from annotation.schema import Criterion, Pair, PairResponse, Prompt, Scale
from annotation.served import load_served
from annotation.settings import database_url
from annotation.store import Store
from annotation.store.database import Database, open_database
from annotation.store.tables import AnnotatorRow, AssignmentRow, HourRow, LabelRow
from annotation.study import PAIRS_FILE, StudyPlan, write_jsonl, write_plan
from annotation.workflow import Workflow

CRITERIA = ("clarity", "conciseness", "adherence", "formality", "overall")
CHOICES = ("a", "tie", "b")
A_PAIR, A_PROMPT = 3, 3
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMIT_MS = 300
COUNTED = "UPDATE pair SET counted_plain = 2, counted_swapped = 1, stale = :t"
KEY = "the key of this benchmark"
TIMES = 5


def study(folder: Path, pairs: int) -> Path:
    """A study of short answers, with three pairs a prompt and eight categories."""
    criteria = tuple(
        Criterion(key=key, question=f"Which is better: {key}?", scale=Scale(kind="preference3"))
        for key in CRITERIA
    )
    write_plan(
        folder, StudyPlan(key="large", title="Large", criteria=criteria, labels_per_pair=A_PAIR)
    )
    made = (
        Pair(
            prompt=Prompt(
                text=f"Prompt {n // A_PROMPT}", task="writing", category=f"kind {n // 3 % 8}"
            ),
            response_a=PairResponse(system=f"s{n % 4}", text=f"first {n}"),
            response_b=PairResponse(system=f"t{n % 3}", text=f"second {n}"),
        )
        for n in range(pairs)
    )
    write_jsonl(folder / PAIRS_FILE, made)
    return folder


def fill(url: str, ids: list[str], annotators: int) -> int:
    """Every pair's labels, as the app would have written them; how many labels."""
    database, draw = open_database(url), Random(1)
    with database.writing() as session:
        people = [
            {"id": n + 1, "study": "large", "pseudonym": f"p{n}", "pseudonym_key": f"p{n}"}
            | {"return_key_hash": str(n), "joined_at": NOW, "seconds": 9000.0, "submitted": 600}
            | {"position": -1, "counted_plain": 0, "counted_swapped": 0, "left_out": []}
            | {"consent_refused": False, "training_round": 0, "training_passed": False}
            | {"screened_out": False}
            for n in range(annotators)
        ]
        session.connection().execute(insert(AnnotatorRow), people)
        hours = [
            {"annotator_id": n + 1, "hour": int(NOW.timestamp() // 3600) - h * 5, "study": "large"}
            | {"pairs": 9}
            for n in range(annotators)
            for h in range(40)
        ]
        session.connection().execute(insert(HourRow), hours)
    number = 0
    batches = range(0, len(ids), 2000)
    for start in tqdm(batches, delay=2, desc="labels", unit=" batches", leave=False):
        assignments, labels = [], []
        for pair_id in ids[start : start + 2000]:
            first = draw.randrange(annotators)
            for turn in range(A_PAIR):
                who = (first + turn) % annotators + 1
                again = draw.random() < 0.05
                for repeat in (0, 1) if again else (0,):
                    number += 1
                    made = _answer(number, who, pair_id, turn % 2 == 1, repeat, draw)
                    assignments.append(made[0])
                    labels += made[1]
        with database.writing() as session:
            session.connection().execute(insert(AssignmentRow), assignments)
            session.connection().execute(insert(LabelRow), labels)
    with database.writing() as session:
        session.execute(text(COUNTED), {"t": True})
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as analysed:
            analysed.execute(text("VACUUM ANALYZE"))
    database.engine.dispose()
    return number * len(CRITERIA)


def _answer(
    number: int, who: int, pair_id: str, swapped: bool, repeat: int, draw: Random
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    moment = NOW - timedelta(seconds=number)
    purpose = "repeat" if repeat else "study"
    shared: dict[str, Any] = {"study": "large", "annotator_id": who, "pair_id": pair_id}
    shared |= {"repeat": repeat, "purpose": purpose, "swapped": swapped}
    moments = {"assigned_at": moment, "leased_until": moment, "answered_at": moment}
    drafts = {"draft_answers": [], "draft_comment": "", "draft_flags": [], "draft_sequence": 0}
    assignment = {**shared, **moments, **drafts, "id": number, "token": str(number)}
    comment = "a remark of some length" if draw.random() < 0.05 else None
    said = {"target": "pair", "seconds": 41.5, "comment": comment, "flags": []}
    labels = [
        {**shared, **said, "assignment_id": number, "criterion": key, "study_version": 1}
        | {"choice": draw.choice(CHOICES), "created_at": moment}
        for key in CRITERIA
    ]
    return {**assignment, "state": "submitted"}, labels


def asked(client: TestClient) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What the page asks, by name."""
    for act, data in (
        *(("overview", {}), ("annotators", {}), ("annotators", {"criterion": "overall"})),
        *(("remarks", {}), ("split", {}), ("payments", {})),
    ):
        name = f"{act} {data.get('criterion', '')}".strip()

        def ask(act: str = act, data: dict[str, str] = data) -> None:
            answer = client.post(f"/researcher/do/{act}", json=data)
            if answer.status_code != 200 or not answer.json()["ok"]:
                raise RuntimeError(answer.text[:200])

        yield name, ask


def touched(database: Database, labels: int) -> None:
    """As though that many labels came since the last look."""
    pairs = max(1, labels // len(CRITERIA) // A_PAIR)
    some = "SELECT pair_id FROM pair ORDER BY pair_id LIMIT :n"
    with database.writing() as session:
        session.execute(
            text(f"UPDATE pair SET stale = :t WHERE pair_id IN ({some})"), {"t": True, "n": pairs}
        )


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=66_667)
    parser.add_argument("--annotators", type=int, default=300)
    parser.add_argument("--database", help="an empty database; by default SQLite in a folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = study(Path(name) / "study", args.pairs)
        settings = {"DATABASE_URL": args.database} if args.database else {}
        url = database_url(folder, settings)
        store = Store.open(url)
        workflow = Workflow(load_served(folder), store, now=lambda: NOW)
        labels = fill(url, [pair.id for pair in workflow.study.pairs], args.annotators)
        print(f"{labels:,} labels of {args.annotators} people in {url.split(':')[0]}")
        slowest = measured(workflow, url)
        store.close()
    if slowest > LIMIT_MS:
        sys.exit(f"the slowest took {slowest:.0f} ms, expected at most {LIMIT_MS}")


def measured(workflow: Workflow, url: str) -> float:
    """Print the lines; milliseconds of the slowest answer."""
    store = workflow.store
    began, busy = perf_counter(), process_time()
    while store.refigure("large", 200):
        pass
    seconds, worked = perf_counter() - began, process_time() - busy
    print(
        f"figures of all labels, nobody having looked: {seconds:.1f} s, "
        f"{worked:.1f} s of the processor",
        flush=True,
    )
    database = open_database(url)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as analysed:
            analysed.execute(text("VACUUM ANALYZE"))

    async def app() -> Any:
        return annotators_app(workflow, "a secret of this benchmark", door=Door(key=KEY))[1]

    client = TestClient(asyncio.run(app()), headers={"Origin": "http://testserver"})
    client.post("/researcher/login", json={"key": KEY}).raise_for_status()
    slowest = 0.0
    for name, ask in asked(client):
        ask()
        taken: list[float] = []
        busily: list[float] = []
        for _ in range(TIMES):
            began, busy = perf_counter(), process_time()
            ask()
            taken.append((perf_counter() - began) * 1000)
            busily.append((process_time() - busy) * 1000)
        slowest = max(slowest, median(taken))
        processor = f"{median(busily):.0f} ms of the processor"
        print(f"{name}: {median(taken):.0f} ms, at most {max(taken):.0f}, {processor}", flush=True)
    touched(database, 1000)
    began = perf_counter()
    next(asked(client))[1]()
    print(f"overview after 1,000 more labels: {(perf_counter() - began) * 1000:.0f} ms")
    database.engine.dispose()
    print(f"the same agreement from all labels: {from_labels(workflow):.1f} s")
    return slowest


def from_labels(workflow: Workflow) -> float:
    """Seconds to read every label and compute each criterion's alpha, without intervals."""
    began = perf_counter()
    found = from_records(workflow.study, workflow.study.pairs, workflow.store.labels("large"))
    for number in range(len(CRITERIA)):
        ballots = Ballots.of(found, number, found.of_kind("human"))
        coefficient("krippendorff_alpha_ordinal", ballots.tally)
    return perf_counter() - began


if __name__ == "__main__":
    main()
