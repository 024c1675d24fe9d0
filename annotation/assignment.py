"""Who gets which pair next and in which order: pure rules, without clock or database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random

from annotation.schema import Choice, Criterion, Pair, Record, Target

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
    systems and every category has had its share. The order depends on `seed` and the pairs alone.
    """
    strata: dict[tuple[str | None, ...], list[str]] = defaultdict(list)
    for pair in pairs:
        strata[(*sorted(pair.systems), pair.prompt.task, pair.prompt.category)].append(pair.id)
    draw = Random(seed)
    places: list[tuple[float, str]] = []
    for key in sorted(strata, key=repr):
        ids = sorted(strata[key])
        draw.shuffle(ids)
        places += [((number + draw.random()) / len(ids), each) for number, each in enumerate(ids)]
    return {pair_id: place for place, (_, pair_id) in enumerate(sorted(places))}
