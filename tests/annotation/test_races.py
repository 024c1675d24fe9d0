"""What another tab, another person or the end of the process may do between two steps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from annotation.assignment import Answer
from annotation.blind import Screen, Task
from annotation.protocol import Gold, Training
from annotation.served import load_served
from annotation.store import AnnotatorRecord, Given, Store, UnknownAnnotator, Wish, WishOver
from annotation.study import GOLD_FILE, TRAINING_FILE, write_jsonl
from annotation.workflow import Workflow
from tests.builders import a_criterion, a_pair, a_plan, a_study_folder

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = timedelta(minutes=30)
ANSWERS = (Answer(criterion="overall", target="pair", choice="a"),)


def given(token: str) -> Given:
    return Given(submission_id=f"of-{token}", answers=ANSWERS, study_version=1)


def registered(store: Store, wanted: int) -> None:
    store.register("s", 1, {"p": wanted}, {"p": None}, lambda: {"p": 0}, NOON)


def somebody(store: Store, name: str) -> int:
    return store.add_annotator("s", name, name, name, NOON).id


def take(store: Store, annotator: int) -> tuple[str, bool]:
    taken = store.take(annotator, f"token-of-{annotator}", NOON, LEASE, Random(0))
    assert taken is not None
    return taken.token, taken.swapped


def test_an_answer_is_saved_though_a_withdrawal_took_its_counterpart(store: Store) -> None:
    registered(store, wanted=3)
    swapped: dict[int, bool] = {}
    for name in ("ann", "ben"):
        who = somebody(store, name)
        token, swapped[who] = take(store, who)
        store.submit(who, token, given(token), NOON)
    late = somebody(store, "late")
    token, mine = take(store, late)
    store.withdraw(next(who for who, order in swapped.items() if order is not mine))
    assert store.submit(late, token, given(token), NOON).purpose == "surplus"


@pytest.mark.parametrize("whose", ["ann", "ben"])
def test_a_request_that_waited_for_its_turn_shortens_no_lease(store: Store, whose: str) -> None:
    registered(store, wanted=1)
    people = {name: somebody(store, name) for name in ("ann", "ben", "carl")}
    take(store, people["ann"])
    earlier, later = NOON - timedelta(minutes=5), NOON + timedelta(minutes=28)
    store.take(people[whose], "token-of-who-waited", earlier, LEASE, Random(0))
    assert store.take(people["carl"], "token-of-carl", later, LEASE, Random(0)) is None


def test_an_answered_pair_is_not_opened_again_by_an_older_wish(store: Store) -> None:
    registered(store, wanted=1)
    ann = somebody(store, "ann")
    wish = Wish(pair_id="gold", purpose="gold", swapped=False)
    taken = store.take(ann, "token-of-gold", NOON, LEASE, Random(0), wish=wish)
    assert taken is not None
    store.submit(ann, taken.token, given(taken.token), NOON)
    with pytest.raises(WishOver):
        store.take(ann, "token-of-another", NOON, LEASE, Random(0), wish=wish)


@pytest.mark.parametrize(
    "url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
def test_a_label_that_a_withdrawal_makes_surplus_is_taken_from_its_annotator_though_busy(
    store: Store, url: str
) -> None:
    registered(store, wanted=3)
    swapped: dict[int, bool] = {}
    for name in ("ann", "ben", "carl"):
        who = somebody(store, name)
        token, swapped[who] = take(store, who)
        store.submit(who, token, given(token), NOON)
    lone = next(who for who in swapped if list(swapped.values()).count(swapped[who]) == 1)
    busy = max(who for who in swapped if who != lone)  # the latest of the heavier side
    counted = "counted_swapped" if swapped[busy] else "counted_plain"
    engine = create_engine(url)
    with ThreadPoolExecutor(1) as pool, engine.connect() as elsewhere:
        change = text(f"UPDATE annotator SET {counted} = {counted} + 7 WHERE id = {busy}")
        elsewhere.execute(change)
        withdrawing = pool.submit(store.withdraw, lone)
        while not withdrawing.done() and not elsewhere.scalar(text(WAITING)):
            pass
        elsewhere.commit()
        withdrawing.result(timeout=30)
        assert elsewhere.scalar(text(f"SELECT {counted} FROM annotator WHERE id = {busy}")) == 7
    engine.dispose()


WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def test_who_withdrew_is_told_so_whatever_was_on_the_way(store: Store) -> None:
    registered(store, wanted=1)
    ann = somebody(store, "ann")
    token, _ = take(store, ann)
    store.withdraw(ann)
    for late in (
        lambda: store.submit(ann, token, given(token), NOON),
        lambda: store.take(ann, "another-token", NOON, LEASE, Random(0)),
        lambda: store.waiting(ann),
        lambda: store.withdraw(ann),
    ):
        with pytest.raises(UnknownAnnotator):
            late()


KNOWN = a_pair(90, meta={"answers": {"overall": "tie"}, "explanation": "Because."})


def a_workflow(store: Store, folder: Path, **plan: Any) -> Workflow:
    """Four pairs, and one whose answer is known."""
    study = a_study_folder(folder / "study", a_plan(a_criterion("overall"), **plan), 4)
    write_jsonl(study / TRAINING_FILE, [KNOWN])
    write_jsonl(study / GOLD_FILE, [KNOWN])
    return Workflow(load_served(study), store, now=lambda: NOON, coin=Random(0))


def a_task(screen: Screen) -> Task:
    assert isinstance(screen, Task)
    return screen


def died_after_the_training(workflow: Workflow, store: Store) -> AnnotatorRecord:
    """Somebody whose one training pair was saved, and then the process ended."""
    ann = workflow.join("ann").annotator
    task = a_task(workflow.next_task(ann))
    store.submit(ann.id, task.token, given(task.token), NOON)
    return ann


def test_a_passed_round_that_nobody_judged_leads_on(store: Store, tmp_path: Path) -> None:
    workflow = a_workflow(store, tmp_path, training=Training(pass_mark=0.0))
    ann = died_after_the_training(workflow, store)
    assert a_task(workflow.next_task(ann)).training is None
    assert store.annotator_again(ann.id).training_passed


def test_a_failed_round_that_nobody_judged_leads_to_the_next(store: Store, tmp_path: Path) -> None:
    workflow = a_workflow(store, tmp_path, training=Training(pass_mark=1.0))
    ann = died_after_the_training(workflow, store)
    step = a_task(workflow.next_task(ann)).training
    assert step is not None
    assert step.attempt == 2


def test_a_pair_that_was_training_and_became_gold_holds_nobody_up(
    store: Store, tmp_path: Path
) -> None:
    before = a_workflow(store, tmp_path / "before", training=Training(pass_mark=0.0))
    ann = died_after_the_training(before, store)
    after = a_workflow(store, tmp_path / "after", gold=Gold(share=1.0))
    assert a_task(after.next_task(ann)).prompt.text != KNOWN.prompt.text
