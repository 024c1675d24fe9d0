"""`python -m benchmarks.wide`: the report of a study that is wide in every way.

12 criteria, 50 systems, 500 annotators, 20,000 pairs with 3 labels each: all 1,225 couples of
systems meet on about 16 pairs, and tens of thousands of couples of annotators on one or two.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from annotation.formats.imported import Imported, make_study
from annotation.formats.plans import new_plan
from annotation.study import PAIRS_FILE
from benchmarks.whole_report import analysed

CRITERIA, SYSTEMS, ANNOTATORS, PAIRS, PEOPLE, PER_PROMPT = 12, 50, 500, 20_000, 3, 5
CHOICES = np.array(("a", "tie", "b"))


def main() -> None:
    """Print one line."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        _make(study)
        seconds, cpu, peak = analysed(study, Path(folder) / "out")
    print(
        f"report of {CRITERIA} criteria x {SYSTEMS} systems x {ANNOTATORS} annotators, {PAIRS:,} "
        f"pairs x {PEOPLE} labels each: {seconds:.1f} s, {cpu:.1f} CPU-s, {peak / 1024**3:.2f} GB"
    )


def _make(study: Path) -> None:
    plan = new_plan(study)
    keys = [f"criterion_{chr(ord('a') + number)}" for number in range(CRITERIA)]
    criteria = tuple(plan.criteria[0].model_copy(update={"key": key}) for key in keys)
    make_study(study, Imported(plan.model_copy(update={"criteria": criteria}), "Compare."))
    rng = np.random.default_rng(0)
    records = [_pair(number, rng) for number in range(PAIRS)]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (study / PAIRS_FILE).write_text(lines, encoding="utf-8")
    people = np.array([f"ann{number}" for number in range(ANNOTATORS)])
    who = np.stack([rng.choice(people, PEOPLE, replace=False) for _ in range(PAIRS)])
    pairs = np.repeat([record["id"] for record in records], PEOPLE)
    (study / "labels").mkdir(exist_ok=True)
    tables = [_labels(key, pairs, who.ravel(), rng) for key in keys]
    pq.write_table(pa.concat_tables(tables), study / "labels" / "people.parquet")


def _pair(number: int, rng: np.random.Generator) -> dict[str, Any]:
    prompt = f"Question {number // PER_PROMPT}: say something about it."
    systems = [f"system{one}" for one in rng.choice(SYSTEMS, 2, replace=False)]
    texts = [f"Answer {number}. " + "word " * int(length) for length in rng.integers(20, 60, 2)]
    content = [prompt, "", [], systems[0], texts[0], [], systems[1], texts[1], []]
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    sides = [{"system": one, "text": text} for one, text in zip(systems, texts, strict=True)]
    category = f"kind{number // PER_PROMPT % 4}"
    return {
        "id": hashlib.sha256(written.encode()).hexdigest()[:20],
        "prompt": {"text": prompt, "task": "writing", "category": category},
        "response_a": sides[0],
        "response_b": sides[1],
    }


def _labels(criterion: str, pairs: Any, who: Any, rng: np.random.Generator) -> Any:
    """People who mostly see the same quality of a pair."""
    rows = len(pairs)
    seen = np.repeat(rng.random(rows // PEOPLE), PEOPLE) + rng.normal(0, 0.25, rows)
    return pa.table(
        {
            "pair_id": pairs,
            "criterion": [criterion] * rows,
            "annotator": who,
            "kind": ["human"] * rows,
            "target": ["pair"] * rows,
            "choice": CHOICES[(seen > 0.4).astype(np.int64) + (seen > 0.6)],
            "swapped": rng.random(rows) < 0.5,
            "seconds": np.round(rng.gamma(4, 10, rows), 1),
        }
    )


if __name__ == "__main__":
    main()
