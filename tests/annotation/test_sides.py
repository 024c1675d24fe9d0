"""The balance of sides that `check` prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.__main__ import main
from annotation.assignment import Answer
from annotation.blind import Submission, Task
from annotation.served import load_served
from annotation.sides import Balance, Difference, balance, in_words
from annotation.store import Store
from annotation.workflow import Workflow
from tests.builders import a_label, a_plan, a_study_folder


def test_the_largest_differences_are_found() -> None:
    shown = [("p0", "ann", False), ("p0", "ben", False), ("p1", "ann", False), ("p1", "ben", True)]
    labels = [a_label(pair_id=p, annotator=a, swapped=s) for p, a, s in shown]
    assert balance(labels) == Balance(Difference(2, "p0"), Difference(2, "ann"))


@given(st.integers(1, 5))
def test_a_pair_stood_there_once_however_many_criteria_are_asked(criteria: int) -> None:
    labels = [a_label(criterion=f"c{n}", swapped=True) for n in range(criteria)]
    assert balance(labels) == Balance(Difference(1, "p0"), Difference(1, "ann"))


def test_what_does_not_count_has_no_side() -> None:
    left_out = [
        a_label(kind="judge", swapped=True),
        a_label(purpose="surplus", swapped=True),
        a_label(purpose="repeat", repeat=1, swapped=True),
        a_label(annotator="gone", swapped=True),
        a_label(swapped=None),
    ]
    assert balance(left_out, excluded={"gone"}) == Balance(None, None)
    assert in_words(Balance(None, None)) == ""


def test_check_prints_the_balance_of_what_was_labelled_in_the_app(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_study_folder(tmp_path / "study", a_plan(labels_per_pair=2), 4)
    store = Store.open(f"sqlite:///{folder / 'annotations.db'}")
    workflow = Workflow(load_served(folder), store)
    for name in ("ann", "ben"):
        who = workflow.join(name).annotator
        while isinstance(task := workflow.next_task(store.annotator_again(who.id)), Task):
            answers = (Answer(criterion="overall", target="pair", choice="a"),)
            workflow.submit(
                who, Submission(submission_id=f"of-{task.token}", token=task.token, answers=answers)
            )
    store.close()
    assert main(["check", str(folder)]) == 0
    [line] = [each for each in capsys.readouterr().out.splitlines() if "sides" in each]
    assert line.startswith("sides in the database: ")
    assert "differ by at most 0 for a pair" in line
    assert "and 0 for an annotator" in line
