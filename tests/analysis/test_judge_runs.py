"""A judge's runs as votes: AlpacaEval's bias and variance."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.ballots import groupings
from analysis.judges.runs import estimates, runs_of
from analysis.labels import from_records
from analysis.resampling.resample import Bootstrap
from annotation.schema import Label, Pair
from tests.analysis.plain_counts import mean, near, to_modes
from tests.analysis.small_studies import (
    FIXTURE_D,
    ballots_of,
    people,
    report_of,
    row_of,
    some_pairs,
)
from tests.builders import a_label, a_plan

JUDGE = {"judge": "j"}


def ran(runs: Sequence[Sequence[str]], pairs: Sequence[Pair]) -> list[Label]:
    """A judge's choices, one sequence a run."""
    return [
        a_label(pair_id=pair.id, annotator="j", kind="judge", choice=choice, repeat=run)
        for run, choices in enumerate(runs)
        for pair, choice in zip(pairs, choices, strict=True)
        if choice
    ]


def test_bias_and_variance_of_three_runs_are_worked_by_hand() -> None:
    pairs = some_pairs(4)
    runs = (("a", "a", "b", "b"), ("a", "tie", "b", "tie"), ("a", "b", "a", "b"))
    report = report_of(pairs, people(FIXTURE_D, pairs) + ran(runs, pairs))
    # Modes of the runs: a, any, b, b; of people: a, a, b, tie. Distances 0, 1/2, 0, 1/2.
    bias = row_of(report, "alpacaeval_bias", JUDGE)
    assert bias.value == pytest.approx(1 / 4)
    assert bias.n == 4
    # Each run to the mode of the other two: 0 0 0 | .75 .5 .75 | .5 .5 1 | .25 .5 .25.
    variance = row_of(report, "alpacaeval_variance", JUDGE)
    assert variance.value == pytest.approx(5 / 12)
    assert variance.n == 12
    assert variance.unit == "runs"


def test_one_run_has_a_bias_and_no_variance() -> None:
    pairs = some_pairs(4)
    report = report_of(pairs, people(FIXTURE_D, pairs) + ran([("a", "tie", "b", "tie")], pairs))
    assert row_of(report, "alpacaeval_bias", JUDGE).value == pytest.approx(1 - 0.875)
    variance = row_of(report, "alpacaeval_variance", JUDGE)
    assert (variance.value, variance.reason) == (None, "the judge ran once on everything")


def test_a_judge_that_always_says_the_same_has_no_variance() -> None:
    pairs = some_pairs(4)
    report = report_of(pairs, ran([("a", "b", "b", "tie")] * 3, pairs))
    assert row_of(report, "alpacaeval_variance", JUDGE).value == 0
    assert row_of(report, "alpacaeval_bias", JUDGE).value is None


def test_two_orders_that_differ_are_a_tie_within_their_run() -> None:
    pairs = some_pairs(1)
    labels = [
        a_label(pair_id=pairs[0].id, annotator="j", kind="judge", choice=choice, repeat=run,
                swapped=order)
        for run, both in enumerate(("ab", "aa"))
        for order, choice in zip((False, True), both, strict=True)
    ]  # fmt: skip
    report = report_of(pairs, labels)
    assert row_of(report, "alpacaeval_variance", JUDGE).value == 0.5


def test_a_run_without_a_verdict_agrees_with_no_other() -> None:
    pairs = some_pairs(2)
    runs = (("a", "invalid"), ("a", "invalid"), ("invalid", "invalid"))
    report = report_of(pairs, people(("A", "A"), pairs) + ran(runs, pairs))
    variance = row_of(report, "alpacaeval_variance", JUDGE)
    assert variance.value == pytest.approx(1 / 3)
    assert variance.n == 3
    assert row_of(report, "alpacaeval_bias", JUDGE).value == 0.5


SAID = st.sampled_from(["a", "tie", "b", "invalid", ""])


@given(st.lists(st.tuples(SAID, SAID, SAID), min_size=1, max_size=8))
def test_variance_is_that_of_a_loop_over_runs(rows: list[tuple[str, ...]]) -> None:
    pairs = some_pairs(len(rows))
    labels = ran(list(zip(*rows, strict=True)), pairs)
    if not labels:
        return
    study = from_records(a_plan(), pairs, labels)
    people_, judges = ballots_of(study), ballots_of(study, "judge")
    parts = groupings(study.pairs, people_.asked)[:1]
    _, variance = estimates(people_, runs_of(judges, "j"), parts, Bootstrap(2))
    agreed = []
    for row in rows:
        usable = [said for said in row if said not in ("", "invalid")]
        agreed += [0.0] * row.count("invalid") * bool(usable)
        for k in range(len(usable) * (len(usable) > 1)):
            agreed.append(to_modes(usable[k], [*usable[:k], *usable[k + 1 :]], near))
    expected = mean(agreed)
    assert variance.value == (None if expected is None else pytest.approx(1 - expected))
