"""`python -m benchmarks.report [PAIRS ...]`: a whole report, its time and its peak memory.

A study of PAIRS pairs x 3 labels x 5 criteria is made in a temporary folder, its labels once as
JSONL and once as Parquet, and `python -m analysis` runs on it as a process of its own. The named
alternative computes the same coefficients with the same number of resamples by a loop over the
public libraries (krippendorff, statsmodels, scikit-learn), on this machine in the same run; it is
timed for a few resamples and extrapolated.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import krippendorff
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from analysis.arrays import Ints
from annotation.formats.imported import Imported, make_study
from annotation.formats.plans import new_plan
from annotation.study import PAIRS_FILE
from benchmarks.whole_report import analysed

SIZES = (1_000, 100_000, 1_000_000)
AIMS = {100_000: "6 s, 1 GB", 1_000_000: "60 s, 4 GB, from Parquet"}
PEOPLE = 3
SYSTEMS = 5
PER_PROMPT = 5
RESAMPLES = 1000
CHOICES = ("a", "tie", "b")
BATCH = 50_000
LOOPED = 3
"""Resamples of the loop over the libraries after which the rest is extrapolated."""


def main(sizes: list[int]) -> None:
    """Print two lines a size, one a form of the label files, and one on the loop."""
    for pairs in sizes:
        with tempfile.TemporaryDirectory() as folder:
            study = Path(folder) / "study"
            votes = _make(study, pairs)
            loop = _loop_over_libraries(votes)
            for form in ("jsonl", "parquet"):
                labels = study / "labels" / f"people.{form}"
                (study / "forms" / labels.name).rename(labels)
                seconds, cpu, peak = analysed(study, Path(folder) / "out")
                aim = f" (aim: {AIMS[pairs]})" if pairs in AIMS else ""
                print(
                    f"report of {pairs:,} pairs x {PEOPLE} labels x 5 criteria, {RESAMPLES:,} "
                    f"resamples, labels as {form}: {seconds:.1f} s, {cpu:.1f} CPU-s, "
                    f"{peak / 1024**3:.2f} GB{aim}; "
                    f"its coefficients alone by a loop over the libraries {loop:,.0f} CPU-s "
                    f"(extrapolated from {LOOPED} resamples): {loop / cpu:,.0f} times",
                    flush=True,
                )
                labels.unlink()


def _make(study: Path, pairs: int) -> Ints:
    """Write the study; the votes on each criterion, shape (5, pairs, 3)."""
    plan = new_plan(study)
    make_study(study, Imported(plan, "Compare."))
    rng = np.random.default_rng(0)
    with (study / PAIRS_FILE).open("w", encoding="utf-8") as file:
        ids = [_write_pair(file, number, rng) for number in range(pairs)]
    truth = rng.random((len(plan.criteria), pairs, 1))
    noise = rng.normal(0, 0.25, (len(plan.criteria), pairs, PEOPLE))
    votes = ((truth + noise > 0.4).astype(np.int64) + (truth + noise > 0.6)).astype(np.int64)
    for name in ("labels", "forms"):
        (study / name).mkdir()
    _write_labels(study / "forms", [one.key for one in plan.criteria], ids, votes, rng)
    return votes


def _write_pair(file: TextIO, number: int, rng: np.random.Generator) -> str:
    prompt = f"Question {number // PER_PROMPT}: say something about it."
    first = number % SYSTEMS
    systems = (f"system{first}", f"system{(first + 1 + number // SYSTEMS % 4) % SYSTEMS}")
    lengths = rng.integers(20, 60, 2)
    texts = tuple(f"Answer {number}. " + "word " * int(length) for length in lengths)
    content = [prompt, "", [], systems[0], texts[0], [], systems[1], texts[1], []]
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    identity = hashlib.sha256(written.encode()).hexdigest()[:20]
    sides = [{"system": system, "text": text} for system, text in zip(systems, texts, strict=True)]
    record = {
        "id": identity,
        "prompt": {"text": prompt, "task": "writing", "category": f"kind{number // 5 % 4}"},
        "response_a": sides[0],
        "response_b": sides[1],
    }
    file.write(json.dumps(record) + "\n")
    return identity


def _write_labels(
    folder: Path, criteria: list[str], ids: list[str], votes: Ints, rng: np.random.Generator
) -> None:
    """The same labels as JSONL and as Parquet."""
    choices = np.array(CHOICES)
    writer = None
    with (folder / "people.jsonl").open("w", encoding="utf-8") as file:
        for table in _tables(criteria, np.array(ids), choices[votes], rng):
            writer = writer or pq.ParquetWriter(folder / "people.parquet", table.schema)
            writer.write_table(table)
            for record in table.to_pylist():
                file.write(json.dumps(record) + "\n")
    assert writer is not None
    writer.close()


def _tables(criteria: list[str], ids: Any, said: Any, rng: np.random.Generator) -> Iterator[Any]:
    """Tables of labels; `said` has the choices, shape (criteria, pairs, people)."""
    for begin in range(0, len(ids), BATCH):
        part = ids[begin : begin + BATCH]
        for number, criterion in enumerate(criteria):
            for person in range(PEOPLE):
                rows = len(part)
                days = rng.integers(0, 20 * 86_400, rows)
                times = np.datetime64("2026-11-01T00:00:00") + days.astype("timedelta64[s]")
                yield pa.table(
                    {
                        "pair_id": pa.array(part),
                        "criterion": pa.array([criterion] * rows),
                        "annotator": pa.array([f"ann{person}"] * rows),
                        "kind": pa.array(["human"] * rows),
                        "target": pa.array(["pair"] * rows),
                        "choice": pa.array(said[number, begin : begin + BATCH, person]),
                        "swapped": pa.array(rng.random(rows) < 0.5),
                        "seconds": pa.array(np.round(rng.gamma(4, 10, rows), 1)),
                        "created_at": pc.binary_join_element_wise(
                            pa.array(np.datetime_as_string(times)), "Z", ""
                        ),
                    }
                )


def _loop_over_libraries(votes: Ints) -> float:
    """Seconds of the processor that 1,000 resamples of the coefficients of all criteria take."""
    rng = np.random.default_rng(0)
    start = time.process_time()
    for _ in range(LOOPED):
        for said in votes:
            drawn = said[rng.integers(0, len(said), len(said))]
            counts = np.stack([(drawn == choice).sum(axis=1) for choice in range(3)], axis=1)
            for level in ("nominal", "ordinal", "interval"):
                krippendorff.alpha(
                    value_counts=counts, value_domain=[0, 1, 2], level_of_measurement=level
                )
            fleiss_kappa(counts)
            for first, second in ((0, 1), (0, 2), (1, 2)):
                cohen_kappa_score(drawn[:, first], drawn[:, second])
    return (time.process_time() - start) / LOOPED * RESAMPLES


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(SIZES))
