"""Pause, lock and exclusion: what the database promises while people label, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event
from typing import cast

import pytest
from sqlalchemy import text

from analysis.labels import read_study
from annotation.assignment import Answer
from annotation.blind import Closed, Excluded, Finished, Paused, Screen, Submission, Task
from annotation.check import check_study
from annotation.export import Wanted, export
from annotation.served import load_served
from annotation.sources import found_in
from annotation.store import (
    AnnotatorExcluded,
    AnnotatorRecord,
    Store,
    StudyLocked,
    StudyPaused,
)
from annotation.store.database import open_database
from annotation.study import read_excluded, read_labels
from annotation.workflow import Workflow
from tests.builders import a_plan, a_study_folder

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = timedelta(minutes=30)
ANSWERS = (Answer(criterion="overall", target="pair", choice="a"),)
Serve = Callable[..., Workflow]


@pytest.fixture
def serve(store: Store, tmp_path: Path) -> Serve:
    def make(pairs: int = 2, wanted: int = 2) -> Workflow:
        folder = a_study_folder(tmp_path / "study", a_plan(labels_per_pair=wanted), pairs)
        return Workflow(load_served(folder), store, now=lambda: NOON, coin=Random(0))

    return make


def joined(workflow: Workflow, name: str = "ann") -> AnnotatorRecord:
    return workflow.join(name).annotator


def shown(workflow: Workflow, who: AnnotatorRecord) -> Screen:
    return workflow.next_task(workflow._store.annotator_again(who.id))


def submission_of(task: Screen) -> Submission:
    token = cast(Task, task).token
    return Submission(submission_id=f"of-{token}"[:60], token=token, answers=ANSWERS)


def counted(url: str) -> list[tuple[int, int, int]]:
    """Plain, swapped and leased of each pair."""
    database = open_database(url)
    with database.reading() as session:
        query = (
            "SELECT counted_plain, counted_swapped, leased_plain + leased_swapped"
            " FROM pair ORDER BY position"
        )
        found = [tuple(row) for row in session.execute(text(query))]
    database.engine.dispose()
    return cast(list[tuple[int, int, int]], found)


def test_while_paused_nobody_gets_a_pair_and_what_is_on_a_screen_is_still_taken(
    serve: Serve, store: Store
) -> None:
    workflow = serve()
    ann, ben = joined(workflow), joined(workflow, "ben")
    task = shown(workflow, ann)
    store.pause("trial", NOON)
    assert shown(workflow, ben) == Paused(done=0)
    workflow.submit(ann, submission_of(task))
    assert shown(workflow, ann) == Paused(done=1)
    assert len(list(store.labels("trial"))) == 1


def test_after_a_pause_the_pair_is_the_same_and_its_lease_is_new(
    serve: Serve, store: Store
) -> None:
    workflow = serve(pairs=1, wanted=1)
    ann, ben = joined(workflow), joined(workflow, "ben")
    task = shown(workflow, ann)
    store.pause("trial", NOON)
    later = NOON + timedelta(days=2)
    store.resume("trial", later + LEASE)
    assert store.take(ben.id, "token-of-ben", later, LEASE, Random(0)) is None
    again = shown(workflow, ann)
    assert cast(Task, again).token == cast(Task, task).token


def test_a_locked_study_takes_no_label_and_says_so(serve: Serve, store: Store) -> None:
    workflow = serve()
    ann = joined(workflow)
    task = shown(workflow, ann)
    store.lock("trial", NOON)
    with pytest.raises(StudyLocked):
        workflow.submit(ann, submission_of(task))
    assert shown(workflow, ann) == Closed(done=0)
    assert list(store.labels("trial")) == []


def test_an_answer_that_was_acknowledged_before_the_lock_is_acknowledged_again(
    serve: Serve, store: Store
) -> None:
    workflow = serve()
    ann = joined(workflow)
    sent = submission_of(shown(workflow, ann))
    receipt = workflow.submit(ann, sent)
    store.lock("trial", NOON)
    assert workflow.submit(ann, sent) == receipt


def test_the_store_itself_refuses_who_asked_before_the_decision(store: Store, serve: Serve) -> None:
    ann = joined(serve())
    store.pause("trial", NOON)
    with pytest.raises(StudyPaused):
        store.take(ann.id, "token-1", NOON, LEASE, Random(0))
    store.exclude(ann.id, "bots", NOON)
    with pytest.raises(AnnotatorExcluded):
        store.take(ann.id, "token-1", NOON, LEASE, Random(0))


def test_after_a_lock_that_races_with_submissions_no_label_comes(
    serve: Serve, store: Store
) -> None:
    workflow = serve(pairs=40, wanted=2)
    locked = Event()
    late: list[int] = []

    def labels(name: str) -> None:
        who = joined(workflow, name)
        while isinstance(task := workflow.next_task(who), Task):
            after = locked.is_set()
            try:
                workflow.submit(who, submission_of(task))
            except StudyLocked:
                return
            late.append(after)

    with ThreadPoolExecutor(5) as pool:
        people = [pool.submit(labels, f"ann{n}") for n in range(4)]
        while len(list(store.labels("trial"))) < 10:
            pass
        store.lock("trial", NOON)
        locked.set()
        before = len(list(store.labels("trial")))
        [one.result() for one in people]
    assert not any(late)
    assert len(list(store.labels("trial"))) == before


def test_the_pairs_of_an_excluded_annotator_wait_for_labels_again(
    serve: Serve, store: Store, url: str
) -> None:
    workflow = serve(pairs=2, wanted=1)
    ann, ben = joined(workflow), joined(workflow, "ben")
    workflow.submit(ann, submission_of(shown(workflow, ann)))
    shown(workflow, ann)
    store.exclude(ann.id, "answers without reading", NOON)
    assert counted(url) == [(0, 0, 0), (0, 0, 0)]
    assert shown(workflow, ann) == Excluded(done=1)
    for _ in range(2):
        workflow.submit(ben, submission_of(shown(workflow, ben)))
    assert isinstance(shown(workflow, ben), Finished)
    assert store.excluded("trial") == {"ann": "answers without reading"}
    labels = [(one.annotator, one.purpose) for one in store.labels("trial")]
    assert labels == [("ann", "study"), ("ben", "study"), ("ben", "study")]


def test_an_excluded_annotator_adds_nothing_but_may_withdraw(
    serve: Serve, store: Store, url: str
) -> None:
    workflow = serve(pairs=2, wanted=2)
    ann = joined(workflow)
    workflow.submit(ann, submission_of(shown(workflow, ann)))
    task = shown(workflow, ann)
    store.exclude(ann.id, "bots", NOON)
    with pytest.raises(AnnotatorExcluded):
        workflow.submit(ann, submission_of(task))
    assert workflow.withdraw(ann) == 1
    assert counted(url) == [(0, 0, 0), (0, 0, 0)]


def test_who_is_let_in_again_counts_where_there_is_room(
    serve: Serve, store: Store, url: str
) -> None:
    workflow = serve(pairs=2, wanted=1)
    ann, ben = joined(workflow), joined(workflow, "ben")
    for _ in range(2):
        workflow.submit(ann, submission_of(shown(workflow, ann)))
    store.exclude(ann.id, "a mistake", NOON)
    workflow.submit(ben, submission_of(shown(workflow, ben)))
    store.readmit(ann.id)
    assert sorted(map(sum, counted(url))) == [1, 1]
    purposes = sorted((one.annotator, one.purpose) for one in store.labels("trial"))
    assert purposes == [("ann", "study"), ("ann", "surplus"), ("ben", "study")]
    assert store.excluded("trial") == {}


def test_sides_stay_balanced_when_one_of_three_is_excluded(
    serve: Serve, store: Store, url: str
) -> None:
    workflow = serve(pairs=1, wanted=3)
    people = [joined(workflow, name) for name in ("ann", "ben", "carl")]
    swapped = {}
    for who in people:
        task = shown(workflow, who)
        swapped[who.id] = store.assignment(who.id, cast(Task, task).token).swapped
        workflow.submit(who, submission_of(task))
    alone = next(who for who in people if [*swapped.values()].count(swapped[who.id]) == 1)
    store.exclude(alone.id, "bots", NOON)
    ((plain, other, _),) = counted(url)
    assert plain + other == 1
    assert sorted(one.purpose for one in store.labels("trial")) == ["study", "study", "surplus"]


def test_blind_names_are_drawn_once_and_later_systems_come_after(
    serve: Serve, store: Store
) -> None:
    serve()
    systems = [f"system-{n}" for n in range(8)]
    first = store.blind_names("trial", systems, Random(1))
    assert sorted(first.values()) == [f"S{n}" for n in range(1, 9)]
    assert first != store.blind_names("trial", systems[:0], Random(2))
    more = store.blind_names("trial", [*systems, "new"], Random(3))
    assert more == {**first, "new": "S9"}
    drawn = {tuple(store.blind_names("trial", systems[:2], Random(n)).values()) for n in range(9)}
    assert len(drawn) == 1


def test_labels_of_the_excluded_stand_in_an_export_and_the_analysis_leaves_them_out(
    serve: Serve, store: Store, tmp_path: Path
) -> None:
    workflow = serve(pairs=2, wanted=2)
    people = [joined(workflow, name) for name in ("ann", "ben")]
    for who in people:
        workflow.submit(who, submission_of(shown(workflow, who)))
    store.exclude(people[0].id, "answers without reading", NOON)
    study = workflow.study
    out = study.folder / "labels" / "people.jsonl"
    with found_in(store, study) as found:
        export(Wanted(study, found), out)
    assert len(list(read_labels(study.folder))) == 2
    assert read_excluded(study.folder) == {"ann": "answers without reading"}
    read = read_study(study.folder)
    assert (len(read.labels), dict(read.excluded)) == (1, {"excluded_annotator": 1})
    assert any("1 excluded_annotator" in line for line in check_study(study.folder))
    store.readmit(people[0].id)
    with found_in(store, study) as found:
        export(Wanted(study, found), out)
    assert read_excluded(study.folder) == {}
