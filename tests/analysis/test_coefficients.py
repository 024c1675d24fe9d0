"""Agreement coefficients against worked examples, published values and other libraries."""

from __future__ import annotations

import warnings

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numbers
from statsmodels.stats.inter_rater import fleiss_kappa as their_fleiss_kappa

from analysis.agreement.alpha import library_alpha, orientation_range
from analysis.agreement.coefficients import (
    COEFFICIENTS,
    LEVELS,
    MOST_LIBRARY_CELLS,
    coefficient,
    intervals,
)
from analysis.arrays import Ints
from analysis.estimates import TooFewLabels
from analysis.resampling.resample import Bootstrap
from analysis.resampling.tally import Tally
from tests.analysis.small_studies import FIXTURE_D, PREFERENCE3, counts_of, tally_of

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: four coders, twelve units.
KRIPPENDORFF_2011 = ["111", "2232", "3333", "3333", "2222", "1234"]
KRIPPENDORFF_2011 += ["4444", "1121", "2222", "555", "11", "3"]

# The vignette of R's irrCAC: two abstractors, three categories.
CONT3X3 = ("AA",) * 13 + ("TT",) * 20 + ("TB",) * 7 + ("BT",) * 4 + ("BB",) * 56


def krippendorff_2011() -> Tally:
    return tally_of(KRIPPENDORFF_2011, "12345", np.arange(5.0))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("percent_agreement", 2 / 3),
        ("fleiss_kappa", 0.466667),
        ("krippendorff_alpha_nominal", 1 - 11 * 4 / 90),
        ("krippendorff_alpha_interval", 1 - 11 * 10 / 240),
        ("krippendorff_alpha_ordinal", 0.541667),
        ("gwet_ac1", 0.515152),
        ("gwet_ac2_linear", 0.478261),
        ("gwet_ac2_quadratic", 0.444444),
        ("brennan_prediger", 0.5),
        ("unanimous_share", 0.5),
    ],
)
def test_coefficients_of_four_pairs_are_those_worked_by_hand(name: str, expected: float) -> None:
    assert coefficient(name, tally_of(FIXTURE_D)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("krippendorff_alpha_nominal", 0.743421),
        ("krippendorff_alpha_ordinal", 0.815388),
        ("krippendorff_alpha_interval", 0.849107),
        ("fleiss_kappa", 0.76117),
        ("gwet_ac1", 0.77544),
    ],
)
def test_coefficients_of_krippendorffs_example_are_the_published_ones(
    name: str, expected: float
) -> None:
    assert coefficient(name, krippendorff_2011()) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fleiss_kappa", 0.7962397),
        ("krippendorff_alpha_nominal", 0.7972585),
        ("gwet_ac1", 0.8493305),
        ("brennan_prediger", 0.835),
    ],
)
def test_coefficients_of_irrcacs_vignette_are_the_published_ones(
    name: str, expected: float
) -> None:
    assert coefficient(name, tally_of(CONT3X3)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("percent_agreement", 0.9),
        ("fleiss_kappa", -0.052632),
        ("krippendorff_alpha_nominal", -0.047368),
        ("gwet_ac1", 0.889503),
    ],
)
def test_only_ac1_stays_high_where_one_of_two_choices_dominates(name: str, expected: float) -> None:
    paradox = tally_of(("AA",) * 90 + ("AB",) * 10, "AB", np.array([-1.0, 1.0]))
    assert coefficient(name, paradox) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("krippendorff_alpha_nominal", 0.511111), ("fleiss_kappa", 0.431818), ("gwet_ac1", 0.528302)],
)
def test_a_pair_with_one_label_counts_for_prevalence_but_not_in_alpha(
    name: str, expected: float
) -> None:
    assert coefficient(name, tally_of((*FIXTURE_D, "A"))) == pytest.approx(expected, abs=1e-6)


def test_two_annotators_who_always_differ_have_a_negative_alpha() -> None:
    assert coefficient("krippendorff_alpha_nominal", tally_of(("AB", "BA"))) == pytest.approx(-0.5)


@pytest.mark.parametrize("name", sorted(COEFFICIENTS))
def test_without_a_pair_that_two_people_labelled_nothing_is_defined(name: str) -> None:
    with pytest.raises(TooFewLabels, match="nothing has two labels"):
        coefficient(name, tally_of(("A", "B", "")))


@pytest.mark.parametrize("name", [*LEVELS, "fleiss_kappa"])
def test_agreement_beyond_chance_is_undefined_if_all_labels_are_equal(name: str) -> None:
    with pytest.raises(TooFewLabels, match="all labels are equal"):
        coefficient(name, tally_of(("AAA", "AA")))


def test_ac1_is_one_if_all_labels_are_equal() -> None:
    assert coefficient("gwet_ac1", tally_of(("AAA", "AA"))) == 1


def test_both_bad_is_a_tie_for_ordinal_alpha_and_a_category_of_its_own_for_nominal() -> None:
    values = np.array([-1.0, 0.0, 1.0, 0.0])
    apart, merged = ("AA", "TX", "BB", "XT"), ("AA", "TT", "BB", "TT")
    with_both_bad = tally_of(apart, "ATBX", values)
    assert coefficient("krippendorff_alpha_ordinal", with_both_bad) == pytest.approx(1)
    assert coefficient("krippendorff_alpha_nominal", with_both_bad) < 1
    assert coefficient("krippendorff_alpha_nominal", tally_of(merged)) == pytest.approx(1)


COUNTS = numbers.arrays(
    np.int64, st.tuples(st.integers(2, 12), st.just(3)), elements=st.integers(0, 4)
)


@given(COUNTS)
def test_our_alphas_are_those_of_the_library(counts: Ints) -> None:
    tally = Tally.of(counts, PREFERENCE3)
    for name, level in LEVELS.items():
        ours = float(COEFFICIENTS[name](tally, tally.weights)[0])
        pairable = counts[counts.sum(axis=1) > 1].sum(axis=0)
        assert np.isnan(ours) == ((pairable > 0).sum() < 2)
        if np.isnan(ours):
            continue
        theirs = krippendorff.alpha(
            value_counts=counts, value_domain=PREFERENCE3, level_of_measurement=level
        )
        assert ours == pytest.approx(theirs, abs=1e-9)
        assert library_alpha(tally, level) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("labels", [2, 3, 4, 7])
def test_alphas_of_many_units_for_which_the_library_is_not_asked_are_its_own(labels: int) -> None:
    rng = np.random.default_rng(labels)
    counts = rng.multinomial(labels, [0.5, 0.2, 0.3], MOST_LIBRARY_CELLS // 9 + 1)
    tally = Tally.of(counts, PREFERENCE3)
    for name, level in LEVELS.items():
        theirs = krippendorff.alpha(
            value_counts=counts, value_domain=PREFERENCE3, level_of_measurement=level
        )
        assert coefficient(name, tally) == pytest.approx(theirs, abs=1e-12)


@given(
    st.lists(st.sampled_from(["AAA", "AAT", "ATB", "BBB", "TTB", "ABB"]), min_size=2, max_size=30)
)
def test_fleiss_kappa_is_that_of_statsmodels(rows: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        theirs = their_fleiss_kappa(counts_of(rows))
    tally = tally_of(rows)
    ours = COEFFICIENTS["fleiss_kappa"](tally, tally.weights)[0]
    assert ours == pytest.approx(theirs, nan_ok=True) or not np.isfinite(theirs)


@given(st.permutations(KRIPPENDORFF_2011))
def test_the_order_of_the_pairs_changes_nothing(rows: list[str]) -> None:
    shuffled = tally_of(rows, "12345", np.arange(5.0))
    for name, one in COEFFICIENTS.items():
        expected = one(krippendorff_2011(), krippendorff_2011().weights)[0]
        assert one(shuffled, shuffled.weights)[0] == pytest.approx(expected), name


@given(st.lists(st.sampled_from(FIXTURE_D), min_size=2, max_size=12))
def test_exchanging_a_and_b_everywhere_changes_nothing(rows: list[str]) -> None:
    exchange = str.maketrans("AB", "BA")
    one, other = tally_of(rows), tally_of([row.translate(exchange) for row in rows])
    for name, statistic in COEFFICIENTS.items():
        ours, theirs = statistic(one, one.weights)[0], statistic(other, other.weights)[0]
        assert ours == pytest.approx(theirs, nan_ok=True), name


def test_a_resample_gives_what_its_own_labels_give() -> None:
    tally = tally_of(FIXTURE_D)
    drawn = tally.part(np.array([0, 0, 1, 3]))
    for name, statistic in COEFFICIENTS.items():
        alone = tally_of([FIXTURE_D[number] for number in (0, 0, 1, 3)])
        assert statistic(tally, drawn.weights)[0] == pytest.approx(coefficient(name, alone)), name


def test_intervals_lie_around_the_value_and_are_equal_for_an_equal_seed() -> None:
    tally = tally_of(FIXTURE_D * 25)
    cluster = np.arange(100)
    one, other = (
        intervals(tally, cluster, Bootstrap(400), np.random.default_rng(5)) for _ in range(2)
    )
    assert one == other
    for name, interval in one.items():
        assert interval.low is not None
        assert interval.high is not None
        assert interval.low < coefficient(name, tally) < interval.high


def test_one_prompt_gives_no_interval() -> None:
    found = intervals(
        tally_of(FIXTURE_D), np.zeros(4, int), Bootstrap(50), np.random.default_rng(0)
    )
    assert all(one.low is None and one.high is None for one in found.values())


def test_winners_stored_first_fall_out_of_the_orientation_range() -> None:
    winner_first = tally_of(("AAA",) * 80 + ("AAB",) * 20)
    alphas = orientation_range(winner_first, np.random.default_rng(0), np.array([2, 1, 0]))
    assert len(alphas) == 20
    assert coefficient("krippendorff_alpha_nominal", winner_first) < alphas.min() - 0.5


def test_orientation_changes_nothing_where_every_label_is_a_tie_or_everyone_agrees() -> None:
    agreed = tally_of(("AAA", "BBB", "TTT") * 10)
    alphas = orientation_range(agreed, np.random.default_rng(0), np.array([2, 1, 0]))
    assert alphas == pytest.approx(np.ones(20))
