"""Every number that independent tools computed on the real data, against our reports."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from analysis.labels import read_study
from analysis.report.compose import analyse
from analysis.resampling.resample import Bootstrap
from annotation.__main__ import main as annotation

MAP = tomllib.loads((Path(__file__).parent / "oracle_map.toml").read_text(encoding="utf-8"))
TRAPS = ("TRAP", "RAWCODES_wrong")
Json = dict[str, Any]


@pytest.fixture(scope="module")
def oracles(shared_data: Path) -> Json:
    read: Json = json.loads((shared_data / "oracles.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def reports(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """The reports of the two studies as report.json has them."""
    folder = tmp_path_factory.mktemp("studies")
    pandalm, tulu = shared_data / "pandalm", shared_data / "tulu"
    judges = {
        "pandalm-7b": pandalm / "pandalm-7b-testset-v1.json",
        "gpt-3.5-turbo": pandalm / "gpt-3.5-turbo-testset-v1.json",
    }
    flags = [part for name, path in judges.items() for part in ("--judge", f"{name}={path}")]
    source = [tulu / "eval_instances_tulu_1.jsonl", tulu / "eval_annotations_tulu_1.xlsx"]
    commands: dict[str, list[object]] = {
        "pandalm": [pandalm / "testset-v1.json", folder / "pandalm", *flags],
        "tulu": [*source, folder / "tulu"],
    }
    for name, arguments in commands.items():
        assert annotation(["import", name, *map(str, arguments)]) == 0
    return {
        name: json.loads(json.dumps(analyse(read_study(folder / name), Bootstrap(200)).to_json()))
        for name in commands
    }


def _is_row(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("study"), str)


def _rows() -> list[tuple[str, str, Json]]:
    """Oracle key, path inside its value, and the row that gives it."""
    found = []
    for key, entry in MAP.items():
        if _is_row(entry):
            found.append((key, "", entry))
        elif not isinstance(entry, str):
            found += [(key, path, row) for path, row in entry.items()]
    return found


def _at(value: Any, path: str) -> Any:
    """The number inside an oracle's value; the steps of a path are joined by slashes."""
    for step in filter(None, path.split("/")):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _paths(value: Any, prefix: str = "") -> set[str]:
    if not isinstance(value, dict | list):
        return {prefix.removesuffix("/")}
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    return {path for step, part in steps for path in _paths(part, f"{prefix}{step}/")}


def _ours(row: Json, reports: dict[str, Json], path: str) -> float:
    report = reports[row["study"]]
    if "data" in row:
        return float(report["data"][row["data"]])
    wanted = (row["statistic"], row["criterion"], row.get("subject", {}), row.get("slice", {}))
    (found,) = [
        one
        for one in report["estimates"]
        if (one["statistic"], one["criterion"], one["subject"], one["slice"]) == wanted
    ]
    match row.get("field", "value"):
        case "value*n":
            return float(found["value"] * found["n"])
        case "value/n":
            return float(found["value"] / found["n"])
        case "position":
            return float(found["value"] - int(path) - 1)
        case field:
            return float(found[field])


def _tolerance(printed: object) -> float:
    """1e-6, or half a unit of the last digit printed where a package rounded to five."""
    digits = len(repr(printed).partition(".")[2])
    return 0.5 * 10**-digits if isinstance(printed, float) and 3 < digits < 6 else 1e-6


def test_every_oracle_is_given_by_a_row_or_has_a_sentence_why_not(oracles: Json) -> None:
    assert set(MAP) == set(oracles)
    sentences = [entry for entry in MAP.values() if isinstance(entry, str)]
    assert all(entry.startswith("never: ") for entry in sentences)


def test_a_row_stands_for_every_number_of_an_oracle_that_has_several(oracles: Json) -> None:
    for key, entry in MAP.items():
        if not isinstance(entry, str) and not _is_row(entry):
            assert set(entry) == _paths(oracles[key]["value"]), key


@pytest.mark.parametrize(
    ("key", "path", "row"), _rows(), ids=[f"{key}:{path}" for key, path, _ in _rows()]
)
def test_the_report_gives_the_oracle(
    key: str, path: str, row: Json, oracles: Json, reports: dict[str, Json]
) -> None:
    printed = _at(oracles[key]["value"], path)
    expected = 0.0 if row.get("field") == "position" else float(printed)
    assert abs(_ours(row, reports, path) - expected) <= _tolerance(printed)


def test_what_common_mistakes_give_stands_nowhere_in_the_reports(
    oracles: Json, reports: dict[str, Json]
) -> None:
    traps = [one["value"] for key, one in oracles.items() if any(trap in key for trap in TRAPS)]
    assert len(traps) >= 4
    for report in reports.values():
        for estimate in report["estimates"]:
            for name in ("value", "low", "high"):
                found = estimate[name]
                assert found is None or min(abs(found - trap) for trap in traps) > 1e-6
