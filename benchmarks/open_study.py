"""Open a study of 100,000 pairs, and take the next task in it with 300,000 assignments present.

    python -m benchmarks.open_study [--pairs N] [--assignments N] [--tasks N]

The assignments of 600 people who answered 500 pairs each are written to the database directly;
everything that is timed goes through `load_served`, `Workflow` and SQLite on the local disk.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import perf_counter

import numpy as np
from sqlalchemy import text

from annotation.assignment import Answer
from annotation.blind import Submission, Task
from annotation.schema import Pair, PairResponse, Prompt
from annotation.served import load_served
from annotation.settings import database_url
from annotation.store import Store
from annotation.store.database import open_database
from annotation.study import PAIRS_FILE, StudyPlan, write_jsonl, write_plan
from annotation.workflow import Workflow

WORDS = ["the", "of", "answer", "a", "to", "people", "which", "is", "better", "clear", "short"]
LABELS_PER_PAIR = 5
EACH = 500


def _text(draw: Random, words: int) -> str:
    return " ".join(draw.choices(WORDS, k=words))


def _folder(folder: Path, pairs: int) -> Path:
    """A study with answers of 150 words, the length of PandaLM's longer ones."""
    draw = Random(0)
    criterion = {"key": "overall", "question": "Which is better?", "scale": "preference3"}
    plan = {"key": "large", "title": "Large", "labels_per_pair": LABELS_PER_PAIR}
    write_plan(folder, StudyPlan.model_validate({**plan, "criteria": [criterion]}))
    made = (
        Pair(
            prompt=Prompt(text=f"{number} {_text(draw, 40)}", task="writing", category="creative"),
            response_a=PairResponse(system=f"s{number % 4}", text=_text(draw, 150)),
            response_b=PairResponse(system=f"t{number % 3}", text=_text(draw, 150)),
        )
        for number in range(pairs)
    )
    write_jsonl(folder / PAIRS_FILE, made)
    return folder


def _fill(url: str, assignments: int) -> None:
    """People's answered assignments on the first pairs of the queue, sides in balance."""
    database = open_database(url)
    people = assignments // EACH
    with database.writing() as session:
        session.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :people)"
                " INSERT INTO annotator (study, pseudonym, pseudonym_key, return_key_hash,"
                " joined_at, position, submitted, counted_plain, counted_swapped)"
                " SELECT 'large', 'p' || i, 'p' || i, 'h' || i, '2026-01-01', -1, :each, 0, 0"
                " FROM n"
            ),
            {"people": people, "each": EACH},
        )
        # Four labels a pair: person i answered the pairs of one block, a block has four people.
        session.execute(
            text(
                "INSERT INTO assignment (study, annotator_id, pair_id, repeat, purpose, swapped,"
                " token, state, assigned_at, leased_until, draft_answers, draft_comment,"
                " draft_sequence) SELECT 'large', a.id, p.pair_id, 0, 'study', a.id % 2,"
                " a.id || '-' || p.pair_id, 'submitted', '2026-01-01', '2026-01-01', '[]', '', 0"
                " FROM annotator a JOIN pair p ON p.position / :each = (a.id - 1) / 4"
            ),
            {"each": EACH},
        )
        session.execute(
            text("UPDATE pair SET counted_plain = 2, counted_swapped = 2 WHERE position < :last"),
            {"last": people // 4 * EACH},
        )
    database.engine.dispose()


def _next_tasks(workflow: Workflow, tasks: int, people: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each next task and of each submission, over several annotators."""
    next_ms, submit_ms = [], []
    for person in range(people):
        joined = workflow.join(f"someone {person}")
        for number in range(tasks // people):
            start = perf_counter()
            task = workflow.next_task(joined.annotator)
            next_ms.append((perf_counter() - start) * 1000)
            assert isinstance(task, Task)
            sent = Submission(
                submission_id=f"submission-{person}-{number}",
                token=task.token,
                answers=(Answer(criterion="overall", target="pair", choice="a"),),
            )
            start = perf_counter()
            workflow.submit(joined.annotator, sent)
            submit_ms.append((perf_counter() - start) * 1000)
    return next_ms, submit_ms


def _open(folder: Path) -> tuple[float, float]:
    """Seconds to read the file, and until the first task could be asked for."""
    start = perf_counter()
    served = load_served(folder)
    read = perf_counter() - start
    gc.freeze()  # as app.py does
    store = Store.open(database_url(folder, {}))
    Workflow(served, store)
    took = perf_counter() - start
    store.close()
    return read, took


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--assignments", type=int, default=300_000)
    parser.add_argument("--tasks", type=int, default=600)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = _folder(Path(temporary), given.pairs)
        url = database_url(folder, {})
        with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as fresh:
            for time in ("first time", "again"):
                read, took = fresh.submit(_open, folder).result()
                print(
                    f"open a study of {given.pairs:,} pairs, {time}: {took:.2f} s "
                    f"(reading and checking the file {read:.2f} s; aim 3 s)"
                )
        _fill(url, given.assignments)
        store = Store.open(url)
        workflow = Workflow(load_served(folder), store)
        next_ms, submit_ms = _next_tasks(workflow, given.tasks, people=6)
        store.close()
    for name, values in (("next task", next_ms), ("submit", submit_ms)):
        p50, p95, worst = np.percentile(values, [50, 95, 100])
        print(
            f"{name} with {given.assignments:,} assignments present, SQLite: p50 {p50:.2f} ms, "
            f"p95 {p95:.2f} ms, max {worst:.2f} ms over {len(values)}"
            + (" (aim: p95 5 ms)" if name == "next task" else "")
        )


if __name__ == "__main__":
    main()
