"""What the labels of one prompt add to the figures of a study. Pure.

A profile is one text for how the units of a prompt fell on a criterion: `a:2,tie:1;b:3` is two
units, one with two labels `a` and a `tie`. Equal prompts have equal profiles, so that counting
profiles is all that agreement and its resampling over prompts need.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from annotation.store.records import Sums

SIDES: Mapping[str, int] = {
    **dict.fromkeys(("a", "a_clearly", "a_slightly"), -1),
    **dict.fromkeys(("b", "b_clearly", "b_slightly"), 1),
}
"""The choices that prefer a response: -1 the pair's first, 1 its second."""

ALL = ""
"""In place of a criterion: all of them together."""

Unit: TypeAlias = tuple[str, str, str]
"""Pair, criterion and target."""

Share: TypeAlias = tuple[int, int, int, int, int, int]
"""labels, ties, met, same, sided, first: see `Sums`."""

Shares: TypeAlias = Mapping[str, Mapping[str, Sequence[int]]]
"""Annotator (as text, because JSON has no other keys) to criterion to share."""


class Verdict(NamedTuple):
    """A counted label of a prompt."""

    pair_id: str
    criterion: str
    target: str
    annotator_id: int
    choice: str
    swapped: bool

    @property
    def unit(self) -> Unit:
        """What was labelled."""
        return self.pair_id, self.criterion, self.target


@dataclass(frozen=True)
class PromptFigures:
    """The figures of one prompt."""

    profiles: Mapping[str, str]
    shares: dict[str, dict[str, list[int]]]
    splits: tuple[Unit, ...]


def figures_of(verdicts: Iterable[Verdict], finished: Collection[str]) -> PromptFigures:
    """The profiles, the annotators' shares and the splits of one prompt.

    finished: the pairs that have all their labels; only there can people be said to be split.
    """
    units: dict[Unit, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        units[verdict.unit].append(verdict)
    profiles: dict[str, list[str]] = defaultdict(list)
    shares: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0] * 6))
    splits: list[Unit] = []
    for unit, labels in units.items():
        counts = Counter(label.choice for label in labels)
        profiles[unit[1]].append(_vector(counts))
        if unit[0] in finished and len(labels) > 1 and _majority(counts) is None:
            splits.append(unit)
        others = {choice: _majority(counts - Counter((choice,))) for choice in counts}
        for label in labels:
            share = _share(label, others[label.choice])
            of_annotator = shares[str(label.annotator_id)]
            for kept in (of_annotator[label.criterion], of_annotator[ALL]):
                for place, more in enumerate(share):
                    kept[place] += more
    return PromptFigures(
        {criterion: ";".join(sorted(each)) for criterion, each in profiles.items()},
        {who: dict(each) for who, each in shares.items()},
        tuple(sorted(splits)),
    )


def read_profile(profile: str) -> list[dict[str, int]]:
    """The count vectors of a profile's units."""
    return [_counts(vector) for vector in profile.split(";")]


def _counts(vector: str) -> dict[str, int]:
    parts = (each.rpartition(":") for each in vector.split(","))
    return {_choice(name): int(number) for name, _, number in parts}


def _vector(counts: Counter[str]) -> str:
    return ",".join(f"{_name(choice)}:{number}" for choice, number in sorted(counts.items()))


def _name(choice: str) -> str:
    """The choice without the signs that part a profile: a rating's level may have any name."""
    return choice.replace("%", "%25").replace(",", "%2C").replace(";", "%3B")


def _choice(name: str) -> str:
    return name.replace("%2C", ",").replace("%3B", ";").replace("%25", "%")


def _majority(counts: Mapping[str, int]) -> str | None:
    """The choice with strictly the most labels."""
    most = max(counts.values(), default=0)
    leading = [choice for choice, number in counts.items() if number == most]
    return leading[0] if most > 0 and len(leading) == 1 else None


def _share(label: Verdict, reference: str | None) -> Share:
    """What a label adds, where most of the others chose `reference`."""
    compared = label.target == "pair"
    side = SIDES.get(label.choice, 0) if compared else 0
    return (
        1,
        int(compared and side == 0),
        int(reference is not None),
        int(reference == label.choice),
        int(side != 0),
        int(side != 0 and (side < 0) == (not label.swapped)),
    )


SUMS = tuple(Sums.model_fields)
"""The columns of an annotator's sums."""


def contribution(share: Sequence[int]) -> dict[str, int]:
    """What a share adds to each column of an annotator's sums; products are within the prompt."""
    labels, ties, met, same, sided, first = share
    return {
        "labels": labels,
        "ties": ties,
        "met_prompts": int(met > 0),
        "met": met,
        "same": same,
        "met_met": met * met,
        "same_met": same * met,
        "same_same": same * same,
        "sided_prompts": int(sided > 0),
        "sided": sided,
        "first": first,
        "sided_sided": sided * sided,
        "first_sided": first * sided,
        "first_first": first * first,
    }


def change(before: Shares, after: Shares) -> dict[tuple[int, str], dict[str, int]]:
    """By how much the sums of each annotator and criterion change."""
    changed: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(SUMS, 0))
    for sign, shares in ((-1, before), (1, after)):
        for who, criteria in shares.items():
            for criterion, share in criteria.items():
                row = changed[int(who), criterion]
                for name, number in contribution(share).items():
                    row[name] += sign * number
    return {key: row for key, row in changed.items() if any(row.values())}
