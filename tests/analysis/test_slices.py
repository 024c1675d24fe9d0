"""Every slice and basis of a report against a plain count in Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.labels import from_records
from analysis.report.compose import analyse
from analysis.resampling.resample import Bootstrap
from annotation.schema import Label, Pair, Scale
from tests.builders import a_criterion, a_label, a_pair, a_plan, a_prompt, a_response

SYSTEMS, CATEGORIES = ("w", "x", "y", "z"), ("creative", "honest", None)
SCALE = Scale(kind="preference3-bad")


@st.composite
def labelled_pairs(draw: st.DrawFn) -> tuple[list[Pair], list[Label]]:
    pairs, labels = [], []
    for number in range(draw(st.integers(1, 12))):
        first, second = draw(st.permutations(SYSTEMS))[:2]
        category = draw(st.sampled_from(CATEGORIES))
        prompt = a_prompt(f"Prompt {draw(st.integers(0, 4))} of {category}", category=category)
        responses = {
            "response_a": a_response(first, f"A {number}"),
            "response_b": a_response(second, f"B {number}"),
        }
        pairs.append(a_pair(number, prompt=prompt, **responses))
        for who in draw(st.sets(st.integers(0, 3))):
            choice = draw(st.sampled_from(SCALE.choices))
            labels.append(a_label(pair_id=pairs[-1].id, annotator=f"ann{who}", choice=choice))
    return pairs, [*labels, a_label(pair_id=pairs[0].id, annotator="always")]


def majority(choices: list[str]) -> list[str]:
    """The one choice with the most labels, or nothing."""
    most = Counter(choices).most_common()
    return [] if len(most) > 1 and most[0][1] == most[1][1] else [most[0][0]]


def first(choices: list[str]) -> list[str]:
    return choices[:1]


BASES: dict[str | None, Callable[[list[str]], list[str]]] = {
    None: majority,
    "labels": lambda choices: choices,
    "first": first,
}


def counted(pairs: Iterable[Pair], labels: Iterable[Label]) -> dict[Any, float]:
    """Wins, ties and losses of every system in every slice and basis, and outcomes by choice."""
    choices: dict[str, list[str]] = {}
    for label in labels:
        choices.setdefault(label.pair_id, []).append(label.choice)
    found: Counter[Any] = Counter()
    for pair in pairs:
        one, other = pair.systems
        parts: list[Any] = [(), (("systems", tuple(sorted(pair.systems))),)]
        parts.append((("task", str(pair.prompt.task)),))
        if pair.prompt.category:
            parts.append((("category", pair.prompt.category),))
        for basis, outcomes in BASES.items():
            decided = outcomes(choices[pair.id]) if pair.id in choices else []
            for part in parts:
                names = frozenset((*part, *([("basis", basis)] if basis else [])))
                if pair.id in choices and not decided:
                    found["majority_count", ("choice", "none"), names] += 1
                for choice in decided:
                    found["majority_count", ("choice", choice), names] += 1
                    value = SCALE.values[choice]
                    for system, sign in ((one, -value), (other, value)):
                        name = {1: "win_count", 0: "tie_count", -1: "loss_count"}[int(sign)]
                        found[name, ("system", system), names] += 1
    return dict(found)


@settings(max_examples=60)
@given(labelled_pairs())
def test_counts_of_every_slice_and_basis_are_those_of_a_plain_count(
    made: tuple[list[Pair], list[Label]],
) -> None:
    pairs, labels = made
    plan = a_plan(a_criterion(scale="preference3-bad"))
    report = analyse(from_records(plan, pairs, labels), Bootstrap(5))
    ours = {
        (row.statistic, *row.subject.items(), frozenset(row.slice.items())): row.value
        for row in report.estimates
        if row.statistic in {"majority_count", "win_count", "tie_count", "loss_count"} and row.value
    }
    assert ours == counted(pairs, labels)
