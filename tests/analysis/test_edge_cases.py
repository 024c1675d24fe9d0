"""Odd studies as whole reports: every number is right, or undefined with its reason."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Any, TypeAlias

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from analysis.agreement.coefficients import COEFFICIENTS
from analysis.estimates import Estimate
from analysis.labels import from_records
from analysis.report.compose import Report, analyse
from analysis.report.markdown import markdown
from analysis.resampling.resample import Bootstrap
from annotation.schema import Label, Pair
from tests.analysis.small_studies import pair_of, people, report_of, row_of, some_pairs
from tests.builders import YES_NO, a_criterion, a_label, a_pair, a_plan, a_prompt, a_response

EVERYWHERE = ("percent_agreement", "unanimous_share", "gwet_ac1", "brennan_prediger")
"""Defined even where everybody says the same."""


def reported(*rows: str) -> Report:
    pairs = some_pairs(len(rows))
    return report_of(pairs, people(rows, pairs))


def agreement(report: Report) -> dict[str, Estimate]:
    return {name: row_of(report, name) for name in COEFFICIENTS}


def test_all_labels_equal() -> None:
    report = reported("AAA", "AAA", "AA.")
    for name, row in agreement(report).items():
        if name in EVERYWHERE or name.startswith("gwet"):
            assert row.value == 1, name
        else:
            assert row.reason == "all labels are equal", name
    assert row_of(report, "mean_cohen_kappa").reason == "all labels are equal"
    assert row_of(report, "bradley_terry", {"system": "system-x"}).status == "regularised"
    assert row_of(report, "win_rate", {"system": "system-x"}).value == 1
    test = row_of(report, "pairwise_significance", {"systems": ("system-x", "system-y")})
    assert test.p is not None
    assert test.p > 0.05  # three pairs cannot show it
    assert row_of(report, "loo_agreement", {"annotator": "ann3"}).value == 1


def test_prompts_that_all_say_the_same_make_no_interval_of_no_width() -> None:
    report = reported("AAA", "BBB", "TTT", "AAA")
    agreed = row_of(report, "percent_agreement")
    assert agreed.low == pytest.approx(0.5101, abs=1e-4)  # Wilson's for 4 of 4
    assert agreed.high == 1
    assert agreed.method == "Wilson interval over prompts"
    ac1 = row_of(report, "gwet_ac1")
    assert (ac1.value, ac1.low) == (1, None)
    assert "no interval" in str(ac1.method)


def test_systems_that_only_tie_are_level_and_none_is_ahead() -> None:
    report = reported("TTT", "TTT", "TTT")
    assert row_of(report, "bradley_terry", {"system": "system-x"}).low is None
    text = markdown(report)
    assert "none: system-x and system-y are level" in text
    assert "The best configuration is" not in text


def test_the_first_is_named_with_those_that_it_is_not_told_apart_from() -> None:
    text = markdown(reported("AAA", "AAA", "BBB", "TTT"))
    assert "its rank | not told apart from |" in text
    assert "it is not told apart from system-y." in text


def test_a_mean_of_two_levels_has_the_interval_of_the_share_of_the_higher() -> None:
    levels = {"kind": "rating", "levels": [{"name": "yes", "value": 5}, {"name": "no", "value": 1}]}
    pairs = some_pairs(4)
    labels = [
        a_label(pair_id=pair.id, target="a", choice=choice)
        for pair, choice in zip(pairs, ("yes", "no", "yes", "yes"), strict=True)
    ]
    report = report_of(pairs, labels, a_criterion(scale=levels))
    share = row_of(report, "rating_share", {"system": "system-x", "level": "yes"})
    mean = row_of(report, "mean_rating", {"system": "system-x"})
    found = [1 + 4 * end for end in (share.value, share.low, share.high) if end is not None]
    assert [mean.value, mean.low, mean.high] == pytest.approx(found)
    assert mean.method == share.method


def test_all_ties() -> None:
    report = reported("TTT", "TT.", "TTT")
    assert row_of(report, "win_rate", {"system": "system-x"}).value == 0.5
    assert row_of(report, "bradley_terry", {"system": "system-x"}).value == pytest.approx(0)
    assert row_of(report, "davidson", {"system": "system-x"}).reason == "every comparison is a tie"
    assert row_of(report, "davidson_nu").reason == "every comparison is a tie"
    groups = [row_of(report, "system_group", {"system": f"system-{one}"}).value for one in "xy"]
    assert groups == [1, 1]


def test_one_annotator() -> None:
    report = reported("A", "B", "T")
    assert {row.reason for row in agreement(report).values()} == {"nothing has two labels"}
    assert row_of(report, "mean_cohen_kappa").reason == "nothing has two labels"
    assert row_of(report, "dawid_skene_count", {"choice": "a"}).reason == "nothing has two labels"
    assert row_of(report, "loo_agreement", {"annotator": "ann1"}).value is None
    assert row_of(report, "win_rate", {"system": "system-x"}).value == 0.5
    assert row_of(report, "tie_share", {"annotator": "ann1"}).value == pytest.approx(1 / 3)


def test_one_pair() -> None:
    report = reported("AAB")
    assert row_of(report, "percent_agreement").value == pytest.approx(1 / 3)
    assert row_of(report, "percent_agreement").low is None  # one prompt: nothing to resample
    rate = row_of(report, "win_rate", {"system": "system-x"})
    assert (rate.value, rate.n) == (1, 1)
    strength = row_of(report, "bradley_terry", {"system": "system-x"})
    assert (strength.status, strength.low) == ("regularised", None)
    assert row_of(report, "orientation_range").value is not None


def test_no_overlap() -> None:
    report = reported("A..", ".B.", "..T", "B..")
    assert {row.reason for row in agreement(report).values()} == {"nothing has two labels"}
    assert not [row for row in report.estimates if row.statistic == "cohen_kappa"]
    assert row_of(report, "human_loo_agreement").reason == "nothing has two labels"
    assert row_of(report, "win_rate", {"system": "system-x"}).value == pytest.approx(0.375)


def test_a_study_that_only_judges_labelled_says_so_of_people() -> None:
    pairs = some_pairs(2)
    labels = [a_label(pair_id=pair.id, kind="judge", annotator="j") for pair in pairs]
    report = report_of(pairs, labels)
    assert row_of(report, "win_rate", {"system": "system-x"}).value is None
    assert row_of(report, "win_rate", {"system": "system-x", "judge": "j"}).value == 1
    assert markdown(report)


# Sparse designs: many annotators, three a pair, some missing, some more


Table: TypeAlias = dict[int, dict[int, int]]
"""Pair to annotator to choice."""


def sparse(annotators: int, pairs: int, scale: Sequence[str], seed: int) -> Table:
    """One to four labels a pair, six of ten the pair's own choice."""
    rng = np.random.default_rng(seed)
    found: Table = {}
    for pair in range(pairs):
        who = rng.choice(annotators, int(rng.integers(1, 5)), replace=False)
        truth = int(rng.integers(len(scale)))
        found[pair] = {
            int(one): truth if rng.random() < 0.6 else int(rng.integers(len(scale))) for one in who
        }
    return found


FIVE = ("a_clearly", "a_slightly", "tie", "b_slightly", "b_clearly")


@pytest.fixture(scope="module")
def wide() -> tuple[Table, Report]:
    """500 annotators, a five-point scale."""
    table = sparse(500, 400, FIVE, 3)
    pairs = some_pairs(len(table))
    labels = [
        a_label(pair_id=pairs[pair].id, annotator=f"ann{who:03}", choice=FIVE[choice])
        for pair, row in table.items()
        for who, choice in row.items()
    ]
    return table, report_of(pairs, labels, a_criterion(scale="preference5"))


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_of_a_sparse_design_is_the_librarys(wide: tuple[Table, Report], level: Any) -> None:
    table, report = wide
    matrix = np.full((500, len(table)), np.nan)
    for pair, row in table.items():
        for who, choice in row.items():
            matrix[who, pair] = choice - 2
    expected = krippendorff.alpha(
        matrix, value_domain=[-2, -1, 0, 1, 2], level_of_measurement=level
    )
    assert row_of(report, f"krippendorff_alpha_{level}").value == pytest.approx(expected)


def test_agreement_and_kappas_of_a_sparse_design_are_those_of_plain_counts(
    wide: tuple[Table, Report],
) -> None:
    table, report = wide
    shares, couples = [], defaultdict(list)
    for row in table.values():
        both = list(combinations(sorted(row.items()), 2))
        if both:
            shares.append(np.mean([one[1] == other[1] for one, other in both]))
        for one, other in both:
            couples[one[0], other[0]].append((one[1], other[1]))
    assert row_of(report, "percent_agreement").value == pytest.approx(np.mean(shares))
    assert row_of(report, "percent_agreement").n == len(shares)
    rows = [one for one in report.estimates if one.statistic == "cohen_kappa"]
    assert len(rows) == len(couples)
    assert sum(one.n for one in rows) == sum(map(len, couples.values()))


def test_annotators_of_a_sparse_design_meet_the_majority_of_the_others(
    wide: tuple[Table, Report],
) -> None:
    table, report = wide
    right: dict[int, list[bool]] = defaultdict(list)
    for row in table.values():
        for who, choice in row.items():
            others = [one for other, one in row.items() if other != who]
            counts = sorted(((others.count(one), one) for one in set(others)), reverse=True)
            if counts and (len(counts) == 1 or counts[0][0] > counts[1][0]):
                right[who].append(choice == counts[0][1])
    for who, hits in right.items():
        found = row_of(report, "loo_agreement", {"annotator": f"ann{who:03}"})
        assert found.value == pytest.approx(np.mean(hits))
        assert found.n == len(hits)


# Anything at all


@st.composite
def studies(draw: st.DrawFn) -> tuple[list[Pair], list[Label]]:
    """Preferences of three scales and a rating; repeats, surplus and judges; few of everything."""
    pairs: list[Pair] = []
    for number in range(draw(st.integers(1, 6))):
        systems = draw(st.lists(st.sampled_from("xyz"), min_size=2, max_size=2))
        texts = draw(
            st.lists(st.sampled_from(["", "a", "- a\n- b", "a" * 90]), min_size=2, max_size=2)
        )
        category = draw(st.sampled_from(["creative", None]))
        pairs.append(
            a_pair(
                number,
                prompt=a_prompt(f"Prompt {draw(st.integers(0, 3))}", category=category),
                response_a=a_response(systems[0], f"{number} {texts[0]}"),
                response_b=a_response(systems[1], f"{number}{texts[1]}"),
            )
        )
    labels: list[Label] = []
    keys = {"overall": ("a", "tie", "b"), "five": FIVE, "bad": ("a", "tie", "b", "both_bad")}
    for _ in range(draw(st.integers(1, 25))):
        key = draw(st.sampled_from([*keys, "fine"]))
        rated = key == "fine"
        labels.append(
            a_label(
                pair_id=draw(st.sampled_from(pairs)).id,
                criterion=key,
                annotator=draw(st.sampled_from(["ann", "bob", "cy"])),
                kind=draw(st.sampled_from(["human", "human", "human", "judge", "reference"])),
                target=draw(st.sampled_from("ab")) if rated else "pair",
                choice=draw(st.sampled_from(("yes", "no") if rated else keys[key])),
                swapped=draw(st.sampled_from([None, True, False])),
                repeat=draw(st.sampled_from([0, 0, 0, 1])),
                purpose=draw(st.sampled_from(["study", "study", "repeat", "surplus"])),
                seconds=draw(st.sampled_from([None, 0, 3.5])),
            )
        )
    labels.append(a_label(pair_id=pairs[0].id, annotator="always"))
    return pairs, labels


PLAN = a_plan(
    a_criterion(),
    a_criterion("five", scale="preference5"),
    a_criterion("bad", scale="preference3-bad"),
    a_criterion("fine", scale=YES_NO),
)
SHARES = {"win_rate", "tie_share", "self_consistency", "best_probability", "percent_agreement"}


@settings(max_examples=60)
@given(studies())
def test_no_study_breaks_the_report_and_every_number_is_possible(
    made: tuple[list[Pair], list[Label]],
) -> None:
    pairs, labels = made
    scores = {"mmlu": {"x": 1.0, "y": 2.0}}
    report = analyse(from_records(PLAN, pairs, labels), Bootstrap(20), benchmarks=scores)
    for row in report.estimates:
        for p in (row.p, row.p_adjusted):
            assert p is None or 0 <= p <= 1 + 1e-12, row
        if row.value is None:
            continue
        if row.statistic in SHARES:
            assert -1e-9 <= row.value <= 1 + 1e-9, row
        if row.low is not None and row.high is not None:
            assert row.low <= row.high, row
        if row.low_leave_one_out is not None and row.high_leave_one_out is not None:
            assert row.low_leave_one_out <= row.high_leave_one_out, row
    json.dumps(report.to_json(), allow_nan=False)
    assert markdown(report)


def test_ratings_of_five_levels_have_ordinal_agreement_and_systems_by_their_means() -> None:
    rng = np.random.default_rng(4)
    levels = {
        "kind": "rating",
        "levels": [{"name": str(one), "value": one} for one in range(1, 6)],
    }
    pairs = [pair_of(number, "x", "y") for number in range(40)]
    truth = rng.integers(1, 5, (40, 2)) + np.array([1, 0])
    labels = [
        a_label(
            pair_id=pair.id,
            target=target,
            annotator=f"ann{who}",
            choice=str(np.clip(truth[number, side] + rng.integers(-1, 2), 1, 5)),
        )
        for number, pair in enumerate(pairs)
        for side, target in enumerate("ab")
        for who in range(2)
    ]
    report = report_of(pairs, labels, a_criterion(scale=levels))
    alpha = row_of(report, "krippendorff_alpha_ordinal").value
    assert alpha is not None
    assert alpha > 0.5
    said = [[int(one.choice) for one in labels if one.annotator == who] for who in ("ann0", "ann1")]
    assert alpha == pytest.approx(spearmanr(said[0], said[1]).statistic, abs=0.1)
    part = {"basis": "labels"}
    means = [row_of(report, "mean_rating", {"system": one}, part).value or 0 for one in "xy"]
    assert means[0] > means[1]
    assert row_of(report, "rank", {"system": "x"}, part).value == 1
