"""Write the files of a report, each whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from analysis.report.compose import Report
from analysis.report.html import all_numbers, as_page
from analysis.report.markdown import as_markdown
from analysis.report.readable import readable


def texts(report: Report, guidelines: str = "") -> dict[str, str]:
    """Every file of a report by its name."""
    document = readable(report)
    return {
        "report.json": json.dumps(report.to_json(), ensure_ascii=False, allow_nan=False) + "\n",
        "report.md": as_markdown(document),
        "report.html": as_page(document, guidelines, all_numbers(report)),
    }


def write_report(report: Report, folder: Path | str, guidelines: str = "") -> list[Path]:
    """Write report.json, report.md and report.html into a folder, and say where they are.

    guidelines: Markdown that annotators read; report.html shows it.
    """
    return write(Path(folder), texts(report, guidelines))


def write(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write all files beside their places first, so that a full disk leaves the old ones alone."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = {name: folder / f".{name}.{os.getpid()}.partial" for name in files}
    try:
        for name, text in files.items():
            _write(partial[name], folder / name, text)
        for name, path in partial.items():
            path.replace(folder / name)
    finally:
        for path in partial.values():
            path.unlink(missing_ok=True)
    return [folder / name for name in files]


def _write(partial: Path, meant: Path, text: str) -> None:
    """Write and flush to the disk; an error names the file that was meant."""
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(meant)) from None
