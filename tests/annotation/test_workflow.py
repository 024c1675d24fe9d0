"""The app without a screen, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from pydantic import ValidationError

from annotation.assignment import Answer
from annotation.blind import Draft, Finished, Submission, Task
from annotation.schema import Pair, Target, UnknownChoice
from annotation.served import load_served
from annotation.store import AssignmentClosed, PseudonymTaken, Store, UnknownAssignment
from annotation.study import StudyError
from annotation.view import BadAnswers
from annotation.workflow import BadPseudonym, UnknownReturnKey, Workflow
from tests.builders import (
    YES_NO,
    a_criterion,
    a_pair,
    a_plan,
    a_prompt,
    a_response,
    a_study_folder,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CRITERIA = (
    a_criterion("clarity", applies_to=("writing",)),
    a_criterion("honest", applies_to=("honest",)),
    a_criterion("acceptability", YES_NO),
    a_criterion("overall", "preference5"),
)


@pytest.fixture
def served(store: Store, tmp_path: Path) -> Callable[..., Workflow]:
    """A workflow over a small study, with a clock that stands still and a seeded coin."""

    def make(pairs: list[Pair] | int = 3, seed: int = 0, wanted: int = 3) -> Workflow:
        plan = a_plan(*CRITERIA, labels_per_pair=wanted)
        folder = a_study_folder(tmp_path / "study", plan, pairs)
        return Workflow(load_served(folder), store, now=lambda: NOON, coin=Random(seed))

    return make


def first_task(workflow: Workflow, name: str = "ann") -> Task:
    task = workflow.next_task(workflow.join(name).annotator)
    assert isinstance(task, Task)
    return task


def answered(task: Task, **fields: object) -> Submission:
    """The left response wins everywhere, and is the only acceptable one."""
    choices = {"clarity": "a", "honest": "a", "overall": "a_clearly"}
    answers = []
    for criterion in task.criteria:
        for target in criterion.targets:
            choice = choices.get(criterion.key) or ("yes" if target == "a" else "no")
            answers.append(Answer(criterion=criterion.key, target=target, choice=choice))
    made = {"submission_id": "submission-1", "token": task.token, "answers": tuple(answers)}
    return Submission.model_validate({**made, **fields})


@pytest.mark.parametrize("seed", range(4))
def test_labels_are_stored_in_pair_order_whatever_the_screen_showed(
    served: Callable[..., Workflow], store: Store, seed: int
) -> None:
    workflow = served(seed=seed)
    joined = workflow.join("ann")
    task = workflow.next_task(joined.annotator)
    assert isinstance(task, Task)
    workflow.submit(joined.annotator, answered(task))
    labels = {(label.criterion, label.target): label for label in store.labels("trial")}
    swapped = labels["clarity", "pair"].swapped
    winner: Target = "b" if swapped else "a"
    assert task.left.text.startswith("Second" if swapped else "First")
    assert labels["clarity", "pair"].choice == winner
    assert labels["overall", "pair"].choice == f"{winner}_clearly"
    assert labels["acceptability", winner].choice == "yes"


def test_a_task_shows_texts_and_no_names(served: Callable[..., Workflow]) -> None:
    pair = a_pair(
        prompt=a_prompt("Ask", id="MARKER-prompt", meta={"x": "MARKER-meta"}),
        response_a=a_response("MARKER-x", "One", meta={"model": "MARKER-x"}),
        response_b=a_response("MARKER-y", "Two"),
        meta={"source_id": "MARKER-source"},
    )
    shown = first_task(served([pair])).model_dump_json()
    assert "MARKER" not in shown
    assert pair.id not in shown


def test_a_pair_is_asked_only_its_criteria(served: Callable[..., Workflow]) -> None:
    task = first_task(served())
    keys = [criterion.key for criterion in task.criteria]
    assert sorted(keys) == ["acceptability", "clarity", "overall"]


def test_a_draft_comes_back_as_it_stood_on_the_screen(served: Callable[..., Workflow]) -> None:
    workflow = served()
    ann = workflow.join("ann").annotator
    task = workflow.next_task(ann)
    assert isinstance(task, Task)
    answers = (
        Answer(criterion="clarity", target="pair", choice="b"),
        Answer(criterion="acceptability", target="a", choice="no"),
    )
    draft = Draft(
        token=task.token, answers=answers, comment="half way", flags=("harmful",), sequence=1
    )
    workflow.save_draft(ann, draft)
    again = workflow.next_task(ann)
    assert isinstance(again, Task)
    assert (again.draft, again.draft_comment, again.draft_sequence) == (answers, "half way", 1)
    assert again.draft_flags == ("harmful",)
    assert (again.left, again.right, again.token) == (task.left, task.right, task.token)


def test_a_study_is_done_when_every_pair_is_answered(served: Callable[..., Workflow]) -> None:
    workflow = served(2)
    joined = workflow.join("ann")
    for number in range(2):
        task = workflow.next_task(workflow.annotator_of(joined.return_key))
        assert isinstance(task, Task)
        assert (task.done, task.remaining) == (number, 2 - number)
        done = workflow.submit(
            joined.annotator, answered(task, submission_id=f"submission-{number}")
        )
        assert done.done == number + 1
    ann = workflow.annotator_of(joined.return_key)
    assert workflow.next_task(ann) == Finished(done=2, waiting=False)


def test_who_finds_all_pairs_in_other_hands_is_told_to_come_back(
    served: Callable[..., Workflow],
) -> None:
    workflow = served(1, wanted=1)
    first_task(workflow)
    ben = workflow.join("ben").annotator
    assert workflow.next_task(ben) == Finished(done=0, waiting=True)


def test_the_return_link_leads_back_to_the_same_annotator(served: Callable[..., Workflow]) -> None:
    workflow = served()
    joined = workflow.join("ann")
    assert workflow.annotator_of(joined.return_key) == joined.annotator
    assert len(joined.return_key) >= 22  # 128 bits in base 64


@pytest.mark.parametrize("key", ["", "x" * 22, "\ud800", "' OR 1=1"])
def test_another_return_link_leads_nowhere(served: Callable[..., Workflow], key: str) -> None:
    workflow = served()
    workflow.join("ann")
    with pytest.raises(UnknownReturnKey):
        workflow.annotator_of(key)


@pytest.mark.parametrize("name", ["Ann", "  ann ", "ＡＮＮ"])
def test_a_pseudonym_in_use_is_refused_however_it_is_spelled(
    served: Callable[..., Workflow], name: str
) -> None:
    workflow = served()
    workflow.join("ann")
    with pytest.raises(PseudonymTaken):
        workflow.join(name)


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\u202eb", "\x07", "\0", "\ufdfa" * 40])
def test_a_pseudonym_that_cannot_be_read_is_refused(
    served: Callable[..., Workflow], name: str
) -> None:
    with pytest.raises(BadPseudonym):
        served().join(name)


def test_another_annotators_task_is_refused(served: Callable[..., Workflow]) -> None:
    workflow = served()
    task = first_task(workflow, "ann")
    with pytest.raises(UnknownAssignment):
        workflow.submit(workflow.join("ben").annotator, answered(task))


def submit_instead(workflow: Workflow, *answers: Answer, **fields: object) -> None:
    ann = workflow.join("ann").annotator
    task = workflow.next_task(ann)
    assert isinstance(task, Task)
    given = answered(task, **fields)
    changed = {(a.criterion, a.target): a for a in (*given.answers, *answers)}
    workflow.submit(ann, given.model_copy(update={"answers": tuple(changed.values())}))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(criterion="overall", target="pair", choice="a"), UnknownChoice),
        (Answer(criterion="honest", target="pair", choice="a"), BadAnswers),
        (Answer(criterion="nothing", target="pair", choice="a"), BadAnswers),
        (Answer(criterion="overall", target="a", choice="tie"), BadAnswers),
        (Answer(criterion="acceptability", target="a", choice="maybe"), UnknownChoice),
    ],
)
def test_an_answer_that_was_not_asked_for_saves_nothing(
    served: Callable[..., Workflow], store: Store, answer: Answer, error: type[Exception]
) -> None:
    with pytest.raises(error):
        submit_instead(served(), answer)
    assert list(store.labels("trial")) == []


def test_a_missing_answer_is_named_and_nothing_is_saved(
    served: Callable[..., Workflow], store: Store
) -> None:
    workflow = served()
    ann = workflow.join("ann").annotator
    task = workflow.next_task(ann)
    assert isinstance(task, Task)
    given = answered(task)
    with pytest.raises(BadAnswers, match="no answer yet for overall"):
        workflow.submit(ann, given.model_copy(update={"answers": given.answers[:-1]}))
    assert list(store.labels("trial")) == []


def test_a_criterion_answered_twice_is_refused(served: Callable[..., Workflow]) -> None:
    workflow = served()
    ann = workflow.join("ann").annotator
    task = workflow.next_task(ann)
    assert isinstance(task, Task)
    given = answered(task)
    with pytest.raises(BadAnswers, match="answered twice"):
        workflow.submit(ann, given.model_copy(update={"answers": given.answers * 2}))


def test_a_second_submission_of_a_task_is_refused(served: Callable[..., Workflow]) -> None:
    workflow = served()
    ann = workflow.join("ann").annotator
    task = workflow.next_task(ann)
    assert isinstance(task, Task)
    workflow.submit(ann, answered(task))
    with pytest.raises(AssignmentClosed):
        workflow.submit(ann, answered(task, submission_id="submission-2"))


@pytest.mark.parametrize(
    "fields",
    [
        {"submission_id": "short"},
        {"submission_id": "x" * 65},
        {"submission_id": "with space in it"},
        {"seconds": -1},
        {"seconds": float("nan")},
        {"comment": "x" * 10_001},
        {"flags": ["x"] * 11},
    ],
)
def test_a_submission_out_of_bounds_is_refused(
    served: Callable[..., Workflow], fields: dict[str, object]
) -> None:
    task = first_task(served())
    with pytest.raises(ValidationError):
        answered(task, **fields)


def test_a_comment_is_kept_without_what_a_database_refuses(
    served: Callable[..., Workflow], store: Store
) -> None:
    workflow = served()
    ann = workflow.join("ann").annotator
    task = workflow.next_task(ann)
    assert isinstance(task, Task)
    workflow.submit(ann, answered(task, comment="so\0 \ud83d so 😀"))
    assert {label.comment for label in store.labels("trial")} == {"so ? so 😀"}


def test_a_study_without_pairs_is_not_served(served: Callable[..., Workflow]) -> None:
    with pytest.raises(StudyError, match="there are no pairs"):
        served([])


def test_pairs_that_were_labelled_and_are_gone_are_named(
    served: Callable[..., Workflow],
) -> None:
    served([a_pair(0), a_pair(1)])
    assert served([a_pair(1)]).lost_pairs == [a_pair(0).id]
