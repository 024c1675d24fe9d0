"""The bootstrap over prompts and cluster-robust means."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from analysis.arrays import Floats, Ints
from analysis.estimates import Interval
from analysis.resampling.resample import (
    FEW_ROWS,
    WILSON,
    WILSON_OVER_PROMPTS,
    Bootstrap,
    clustered_means,
    percentile_interval,
    percentile_intervals,
    resampled_counts,
    share_interval,
    t_interval,
    wilson_interval,
)

TWELVE = np.array([1, 1, 1, 0, 0.5, 1, 1, 1, 0, 0, 0, 0.5])
FOUR = np.repeat(np.arange(4), 3)


def whole(scores: Floats, cluster: Ints) -> tuple[float, float]:
    found = clustered_means(scores, np.zeros(len(scores), int), cluster, 1)
    return float(found.mean[0]), float(found.error[0])


def test_the_error_of_a_clustered_win_rate_is_worked_by_hand() -> None:
    assert whole(TWELVE, FOUR) == pytest.approx((0.583333, 0.173472), abs=1e-6)


def test_with_one_score_a_cluster_the_error_is_that_of_a_mean() -> None:
    scores = np.array([1.0] * 6 + [0.5] * 2 + [0.0] * 2)
    mean, error = whole(scores, np.arange(10))
    assert mean == pytest.approx(0.7)
    assert error == pytest.approx(0.133333, abs=1e-6)


@given(
    st.lists(st.tuples(st.sampled_from([0, 0.5, 1]), st.integers(0, 5)), min_size=3, max_size=40)
)
def test_the_clustered_error_is_that_of_statsmodels(rows: list[tuple[float, int]]) -> None:
    scores, cluster = (np.array(column) for column in zip(*rows, strict=True))
    clusters = len(set(cluster.tolist()))
    mean, error = whole(scores.astype(float), cluster)
    if clusters < 2:
        assert np.isnan(error)
        return
    fit = sm.OLS(scores, np.ones(len(scores))).fit()
    robust = fit.get_robustcov_results("cluster", groups=cluster, use_correction=False)
    assert mean == pytest.approx(float(fit.params[0]))
    assert error == pytest.approx(
        float(robust.bse[0]) * np.sqrt(clusters / (clusters - 1)), abs=1e-9
    )


def test_groups_are_kept_apart_and_an_empty_one_has_no_mean() -> None:
    found = clustered_means(np.array([1.0, 0.0, 1.0]), np.array([0, 0, 2]), np.array([0, 1, 1]), 3)
    assert found.mean[[0, 2]].tolist() == [0.5, 1.0]
    assert np.isnan(found.mean[1])
    assert found.n.tolist() == [2, 0, 1]
    assert found.clusters.tolist() == [2, 0, 1]


def test_wilsons_interval_of_seven_in_ten_is_the_textbooks() -> None:
    found = wilson_interval(0.7, 10)
    assert (found.low, found.high) == pytest.approx((0.396778, 0.892209), abs=1e-6)


def test_a_share_of_one_has_wilsons_interval_over_the_prompts() -> None:
    assert share_interval(1.0, 0.0, 10) == (wilson_interval(1.0, 10), WILSON_OVER_PROMPTS)


def test_prompts_that_all_say_the_same_leave_a_half_as_uncertain_as_their_number() -> None:
    found, method = share_interval(0.5, 0.0, 30)
    assert found == wilson_interval(0.5, 30)
    assert method == WILSON_OVER_PROMPTS


def test_a_share_of_single_labels_has_wilsons_interval_with_t_instead_of_the_normal() -> None:
    error = np.sqrt(0.7 * 0.3 / 9)  # of 7 in 10, with G/(G-1)
    found, method = share_interval(0.7, float(error), 10)
    exact = wilson_interval(0.7, 9, 2.2621571627409915)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))
    assert method == WILSON


def test_the_interval_of_a_share_never_leaves_what_is_possible() -> None:
    found, _ = share_interval(0.98, 0.1, 5)
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 0.98 < found.high < 1


@pytest.mark.parametrize(("clusters", "tail"), [(30, 0.01877), (300, 0.02434), (100_000, 0.025)])
def test_percentiles_are_expanded_for_few_clusters(clusters: int, tail: float) -> None:
    found = percentile_interval(np.linspace(0, 1, 10_001), clusters)
    assert (found.low, found.high) == pytest.approx((tail, 1 - tail), abs=2e-5)


@pytest.mark.parametrize("clusters", [8, 30])
def test_expanded_percentiles_of_a_mean_are_the_t_interval(clusters: int) -> None:
    scores = np.random.default_rng(1).normal(size=clusters)
    means = scores[np.random.default_rng(2).integers(0, clusters, (200_000, clusters))].mean(axis=1)
    plain = np.quantile(means, 0.975) - np.quantile(means, 0.025)
    found = percentile_interval(means, clusters)
    exact = t_interval(float(scores.mean()), float(scores.std(ddof=1) / clusters**0.5), clusters)
    assert found.low is not None
    assert found.high is not None
    assert exact.low is not None
    assert exact.high is not None
    assert plain < 0.95 * (exact.high - exact.low)
    assert found.high - found.low == pytest.approx(exact.high - exact.low, rel=0.05)


def test_a_t_interval_keeps_within_what_is_possible() -> None:
    assert t_interval(0.98, 0.1, 5, 0, 1).high == 1


def test_one_prompt_has_no_interval() -> None:
    assert t_interval(0.5, float("nan"), 1) == Interval()


@pytest.mark.parametrize("clusters", [40, FEW_ROWS + 100])
def test_every_resample_draws_as_many_prompts_as_there_are(clusters: int) -> None:
    cluster = np.repeat(np.arange(clusters), 3)
    pattern = np.random.default_rng(0).integers(0, 4, len(cluster))
    counts = resampled_counts(pattern, cluster, 4, Bootstrap(50), np.random.default_rng(0))
    assert counts.shape == (50, 4)
    assert (counts.sum(axis=1) == len(cluster)).all()


@pytest.mark.parametrize("kinds", [3, 10_000])
def test_resampled_counts_have_the_mean_and_spread_of_prompts_drawn_one_by_one(kinds: int) -> None:
    rng = np.random.default_rng(3)
    clusters = 300
    cluster = np.repeat(np.arange(clusters), 4)
    pattern = rng.integers(0, 6, len(cluster))
    if kinds == 3:  # few distinct prompts: the multinomial way
        pattern = np.tile([0, 1, 1, 2, 3, 4, 5, 5, 0, 0, 0, 0], 100)
    table = np.bincount(cluster * 6 + pattern, minlength=clusters * 6).reshape(clusters, 6)
    counts = resampled_counts(pattern, cluster, 6, Bootstrap(6000), rng)
    naive = np.array([table[rng.integers(0, clusters, clusters)].sum(axis=0) for _ in range(6000)])
    assert counts.mean(axis=0) == pytest.approx(naive.mean(axis=0), abs=2)
    assert np.cov(counts.T) == pytest.approx(np.cov(naive.T), rel=0.15, abs=60)


@pytest.mark.parametrize("clusters", [300, 9000, 40_000])  # one by one up to 32,000
def test_many_kinds_of_prompts_are_drawn_as_often_one_by_one_as_by_how_many_have_each(
    clusters: int,
) -> None:
    rng = np.random.default_rng(4)
    cluster = np.repeat(np.arange(clusters), 5)
    pattern = rng.integers(0, 8, len(cluster))  # 792 kinds of five
    table = np.bincount(cluster * 8 + pattern, minlength=clusters * 8).reshape(clusters, 8)
    assert FEW_ROWS < len(np.unique(table, axis=0)) < 800
    counts = resampled_counts(pattern, cluster, 8, Bootstrap(2000), rng)
    spread = clusters * np.cov(table.T, bias=True)
    far = np.abs(counts.mean(axis=0) - table.sum(axis=0)) / np.sqrt(np.diag(spread) / 2000)
    assert far.max() < 4
    assert np.cov(counts.T) == pytest.approx(spread, rel=0.2, abs=0.1 * spread.max())


def test_prompts_of_many_kinds_are_drawn_alike_for_every_criterion() -> None:
    cluster = np.repeat(np.arange(9000), 5)
    pattern = np.random.default_rng(4).integers(0, 8, len(cluster))
    bootstrap = Bootstrap(20)
    one, other = (
        resampled_counts(pattern, cluster, 8, bootstrap, np.random.default_rng(seed))
        for seed in (0, 1)
    )
    assert (one == other).all()


def test_prompts_are_the_same_rows_only_if_they_hold_the_same_patterns_as_often() -> None:
    pattern, cluster = np.array([0, 1, 1, 1, 0, 0, 1]), np.array([0, 0, 1, 1, 2, 2, 3])
    counts = resampled_counts(pattern, cluster, 2, Bootstrap(500), np.random.default_rng(0))
    draws = {tuple(row) for row in counts.astype(int).tolist()}
    # Four prompts hold [1, 1], [0, 2], [2, 0] and [0, 1].
    assert (8, 0) in draws
    assert (0, 4) in draws
    assert all(2 * (a + b) >= 8 and a + b <= 8 for a, b in draws)


def test_draws_that_are_kept_make_no_other_bootstrap() -> None:
    one = Bootstrap(50)
    kept = list(one.times(7))
    assert one == Bootstrap(50) != Bootstrap(50, seed=1)
    assert np.array_equal(kept, list(Bootstrap(50).times(7)))


def test_a_word_more_gives_another_stream_and_the_same_words_the_same() -> None:
    bootstrap = Bootstrap(10, seed=4)
    one, same, other = (bootstrap.generator(*words).random() for words in ("ab", "ab", "ac"))
    assert one == same != other


@pytest.mark.parametrize("undefined", [0, 3])
def test_intervals_of_several_statistics_are_those_of_each(undefined: int) -> None:
    values = np.random.default_rng(2).normal(size=(500, 3))
    values[:undefined, 1] = np.nan
    alone = [percentile_interval(column, 40) for column in values.T]
    assert percentile_intervals(values, 40) == alone


def test_a_few_undefined_resamples_are_dropped_and_said() -> None:
    values = np.append(np.full(3, np.nan), np.linspace(0, 1, 97))
    found = percentile_interval(values, 100_000)
    assert found.dropped_share == pytest.approx(0.03)
    assert found.low == pytest.approx(0.025, abs=1e-5)


def test_with_more_than_five_percent_undefined_there_is_no_interval() -> None:
    found = percentile_interval(np.append(np.full(6, np.nan), np.linspace(0, 1, 94)), 100)
    assert (found.low, found.high) == (None, None)
    assert found.dropped_share == pytest.approx(0.06)
