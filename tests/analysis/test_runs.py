"""How unusual a run of one choice is by the annotator's own shares of choices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators.runs import chance_of_run
from analysis.estimates import Estimate
from analysis.report.compose import Report
from analysis.report.markdown import markdown
from tests.analysis.small_studies import CHOICE, report_of, row_of, some_pairs
from tests.builders import YES_NO, a_criterion, a_label

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def by_steps(shares: Sequence[float], n: int, length: int) -> float:
    """The chance, by every step of the chain of runs: who is how far in a run of which choice."""
    chance = np.array(shares)
    free = 1 - chance.sum()
    runs = np.zeros((len(chance), length))
    runs[:, 1], outside, done = chance, free, 0.0
    for _ in range(n - 1):
        each = runs.sum(axis=1)
        alive = each.sum() + outside
        after = np.zeros_like(runs)
        after[:, 2:] = runs[:, 1:-1] * chance[:, None]
        done += float((runs[:, -1] * chance).sum())
        after[:, 1] = chance * (alive - each)
        runs, outside = after, free * alive
    return done


def chance(shares: Sequence[float], n: int, length: int) -> float:
    return float(chance_of_run(np.array([shares]), np.array([n]), np.array([length]))[0])


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=5),
    st.integers(0, 50),
    st.integers(2, 12),
    st.integers(0, 60),
)
def test_the_chance_of_a_run_is_that_of_the_chain(
    weights: list[int], free: int, length: int, more: int
) -> None:
    shares = [one / (sum(weights) + free) for one in weights]
    exact = by_steps(shares, length + more, length)
    found = chance(shares, length + more, length)
    if length + more < 2 * length:
        assert found == pytest.approx(exact, abs=1e-9)
    elif exact < 0.2:
        assert found == pytest.approx(exact, abs=5e-4)
    elif max(shares) < 1:
        assert found == pytest.approx(exact, abs=0.02)


def test_worked_by_hand() -> None:
    # Three fair coins: HH or TT first or last, or both: 2 of 8 have no two alike.
    assert chance([0.5, 0.5], 3, 2) == pytest.approx(0.75)
    # Ten in a row among ten: both sides, each 2**-10.
    assert chance([0.5, 0.5], 10, 10) == pytest.approx(2 / 1024)
    assert chance([0.5, 0.5], 10, 1) == 1
    assert chance([1.0], 10, 10) == 1  # who only ever has one choice has nothing else to say


def labelled(letters: str, *, minutes: Sequence[int] | None = None) -> Report:
    pairs = some_pairs(len(letters))
    labels = [
        a_label(
            pair_id=pair.id,
            choice=CHOICE[letter],
            created_at=NOON + timedelta(minutes=number if minutes is None else minutes[number]),
        )
        for number, (pair, letter) in enumerate(zip(pairs, letters, strict=True))
    ]
    return report_of(pairs, labels)


def of(report: Report) -> Estimate:
    return row_of(report, "straight_lining", {"annotator": "ann"})


def test_a_long_run_of_one_choice_is_unusual_and_told() -> None:
    report = labelled("ABBA" * 10 + "A" * 20 + "BBAB" * 10)
    row = of(report)
    assert row.value == 21
    assert row.p is not None
    assert row.p < 0.001
    assert (row.p_adjusted, row.adjustment) == (row.p, "bh")
    assert "the same is chosen in a row by ann (21 labels, p = " in markdown(report)


def test_runs_of_chance_are_not_told() -> None:
    rng = np.random.default_rng(4)
    report = labelled("".join("AB"[one] for one in rng.integers(0, 2, 200)))
    row = of(report)
    assert row.p is not None
    assert row.p > 0.05
    assert "chosen in a row by" not in markdown(report)


@pytest.mark.parametrize("minutes", [[0] * 12, [0, 0, *range(2, 12)]])
def test_where_times_do_not_tell_the_order_there_is_no_p(minutes: list[int]) -> None:
    row = of(labelled("ABABAAAAAAAA", minutes=minutes))
    assert (row.p, row.p_adjusted) == (None, None)
    assert "times do not tell the order" in str(row.method)


def test_of_fair_annotators_about_one_in_twenty_has_a_p_below_a_twentieth() -> None:
    """Shares are the annotator's own, so that a taste for one choice is no run."""
    rng = np.random.default_rng(1)
    low = 0
    for _ in range(400):
        said = rng.choice(3, 120, p=(0.7, 0.2, 0.1))
        changes = np.flatnonzero(np.append(True, said[1:] != said[:-1]))
        longest = int(np.diff(np.append(changes, 120)).max())
        low += chance(np.bincount(said, minlength=3) / 120, 120, longest) < 0.05  # type: ignore[arg-type]
    assert low <= 32


def test_two_good_responses_are_no_run_of_ratings() -> None:
    """Ratings of a pair are one answer: alike or not."""
    pairs = some_pairs(30)
    rated = [("yes", "yes") if number % 3 else ("no", "no") for number in range(30)]
    labels = [
        a_label(
            pair_id=pair.id,
            criterion="fine",
            target=target,
            choice=choice,
            created_at=NOON + timedelta(minutes=number),
        )
        for number, (pair, both) in enumerate(zip(pairs, rated, strict=True))
        for target, choice in zip("ab", both, strict=True)
    ]
    report = report_of(pairs, labels, a_criterion(key="fine", scale=YES_NO))
    row = row_of(report, "straight_lining", {"annotator": "ann"}, criterion="fine")
    assert row.value == 4  # labels: two pairs of "yes"
    assert row.p == pytest.approx(1, abs=0.01)  # two pairs alike among thirty are nothing
