"""What a release says of itself: everything that its card is written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, ValidationError

from annotation.schema import Record
from annotation.study import Study, load_toml

REPORT = Path("report") / "report.json"
_OF_A_SYSTEM = (
    *("backend", "revision", "model", "template", "system_prompt", "decoding", "dtype"),
    *("device", "engine", "batching"),
)
"""What of `systems.toml` is published; addresses of keys are not among it."""


class Change(Record):
    """One release of a dataset: when, and what its maker said of it."""

    date: str
    note: str


@dataclass(frozen=True)
class Config:
    """One view of a release: the name that `load_dataset` takes, and its file."""

    name: str
    split: str
    path: str
    rows: int
    what: str


@dataclass(frozen=True)
class Facts:
    """A release in numbers and names."""

    study: Study
    repository: str
    made_at: datetime
    unblinded: bool
    comments: bool
    licence: str | None
    configs: tuple[Config, ...]
    systems: tuple[str, ...]
    people: Mapping[str, int]
    """How many labels each annotator gave, by the name that the release has for them."""
    judges: tuple[str, ...]
    agreement: Mapping[str, tuple[float, int]]
    """By criterion: the mean share of agreeing pairs of labels, and over how many units."""
    majorities: Mapping[str, tuple[int, int]]
    """By criterion: units with a majority, and with a label."""
    labelled_pairs: int
    """How many pairs have a label that counts."""
    left_out: Mapping[str, int]
    excluded: int
    changes: tuple[Change, ...]
    provenance: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    estimates: tuple[Mapping[str, Any], ...] = ()


class _Systems(Record):
    """The tables of `systems.toml`, whose fields another package knows."""

    model_config = ConfigDict(extra="allow")
    systems: tuple[dict[str, Any], ...] = ()


def provenance(study: Study) -> dict[str, dict[str, Any]]:
    """How each system's answers were made, by its name, as far as `systems.toml` says."""
    path = study.folder / "systems.toml"
    if not path.exists():
        return {}
    tables = load_toml(path, _Systems).systems
    return {
        str(one["name"]): {key: one[key] for key in _OF_A_SYSTEM if one.get(key) not in (None, "")}
        for one in tables
        if "name" in one
    }


class _Report(Record):
    """What a card needs of `report.json`."""

    model_config = ConfigDict(extra="ignore")
    data: dict[str, Any]
    estimates: tuple[dict[str, Any], ...]


def estimates(study: Study, labels: int) -> tuple[Mapping[str, Any], ...]:
    """The alphas of the study's report, if it was made of as many labels as are published."""
    try:
        text = (study.folder / REPORT).read_bytes()
        report = _Report.model_validate_json(text)
    except (OSError, ValidationError):
        return ()
    if report.data.get("labels") != labels:
        return ()
    wanted = ("krippendorff_alpha_nominal", "krippendorff_alpha_ordinal")
    return tuple(
        one
        for one in report.estimates
        if one.get("statistic") in wanted
        and not (one.get("subject") or one.get("slice"))
        and one.get("value") is not None
    )
