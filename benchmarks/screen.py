"""How well the screen of the text finds what it looks for: `python -m benchmarks.screen`.

Two hundred sentences of ours, and the answers of Tulu's human evaluation where that is at hand.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from annotation.schema import PairResponse, Prompt, Record, content_hash
from annotation.study import read_jsonl
from generation.screen import FindingKind, screen

HERE = Path(__file__).parent
BLIND, OPEN, READINGS = (
    HERE / "screen_blind.jsonl",
    HERE / "screen_open.jsonl",
    HERE / "screen_tulu.jsonl",
)
"""Sentences written and committed before the screen, those written after it, and what a reader
found in answers of Tulu's evaluation."""


class Sentence(Record):
    """An answer of a sentence or two, and what the screen should find in it; None: nothing."""

    prompt: str
    text: str
    expected: FindingKind | None


class Reading(Record):
    """What holds of an answer by a reader's judgement; `answer` hashes system, prompt and text."""

    answer: str
    holds: tuple[FindingKind, ...]


class Score(NamedTuple):
    """How many of those with something to find were found, and how often it was a false alarm."""

    found: int
    positives: int
    false_alarms: int
    negatives: int

    def __str__(self) -> str:
        recall, alarms = self.found / self.positives, self.false_alarms / self.negatives
        return (
            f"recall {recall:.2f} ({self.found} of {self.positives}), "
            f"false alarms {alarms:.2f} ({self.false_alarms} of {self.negatives})"
        )


FIRST_BLIND_SCORE = Score(found=48, positives=50, false_alarms=0, negatives=50)
"""What the first version scored on the blind sentences, before anything was changed by them.

They and the screen have the same author, who wrote them without patterns in hand but could not
forget them either: take it for an upper bound.
"""


def score(sentences: Sequence[Sentence]) -> Score:
    """A positive is found if what it expects is; any finding in a negative is a false alarm."""
    found = Counter[bool]()
    false = 0
    for sentence in sentences:
        kinds = kinds_in("", sentence.prompt, sentence.text)
        if sentence.expected:
            found[sentence.expected in kinds] += 1
        else:
            false += bool(kinds)
    positives = found.total()
    return Score(found[True], positives, false, len(sentences) - positives)


def kinds_in(system: str, prompt: str, text: str) -> set[FindingKind]:
    """The kinds of what the screen finds in an answer."""
    response = PairResponse(system=system or "any", text=text)
    return {finding.kind for finding in screen(Prompt(text=prompt), response)}


def read_sentences(path: Path) -> list[Sentence]:
    """The sentences of a file."""
    return [sentence for _, sentence in read_jsonl(path, Sentence)]


def read_readings() -> dict[str, set[FindingKind]]:
    """What holds of each answer that was read."""
    return {reading.answer: {*reading.holds} for _, reading in read_jsonl(READINGS, Reading)}


def tulu_answers(folder: Path) -> Iterator[tuple[str, str, str]]:
    """System, prompt and text of each distinct answer of Tulu's human evaluation."""
    answers: dict[tuple[str, str, str], None] = {}
    with (folder / "eval_instances_tulu_1.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            for answer in row["completions"]:
                answers[answer["model"], row["prompt"], answer["completion"]] = None
    return iter(answers)


def tulu_report(folder: Path) -> Iterator[str]:
    """Precision by kind over all findings in Tulu's answers, and what was missed in those read."""
    readings = read_readings()
    by_system: Counter[tuple[str, FindingKind]] = Counter()
    outcomes: Counter[tuple[FindingKind, str]] = Counter()
    others = 0
    for answer in tulu_answers(folder):
        found = kinds_in(*answer)
        holds = readings.get(content_hash(list(answer)))
        by_system.update((answer[0], kind) for kind in found)
        others += holds is not None and not found
        for kind in found | (holds or set()):
            seen = "unread" if holds is None else "right" if kind in holds else "wrong"
            outcomes[kind, seen if kind in found else "missed"] += 1
    for kind in sorted({kind for kind, _ in outcomes}):
        right, wrong, unread = (outcomes[kind, seen] for seen in ("right", "wrong", "unread"))
        share = f"{right / (right + wrong):.2f}" if right + wrong else "undefined"
        yield (
            f"  {kind}: precision {share} ({right} right, {wrong} wrong, {unread} not read), "
            f"{outcomes[kind, 'missed']} missed in {others} other answers that were read"
        )
    for (system, kind), count in sorted(by_system.items()):
        yield f"  {system}: {kind} in {count} answers"


def main() -> None:
    """Print every score."""
    print(f"blind sentences, first: {FIRST_BLIND_SCORE}")
    print(f"blind sentences, now:   {score(read_sentences(BLIND))}")
    print(f"open sentences, now:    {score(read_sentences(OPEN))}")
    tulu = HERE.parents[1] / "shared" / "data" / "tulu"
    if tulu.is_dir():
        print("Tulu's distinct answers:")
        print(*tulu_report(tulu), sep="\n")


if __name__ == "__main__":
    main()
