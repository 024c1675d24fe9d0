"""What stands beside an export: what it was made of, and what was left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from annotation.export.wanted import REASONS, Tally, Wanted
from annotation.schema import Record, iso_utc


class WrittenFile(Record):
    """A file of an export as it was written."""

    name: str
    bytes: int
    sha256: str


def manifest(
    wanted: Wanted, tally: Tally, files: Sequence[WrittenFile], now: datetime
) -> dict[str, Any]:
    """The manifest of an export that has ended; `data/README.md` describes its fields."""
    made: dict[str, Any] = {
        "study": wanted.study.key,
        "study_version": wanted.study.version,
        "made_at": iso_utc(now),
        "source": "database" if wanted.found.from_database else "labels",
        "format": wanted.format,
        "view": wanted.view,
        "unblinded": wanted.unblind,
        "pair_ids_veiled": bool(wanted.veil),
        "annotators_renumbered": wanted.renumber,
        "comments": wanted.comments,
        "files": [file.model_dump() for file in files],
        "written": dict(tally.written),
        "left_out": [
            {"reason": why, "meaning": REASONS.get(why, why), "labels": number}
            for why, number in sorted(tally.left_out.items())
        ],
        "excluded_annotators": len(wanted.found.excluded),
        "notes": list(tally.notes),
    }
    if tally.agreement:
        made["percent_agreement"] = {
            criterion: {"value": total / number, "units": number}
            for criterion, (total, number) in tally.agreement.items()
        }
    return made
