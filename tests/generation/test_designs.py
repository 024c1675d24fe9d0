"""Designs are balanced as they promise, whatever the numbers of systems, prompts and categories."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.designs import (
    ImpossibleDesign,
    Match,
    Strata,
    against,
    every_pair,
    incomplete,
    take_sides,
)


def prompts(*sizes: int) -> dict[str, tuple[str, str]]:
    """So many prompts in each of so many categories, the categories mixed."""
    made = [
        (f"p{category}-{n}", ("writing", f"c{category}"))
        for category, size in enumerate(sizes)
        for n in range(size)
    ]
    Random(0).shuffle(made)
    return dict(made)


def systems(count: int) -> list[str]:
    return [f"s{n}" for n in range(count)]


SIZES = st.lists(st.integers(1, 12), min_size=1, max_size=5)


@st.composite
def incomplete_designs(draw: st.DrawFn) -> tuple[list[Match], Strata, int, int]:
    count = draw(st.integers(2, 7))
    each = draw(st.integers(1, count * (count - 1) // 2))
    strata = prompts(*draw(SIZES))
    design = incomplete(each, Random(draw(st.integers(0, 99))))
    return design(strata, systems(count)), strata, count, each


def spread(matches: list[Match], count: int) -> int:
    """The most minus the least that any two of the systems meet."""
    met = Counter(tuple(sorted(match[1:])) for match in matches)
    times = [met[pair] for pair in combinations(sorted(systems(count)), 2)]
    return max(times) - min(times)


@given(incomplete_designs())
def test_each_prompt_gets_its_number_of_different_pairs_of_systems(
    made: tuple[list[Match], Strata, int, int],
) -> None:
    matches, strata, _, each = made
    assert len(set(matches)) == len(matches)
    assert Counter(match.prompt_id for match in matches) == dict.fromkeys(strata, each)


@given(incomplete_designs())
def test_every_pair_of_systems_meets_equally_often_to_within_one(
    made: tuple[list[Match], Strata, int, int],
) -> None:
    matches, _, count, _ = made
    assert spread(matches, count) <= 1


@given(incomplete_designs())
def test_every_system_is_compared_equally_often_to_within_one_or_two(
    made: tuple[list[Match], Strata, int, int],
) -> None:
    matches, _, count, _ = made
    times = Counter(name for match in matches for name in match[1:])
    most = max(times[name] for name in systems(count))
    assert most - min(times[name] for name in systems(count)) <= 1 + count % 2


@given(incomplete_designs())
def test_within_a_category_every_pair_of_systems_meets_equally_often_to_within_one(
    made: tuple[list[Match], Strata, int, int],
) -> None:
    matches, strata, count, _ = made
    for stratum in set(strata.values()):
        inside = [match for match in matches if strata[match.prompt_id] == stratum]
        assert spread(inside, count) <= 1


@given(incomplete_designs())
def test_a_design_does_not_depend_on_the_order_in_which_the_systems_are_named(
    made: tuple[list[Match], Strata, int, int],
) -> None:
    _, strata, count, each = made
    one = incomplete(each, Random(5))(strata, systems(count))
    other = incomplete(each, Random(5))(strata, systems(count)[::-1])
    assert one == other


@st.composite
def sided_matches(draw: st.DrawFn) -> tuple[list[Match], list[Match], Strata]:
    """Matches with sides taken; some are missing, as when an answer was left out."""
    strata = prompts(*draw(SIZES))
    planned = every_pair(strata, systems(draw(st.integers(2, 7))))
    kept = [match for match in planned if draw(st.booleans())]
    return kept, take_sides(kept, strata, Random(draw(st.integers(0, 99)))), strata


@given(sided_matches())
def test_taking_sides_changes_no_match(made: tuple[list[Match], list[Match], Strata]) -> None:
    before, after, _ = made
    assert [(m[0], {*m[1:]}) for m in before] == [(m[0], {*m[1:]}) for m in after]


@given(sided_matches())
def test_no_system_stands_first_more_than_once_oftener_than_second(
    made: tuple[list[Match], list[Match], Strata],
) -> None:
    _, matches, _ = made
    lead = Counter(match.first for match in matches)
    lead.subtract(match.second for match in matches)
    assert all(abs(times) <= 1 for times in lead.values())


@given(sided_matches())
def test_two_systems_take_turns_in_standing_first_within_every_category(
    made: tuple[list[Match], list[Match], Strata],
) -> None:
    _, matches, strata = made
    lead: Counter[object] = Counter()
    for match in matches:
        meeting = tuple(sorted(match[1:]))
        sign = 1 if match.first == meeting[0] else -1
        lead[meeting] += sign
        lead[meeting, strata[match.prompt_id]] += sign
    assert all(abs(times) <= 1 for times in lead.values())


def test_the_side_of_a_single_match_is_a_fair_coin() -> None:
    strata = prompts(1)
    planned = every_pair(strata, systems(2))
    firsts = Counter(take_sides(planned, strata, Random(seed))[0].first for seed in range(400))
    assert 150 < firsts["s0"] < 250


def test_all_pairs_meet_on_every_prompt() -> None:
    matches = every_pair(prompts(3, 2), systems(4))
    assert len(matches) == len(set(matches)) == 5 * 6


def test_a_baseline_meets_every_other_system_on_every_prompt() -> None:
    matches = against("s1")(prompts(2), systems(3))
    assert sorted(matches) == [
        ("p0-0", "s1", "s0"),
        ("p0-0", "s1", "s2"),
        ("p0-1", "s1", "s0"),
        ("p0-1", "s1", "s2"),
    ]


def test_a_baseline_that_answered_nothing_is_refused() -> None:
    with pytest.raises(ImpossibleDesign, match="'gone' is not one of the systems: s0, s1"):
        against("gone")(prompts(1), systems(2))


def test_one_system_makes_no_pairs() -> None:
    with pytest.raises(ImpossibleDesign, match="two systems or more, found s0"):
        every_pair(prompts(1), systems(1))


@pytest.mark.parametrize("each", [0, 4])
def test_a_prompt_cannot_get_more_pairs_than_there_are(each: int) -> None:
    with pytest.raises(ImpossibleDesign, match="expected 1 to 3"):
        incomplete(each, Random(0))(prompts(2), systems(3))


def test_the_same_seed_makes_the_same_design() -> None:
    strata = prompts(5, 4)
    made = [
        take_sides(incomplete(2, Random(3))(strata, systems(4)), strata, Random(4)) for _ in "ab"
    ]
    assert made[0] == made[1]


def test_forty_systems_meet_and_lead_equally_often_to_within_one() -> None:
    """Choosing among dozens of fine-tuned configurations: 780 pairs of systems, 2,000 comparisons.

    All pairs on every prompt would be 156,000 comparisons.
    """
    names = [f"rate-{rate}-epochs-{epochs}" for rate in range(8) for epochs in range(5)]
    strata = {f"p{n}": ("writing", f"category {n % 4}") for n in range(200)}
    rng = Random(0)
    matches = take_sides(incomplete(10, rng)(strata, names), strata, rng)
    assert len(matches) == 2000
    met = Counter(frozenset(match[1:]) for match in matches)
    assert len(met) == 780
    assert max(met.values()) - min(met.values()) == 1
    by_category = Counter((strata[match.prompt_id], frozenset(match[1:])) for match in matches)
    assert max(by_category.values()) == 1
    answered = Counter(name for match in matches for name in match[1:])
    assert max(answered.values()) - min(answered.values()) <= 1
    lead = Counter(match.first for match in matches)
    assert max(abs(2 * lead[name] - answered[name]) for name in names) <= 1
