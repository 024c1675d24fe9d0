"""What must not matter to numbers on people and systems: sides, names, the order of lines."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from analysis.labels import from_records
from analysis.report.compose import Report, analyse
from analysis.resampling.resample import Bootstrap
from annotation.schema import Label, Pair
from tests.analysis.small_studies import row_of
from tests.builders import a_criterion, a_label, a_pair, a_plan, a_prompt, a_response

PLAN = a_plan(a_criterion(scale="preference5"), a_criterion("clarity"))
SCALES = {one.key: one.scale for one in PLAN.criteria}
SYSTEMS = ("x", "y", "z")
NAMES = {"x": "a first", "y": "q", "z": "rest"}
"""Other names in the same order of the alphabet, by which couples are named."""


def study(seed: int) -> tuple[list[Pair], list[Label]]:
    """Three systems on twelve prompts, three annotators, two criteria."""
    rng = np.random.default_rng(seed)
    pairs: list[Pair] = []
    labels: list[Label] = []
    for prompt in range(12):
        for one, other in combinations(SYSTEMS, 2):
            texts = [("- p\n- q\n" * int(rng.integers(2))) + "w" * int(rng.integers(1, 300))]
            texts.append("w" * int(rng.integers(1, 300)))
            pairs.append(
                a_pair(
                    len(pairs),
                    prompt=a_prompt(f"Prompt {prompt}"),
                    response_a=a_response(one, f"{texts[0]} {len(pairs)}"),
                    response_b=a_response(other, f"{texts[1]} {len(pairs)}"),
                )
            )
            for who in range(3):
                for key, scale in SCALES.items():
                    labels.append(
                        a_label(
                            pair_id=pairs[-1].id,
                            annotator=f"ann{who}",
                            criterion=key,
                            choice=str(rng.choice(scale.choices)),
                            swapped=bool(rng.integers(2)),
                        )
                    )
    return pairs, labels


def turned(pairs: list[Pair], labels: list[Label], rng: Any) -> tuple[list[Pair], list[Label]]:
    """Half the pairs with a and b exchanged, and their labels with them."""
    made, ids, flips = [], {}, {}
    for pair in pairs:
        flip = bool(rng.integers(2))
        first, second = pair.response_a, pair.response_b
        fields = {"response_a": second, "response_b": first} if flip else {}
        made.append(Pair(**{**dict(pair), **fields, "id": ""}))
        ids[pair.id], flips[pair.id] = made[-1].id, flip
    moved = [
        one.model_copy(
            update={
                "pair_id": ids[one.pair_id],
                "choice": SCALES[one.criterion].unblind(one.choice, flips[one.pair_id]),
                "swapped": bool(one.swapped) != flips[one.pair_id],
            }
        )
        for one in labels
    ]
    return made, moved


def renamed(pairs: list[Pair], labels: list[Label]) -> tuple[list[Pair], list[Label]]:
    """Other names of the systems."""
    made, ids = [], {}
    for pair in pairs:
        sides = {
            name: side.model_copy(update={"system": NAMES[side.system]})
            for name, side in (("response_a", pair.response_a), ("response_b", pair.response_b))
        }
        made.append(Pair(**{**dict(pair), **sides, "id": ""}))
        ids[pair.id] = made[-1].id
    return made, [one.model_copy(update={"pair_id": ids[one.pair_id]}) for one in labels]


def report(pairs: list[Pair], labels: list[Label]) -> Report:
    return analyse(from_records(PLAN, pairs, labels), Bootstrap(20))


DRAWN = {"best_probability", "rank", "orientation_range", "majority_count", "dawid_skene_count"}
"""Drawn at random by name, or named by a and b."""

BY_SIDE = {"krippendorff_alpha_nominal", "krippendorff_alpha_ordinal"}
BY_SIDE |= {"krippendorff_alpha_interval", "fleiss_kappa", "gwet_ac1", "gwet_ac2_linear"}
BY_SIDE |= {"gwet_ac2_quadratic", "cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic"}
BY_SIDE |= {"mean_cohen_kappa", "dawid_skene_accuracy", "straight_lining"}
"""Chance agreement depends on how often a and b are chosen, which the order of pairs decides; so
does what Dawid and Skene's model takes for an annotator's habit, and straight-lining has no times
here and follows the lines."""


def compared(one: Report, other: Report, names: dict[str, str] | None = None) -> int:
    """How many numbers both have, all of them equal."""
    names = names or {}
    found = 0
    for row in one.estimates:
        if row.value is None or row.statistic in DRAWN or (not names and row.statistic in BY_SIDE):
            continue
        subject, part = (
            {
                key: tuple(sorted(names.get(each, each) for each in value))
                if isinstance(value, tuple)
                else names.get(str(value), value)
                for key, value in where.items()
            }
            for where in (row.subject, row.slice)
        )
        match = [
            each
            for each in other.estimates
            if (each.statistic, each.criterion, each.subject, each.slice)
            == (row.statistic, row.criterion, subject, part)
        ]
        assert len(match) == 1, row
        assert match[0].value == pytest.approx(row.value, abs=1e-6), row
        for end in ("p", "p_adjusted", "low_leave_one_out", "high_leave_one_out"):
            assert getattr(match[0], end) == pytest.approx(getattr(row, end), abs=1e-6), row
        found += 1
    return found


def test_which_response_is_a_changes_no_number_on_people_and_systems() -> None:
    pairs, labels = study(1)
    other = turned(pairs, labels, np.random.default_rng(2))
    assert compared(report(pairs, labels), report(*other)) > 150


def test_the_systems_names_change_nothing() -> None:
    pairs, labels = study(3)
    assert compared(report(pairs, labels), report(*renamed(pairs, labels)), NAMES) > 150


def test_the_order_of_the_lines_changes_nothing() -> None:
    pairs, labels = study(4)
    rng = np.random.default_rng(5)
    mixed = [labels[at] for at in rng.permutation(len(labels))]
    one, other = report(pairs, labels), report(pairs, mixed)
    for name, subject in (
        ("krippendorff_alpha_ordinal", {}),
        ("davidson_nu", {}),
        ("bradley_terry", {"system": "x"}),
        ("loo_agreement", {"annotator": "ann1"}),
        ("dawid_skene_accuracy", {"annotator": "ann1"}),
        ("length_effect", {}),
    ):
        assert row_of(one, name, subject).value == pytest.approx(row_of(other, name, subject).value)
