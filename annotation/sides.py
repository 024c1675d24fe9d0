"""On which side responses stood: by how much the sides of a pair's and a person's labels differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from annotation.schema import Label


class Difference(NamedTuple):
    """The largest difference between labels given in the pair's order and swapped ones."""

    labels: int
    of: str
    """The first pair or annotator that has it."""


class Balance(NamedTuple):
    """The largest differences among pairs and among annotators; None without such labels."""

    pair: Difference | None
    annotator: Difference | None


def balance(labels: Iterable[Label], excluded: Collection[str] = ()) -> Balance:
    """The balance of the labels that people gave for a study and that count.

    `excluded` are annotators whose labels are left out.

    Labels without `swapped`, such as published ones, say nothing of sides. However many criteria
    are asked, a pair stood there once for each annotator.
    """
    shown = {
        (label.pair_id, label.annotator): label.swapped
        for label in labels
        if label.kind == "human"
        and label.purpose == "study"
        and label.repeat == 0
        and label.swapped is not None
        and label.annotator not in excluded
    }
    pairs: Counter[str] = Counter()
    people: Counter[str] = Counter()
    for (pair_id, annotator), swapped in shown.items():
        step = 1 if swapped else -1
        pairs[pair_id] += step
        people[annotator] += step
    return Balance(_largest(pairs), _largest(people))


def in_words(found: Balance) -> str:
    """The balance in one line; empty where no label says how a pair was shown."""
    if found.pair is None or found.annotator is None:
        return ""
    return (
        "labels given in the pair's order and with the sides swapped differ by at most "
        f"{found.pair.labels} for a pair ({found.pair.of}) "
        f"and {found.annotator.labels} for an annotator ({found.annotator.of}; aim: 2)"
    )


def _largest(steps: Counter[str]) -> Difference | None:
    if not steps:
        return None
    of = min(steps, key=lambda key: (-abs(steps[key]), key))
    return Difference(abs(steps[of]), of)
