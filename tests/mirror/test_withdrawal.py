"""Who withdraws leaves no trace: in the database's files, in the mirror, in its history."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from annotation.store import Identity
from tests.mirror.conftest import Run
from tests.mirror.containers import REPOSITORY, STUDY, files_of
from tests.stand_in_hub import StandInHub, refusing

GONE = "MARKER-of-one-who-withdrew"


def a_study_that_somebody_leaves(run: Run) -> tuple[Path, int]:
    """Two people label, one of them withdraws; the disk, and how many labels are left."""
    container = run()
    bob = container.join("bob")
    ann = container.join(GONE, identity=Identity(provider="prolific", external_id="MARKER-5f3a"))
    for who in (bob, ann, bob, ann, bob):
        container.label(who, comment=f"{GONE} said" if who is ann else "fine")
        container.pass_time(61)
    container.label(ann, comment=GONE)  # not mirrored yet
    container.store.withdraw(ann.id)
    container.pass_time(3)
    return container.disk, container.labels()


def marked(contents: dict[str, bytes]) -> list[str]:
    return [name for name, content in contents.items() if b"MARKER" in content]


def test_no_file_of_the_disk_and_of_the_mirror_holds_what_they_gave(
    run: Run, stand_in_hub: StandInHub
) -> None:
    disk, left = a_study_that_somebody_leaves(run)
    assert left == 3
    assert marked(files_of(stand_in_hub)) == []
    assert marked({path.name: path.read_bytes() for path in disk.iterdir()}) == []


def test_the_history_of_the_repository_is_dropped(run: Run, stand_in_hub: StandInHub) -> None:
    a_study_that_somebody_leaves(run)
    commits = stand_in_hub.repo(REPOSITORY).commits
    assert not any(marked(dict(commit.files)) for commit in commits)


def test_a_token_that_may_not_drop_the_history_is_told_of(
    run: Run, stand_in_hub: StandInHub
) -> None:
    stand_in_hub.trouble = refusing(403, "/super-squash/", "not yours")
    container = run()
    ann = container.join("ann")
    container.pass_time(2)
    container.store.withdraw(ann.id)
    container.pass_time(3)
    assert "is still in earlier commits" in (container.mirror.problem or "")
    assert "super_squash_history('lab/mirror', repo_type='dataset')" in (
        container.mirror.problem or ""
    )
    stand_in_hub.trouble = None
    container.die()
    run().pass_time(3)
    assert len(stand_in_hub.repo(REPOSITORY).commits) < 4, "tried again at the next start"


def test_a_withdrawal_that_was_not_mirrored_before_a_kill_is_made_up_for(
    run: Run, stand_in_hub: StandInHub
) -> None:
    container = run()
    ann = container.join(GONE)
    container.label(ann)
    container.pass_time(61)
    assert marked(files_of(stand_in_hub))
    container.store.withdraw(ann.id)
    container.die(wipe=False)
    run().pass_time(3)
    assert marked(files_of(stand_in_hub)) == []


def test_a_withdrawal_while_an_image_is_on_its_way_asks_for_another(
    run: Run, stand_in_hub: StandInHub
) -> None:
    container = run()
    ann, bob = container.join(GONE), container.join("bob")
    container.label(ann)
    container.pass_time(61)
    container.store.withdraw(bob.id)
    stand_in_hub.before_commit = lambda repo: container.store.withdraw(ann.id)
    container.pass_time(5)
    assert marked(files_of(stand_in_hub)) == []
    assert container.store.annotator(STUDY, f"hash of {GONE}") is None


def test_the_labels_of_the_others_and_what_is_counted_are_as_without_them(run: Run) -> None:
    container = run()
    people = [container.join(name) for name in ("bob", GONE, "eve")]
    for turn in range(9):
        container.label(people[turn % 3], choice=("a", "b", "tie")[turn // 3])
        container.pass_time(5)
    without = [one for one in container.store.labels(STUDY) if one.annotator != GONE]
    container.store.withdraw(people[1].id)
    container.pass_time(61)
    container.die()
    again = run()
    left = list(again.store.labels(STUDY))
    assert [one.model_copy(update={"purpose": "study"}) for one in left] == without
    counted = Counter(one.pair_id for one in left if one.purpose == "study")
    with closing(sqlite3.connect(again.database)) as database:
        told = dict(
            database.execute("SELECT pair_id, counted_plain + counted_swapped FROM pair").fetchall()
        )
    assert counted == Counter(told)
