"""Read benchmark scores: leaderboards as CSV, and result files of lm-evaluation-harness."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotation.schema import TiebreakError
from annotation.study import read_text

MODEL_COLUMNS = {"model", "models", "system", "name"}
SIZE_COLUMN = re.compile(r"^(#\s*)?param(eter)?s\b", re.IGNORECASE)
LINK = re.compile(r"^\[(?P<text>[^\]]*)\]\((?P<target>[^)]*)\)$")
ABSENT = {"", "-", "–", "n/a", "na", "nan", "none"}


class BenchmarkError(TiebreakError):
    """A file of benchmark scores that cannot be used; says file and line."""


@dataclass(frozen=True)
class Scored:
    """One model's scores as a file has them; `names` are what it may be called, the surest first.

    Scores are oriented: more is better.
    """

    names: tuple[str, ...]
    scores: dict[str, float]
    where: str


def read_benchmarks(paths: Sequence[Path]) -> list[Scored]:
    """Every model of some files; raises BenchmarkError with file and line."""
    found: list[Scored] = []
    for path in paths:
        if path.suffix.lower() == ".json":
            found.append(_harness(path))
        elif path.suffix.lower() == ".csv":
            found += _leaderboard(path)
        else:
            raise BenchmarkError(f"{path}: expected a file .csv (leaderboard) or .json (results)")
    return found


def plain(name: str) -> str:
    """A name by its letters and digits alone, in lower case."""
    return re.sub(r"[^\w]|_", "", name).lower()


def _leaderboard(path: Path) -> Iterator[Scored]:
    """INSTRUCTEVAL's columns: Model, perhaps Foundation and Parameters (B), then scores.

    Blanks around names and cells do not matter, empty rows and cells are passed over, and a name
    may be a Markdown link.
    """
    lines = csv.reader(read_text(path).splitlines(), strict=True)
    heads: list[str] | None = None
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in lines:
            row = [cell.strip() for cell in cells]
            if not any(row):
                continue
            if heads is None:
                heads = _heads(path, lines.line_num, row)
                continue
            if len(row) != len(heads):
                raise BenchmarkError(
                    f"{path}:{lines.line_num}: found {len(row)} cells, expected {len(heads)}"
                )
            rows.append((lines.line_num, row))
    except csv.Error as error:
        raise BenchmarkError(f"{path}:{lines.line_num}: not CSV: {error}") from None
    if not heads or not rows:
        raise BenchmarkError(f"{path}: found no models, expected a header and a row for each")
    scored = [column for column in range(1, len(heads)) if _numeric(heads, rows, column)]
    if not scored:
        raise BenchmarkError(f"{path}:1: found no column of scores")
    size = next((at for at, head in enumerate(heads) if SIZE_COLUMN.match(head)), None)
    for line, row in rows:
        scores = {heads[at]: _score(path, line, heads[at], row[at]) for at in scored}
        known = {name: score for name, score in scores.items() if score is not None}
        yield Scored(
            tuple(_names(row[0], None if size is None else row[size])), known, f"{path}:{line}"
        )


def _heads(path: Path, line: int, row: list[str]) -> list[str]:
    if row[0].lower() not in MODEL_COLUMNS:
        raise BenchmarkError(f"{path}:{line}: found the first column {row[0]!r}, expected 'Model'")
    twice = {head for head in row if row.count(head) > 1}
    if twice:
        raise BenchmarkError(f"{path}:{line}: found the column {sorted(twice)[0]!r} twice")
    return row


def _numeric(heads: list[str], rows: list[tuple[int, list[str]]], column: int) -> bool:
    """Whether a column has scores; how large a model is, is none."""
    return not SIZE_COLUMN.match(heads[column]) and any(
        _number(row[column]) is not None for _, row in rows
    )


def _score(path: Path, line: int, head: str, cell: str) -> float | None:
    if cell.lower() in ABSENT:
        return None
    number = _number(cell)
    if number is None:
        raise BenchmarkError(f"{path}:{line}: {head}: found {cell!r}, expected a number")
    return number


def _number(cell: str) -> float | None:
    try:
        number = float(cell.removesuffix("%"))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _names(cell: str, size: str | None) -> Iterator[str]:
    """With its size, as the link's target ends, and alone."""
    link = LINK.match(cell)
    name = link["text"] if link else cell
    if size:
        yield f"{name}-{size}b"
    if link:
        yield link["target"].rstrip("/").rsplit("/", 1)[-1]
    yield name


def _harness(path: Path) -> Scored:
    """A results file of lm-evaluation-harness: one model, a metric of each task a benchmark."""
    try:
        record = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise BenchmarkError(f"{path}:{error.lineno}: not JSON: {error.msg}") from None
    results = record.get("results") if isinstance(record, dict) else None
    if not isinstance(results, dict) or not all(isinstance(one, dict) for one in results.values()):
        raise BenchmarkError(f"{path}:1: expected an object with 'results', a task each")
    name = _model_of(record)
    if name is None:
        raise BenchmarkError(f"{path}:1: found no 'model_name' and no 'pretrained' in model_args")
    better = record.get("higher_is_better")
    scores = dict(_metrics(results, better if isinstance(better, dict) else {}))
    if not scores:
        raise BenchmarkError(f"{path}:1: found no score in 'results'")
    return Scored((name, name.rstrip("/").rsplit("/", 1)[-1]), scores, str(path))


def _model_of(record: dict[str, Any]) -> str | None:
    if isinstance(record.get("model_name"), str) and record["model_name"]:
        return str(record["model_name"])
    config = record.get("config")
    args = config.get("model_args") if isinstance(config, dict) else None
    if isinstance(args, dict):
        args = ",".join(f"{key}={value}" for key, value in args.items())
    found = re.search(r"(?:^|,)\s*(?:pretrained|model)=([^,]+)", args or "")
    return found[1].strip() if found else None


def _metrics(results: dict[str, Any], better: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """`task.metric` and `task.metric,filter` without errors; what is less is better is negated."""
    for task, metrics in results.items():
        for key, value in metrics.items():
            metric, _, way = key.partition(",")
            if metric.endswith("_stderr") or isinstance(value, bool):
                continue
            if not isinstance(value, int | float) or not math.isfinite(value):
                continue
            if metric in {"alias", "samples", "sample_len"}:
                continue
            ascending = better.get(task, {}) if isinstance(better.get(task), dict) else {}
            sign = -1.0 if ascending.get(metric) is False else 1.0
            yield f"{task}.{metric}{',' + way if way not in ('', 'none') else ''}", sign * value
