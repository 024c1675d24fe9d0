"""Small studies with judges, and runs of them in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from annotation.schema import Label, Pair
from annotation.study import load_study, read_jsonl
from generation.backends.opening import Surroundings, open_backend
from generation.engines import Engine, Local
from generation.judges.asking import JudgeJob, prepare
from generation.judges.declared import JUDGES_FILE, Judge
from generation.judges.judgements import Judgement, files_with_judgements, judge_files
from generation.judges.labelling import Outcome
from generation.judging import judge_pairs
from tests.builders import a_pair, a_prompt, a_response, a_study_folder

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def a_judge(model: Path | str = "model", style: str = "logit", **fields: Any) -> Judge:
    """A judge that replies with 12 tokens of the tiny model."""
    made = {
        "name": "tiny",
        "backend": f"reward:{model}" if style == "reward" else f"hf:{model}",
        "dtype": "float32",
        "device": "cpu",
        "decoding": {"max_new_tokens": 12},
        **fields,
    }
    return Judge(style=style, **made)


def some_pairs(number: int) -> list[Pair]:
    """Pairs of different lengths, with short prompts for the tiny model's context."""
    return [
        a_pair(
            n,
            prompt=a_prompt(f"Say {n}.", category=("honest", "helpful")[n % 2]),
            response_a=a_response("x", f"{n}. " * (1 + n % 4)),
            response_b=a_response("y", f"Well: {n}"),
        )
        for n in range(number)
    ]


def a_folder(folder: Path, pairs: int = 6, judges: str = "", **fields: Any) -> Path:
    """A study folder with pairs, and a judges.toml."""
    a_study_folder(folder, pairs=some_pairs(pairs), **fields)
    (folder / JUDGES_FILE).write_text(judges, encoding="utf-8")
    return folder


def run(
    folder: Path,
    judge: Judge,
    *,
    engine: Engine | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
    name: str = "run-1",
    **fields: Any,
) -> Outcome:
    """Let `judge` judge what it has not judged yet."""
    job = JudgeJob(study=load_study(folder), judge=judge, run=name, **fields)
    around = Surroundings(folder=folder, cache=folder / "hashes.json")
    backend = open_backend(judge.system(), around)
    return judge_pairs(job, prepare(job, backend), backend, engine or Local(), clock)


def labels(folder: Path, judge: str = "tiny") -> list[Label]:
    return [row for _, row in read_jsonl(judge_files(folder, judge).labels, Label)]


def judgements(folder: Path, judge: str = "tiny") -> list[Judgement]:
    paths = files_with_judgements(folder, judge)
    return [row for path in paths for _, row in read_jsonl(path, Judgement)]


def orders(rows: Sequence[Label]) -> dict[tuple[str, int], set[bool | None]]:
    """The orders in which each pair was judged in each run."""
    found: dict[tuple[str, int], set[bool | None]] = {}
    for row in rows:
        found.setdefault((row.pair_id, row.repeat), set()).add(row.swapped)
    return found
