"""Who gets which pair next and in which order: pure rules, without clock or database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random

from annotation.protocol import Overlap
from annotation.schema import Choice, Criterion, Pair, Record, Target, content_hash

_OTHER: dict[Target, Target] = {"pair": "pair", "a": "b", "b": "a"}


class Answer(Record):
    """One choice for one criterion, in the order (screen's or pair's) that its holder says."""

    criterion: str
    target: Target
    choice: Choice


class Sides(Record):
    """How many labels of a pair, or of an annotator, were given in the pair's order and swapped."""

    plain: int = 0
    swapped: int = 0


def unblind(answer: Answer, criterion: Criterion, swapped: bool) -> Answer:
    """`answer` in the pair's order from the screen's order, or back: its own inverse."""
    if not swapped:
        return answer
    choice = criterion.scale.unblind(answer.choice, swapped)
    return Answer(criterion=answer.criterion, target=_OTHER[answer.target], choice=choice)


def open_sides(counted: Sides, leased: Sides) -> tuple[bool, ...]:
    """In which orders (False plain, True swapped) a pair may be shown to one more person.

    An order is open if the counted labels' sides differ by at most one even when every label
    now being given in that order arrives before any other.
    """
    plain = counted.plain + leased.plain <= counted.swapped
    swapped = counted.swapped + leased.swapped <= counted.plain
    return tuple(order for order, is_open in ((False, plain), (True, swapped)) if is_open)


def choose_order(allowed: Sequence[bool], annotator: Sides, coin: Random) -> bool:
    """Of the allowed orders, the one that this annotator had less often; a coin where equal."""
    if len(allowed) == 1:
        return allowed[0]
    if annotator.plain == annotator.swapped:
        return coin.random() < 0.5
    return annotator.plain > annotator.swapped


def positions(pairs: Sequence[Pair], seed: str) -> dict[str, int]:
    """Pair id to its place in the queue: shuffled, with each stratum spread evenly over the study.

    A stratum is a pair of systems in a category, so that however far a study gets, every pair of
    systems and every category has had its share. A pair with a greater number in `meta.priority`
    (0 where it has none) comes before those with a lesser one. The order depends on `seed` and
    the pairs alone.
    """
    draw = Random(seed)
    places: list[tuple[float, float, str]] = []
    for stratum in _strata(pairs):
        ids = [pair.id for pair in sorted(stratum, key=lambda pair: pair.id)]
        urgency = {pair.id: _priority(pair) for pair in stratum}
        draw.shuffle(ids)
        places += [
            (-urgency[each], (number + draw.random()) / len(ids), each)
            for number, each in enumerate(ids)
        ]
    return {pair_id: place for place, (*_, pair_id) in enumerate(sorted(places))}


def labels_wanted(
    pairs: Sequence[Pair], labels_per_pair: int, overlap: Overlap | None, seed: str
) -> dict[str, int]:
    """Pair id to the number of labels it needs: the overlap's share of each stratum has its own.

    Which pairs these are is drawn by a hash of `seed` and the pair, so that every replica agrees
    and pairs that are added later change little.
    """
    wanted = dict.fromkeys((pair.id for pair in pairs), labels_per_pair)
    if overlap is None:
        return wanted
    passed = 0
    for stratum in _strata(pairs):
        drawn = sorted((content_hash([seed, pair.id]), pair.id) for pair in stratum)
        before, passed = round(overlap.share * passed), passed + len(drawn)
        for _, pair_id in drawn[: round(overlap.share * passed) - before]:
            wanted[pair_id] = overlap.labels_per_pair
    return wanted


def _strata(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """The pairs by the systems that meet and the category they meet in."""
    strata: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        key = (*sorted(pair.systems), pair.prompt.task, pair.prompt.category)
        strata[repr(key)].append(pair)
    return [strata[key] for key in sorted(strata)]


def falls_on(share: float, *seed: object) -> bool:
    """Whether the draw that `seed` names falls within `share`: the same for every process."""
    return share > 0 and Random("|".join(map(str, seed))).random() < share


def rotated(criteria: Sequence[Criterion], turn: int) -> tuple[Criterion, ...]:
    """The criteria as one annotator sees them: their order turned, with `overall` at the end."""
    first = [criterion for criterion in criteria if criterion.key != "overall"]
    last = [criterion for criterion in criteria if criterion.key == "overall"]
    start = turn % len(first) if first else 0
    return (*first[start:], *first[:start], *last)


def _priority(pair: Pair) -> float:
    found = pair.meta.get("priority", 0)
    return float(found) if isinstance(found, int | float) else 0.0
