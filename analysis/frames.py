"""A study from frames of labels and pairs, and a report as a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from analysis import labels as reading
from analysis.arrays import Bools, Ints
from analysis.label_file import COLUMNS, UnusualLabels
from analysis.pairs import PairTable, has_list
from analysis.report.compose import Report
from analysis.tables import StudyLabels
from annotation.schema import Criterion, Scale, TiebreakError
from annotation.study import StudyPlan

ScaleLike: TypeAlias = str | Mapping[str, float]
"""The name of a preference scale, or the levels of a rating with what they stand for."""

PREFERENCES = ("preference3", "preference3-bad", "preference5")


class FrameError(TiebreakError):
    """A frame that cannot be used: what was found in it, and what was expected."""


def from_frames(
    labels: pd.DataFrame,
    pairs: pd.DataFrame | None = None,
    scales: Mapping[str, ScaleLike] | None = None,
    title: str = "Labels from a frame",
) -> StudyLabels:
    """What `analyse` takes, from a frame with one row a label and one with one row a pair.

    labels: needs `pair_id`, `annotator` and `choice` (in the pair's order: a is the pair's first
    response); `criterion` ("overall"), `kind` ("human"), `target` (a or b, for ratings) and the
    other fields of a Label may be there, other columns are not read.
    pairs: `pair_id`; `system_a` and `system_b` ("a" and "b"), `prompt` (what is resampled; each
    pair's own), `task`, `category`, and `response_a` and `response_b` or their lengths in
    characters, `length_a` and `length_b`. Without this frame its columns are looked for in
    `labels`.
    scales: of each criterion, "preference3", "preference3-bad", "preference5" or the values of a
    rating's levels, {"yes": 1, "no": 0}; without it a preference scale that has all the choices.
    Raises FrameError.
    """
    need(labels, ("pair_id", "annotator", "choice"), "labels")
    table = pd.DataFrame({name: labels[name] for name in COLUMNS.names if name in labels})
    table = table.assign(
        pair_id=table["pair_id"].astype(str),
        annotator=table["annotator"].astype(str),
        choice=table["choice"].astype(str),
        criterion=table.get("criterion", "overall"),
        kind=table.get("kind", "human"),
    )
    criteria = tuple(_criteria(table, scales or {}))
    if "target" not in table:
        rated = [one.key for one in criteria if one.scale.kind == "rating"]
        if rated:
            raise FrameError(f"labels: the rating {rated[0]!r} needs a column 'target' of a and b")
        table = table.assign(target="pair")
    plan = StudyPlan(key="frame", title=title, criteria=criteria)
    both = pairs if pairs is not None else labels.drop_duplicates("pair_id")
    try:
        return reading.from_frames(plan, _pair_table(both), table)
    except UnusualLabels as error:
        raise FrameError(f"labels: {error}") from None


def need(frame: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    """Raise FrameError where a column is missing or has an empty cell."""
    missing = [column for column in columns if column not in frame]
    if missing:
        found = ", ".join(map(str, frame.columns))
        raise FrameError(f"{name}: found the columns {found}, expected also {', '.join(missing)}")
    for column in columns:
        if frame[column].isna().any():
            raise FrameError(f"{name}: found an empty cell in the column {column!r}")


def _criteria(table: pd.DataFrame, scales: Mapping[str, ScaleLike]) -> list[Criterion]:
    found = []
    for key, part in table.groupby("criterion", sort=False):
        scale = scales.get(str(key))
        if scale is None:
            scale = fitting_scale(str(key), set(part["choice"]))
        made: Any = scale
        if not isinstance(scale, str):
            levels = [{"name": name, "value": float(value)} for name, value in scale.items()]
            made = {"kind": "rating", "levels": levels}
        found.append(
            Criterion.model_validate({"key": str(key), "question": str(key), "scale": made})
        )
    return found


def fitting_scale(key: str, choices: set[str]) -> str:
    """The first preference scale that has all the choices; raises FrameError without one."""
    for kind in PREFERENCES:
        if choices <= set(Scale.model_validate({"kind": kind}).choices):
            return kind
    some = ", ".join(sorted(choices)[:5])
    raise FrameError(f"labels: the criterion {key!r} has the choices {some}; say its scale")


def _pair_table(pairs: pd.DataFrame) -> PairTable:
    need(pairs, ("pair_id",), "pairs")
    ids = pairs["pair_id"].astype(str)
    if ids.duplicated().any():
        raise FrameError(f"pairs: found {ids[ids.duplicated()].iloc[0]!r} twice, expected it once")

    def column(name: str, default: object) -> list[Any]:
        if name not in pairs:
            return list(ids) if default is ids else [default] * len(ids)
        values = pairs[name]
        return [
            None if missing else str(one)
            for one, missing in zip(values, values.isna(), strict=True)
        ]

    names = [column("system_a", "a"), column("system_b", "b")]
    prompts = column("prompt", ids)
    if any(one is None for one in (*names[0], *names[1], *prompts)):
        raise FrameError("pairs: found an empty cell in system_a, system_b or prompt")
    made = PairTable.of_columns(
        list(ids), prompts, names[0], names[1], column("task", None), column("category", None)
    )
    known: dict[str, Any] = {f"length_{side}": _lengths(pairs, side) for side in "ab"}
    known |= {f"list_{side}": _lists(pairs, side) for side in "ab"}
    return replace(made, **known)


def _lengths(pairs: pd.DataFrame, side: str) -> Ints | None:
    if f"length_{side}" in pairs:
        return _whole(pairs[f"length_{side}"])
    if f"response_{side}" in pairs:
        return _whole(pairs[f"response_{side}"].fillna("").astype(str).str.len())
    return None


def _lists(pairs: pd.DataFrame, side: str) -> Bools | None:
    if f"response_{side}" not in pairs:
        return None
    texts = pairs[f"response_{side}"].fillna("").astype(str)
    return np.fromiter(map(has_list, texts), bool, len(texts))


def _whole(column: pd.Series[Any]) -> Ints:
    numbers: Ints = np.asarray(column.to_numpy(), np.int64)
    return numbers


def to_frame(report: Report) -> pd.DataFrame:
    """Every estimate of a report, one row each; `subject` and `slice` are dicts."""
    return pd.DataFrame([one.to_json() for one in report.estimates])
