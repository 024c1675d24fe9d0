"""Labels read from the database: in the order in which they were given, and pair by pair."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from annotation.assignment import Answer
from annotation.blind import Submission, Task
from annotation.schema import Label
from annotation.served import load_served
from annotation.store import Store
from annotation.workflow import Workflow
from tests.builders import a_criterion, a_plan, a_study_folder

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def labelled(folder: Path, store: Store, people: int = 2, pairs: int = 3) -> list[Label]:
    """A study in which each of these people answered every pair."""
    plan = a_plan(a_criterion("overall"), a_criterion("wit"), labels_per_pair=people)
    served = load_served(a_study_folder(folder, plan, pairs))
    workflow = Workflow(served, store, now=lambda: NOON, coin=Random(0))
    for number in range(people):
        annotator = workflow.join(f"person {number}").annotator
        while isinstance(task := workflow.next_task(annotator), Task):
            answers = tuple(
                Answer(criterion=one.key, target="pair", choice="a") for one in task.criteria
            )
            submission = f"submission-{task.token}"[:64]
            workflow.submit(
                annotator, Submission(submission_id=submission, token=task.token, answers=answers)
            )
    return list(store.labels(served.study.key))


@pytest.fixture
def labels(store: Store, tmp_path: Path) -> list[Label]:
    return labelled(tmp_path / "study", store)


def test_labels_come_in_the_order_in_which_they_were_given(labels: list[Label]) -> None:
    assert len(labels) == 2 * 3 * 2
    assert [label.annotator for label in labels] == ["person 0"] * 6 + ["person 1"] * 6


def test_labels_come_pair_by_pair_in_the_order_asked_for(store: Store, labels: list[Label]) -> None:
    ids = sorted({label.pair_id for label in labels}, reverse=True)
    found = list(store.labels_of_pairs("trial", [*ids, "unknown"]))
    expected = [(one, [label for label in labels if label.pair_id == one]) for one in ids]
    assert found == [*expected, ("unknown", [])]


def test_many_pairs_are_read_in_several_queries(store: Store, labels: list[Label]) -> None:
    ids = [f"unknown {number}" for number in range(450)]
    found = list(store.labels_of_pairs("trial", [*ids, labels[0].pair_id]))
    assert [pair_id for pair_id, _ in found] == [*ids, labels[0].pair_id]
    assert len(found[-1][1]) == 4


def test_labels_are_counted_by_purpose_and_people_named(store: Store, labels: list[Label]) -> None:
    assert store.label_purposes("trial") == {"study": len(labels)}
    assert store.labelling("trial") == ["person 0", "person 1"]


def test_another_study_has_none_of_them(store: Store, labels: list[Label]) -> None:
    assert list(store.labels("other")) == []
    assert store.label_purposes("other") == {}
    assert store.labelling("other") == []
