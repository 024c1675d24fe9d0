"""Write the files of a report, each whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from analysis.report.compose import Report
from analysis.report.html import all_numbers, as_page
from analysis.report.markdown import as_markdown
from analysis.report.readable import readable

AT_ONCE = 1_000
"""Estimates that become JSON at once; the text of a million would need gigabytes."""

Parts: TypeAlias = Iterable[str]
"""A text in parts."""


def texts(report: Report, guidelines: str = "") -> dict[str, str]:
    """Every file of a report by its name."""
    return {name: "".join(parts) for name, parts in _files(report, guidelines).items()}


def _files(report: Report, guidelines: str) -> dict[str, Parts]:
    document = readable(report)
    return {
        "report.json": as_json(report),
        "report.md": [as_markdown(document)],
        "report.html": [as_page(document, guidelines, all_numbers(report))],
    }


def as_json(report: Report) -> Parts:
    """report.json, what `json.dumps` makes of `report.to_json()`."""
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    yield f'{{"study": {encode(report.study)}, "data": {encode(report.data)}, "estimates": ['
    for start in range(0, len(report.estimates), AT_ONCE):
        some = report.estimates[start : start + AT_ONCE]
        yield (", " if start else "") + encode([one.to_json() for one in some])[1:-1]
    yield "]}\n"


def write_report(report: Report, folder: Path | str, guidelines: str = "") -> list[Path]:
    """Write report.json, report.md and report.html into a folder, and say where they are.

    guidelines: Markdown that annotators read; report.html shows it.
    """
    return _write_all(Path(folder), _files(report, guidelines))


def _write_all(folder: Path, files: Mapping[str, Parts]) -> list[Path]:
    """Write all files beside their places first, so that a full disk leaves the old ones alone."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = {name: folder / f".{name}.{os.getpid()}.partial" for name in files}
    try:
        for name, parts in files.items():
            _write(partial[name], folder / name, parts)
        for name, path in partial.items():
            path.replace(folder / name)
    finally:
        for path in partial.values():
            path.unlink(missing_ok=True)
    return [folder / name for name in files]


def _write(partial: Path, meant: Path, parts: Parts) -> None:
    """Write and flush to the disk; an error names the file that was meant."""
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(meant)) from None
