"""Cohen's kappa of each two annotators."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from analysis.agreement.coefficients import similarity
from analysis.agreement.kappa import (
    MOST_COUPLES,
    Kappas,
    Shared,
    cohen_kappas,
    couple_rows,
    mean_kappa,
    most_shared,
    shared_units,
)
from analysis.estimates import Estimate
from analysis.report.document import Text
from analysis.report.parts.agreement import couples
from analysis.report.rows import Rows
from analysis.resampling.resample import Bootstrap, resampled_counts
from tests.analysis.small_studies import FIXTURE_D, ballots_of, study_of

CHOICES = "ATB"


def kappas_of(rows: tuple[str, ...] | list[str], power: int = 0) -> Kappas:
    ballots = ballots_of(study_of(rows))
    shared = shared_units(ballots)
    like = similarity(3, power) if power else np.eye(3)
    return cohen_kappas(shared, like, ballots.cluster_of(shared.unit))


@pytest.mark.parametrize(("power", "expected"), [(0, 7 / 11), (1, 0.5), (2, 5 / 13)])
def test_kappa_of_the_first_and_third_annotator_is_worked_by_hand(
    power: int, expected: float
) -> None:
    assert kappas_of(FIXTURE_D, power).kappa[1] == pytest.approx(expected)


def test_kappa_of_irrcacs_vignette_and_its_error_are_the_published_ones() -> None:
    rows = ["AA"] * 13 + ["TT"] * 20 + ["TB"] * 7 + ["BT"] * 4 + ["BB"] * 56
    found = kappas_of(rows)
    assert found.kappa[0] == pytest.approx(0.7964094, abs=1e-7)
    assert found.error[0] * np.sqrt(99 / 100) == pytest.approx(0.05891072, abs=1e-7)  # G/(G-1)


TWO_LABELS = st.lists(
    st.tuples(st.sampled_from(CHOICES), st.sampled_from(CHOICES)).map("".join),
    min_size=2,
    max_size=25,
)


@given(TWO_LABELS, st.sampled_from([(0, None), (1, "linear"), (2, "quadratic")]))
def test_kappas_are_those_of_scikit_learn(rows: list[str], weights: tuple[int, str | None]) -> None:
    ours = kappas_of(rows, weights[0]).kappa[0]
    codes = [[CHOICES.index(row[who]) for row in rows] for who in range(2)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = cohen_kappa_score(*codes, labels=[0, 1, 2], weights=weights[1])
    assert ours == pytest.approx(theirs, nan_ok=True)


@given(TWO_LABELS)
def test_where_each_prompt_has_one_pair_the_error_is_that_of_statsmodels(rows: list[str]) -> None:
    found = kappas_of(rows)
    table = [[rows.count(one + other) for other in CHOICES] for one in CHOICES]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = cohens_kappa(np.array(table))
    if np.isfinite(found.kappa[0]):
        n = len(rows)
        expected = np.nan_to_num(theirs.std_kappa) * np.sqrt(n / (n - 1))  # theirs is NaN for 0
        assert found.error[0] == pytest.approx(expected, abs=1e-7)


def test_the_error_is_that_of_the_bootstrap_over_prompts() -> None:
    rng = np.random.default_rng(1)
    first = rng.integers(0, 3, 600)
    second = np.where(rng.random(600) < 0.6, first, rng.integers(0, 3, 600))
    rows = [CHOICES[one] + CHOICES[other] for one, other in zip(first, second, strict=True)]
    found = kappas_of(rows)
    cell = first * 3 + second
    tables = resampled_counts(cell, np.arange(600), 9, Bootstrap(2000), rng).reshape(-1, 3, 3)
    share = tables / 600
    observed = np.trace(share, axis1=1, axis2=2)
    expected = (share.sum(axis=1) * share.sum(axis=2)).sum(axis=1)
    spread = np.std((observed - expected) / (1 - expected))
    assert found.error[0] == pytest.approx(spread, rel=0.08)


def test_two_annotators_who_always_choose_one_same_choice_have_no_kappa() -> None:
    assert np.isnan(kappas_of(["AA", "AA"]).kappa[0])


def test_the_mean_weighs_each_two_annotators_by_the_pairs_they_share() -> None:
    rows = ["AAA", "BBA", "ABB", "TT.", "BA.", "AT."]
    ballots = ballots_of(study_of(rows))
    shared = shared_units(ballots)
    found = mean_kappa(shared, 3, ballots.cluster_of(shared.unit))
    kappas = kappas_of(rows).kappa
    assert found is not None
    assert found.kappa == pytest.approx(np.average(kappas, weights=[6, 3, 3]))
    assert found.couples == 3


def test_two_annotators_have_their_kappas_however_few_pairs_they_share() -> None:
    """Fixture D, annotators 1 and 3; how few stands beside it in `n`."""
    ballots = ballots_of(study_of(list(FIXTURE_D)))
    rows = {
        row.statistic: row
        for row in couple_rows(ballots, shared_units(ballots))
        if row.subject == {"annotators": ("ann1", "ann3")}
    }
    assert {name: row.value for name, row in rows.items()} == pytest.approx(
        {
            "percent_agreement": 0.75,
            "cohen_kappa": 7 / 11,
            "cohen_kappa_linear": 0.5,
            "cohen_kappa_quadratic": 5 / 13,
        }
    )
    assert rows["cohen_kappa"].n == 4


def test_one_annotator_alone_shares_nothing() -> None:
    ballots = ballots_of(study_of(["A", "B", "T"]))
    assert list(couple_rows(ballots, shared_units(ballots))) == []


def sharing(shared: list[int]) -> Shared:
    """Couples of so many shared units each."""
    couple = np.repeat(np.arange(len(shared)), shared)
    people = np.stack([np.arange(len(shared)), np.arange(1, len(shared) + 1)], axis=1)
    return Shared(people, couple, couple % 3, couple % 2, np.arange(len(couple)))


def test_of_very_many_couples_those_are_listed_that_share_the_most() -> None:
    shared = sharing([1, 3, *[2] * MOST_COUPLES, 4])
    listed = most_shared(shared)
    assert listed.people[:, 0].tolist() == [1, *range(2, MOST_COUPLES), MOST_COUPLES + 2]
    assert listed.overlap.tolist() == [3, *[2] * (MOST_COUPLES - 2), 4]
    assert (
        listed.unit.tolist() == np.flatnonzero(np.isin(shared.couple, listed.people[:, 0])).tolist()
    )


def test_all_couples_of_a_hundred_annotators_are_listed() -> None:
    shared = sharing([1] * (100 * 99 // 2))
    assert most_shared(shared) is shared


def test_the_page_says_that_not_all_couples_are_listed() -> None:
    rows = Rows(
        Estimate("cohen_kappa", "clarity", {"annotators": ("x", f"y{one}")}, value=0.5, n=1)
        for one in range(MOST_COUPLES)
    )
    (text,) = couples(rows).blocks
    assert isinstance(text, Text)
    assert text.words.endswith("no more than the 5,000 couples that share the most.")
