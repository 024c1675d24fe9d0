from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.batching import batches_by_tokens, halves, padding_share

LENGTHS = st.lists(st.integers(1, 500), max_size=80)


@given(LENGTHS, st.integers(1, 100), st.integers(1, 3000))
def test_every_prompt_is_in_one_batch(lengths: list[int], new: int, budget: int) -> None:
    batches = batches_by_tokens(lengths, new, budget)
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))


@given(LENGTHS, st.integers(1, 100), st.integers(1, 3000))
def test_a_batch_of_several_stays_within_the_budget(
    lengths: list[int], new: int, budget: int
) -> None:
    for batch in batches_by_tokens(lengths, new, budget):
        padded = len(batch) * (max(lengths[place] for place in batch) + new)
        assert padded <= budget or len(batch) == 1


@given(LENGTHS, st.integers(1, 100), st.integers(1, 3000))
def test_the_longest_come_first(lengths: list[int], new: int, budget: int) -> None:
    order = [lengths[place] for batch in batches_by_tokens(lengths, new, budget) for place in batch]
    assert order == sorted(order, reverse=True)


def test_one_long_prompt_does_not_pad_the_short_ones() -> None:
    lengths = [1000, *[10] * 31]
    batches = batches_by_tokens(lengths, 10, 1010)
    assert batches[0] == [0]
    assert padding_share(batches, lengths) == 0


def test_a_batch_ends_where_padding_costs_more_than_another_batch() -> None:
    assert len(batches_by_tokens([900, *[100] * 20], 1, 100_000)) == 2
    assert len(batches_by_tokens([900, *[100] * 20], 500, 100_000)) == 1


def test_padding_is_counted_against_the_longest_of_each_batch() -> None:
    assert padding_share([[0, 1]], [30, 10]) == pytest.approx(20 / 60)


@given(st.lists(st.integers(), min_size=2))
def test_halves_are_the_whole_in_order_and_both_smaller(batch: list[int]) -> None:
    first, second = halves(batch)
    assert [*first, *second] == batch
    assert first
    assert second
