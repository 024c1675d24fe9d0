"""What must not matter to the statistics of judges: sides, names, and copies of everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np
import pytest

from analysis.estimates import Estimate, canonical
from annotation.schema import Label, Pair, Scale
from tests.analysis.small_studies import report_of
from tests.builders import a_criterion, a_label, a_pair, a_prompt, a_response

Study: TypeAlias = tuple[list[Pair], list[Label]]

TESTS = {"alt_test_omega", "alt_test_omega_clustered"}
"""Shares of annotators for whom a test succeeds, which more data may turn."""

FAMILY = {
    *TESTS, "alt_test_rho", "mtbench_s1", "mtbench_s2", "mtbench_s2_coverage",
    "human_loo_agreement", "judge_loo_agreement", "judge_minus_human", "alpacaeval_agreement",
    "alpacaeval_bias", "alpacaeval_variance", "longer_preferred", "length_controlled_win_rate",
    "ppi_win_rate", "kendall_tau", "spearman_rho",
}  # fmt: skip


def a_study(kind: str) -> Study:
    """Five systems on six prompts, three people of whom some are absent, a judge that ran twice."""
    rng = np.random.default_rng(7)
    choices = Scale(kind=kind).choices
    pairs, labels = [], []
    for prompt in range(6):
        for one, other in combinations("vwxyz", 2):
            lengths = rng.integers(10, 200, 2)
            pair = a_pair(
                prompt=a_prompt(
                    f"Prompt {prompt}", category="honest" if prompt % 2 else "harmless"
                ),
                response_a=a_response(one, f"{prompt}{one}" + "a" * lengths[0]),
                response_b=a_response(other, f"{prompt}{other}" + "b" * lengths[1]),
            )
            pairs.append(pair)
            labels += _labels(pair, choices, prompt, rng)
    return pairs, labels


def _labels(
    pair: Pair, choices: Sequence[str], prompt: int, rng: np.random.Generator
) -> list[Label]:
    weights = np.arange(len(choices), 0, -1.0)
    said = [str(one) for one in rng.choice(choices, 7, p=weights / weights.sum())]
    people = [
        a_label(pair_id=pair.id, annotator=f"ann{who}", choice=said[who])
        for who in range(3)
        if prompt and rng.random() < 0.9  # nobody labelled the first prompt
    ]
    judge = [
        a_label(pair_id=pair.id, annotator="j", kind="judge", choice=said[3 + order + 2 * run],
                swapped=bool(order), repeat=run)
        for run in range(2)
        for order in range(2)
    ]  # fmt: skip
    judge[0] = judge[0].model_copy(
        update={"choice": "invalid" if rng.random() < 0.1 else judge[0].choice}
    )
    return people + judge


def with_sides_exchanged(study: Study, kind: str) -> Study:
    pairs, labels = study
    scale, turned = Scale(kind=kind), {}
    for pair in pairs:
        turned[pair.id] = a_pair(
            prompt=pair.prompt, response_a=pair.response_b, response_b=pair.response_a
        )
    mirrored = [
        one.model_copy(
            update={
                "pair_id": turned[one.pair_id].id,
                "choice": scale.unblind(one.choice, True),
                "swapped": None if one.swapped is None else not one.swapped,
            }
        )
        for one in labels
    ]
    return list(turned.values()), mirrored


def with_other_names(study: Study, _kind: str) -> Study:
    pairs, labels = study
    names = {"ann0": "zoe", "ann1": "ann2", "ann2": "ann0"}
    return pairs, [
        one.model_copy(update={"annotator": names.get(one.annotator, one.annotator)})
        for one in labels
    ]


def with_everything_twice(study: Study, _kind: str) -> Study:
    pairs, labels = study
    copies = {
        pair.id: a_pair(
            prompt=a_prompt(f"{pair.prompt.text} again", category=pair.prompt.category),
            response_a=pair.response_a,
            response_b=pair.response_b,
        )
        for pair in pairs
    }
    again = [one.model_copy(update={"pair_id": copies[one.pair_id].id}) for one in labels]
    return [*pairs, *copies.values()], [*labels, *again]


def numbers(study: Study, kind: str) -> dict[tuple[str, str, str], Estimate]:
    report = report_of(*study, a_criterion(scale=kind))
    return {
        (row.statistic, canonical(row.subject), canonical(row.slice)): row
        for row in report.estimates
        if row.statistic in FAMILY
    }


KINDS = ("preference3", "preference3-bad", "preference5")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", [with_sides_exchanged, with_other_names])
def test_sides_and_names_change_neither_values_nor_intervals(
    kind: str, change: Callable[[Study, str], Study]
) -> None:
    study = a_study(kind)
    before, after = numbers(study, kind), numbers(change(study, kind), kind)
    assert {key[0] for key in before} == FAMILY
    assert before.keys() == after.keys()
    for key, row in before.items():
        other = after[key]
        for name in ("value", "low", "high", "low_leave_one_out", "high_leave_one_out"):
            assert getattr(other, name) == pytest.approx(getattr(row, name), abs=1e-7), key
        assert (other.n, other.reason, other.status) == (row.n, row.reason, row.status)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_twice_changes_no_value_but_what_a_test_or_a_sample_size_decides(
    kind: str,
) -> None:
    study = a_study(kind)
    before, after = numbers(study, kind), numbers(with_everything_twice(study, kind), kind)
    compared = 0
    for key, row in before.items():
        if key[0] in TESTS or row.value is None or row.status:
            continue
        # The weight of the judge in ppi_win_rate has a correction for small samples.
        tolerance = 0.01 if key[0] == "ppi_win_rate" else 1e-9
        if key[0] == "alt_test_rho" and after[key].n != row.n:
            continue  # annotators may reach thirty labels
        assert after[key].value == pytest.approx(row.value, abs=tolerance), key
        compared += 1
    assert compared > 100


@pytest.mark.parametrize("kind", KINDS)
def test_no_share_leaves_its_bounds_and_every_interval_holds_its_value(kind: str) -> None:
    for key, row in numbers(a_study(kind), kind).items():
        if row.value is None:
            assert row.reason
            continue
        least = -1 if key[0] in {"judge_minus_human", "kendall_tau", "spearman_rho"} else 0
        ends = (row.low, row.high)
        assert least <= row.value <= 1, key
        if ends[0] is not None and ends[1] is not None:
            assert least <= ends[0] <= ends[1] <= 1, key
            # A percentile interval of few prompts may miss the value of an extreme statistic.
            if key[0] not in {"kendall_tau", "spearman_rho"}:
                assert ends[0] - 0.05 <= row.value <= ends[1] + 0.05, key
