"""Answers that were made elsewhere and stand in a file, one row an answer."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from annotation.schema import Record
from annotation.study import StudyError
from generation.backends.base import (
    BackendRefused,
    Caps,
    Plan,
    Request,
    Result,
    Score,
    ScoreRequest,
    answers_wanted,
    finish_reason_of,
    one_each,
)
from generation.systems import Columns, System


class Row(Record):
    """One answer of the file and where it stands there."""

    line: int
    prompt: str
    by_id: bool
    answers: tuple[str, ...]
    finish_reason: str | None


class RecordedBackend:
    """A JSONL or CSV file with a prompt's id or its text and an answer; each is used once."""

    caps = Caps()
    revision = "recorded"
    template = ""
    grouping = ""

    def __init__(self, system: System, folder: Path) -> None:
        self.system = system
        self.path = folder / Path(system.where).expanduser()
        self._rows = list(read_rows(self.path, system.columns))
        self._waiting: defaultdict[tuple[bool, str], deque[Row]] = defaultdict(deque)
        for row in self._rows:
            self._waiting[row.by_id, row.prompt].append(row)
        self._given: dict[str, Row] = {}

    def plan(self, requests: Sequence[Request]) -> Plan:
        """Give every request its row now, over all of them, so that a resumed run gives the same.

        A file whose rows name prompts twice answers the first and the second sample.
        """
        for request in requests:
            for place in ((True, request.prompt_id), (False, _said(request))):
                if rows := self._waiting.get(place):
                    self._given[request.key] = rows.popleft()
                    break
        return one_each(requests)

    def generate(self, batches: Iterable[Sequence[Request]]) -> Iterator[Result]:
        """The answers of the file; a request without a row is an error that names its prompt."""
        for request in (each for batch in batches for each in batch):
            row = self._given.get(request.key)
            wanted = answers_wanted(request.messages)
            error = None
            if row is None:
                error = f"{self.path}: found no answer to prompt {request.prompt_id!r}"
            elif len(row.answers) != wanted:
                error = (
                    f"{self.path}:{row.line}: found {len(row.answers)} answers to prompt "
                    f"{request.prompt_id!r}, expected {wanted}"
                )
            yield Result(
                key=request.key,
                answers=row.answers if row and not error else (),
                finish_reason=row.finish_reason if row else None,
                error=error,
                meta={"line": row.line} if row else {},
            )

    def score(self, _: Sequence[ScoreRequest], /) -> Iterator[Score]:
        """Refused: a file holds answers, not probabilities."""
        raise BackendRefused(f"system {self.system.name!r}: a file cannot score texts")

    def provenance(self) -> dict[str, Any]:
        """The file and its hash."""
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        return {"file": self.path.name, "sha256": digest, "rows": len(self._rows)}

    def notes(self) -> tuple[str, ...]:
        """Rows that no prompt of the run asked for, where any was asked."""
        left = sorted(row.line for rows in self._waiting.values() for row in rows)
        if not left or not self._given:
            return ()
        rows = "1 row answers" if len(left) == 1 else f"{len(left)} rows answer"
        return (f"{self.path}: {rows} nothing that this run asks, the first in line {left[0]}",)


def _said(request: Request) -> str:
    """The first turn of the user: what a file without ids knows a prompt by."""
    return next((turn.text for turn in request.messages if turn.role == "user"), "").strip()


def read_rows(path: Path, columns: Columns) -> Iterator[Row]:
    """The rows of a .jsonl or .csv file; StudyError with the line of one that cannot be used."""
    for line, fields in _read(path):
        by_id = fields.get(columns.prompt_id) not in (None, "")
        prompt = fields.get(columns.prompt_id if by_id else columns.prompt)
        answer = fields.get(columns.response)
        if by_id and isinstance(prompt, int) and not isinstance(prompt, bool):
            prompt = str(prompt)  # as `import prompts` reads it
        if not isinstance(prompt, str) or not prompt.strip():
            raise StudyError(
                f"{path}:{line}: found neither {columns.prompt_id!r} nor {columns.prompt!r}, "
                "expected a prompt's id or its text"
            )
        answers = tuple(answer) if isinstance(answer, list) else (answer,)
        if not all(isinstance(each, str) for each in answers):
            raise StudyError(
                f"{path}:{line}: found {repr(answer)[:60]} under {columns.response!r}, "
                "expected the answer's text, or a list of texts for a dialogue"
            )
        reason = fields.get(columns.finish_reason) or None
        yield Row(
            line=line,
            prompt=prompt.strip(),
            by_id=by_id,
            answers=answers,
            finish_reason=finish_reason_of(reason),
        )


def _read(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    if path.suffix not in {".jsonl", ".csv"}:
        raise StudyError(f"{path}: expected the answers in a .jsonl or a .csv file")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _csv(path, file) if path.suffix == ".csv" else _jsonl(path, file)
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StudyError(f"{path}: found bytes that are not UTF-8") from None


def _csv(path: Path, file: Iterable[str]) -> Iterator[tuple[int, dict[str, object]]]:
    rows = csv.reader(file, strict=True)
    try:
        names = next(rows, [])
        for cells in rows:
            if cells and len(cells) != len(names):
                raise StudyError(
                    f"{path}:{rows.line_num}: found {len(cells)} cells, expected {len(names)}, "
                    "as many as the first line has"
                )
            if cells:
                yield rows.line_num, dict(zip(names, cells, strict=True))
    except csv.Error as error:
        raise StudyError(f"{path}:{rows.line_num}: not CSV: {error}") from None


def _jsonl(path: Path, file: Iterable[str]) -> Iterator[tuple[int, dict[str, object]]]:
    for line, text in enumerate(file, start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except ValueError as error:
            raise StudyError(f"{path}:{line}: not JSON: {error}") from None
        if not isinstance(row, dict):
            raise StudyError(f"{path}:{line}: found {text.strip()[:60]!r}, expected an object")
        yield line, row
