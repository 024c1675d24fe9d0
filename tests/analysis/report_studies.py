"""Studies with something for every part of a report, and names that try to be markup."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from annotation.schema import Label, Pair
from annotation.study import GUIDELINES_FILE, StudyPlan
from tests.analysis.small_studies import judged
from tests.builders import YES_NO, a_criterion, a_label, a_pair, a_plan, a_prompt, a_response
from tests.builders import a_study_folder as written

FIVE = {"kind": "rating", "levels": [{"name": str(one), "value": one} for one in range(1, 6)]}
CATEGORIES = ("informative", "professional", "argumentative", "creative")
MARKUP = '"><script>alert(1)</script><img src=https://elsewhere.test/x onerror=alert(2)>'
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def meetings(systems: Sequence[str], prompts: int) -> list[Pair]:
    """Each two systems in turn, every prompt with three meetings."""
    couples = [(one, two) for at, one in enumerate(systems) for two in systems[at + 1 :]]
    return [
        a_pair(
            number,
            prompt=a_prompt(f"Prompt {number // 3}", category=CATEGORIES[number // 3 % 4]),
            response_a=a_response(one, f"Answer {number}. " * (1 + number % 7)),
            response_b=a_response(two, f"Other {number}. " * (1 + number % 5)),
        )
        for number in range(3 * prompts)
        for one, two in (couples[number % len(couples)],)
    ]


def preferences(pairs: Sequence[Pair], choices: Sequence[str], seed: int = 1) -> list[Label]:
    """Three people who mostly agree that the first systems are better."""
    rng = Random(seed)
    return [
        a_label(
            pair_id=pair.id,
            annotator=f"ann{who}",
            choice=rng.choices(choices, [len(choices) - at for at in range(len(choices))])[0],
            swapped=bool(rng.getrandbits(1)),
            seconds=20 + rng.random() * 60,
            created_at=NOON + timedelta(minutes=number),
        )
        for number, pair in enumerate(pairs)
        for who in range(3)
    ]


def ratings(pairs: Sequence[Pair], criterion: str, levels: Sequence[str]) -> list[Label]:
    rng = Random(criterion)
    return [
        a_label(
            pair_id=pair.id,
            criterion=criterion,
            annotator=f"ann{who}",
            target=target,
            choice=rng.choice(levels),
        )
        for pair in pairs
        for who in range(2)
        for target in "ab"
    ]


def a_judge(pairs: Sequence[Pair], name: str = "judge-1") -> list[Label]:
    """One that has an opinion in both orders."""
    rng = Random(name)
    verdicts = [rng.choice(("a", "a", "b", "tie", "invalid")) for _ in pairs]
    other = [one if rng.random() < 0.8 else "b" for one in verdicts]
    return judged(name, {False: verdicts, True: other}, pairs)


def rich_study(folder: Path, systems: Sequence[str] = ("x", "y", "z"), prompts: int = 40) -> Path:
    """Preferences, acceptance, two ratings by category, two judges and known preferences."""
    pairs = meetings(systems, prompts)
    people = preferences(pairs, ("a", "a", "tie", "b"))
    people += ratings(pairs, "acceptability", ("yes", "yes", "no"))
    for criterion in ("relevance", "coherence"):
        people += ratings(pairs, criterion, ("3", "4", "5", "2"))
    known = [
        a_label(pair_id=pair.id, annotator="known", kind="reference", choice="a") for pair in pairs
    ]
    plan = a_plan(
        a_criterion(),
        a_criterion("acceptability", YES_NO),
        a_criterion("relevance", FIVE),
        a_criterion("coherence", FIVE),
    )
    labels: dict[str, Sequence[Label]] = {
        "people.jsonl": people,
        "judge-1.jsonl": a_judge(pairs),
        "judge-2.jsonl": a_judge(pairs, "judge-2"),
        "reference.jsonl": known,
    }
    return written(folder, plan, pairs, labels)


def hostile_study(folder: Path) -> Path:
    """Every text that a report shows is markup."""
    pairs = [
        a_pair(
            number,
            prompt=a_prompt(f"{MARKUP}{number}", category=MARKUP, task=MARKUP),
            response_a=a_response(f"x{MARKUP}", f"{MARKUP} one {number}" * 3),
            response_b=a_response(f"y{MARKUP}", f"two {number}"),
        )
        for number in range(12)
    ]
    people = [
        a_label(pair_id=pair.id, annotator=f"{who}{MARKUP}", choice="ab"[number % 2 if who else 0])
        for number, pair in enumerate(pairs)
        for who in range(2)
    ]
    judge = judged(f"j{MARKUP}", {False: ["a", "b"] * 6, True: ["a"] * 12}, pairs)
    plan: StudyPlan = a_plan(
        a_criterion(question=MARKUP, description=MARKUP), title=MARKUP, description=MARKUP
    )
    made = written(folder, plan, pairs, {"people.jsonl": people, "judge.jsonl": judge})
    guidelines = f"# Guidelines {MARKUP}\n\n{MARKUP}\n\n![x](https://elsewhere.test/i.png)\n"
    guidelines += "\n[link](https://elsewhere.test/) <iframe src='https://elsewhere.test'></iframe>"
    (made / GUIDELINES_FILE).write_text(guidelines, encoding="utf-8")
    return made
