"""A study folder on disk: read it, write it, and say file and line of what is wrong in it."""

from __future__ import annotations

import gc
import json
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TextIO, TypeVar

import tomlkit
from pydantic import Field, ValidationError, field_validator

from annotation.protocol import (
    Access,
    Breaks,
    Closing,
    Comments,
    Consent,
    Gold,
    Overlap,
    Repeats,
    Sensitive,
    Training,
)
from annotation.schema import Criterion, Label, Pair, Prompt, Record, TiebreakError

R = TypeVar("R", bound=Record)


class StudyError(TiebreakError):
    """A file of a study that cannot be used; says file and line, what was found and expected."""


class PairingRules(Record):
    """The table `[pairing]`: what becomes of answers that are alike, empty, truncated or many."""

    identical: Literal["attention_check", "drop"] = "attention_check"
    empty: Literal["drop", "keep"] = "drop"
    truncated: Literal["drop", "keep"] = "keep"
    samples: Literal["first", "all"] = "first"


class ScreenRules(Record):
    """The table `[screen]`: what becomes of answers that the screen of the text finds."""

    identity: Literal["mark", "mask", "drop"] = "mark"
    template: Literal["mark", "mask", "drop"] = "mark"
    refusal: Literal["mark", "drop"] = "mark"
    cut_off: Literal["mark", "drop"] = "mark"
    language: Literal["mark", "drop"] = "mark"
    names: tuple[str, ...] = ()


class StudyPlan(Record):
    """What `study.toml` says: what is asked, of which pairs, and how many labels each needs."""

    key: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)
    title: str = Field(min_length=1)
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$", max_length=35)
    version: int = Field(default=1, ge=1, strict=True)
    description: str = ""
    labels_per_pair: int = Field(default=1, ge=1, strict=True)
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    pairs_per_annotator: int | None = Field(default=None, ge=1, strict=True)
    pairing: PairingRules = PairingRules()
    screen: ScreenRules = ScreenRules()
    access: Access = Access()
    overlap: Overlap | None = None
    consent: Consent | None = None
    training: Training | None = None
    gold: Gold | None = None
    repeats: Repeats | None = None
    sensitive: Sensitive | None = None
    comments: Comments = Comments()
    breaks: Breaks | None = None
    closing: Closing = Closing()

    @field_validator("criteria", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        if not isinstance(value, list):
            return value
        return tuple(
            {**entry, "applies_to": tuple(entry["applies_to"])}
            if isinstance(entry, dict) and isinstance(entry.get("applies_to"), list)
            else entry
            for entry in value
        )

    @field_validator("criteria")
    @classmethod
    def _keys_differ(cls, criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        counts = Counter(criterion.key for criterion in criteria)
        for key, count in counts.items():
            if count > 1:
                raise ValueError(f"the criterion {key!r} stands there {count} times")
        return criteria

    def criterion(self, key: str) -> Criterion | None:
        """The criterion of that key, or None."""
        return next((one for one in self.criteria if one.key == key), None)

    def asked(self, prompt: Prompt) -> tuple[Criterion, ...]:
        """The criteria that a pair with this prompt is asked, in the study's order."""
        return tuple(one for one in self.criteria if one.applies(prompt))


class Study(StudyPlan):
    """A loaded study folder: the plan, the guidelines and the pairs."""

    folder: Path
    guidelines: str = ""
    pairs: tuple[Pair, ...] = ()


PLAN_FILE = "study.toml"
GUIDELINES_FILE = "guidelines.md"
CONSENT_FILE = "consent.md"
PAIRS_FILE = "pairs.jsonl"
PROMPTS_FILE = "prompts.jsonl"
TRAINING_FILE = "training.jsonl"
GOLD_FILE = "gold.jsonl"
EXCLUDED_FILE = "excluded.jsonl"


def load_study(folder: Path) -> Study:
    """The study in `folder`; `pairs` is empty where generation has not made `pairs.jsonl` yet.

    Raises StudyError with file and line for whatever cannot be used.
    """
    plan = load_plan(folder)
    guidelines = folder / GUIDELINES_FILE
    pairs = folder / PAIRS_FILE
    fields: dict[str, Any] = {name: getattr(plan, name) for name in StudyPlan.model_fields}
    with no_collection():
        # model_construct, because everything is validated by now and hashing 100,000 pairs
        # a second time would double the time to open a study.
        return Study.model_construct(
            **fields,
            folder=folder,
            guidelines=read_text(guidelines) if guidelines.exists() else "",
            pairs=tuple(read_pairs(pairs)) if pairs.exists() else (),
        )


@contextmanager
def no_collection() -> Iterator[None]:
    """Without the cycle collector, which would walk all objects again and again as they grow."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def load_plan(folder: Path) -> StudyPlan:
    """`study.toml` alone, for commands that need no pairs."""
    path = folder / PLAN_FILE
    if not path.is_file():
        raise StudyError(f"{path}: not found, expected a study folder with a study.toml in it")
    return load_toml(path, StudyPlan)


def load_toml(path: Path, model: type[R]) -> R:
    """The record that a TOML file holds; raises StudyError with the line of what is wrong."""
    text = read_text(path)
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        where = int(found[1]) if found else len(text.splitlines())
        what = str(error).split(" (at ")[0]
        raise StudyError(f"{path}:{where}: not TOML: {what}") from None
    except ValidationError as error:
        where = _toml_line(text, error.errors()[0]["loc"])
        raise StudyError(f"{path}:{where}: {_first_problem(error)}") from None


def read_pairs(path: Path) -> Iterator[Pair]:
    """The pairs of a file, one a line; the same pair twice is an error."""
    return (pair for _, pair in read_numbered_pairs(path))


def read_numbered_pairs(path: Path) -> Iterator[tuple[int, Pair]]:
    """Line number and pair for each line; the same pair twice is an error."""
    lines: dict[str, int] = {}
    for line, pair in read_jsonl(path, Pair):
        if pair.id in lines:
            raise StudyError(
                f"{path}:{line}: found the same pair as in line {lines[pair.id]}, "
                "expected each pair once"
            )
        lines[pair.id] = line
        yield line, pair


def look_alikes(pairs: Iterable[Pair]) -> int:
    """How many pairs show the texts of an earlier pair: an annotator would meet them again."""
    counts = Counter(pair.texts() for pair in pairs)
    return sum(count - 1 for count in counts.values())


def read_labels(folder: Path) -> Iterator[Label]:
    """Every label of `folder/labels`, files in the order of their names, JSONL and Parquet."""
    for path in label_files(folder):
        if path.suffix == ".jsonl":
            yield from (label for _, label in read_jsonl(path, Label))
        else:
            yield from _read_parquet(path)


class ExcludedAnnotator(Record):
    """One line of `excluded.jsonl`: whose labels stand but count for nothing, and why."""

    annotator: str = Field(min_length=1)
    reason: str = ""


def read_excluded(folder: Path) -> dict[str, str]:
    """The annotators whose labels are left out, and why; raises StudyError with file and line."""
    path = folder / EXCLUDED_FILE
    if not path.exists():
        return {}
    return {one.annotator: one.reason for _, one in read_jsonl(path, ExcludedAnnotator)}


def label_files(folder: Path) -> list[Path]:
    """The label files of a study in the order of their names."""
    return sorted(
        path for path in (folder / "labels").glob("*") if path.suffix in {".jsonl", ".parquet"}
    )


def _read_parquet(path: Path) -> Iterator[Label]:
    import pyarrow as pa
    import pyarrow.parquet as pq  # here, not above: only a study with Parquet labels pays for it

    try:
        table = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise StudyError(f"{path}: not a Parquet file: {error}") from None
    row = 0
    for batch in table.iter_batches():
        for record in batch.to_pylist():
            row += 1
            known = {key: value for key, value in record.items() if value is not None}
            try:
                yield Label.model_validate(known)
            except ValidationError as error:
                raise StudyError(f"{path}:{row}: {_first_problem(error)}") from None


def read_jsonl(path: Path, model: type[R], *, growing: bool = False) -> Iterator[tuple[int, R]]:
    """Line number and record for each line of `path`; blank lines are passed over.

    Of a file that is `growing`, to which a run appends, a last line without its end is not there
    yet. Raises StudyError naming the line that is not JSON, not UTF-8 or not a `model`.
    """
    try:
        with path.open("rb") as lines:
            yield from records_of(lines, path, model, growing=growing)
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}") from None


def records_of(
    lines: Iterable[bytes], path: Path, model: type[R], *, first: int = 1, growing: bool = False
) -> Iterator[tuple[int, R]]:
    """What `read_jsonl` gives, of lines of `path` of which the first has the number `first`."""
    for number, raw in enumerate(lines, start=first):
        if growing and not raw.endswith(b"\n"):
            return
        text = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        if not text.strip():
            continue
        try:
            yield number, model.model_validate_json(text, strict=True)
        except ValidationError as error:
            raise StudyError(f"{path}:{number}: {_first_problem(error)}") from None


def write_jsonl(path: Path, records: Iterable[Record]) -> int:
    """Write one record a line, the whole file or nothing; the number of records written."""
    count = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with _whole(path) as file:
        for record in records:
            file.write(to_line(record))
            count += 1
    return count


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _whole(path) as file:
        file.write(text)


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """A file that takes the place of `path` once it is complete and on the disk."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)  # an open file's error does not name it
        raise
    finally:
        partial.unlink(missing_ok=True)


def append_jsonl(path: Path, records: Sequence[Record]) -> None:
    """Append records in one write that reaches the disk; a torn last line is ended first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        text = ("\n" if torn else "") + "".join(to_line(record) for record in records)
        data = text.encode("utf-8")
        try:
            while data:  # once, unless the disk is full: then the second write says so
                data = data[os.write(handle, data) :]
            os.fsync(handle)
        except OSError as error:
            os.ftruncate(handle, size)  # nothing half-written stays
            error.filename = str(path)
            raise
    finally:
        os.close(handle)


def to_line(record: Record) -> str:
    """A record as one line of JSON with its newline; texts stay readable, not escaped."""
    return json.dumps(record.model_dump(mode="json"), ensure_ascii=False) + "\n"


def write_plan(folder: Path, plan: StudyPlan, notes: str = "") -> None:
    """Write `study.toml`, `notes` at its foot; fields that have their default are left out."""
    document = tomlkit.document()
    kept = plan.model_dump(mode="json", include=set(StudyPlan.model_fields), exclude_defaults=True)
    always = {"key", "title", "version", "labels_per_pair"}
    dumped = {**plan.model_dump(mode="json", include=always), **kept}
    criteria = tomlkit.aot()
    for entry in dumped.pop("criteria"):
        table = tomlkit.table()
        table.update({name: _in_one_line(value) for name, value in entry.items()})
        criteria.append(table)
    for name in sorted(dumped, key=lambda name: isinstance(dumped[name], dict)):
        document[name] = dumped[name]
    document["criteria"] = criteria
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PLAN_FILE).write_text(tomlkit.dumps(document) + notes, encoding="utf-8")


def _in_one_line(value: object) -> object:
    """A rating's levels as they are written by hand: `{ kind = "rating", levels = [...] }`."""
    if not isinstance(value, dict):
        return value
    inline = tomlkit.inline_table()
    for name, part in value.items():
        inline.append(
            name, [_in_one_line(each) for each in part] if isinstance(part, list) else part
        )
    return inline


def read_text(path: Path) -> str:
    """The text of a file of a study; raises StudyError where it cannot be read or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise StudyError(f"{path}:{line}: found bytes that are not UTF-8") from None
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}") from None


def _first_problem(error: ValidationError) -> str:
    """The first thing wrong, in one sentence: where in the record, what was found and expected."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    found = repr(first["input"])
    found = found if len(found) <= 80 else f"{found[:77]}..."
    match first["type"]:
        case "json_invalid":
            return f"not JSON: {first['ctx']['error']}; found {found}"
        case "missing":
            return f"the field {where!r} is missing"
        case "extra_forbidden":
            return f"found the unknown field {where!r}, expected only those of data/README.md"
        case "value_error":
            return f"{where + ': ' if where else ''}{first['ctx']['error']}"
        case "model_type" | "dict_type":
            return f"{where + ': ' if where else ''}found {found}, expected an object"
    message = first["msg"][:1].lower() + first["msg"][1:]
    message = message.replace("input should be", "expected").replace("valid tuple", "list")
    return f"{where}: {message}, found {found}"


def _toml_line(text: str, location: Sequence[int | str]) -> int:
    """The line of a TOML file that a validation error speaks of: its key, or its table."""
    lines = text.splitlines()
    tables = r"\s*\[\[\s*{}\s*\]\]"
    headers = [n for n, line in enumerate(lines) if re.match(tables.format(r"[\w.-]+"), line)]
    first, last, path = 0, headers[0] if headers else len(lines), list(location)
    if len(path) > 1 and isinstance(path[1], int):
        own = tables.format(re.escape(str(path[0])))
        starts = [n for n in headers if re.match(own, lines[n])]
        if starts:
            first = starts[min(path[1], len(starts) - 1)]
            last = next((start for start in headers if start > first), len(lines))
            path = path[2:]
    elif path:
        own = rf"\s*\[\s*{re.escape(str(path[0]))}\s*\]"
        start = next((n for n, line in enumerate(lines) if re.match(own, line)), None)
        if start is not None:
            rest = range(start + 1, len(lines))
            first = start
            last = next((n for n in rest if re.match(r"\s*\[", lines[n])), len(lines))
            path = path[1:]
    # The innermost name first: it stands on a line of its own unless the table is an inline one.
    for name in (str(part) for part in reversed(path) if isinstance(part, str)):
        for number in range(first, last):
            if re.match(rf"\s*\"?{re.escape(name)}\"?\s*=", lines[number]):
                return number + 1
    return first + 1
