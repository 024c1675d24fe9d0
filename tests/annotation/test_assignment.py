"""The rules of who sees what in which order."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from annotation.assignment import (
    Answer,
    Sides,
    choose_order,
    open_sides,
    positions,
    unblind,
)
from annotation.schema import Criterion
from tests.builders import YES_NO, a_criterion, a_pair, a_prompt, a_response


@st.composite
def answers(draw: st.DrawFn) -> tuple[Criterion, Answer]:
    kinds: list[object] = ["preference3", "preference3-bad", "preference5", YES_NO]
    criterion = a_criterion(scale=draw(st.sampled_from(kinds)))
    target = draw(st.sampled_from(criterion.scale.targets))
    choice = draw(st.sampled_from(criterion.scale.choices))
    return criterion, Answer(criterion=criterion.key, target=target, choice=choice)


@given(answers(), st.booleans())
def test_unblinding_twice_gives_the_answer_back(
    made: tuple[Criterion, Answer], swapped: bool
) -> None:
    criterion, answer = made
    assert unblind(unblind(answer, criterion, swapped), criterion, swapped) == answer


def test_a_rating_of_the_left_response_speaks_of_b_when_swapped() -> None:
    criterion = a_criterion("acceptability", YES_NO)
    answer = Answer(criterion="acceptability", target="a", choice="yes")
    assert unblind(answer, criterion, swapped=True) == answer.model_copy(update={"target": "b"})


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 99)), max_size=60))
def test_counted_sides_never_differ_by_more_than_one(steps: list[tuple[bool, int]]) -> None:
    """Whatever the order in which leases are given and answered."""
    counted, leases = [0, 0], [0, 0]
    for is_lease, draw in steps:
        sides = open_sides(
            Sides(plain=counted[0], swapped=counted[1]), Sides(plain=leases[0], swapped=leases[1])
        )
        if is_lease and sides:
            leases[sides[draw % len(sides)]] += 1
        elif not is_lease and any(leases):
            held = [side for side in (0, 1) if leases[side]]
            side = held[draw % len(held)]
            leases[side] -= 1
            counted[side] += 1
        assert abs(counted[0] - counted[1]) <= 1


def test_a_pair_without_labels_may_be_given_to_two_people_at_once() -> None:
    assert open_sides(Sides(), Sides()) == (False, True)
    assert open_sides(Sides(), Sides(plain=1)) == (True,)
    assert open_sides(Sides(), Sides(plain=1, swapped=1)) == ()


@given(st.integers(0, 5), st.integers(0, 5), st.integers())
def test_an_annotator_gets_the_order_had_less_often(plain: int, swapped: int, seed: int) -> None:
    chosen = choose_order((False, True), Sides(plain=plain, swapped=swapped), Random(seed))
    assert plain == swapped or chosen is (plain > swapped)


def test_the_coin_falls_on_both_sides() -> None:
    drawn = {choose_order((False, True), Sides(), Random(seed)) for seed in range(20)}
    assert drawn == {False, True}


def test_positions_depend_on_the_pairs_and_the_seed_alone() -> None:
    pairs = [a_pair(n) for n in range(30)]
    assert positions(pairs, "key") == positions(pairs[::-1], "key")
    assert positions(pairs, "key") != positions(pairs, "other key")


def test_every_stratum_has_its_share_however_far_a_study_gets() -> None:
    pairs = [
        a_pair(
            prompt=a_prompt(f"{category} {n}", category=category),
            response_b=a_response(system, f"answer {n}"),
        )
        for category in ("creative", "honest")
        for system in ("system-y", "system-z")
        for n in range(25)
    ]
    places = positions(pairs, "key")
    first_half = [pair for pair in pairs if places[pair.id] < 50]
    counts = {
        (category, system): sum(
            pair.prompt.category == category and pair.response_b.system == system
            for pair in first_half
        )
        for category in ("creative", "honest")
        for system in ("system-y", "system-z")
    }
    assert all(11 <= count <= 14 for count in counts.values()), counts
    assert sorted(places.values()) == list(range(100))
