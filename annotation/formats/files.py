"""Files that are read with the line of what is wrong, and written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from annotation.schema import TiebreakError


class FormatError(TiebreakError):
    """A file that is not what its format promises; says file, line, what was found and expected."""


def read_text(path: Path) -> str:
    """The text of a UTF-8 file; raises FormatError with the line that is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FormatError(f"{path}:{line}: found bytes that are not UTF-8") from None
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror}") from None


def read_json(path: Path, nan_is_null: bool = False) -> Any:
    """The value of a JSON file; raises FormatError with the line of what is wrong.

    Some sources write NaN, which is no JSON, where they mean null.
    """
    text = read_text(path)
    try:
        value = json.loads(text, parse_constant=_nan_as_null if nan_is_null else _refuse_constant)
    except json.JSONDecodeError as error:
        raise FormatError(f"{path}:{error.lineno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path}: not JSON: {error}") from None
    # Only an escape can give half a pair, and looking for one costs as much as parsing.
    if "\\u" in text and not is_unicode(json.dumps(value, ensure_ascii=False)):
        raise FormatError(f"{path}: found half a surrogate pair in a text")
    return value


def read_json_records(path: Path, nan_is_null: bool = False) -> list[dict[str, Any]]:
    """The objects of a JSON file that holds one list of objects."""
    records = read_json(path, nan_is_null)
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise FormatError(f"{path}: expected a JSON list of objects")
    return records


def json_value(text: str) -> Any:
    """The value of one JSON text; raises ValueError, also for NaN and for no Unicode."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    # Only an escape can give half a pair, and looking for one costs as much as parsing.
    if "\\u" in text and not is_unicode(json.dumps(value, ensure_ascii=False)):
        raise ValueError("half a surrogate pair in a text")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"found {name}, which other tools do not read")


def _nan_as_null(name: str) -> None:
    if name != "NaN":
        _refuse_constant(name)


def is_unicode(text: str) -> bool:
    """Whether `text` can be written as UTF-8: JSON may hold halves of surrogate pairs."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def whole_files(*paths: Path) -> Iterator[list[Path]]:
    """Names to write to, which become `paths` together when all is written, or vanish."""
    partials = [path.with_name(f".{path.name}.{os.getpid()}.partial") for path in paths]
    try:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise FormatError(f"{path}: is a folder, expected the name of a file")
        yield partials
        for partial, path in zip(partials, paths, strict=True):
            partial.replace(path)
    finally:
        for partial in partials:
            partial.unlink(missing_ok=True)
