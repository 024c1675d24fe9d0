"""Dawid and Skene's model against the definition, planted annotators and crowd-kit's numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.annotators.dawid_skene import DawidSkene, dawid_skene
from analysis.arrays import Ints
from analysis.estimates import TooFewLabels
from tests.analysis.small_studies import people, report_of, row_of, some_pairs


def fitted(labels: Ints, converged: float = 1e-7, accelerated: bool = True) -> DawidSkene:
    """The model of labels of shape (units, annotators); -1 is no label."""
    unit, annotator = np.nonzero(labels >= 0)
    choice = labels[unit, annotator]
    choices = int(labels.max()) + 1
    return dawid_skene(
        unit, annotator, choice, choices, converged=converged, accelerated=accelerated
    )


def planted(units: int, accuracies: tuple[float, ...], seed: int) -> tuple[Ints, Ints]:
    """The truth, and labels that are it so often and any choice otherwise."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, units, p=(0.4, 0.2, 0.4))
    right = rng.random((units, len(accuracies))) < (np.array(accuracies) - 1 / 3) * 3 / 2
    return truth, np.where(right, truth[:, None], rng.integers(0, 3, right.shape))


def test_the_accuracies_of_planted_annotators_are_recovered() -> None:
    accuracies = (0.95, 0.85, 0.75, 0.6)
    truth, labels = planted(6000, accuracies, 1)
    found = fitted(labels)
    assert found.accuracy == pytest.approx(accuracies, abs=0.03)
    assert found.prior == pytest.approx((0.4, 0.2, 0.4), abs=0.03)
    assert (found.truth == truth).mean() > 0.95


def test_a_good_annotator_outweighs_two_who_guess() -> None:
    _, labels = planted(3000, (0.97, 0.8, 0.8, 0.35, 0.35), 2)
    found = fitted(labels)
    guessed = (labels[:, 3] == labels[:, 4]) & (labels[:, 0] != labels[:, 3])
    guessed &= (labels[:, 1] != labels[:, 3]) & (labels[:, 2] != labels[:, 3])
    guessed &= (labels[:, 1] == labels[:, 0]) ^ (labels[:, 2] == labels[:, 0])
    assert guessed.sum() > 50
    assert (found.truth == labels[:, 0])[guessed].mean() > 0.95


def test_the_fit_is_a_fixed_point_of_the_models_equations() -> None:
    _, labels = planted(300, (0.9, 0.8, 0.7), 3)
    found = fitted(labels, converged=1e-10)
    likely = np.repeat(found.prior[None], len(labels), axis=0)
    for who in range(3):
        likely *= found.confusion[who][labels[:, who]]
    posterior = likely / likely.sum(axis=1, keepdims=True)
    assert posterior.mean(axis=0) == pytest.approx(found.prior, abs=1e-8)
    for who in range(3):
        said = np.eye(3)[labels[:, who]]
        counts = said.T @ posterior
        assert counts / counts.sum(axis=0) == pytest.approx(found.confusion[who], abs=1e-7)


def test_extrapolated_steps_end_at_the_same_model_and_sooner() -> None:
    _, labels = planted(2000, (0.75, 0.65, 0.6), 7)
    plain, fast = (fitted(labels, 1e-9, accelerated) for accelerated in (False, True))
    assert fast.prior == pytest.approx(plain.prior, abs=1e-5)
    assert fast.accuracy == pytest.approx(plain.accuracy, abs=1e-5)
    assert fast.steps < plain.steps / 2


def test_labels_that_are_missing_are_left_out() -> None:
    _, labels = planted(6000, (0.95, 0.85, 0.75, 0.65), 4)
    labels[np.random.default_rng(5).random(labels.shape) < 0.3] = -1
    labels = labels[(labels >= 0).any(axis=1)]
    assert fitted(labels).accuracy == pytest.approx((0.95, 0.85, 0.75, 0.65), abs=0.04)


def test_a_model_that_does_not_settle_is_undefined() -> None:
    _, labels = planted(100, (0.9, 0.7, 0.5), 6)
    unit, annotator = np.nonzero(labels >= 0)
    with pytest.raises(TooFewLabels, match="not converged in 2 steps"):
        dawid_skene(unit, annotator, labels[unit, annotator], 3, most_steps=2)


def test_two_annotators_who_differ_everywhere_leave_no_likeliest_choice() -> None:
    pairs = some_pairs(4)
    report = report_of(pairs, people(("AB", "BA", "AB", "BA"), pairs))
    counts = [
        row_of(report, "dawid_skene_count", {"choice": one}).value for one in ("a", "b", "none")
    ]
    assert counts == [0, 0, 4]


def test_without_a_unit_that_two_labelled_the_model_is_undefined() -> None:
    pairs = some_pairs(2)
    report = report_of(pairs, people(("A", ".B"), pairs))
    row = row_of(report, "dawid_skene_accuracy", {"annotator": "ann1"})
    assert row.reason == "nothing has two labels"


def test_all_labels_equal_make_everybody_right() -> None:
    pairs = some_pairs(3)
    report = report_of(pairs, people(("AAA", "AAA", "AA."), pairs))
    assert row_of(report, "dawid_skene_accuracy", {"annotator": "ann3"}).value == pytest.approx(1)
    assert row_of(report, "dawid_skene_count", {"choice": "a"}).value == 3


def test_stopped_as_early_as_crowd_kit_the_numbers_are_its(shared_data: Path) -> None:
    key = "pandalm.crowdkit.dawid_skene.annotator_accuracy_model"
    theirs = json.loads((shared_data / "oracles.json").read_text(encoding="utf-8"))[key]["value"]
    source = shared_data / "pandalm" / "testset-v1.json"
    rows = json.loads(source.read_text(encoding="utf-8"))
    labels = np.array([[int(row[f"annotator{who}"]) for who in (1, 2, 3)] for row in rows])
    found = fitted(labels, converged=1e-4, accelerated=False)
    assert found.steps == 5
    assert found.accuracy == pytest.approx(list(theirs.values()), abs=1e-8)


def test_who_shares_nothing_with_the_others_has_no_accuracy_and_they_keep_theirs() -> None:
    """One label a unit says of an annotator what a fit of any other accuracy says as well."""
    _, labels = planted(1200, (0.9, 0.8, 0.85, 0.75), 9)
    labels[:800, 3] = -1
    labels[800:, :3] = -1
    found = fitted(labels)
    assert found.rival is not None
    assert found.determined.tolist() == [True, True, True, False]


def test_planted_annotators_have_no_rival_of_other_accuracies() -> None:
    _, labels = planted(1500, (0.95, 0.85, 0.75, 0.7), 10)
    found = fitted(labels)
    assert found.determined.all()
    assert found.doubtful < 0.02


def test_what_is_not_determined_is_undefined_in_a_report_with_its_reason() -> None:
    pairs = some_pairs(60)
    rng = np.random.default_rng(2)
    said = ["".join("AB"[one] for one in rng.integers(0, 2, 3)) + "." for _ in range(30)]
    said += ["..." + "ABAB"[number % 4] for number in range(30)]
    report = report_of(pairs, people(said, pairs))
    row = row_of(report, "dawid_skene_accuracy", {"annotator": "ann4"})
    assert row.value is None
    assert "others labelled 0 of these 30" in str(row.reason)
    assert "a model that is about as likely gives" in str(row.reason)


def test_probabilities_that_an_extrapolation_takes_below_zero_do_not_stay_there() -> None:
    """Sparse labels on five choices: from the edge, steps would come back only by the thousand."""
    rng = np.random.default_rng(11)
    truth = rng.integers(0, 5, 600)
    labels = np.full((600, 12), -1)
    for unit, right in enumerate(truth):
        for who in rng.choice(12, rng.choice((1, 2, 3), p=(0.7, 0.2, 0.1)), replace=False):
            labels[unit, who] = right if rng.random() < 0.7 else rng.integers(0, 5)
    assert fitted(labels).steps < 1000
