"""Which systems meet on which prompt, and which of them stands first: designs, without texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from random import Random
from typing import NamedTuple, TypeAlias

from annotation.schema import Prompt, TiebreakError


class ImpossibleDesign(TiebreakError):
    """A design that these systems and prompts do not allow."""


class Match(NamedTuple):
    """Two systems that meet on a prompt; before `take_sides` the order means nothing."""

    prompt_id: str
    first: str
    second: str


Stratum: TypeAlias = tuple[str, str]
Strata: TypeAlias = Mapping[str, Stratum]
"""Prompt id to (task, category)."""

Design: TypeAlias = Callable[[Strata, Sequence[str]], list[Match]]


def strata_of(prompts: Iterable[Prompt]) -> dict[str, Stratum]:
    """The task and category of each prompt, by its id."""
    return {prompt.id: (prompt.task or "", prompt.category or "") for prompt in prompts}


def every_pair(strata: Strata, systems: Sequence[str]) -> list[Match]:
    """Every two systems on every prompt."""
    _need_two(systems)
    meetings = list(combinations(sorted(systems), 2))
    return [Match(prompt_id, *meeting) for prompt_id in strata for meeting in meetings]


def against(baseline: str) -> Design:
    """Every other system against `baseline` on every prompt."""

    def design(strata: Strata, systems: Sequence[str]) -> list[Match]:
        _need_two(systems)
        if baseline not in systems:
            known = ", ".join(sorted(systems))
            raise ImpossibleDesign(f"the baseline {baseline!r} is not one of the systems: {known}")
        others = [system for system in sorted(systems) if system != baseline]
        return [Match(prompt_id, baseline, other) for prompt_id in strata for other in others]

    return design


def incomplete(pairs_per_prompt: int, rng: Random) -> Design:
    """Each prompt gets `pairs_per_prompt` of the pairs of systems, no pair twice.

    Over the whole study and within every category, any two pairs of systems occur equally often,
    to within one: a category deals out whole rounds of all pairs of systems, and what is left of
    its last round continues where the category before it stopped. Every system is in as many pairs
    as any other, to within one if their number is even and to within two if it is odd.
    """

    def design(strata: Strata, systems: Sequence[str]) -> list[Match]:
        _need_two(systems)
        most = len(systems) * (len(systems) - 1) // 2
        if not 1 <= pairs_per_prompt <= most:
            raise ImpossibleDesign(
                f"found {pairs_per_prompt} pairs per prompt, expected 1 to {most}, "
                f"as many pairs as {len(systems)} systems make"
            )
        meetings = _in_rounds(sorted(systems), rng)
        matches: list[Match] = []
        start = 0
        for prompt_ids in _by_stratum(strata):
            rng.shuffle(prompt_ids)
            rest = len(prompt_ids) * pairs_per_prompt % len(meetings)
            dealt = [meetings[(start + step) % len(meetings)] for step in range(rest)]
            start += rest
            while len(dealt) < len(prompt_ids) * pairs_per_prompt:
                _deal_a_round(dealt, meetings, pairs_per_prompt, rng)
            for place, meeting in enumerate(dealt):
                matches.append(Match(prompt_ids[place // pairs_per_prompt], *meeting))
        order = {prompt_id: place for place, prompt_id in enumerate(strata)}
        return sorted(matches, key=lambda match: (order[match.prompt_id], match))

    return design


def take_sides(matches: Sequence[Match], strata: Strata, rng: Random) -> list[Match]:
    """The same matches, each with the system that becomes response a in front.

    Every system stands first as often as second, to within one; so do two systems when they meet,
    over all prompts and within each category. Which side gets the odd one is a coin.
    """
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, match in enumerate(matches):
        places[min(match[1:]), max(match[1:])].append(place)
    odd = [meeting for meeting, found in places.items() if len(found) % 2]
    in_front = _orient(odd, rng)
    sided = list(matches)
    for (low, high), found in places.items():
        first, second = in_front.get((low, high)) or rng.sample((low, high), 2)
        rng.shuffle(found)
        found.sort(key=lambda place: strata[matches[place].prompt_id])
        for turn, place in enumerate(found):
            front = (first, second) if turn % 2 == 0 else (second, first)
            sided[place] = Match(matches[place].prompt_id, *front)
    return sided


def _need_two(systems: Sequence[str]) -> None:
    if len(set(systems)) < 2:
        found = ", ".join(systems) or "none"
        raise ImpossibleDesign(f"pairs need the answers of two systems or more, found {found}")


def _by_stratum(strata: Strata) -> list[list[str]]:
    groups: dict[Stratum, list[str]] = defaultdict(list)
    for prompt_id, stratum in strata.items():
        groups[stratum].append(prompt_id)
    return [groups[stratum] for stratum in sorted(groups)]


def _in_rounds(systems: Sequence[str], rng: Random) -> list[tuple[str, str]]:
    """All pairs of systems, ordered as the games of a tournament by the circle method.

    In each of its rounds every system plays once, or rests once in all rounds if their number is
    odd; so any beginning of the list has each of them about equally often.
    """
    circle: list[str | None] = [*rng.sample(systems, len(systems))]
    if len(circle) % 2:
        circle.append(None)
    games: list[tuple[str, str]] = []
    for _ in circle[1:]:
        half = len(circle) // 2
        for one, other in zip(circle[:half], reversed(circle[half:]), strict=True):
            if one is not None and other is not None:
                games.append((min(one, other), max(one, other)))
        circle.insert(1, circle.pop())
    return games


def _deal_a_round(
    dealt: list[tuple[str, str]], meetings: Sequence[tuple[str, str]], each: int, rng: Random
) -> None:
    """Add all pairs of systems in random order, but none that the unfinished prompt already has."""
    unfinished = set(dealt[len(dealt) // each * each :])
    fresh = rng.sample(meetings, len(meetings))
    dealt += sorted(fresh, key=lambda meeting: meeting in unfinished)


def _orient(
    meetings: Sequence[tuple[str, str]], rng: Random
) -> dict[tuple[str, str], tuple[str, str]]:
    """A direction for every meeting such that each system leads as often as not, to within one.

    The meetings are the edges of a graph. Joining the vertices of odd degree to one more vertex
    makes all degrees even, and walking closed trails then enters each vertex as often as it leaves.
    """
    neighbours: dict[str, list[str]] = defaultdict(list)
    for low, high in rng.sample(meetings, len(meetings)):
        neighbours[low].append(high)
        neighbours[high].append(low)
    extra = ""  # no system has an empty name
    for system in [name for name, found in neighbours.items() if len(found) % 2]:
        neighbours[system].append(extra)
        neighbours[extra].append(system)
    directed: dict[tuple[str, str], tuple[str, str]] = {}
    for start in list(neighbours):
        while neighbours[start]:
            trail, here = [], start
            while neighbours[here]:
                there = neighbours[here].pop()
                neighbours[there].remove(here)
                trail.append((here, there))
                here = there
            flip = rng.random() < 0.5
            for leaves, enters in trail:
                key = (min(leaves, enters), max(leaves, enters))
                directed[key] = (enters, leaves) if flip else (leaves, enters)
    return directed
