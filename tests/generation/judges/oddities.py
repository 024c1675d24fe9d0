"""Replies that are hard to read, attacks in responses, and how well the parsers did with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from generation.judges.verdicts import NoVerdict, read_reply

HERE = Path(__file__).parent

FORMS = {
    "mt-bench": "marks",
    "pandalm": "first-line",
    "criterion": "verdict-line",
    "mt-bench-single": "score-marks",
    "rating": "score-line",
}
SCORES = {"mt-bench-single": 10, "rating": 5}


def rows(name: str) -> list[dict[str, Any]]:
    """The lines of oddities.jsonl or attacks.jsonl."""
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines()]


def verdict_of(row: dict[str, Any]) -> str:
    """What the parser makes of a row's reply; scores beyond the scale are invalid."""
    texts = [row[name] for name in ("answer_a", "answer_b") if name in row]
    try:
        found = read_reply(FORMS[row["form"]], row["reply"], texts).verdict
    except NoVerdict:
        return "invalid"
    greatest = SCORES.get(row["form"])
    within = greatest is None or found in {str(score) for score in range(1, greatest + 1)}
    return found if within else "invalid"


def score(name: str, blind: bool) -> str:
    """How many of a set are read as a person reads them, given up, and read wrongly."""
    mine = [row for row in rows(name) if row["blind"] is blind]
    found = [(row["expected"], verdict_of(row)) for row in mine]
    right = sum(one == other for one, other in found)
    given_up = sum(one != other == "invalid" for one, other in found)
    return f"{right} right, {given_up} given up, {len(found) - right - given_up} wrong"


def first_run() -> dict[str, str]:
    """The same, when each set met the parser for the first time."""
    kept: dict[str, str] = json.loads((HERE / "first_run.json").read_text("utf-8"))
    return kept
