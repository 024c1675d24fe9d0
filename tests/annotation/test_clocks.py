"""A clock that is moved back breaks no lease, no undo and no time, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from annotation.assignment import Answer
from annotation.blind import Finished, Submission, Task
from annotation.served import load_served
from annotation.store import AnnotatorRecord, Store
from annotation.workflow import LEASE, Workflow
from tests.builders import a_plan, a_study_folder

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workflow(store: Store, clock: Clock, tmp_path: Path) -> Workflow:
    folder = a_study_folder(tmp_path / "study", a_plan(labels_per_pair=1), 3)
    return Workflow(load_served(folder), store, now=clock, coin=Random(0))


def shown(workflow: Workflow, who: AnnotatorRecord) -> Task:
    screen = workflow.next_task(workflow._store.annotator_again(who.id))
    assert isinstance(screen, Task)
    return screen


def answered(workflow: Workflow, who: AnnotatorRecord, token: str = "") -> str:
    """The token of the pair that was answered."""
    token = token or shown(workflow, who).token
    answers = (Answer(criterion="overall", target="pair", choice="a"),)
    submission = Submission(submission_id=f"of-{token}", token=token, answers=answers, seconds=5)
    workflow.submit(who, submission)
    return token


def test_a_pair_does_not_wait_for_the_day_that_comes_again(
    workflow: Workflow, clock: Clock
) -> None:
    vanished, ben = workflow.join("ann").annotator, workflow.join("ben").annotator
    held = shown(workflow, vanished).prompt.text
    clock.now -= DAY
    for _ in range(2):
        answered(workflow, ben)
    assert workflow.next_task(ben) == Finished(done=0, waiting=True), "the lease holds"
    clock.now += LEASE + MINUTE
    assert shown(workflow, ben).prompt.text == held


def test_who_holds_a_pair_keeps_it_when_the_clock_is_moved_back(
    workflow: Workflow, clock: Clock
) -> None:
    ann = workflow.join("ann").annotator
    before = shown(workflow, ann)
    clock.now -= DAY
    assert shown(workflow, ann) == before
    workflow.touch(ann, before.token)
    answered(workflow, ann, before.token)


def test_undo_opens_the_pair_answered_last_though_the_clock_was_moved_back(
    workflow: Workflow, clock: Clock
) -> None:
    ann = workflow.join("ann").annotator
    answered(workflow, ann)
    clock.now -= DAY
    last = answered(workflow, ann)
    assert workflow.recent(ann)[0].token == last


def test_a_changed_answer_is_not_older_than_what_it_replaces(
    workflow: Workflow, clock: Clock, store: Store
) -> None:
    ann = workflow.join("ann").annotator
    token = answered(workflow, ann)
    clock.now -= DAY
    answers = (Answer(criterion="overall", target="pair", choice="tie"),)
    workflow.revise(ann, Submission(submission_id="an-edit-of-it", token=token, answers=answers))
    [label] = store.labels("trial")
    assert (label.choice, label.created_at) == ("tie", NOON)
