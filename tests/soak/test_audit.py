"""The soak's audit names every kind of fault that is planted in a database it would pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.soak.audit import violations
from benchmarks.soak.found import (
    Found,
    FoundAnnotator,
    FoundAssignment,
    FoundLabel,
    FoundPair,
    FoundSubmission,
)
from benchmarks.soak.ledger import Acknowledged, Ledger


def sound() -> tuple[Found, Ledger]:
    """One pair with its two labels, from ann in the pair's order and from ben swapped."""
    pair = FoundPair("p", 2, counted_plain=1, counted_swapped=1, leased_plain=0, leased_swapped=0)
    names = ("ann", "ben")
    found = Found(
        pairs=[pair],
        annotators=[FoundAnnotator(n, names[n], 1, 1 - n, n) for n in (0, 1)],
        assignments=[
            FoundAssignment(n, n, "p", 0, "study", bool(n), f"t{n}", "submitted") for n in (0, 1)
        ],
        submissions=[FoundSubmission(f"s{n}", n, 0) for n in (0, 1)],
        labels=[FoundLabel(n, n, "p", "overall", "pair", "a", bool(n), 0, "study") for n in (0, 1)],
    )
    ledger = Ledger()
    for number, on_screen in enumerate("ab"):
        answers = frozenset({("overall", "pair", on_screen)})
        told = Acknowledged(f"s{number}", names[number], f"t{number}", answers)
        ledger.acknowledged.append(told)
    return found, ledger


def test_a_sound_database_passes() -> None:
    assert violations(*sound()) == []


def lost_submission(found: Found, ledger: Ledger) -> None:
    found.submissions.pop()


def lost_label(found: Found, ledger: Ledger) -> None:
    found.labels.pop()


def changed_label(found: Found, ledger: Ledger) -> None:
    found.labels[0] = found.labels[0]._replace(choice="tie")


def label_on_the_wrong_side(found: Found, ledger: Ledger) -> None:
    found.labels[1] = found.labels[1]._replace(choice="b")


def doubled_label(found: Found, ledger: Ledger) -> None:
    found.labels.append(found.labels[0])


def submission_of_nobody(found: Found, ledger: Ledger) -> None:
    ledger.acknowledged.pop()


def second_first_submission(found: Found, ledger: Ledger) -> None:
    found.submissions.append(FoundSubmission("s2", 0, 0))
    ledger.acknowledged.append(ledger.acknowledged[0]._replace(submission_id="s2"))


def too_many_labels(found: Found, ledger: Ledger) -> None:
    found.pairs[0] = found.pairs[0]._replace(wanted=1)


def too_few_labels(found: Found, ledger: Ledger) -> None:
    found.pairs[0] = found.pairs[0]._replace(wanted=3)


def wrong_count(found: Found, ledger: Ledger) -> None:
    found.pairs[0] = found.pairs[0]._replace(counted_plain=2, counted_swapped=0)


def forgotten_lease(found: Found, ledger: Ledger) -> None:
    found.pairs[0] = found.pairs[0]._replace(leased_plain=1)


def lopsided(found: Found, ledger: Ledger) -> None:
    found.assignments[1] = found.assignments[1]._replace(swapped=False)


def seen_twice(found: Found, ledger: Ledger) -> None:
    ledger.seen_again.append(("ann", "t0"))


def two_assignments_of_one_pair(found: Found, ledger: Ledger) -> None:
    found.assignments.append(FoundAssignment(2, 0, "p", 1, "study", True, "t2", "expired"))


def repeat_on_the_same_side(found: Found, ledger: Ledger) -> None:
    found.assignments.append(FoundAssignment(2, 0, "p", 1, "repeat", False, "t2", "expired"))


def uncredited(found: Found, ledger: Ledger) -> None:
    found.annotators[0] = found.annotators[0]._replace(submitted=0)


def withdrawn_and_there(found: Found, ledger: Ledger) -> None:
    ledger.withdrawn.append("ann")


def told_by_an_annotator(found: Found, ledger: Ledger) -> None:
    ledger.problems.append("ann: a reload lost the draft")


@pytest.mark.parametrize(
    "plant",
    [
        lost_submission,
        lost_label,
        changed_label,
        label_on_the_wrong_side,
        doubled_label,
        submission_of_nobody,
        second_first_submission,
        too_many_labels,
        too_few_labels,
        wrong_count,
        forgotten_lease,
        lopsided,
        seen_twice,
        two_assignments_of_one_pair,
        repeat_on_the_same_side,
        uncredited,
        withdrawn_and_there,
        told_by_an_annotator,
    ],
)
def test_a_fault_is_named(plant: Callable[[Found, Ledger], None]) -> None:
    found, ledger = sound()
    plant(found, ledger)
    assert violations(found, ledger) != []
