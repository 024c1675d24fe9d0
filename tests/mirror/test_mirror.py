"""What is labelled outlives the disk: the mirror, and the database that is made from it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from annotation.hub.errors import HubRefused
from annotation.mirror.errors import MirrorAndDatabase, MirrorBroken
from annotation.mirror.files import HEAD_FILE
from annotation.store import DraftRecord, Identity
from tests.mirror.conftest import Run
from tests.mirror.containers import REPOSITORY, SECRET, STUDY, Clock, files_of
from tests.mirror.dumps import everything, figured
from tests.stand_in_hub import READER, STRANGER, StandInHub, refusing


def test_after_the_disk_is_lost_everything_mirrored_is_there_again(run: Run) -> None:
    first = run()
    ann, bob = (
        first.join("ann"),
        first.join(
            "bob",
            identity=Identity(provider="prolific", external_id="5f3a", details={"study_id": "s1"}),
        ),
    )
    for who in (ann, bob, ann):
        first.label(who, comment="Überlegt: „so“ \\ 'ja'")
    open_task = first.task(ann)
    draft = DraftRecord(comment="half", sequence=3)
    first.store.save_draft(ann.id, open_task.token, draft, first.clock.now())
    first.pass_time(61)
    figured(first.store, STUDY)
    before = everything(first.database)
    assert before["profile"]
    assert before["annotator_sum"]
    first.die()
    second = run()
    figured(second.store, STUDY)
    assert everything(second.database) == before | {"study": everything(second.database)["study"]}
    again = second.task(second.known("ann"))
    assert (again.token, again.swapped) == (open_task.token, open_task.swapped)
    assert again.draft.comment == "half"


def test_what_was_not_backed_up_was_said_to_be_pending(run: Run) -> None:
    first = run()
    ann = first.join("ann")
    first.label(ann)
    first.pass_time(61)
    assert first.store.unmirrored().labels == 0
    mirrored = first.labels()
    first.label(ann)
    assert first.store.unmirrored().labels == 1
    first.die()
    assert run().labels() == mirrored == 1


def test_labels_are_sent_after_so_many_or_after_so_long(run: Run) -> None:
    container = run()
    ann = container.join("ann")
    container.pass_time(2)
    for _ in range(3):
        container.label(ann)
    container.pass_time(1)
    assert container.store.unmirrored().labels == 3
    container.label(ann)
    container.pass_time(1)
    assert container.store.unmirrored().labels == 0
    container.label(ann)
    container.pass_time(59)
    assert container.store.unmirrored().labels == 1
    container.pass_time(2)
    assert container.store.unmirrored().labels == 0
    assert container.store.mirrored().at is not None


def test_no_file_of_the_log_is_ever_written_twice(run: Run, stand_in_hub: StandInHub) -> None:
    container = run()
    ann = container.join("ann")
    seen: dict[str, bytes] = {}
    for _ in range(5):
        container.label(ann)
        container.pass_time(61)
        now = {name: content for name, content in files_of(stand_in_hub).items() if "/log/" in name}
        assert all(now.get(name, content) == content for name, content in seen.items())
        seen |= now
    assert len(seen) >= 5
    assert all(":" not in name for name in seen)


def test_identifiers_from_outside_leave_the_machine_encrypted_only(
    run: Run, stand_in_hub: StandInHub
) -> None:
    container = run()
    who = Identity(provider="prolific", external_id="MARKER-5f3a", details={"study_id": "MARKER-s"})
    container.join("bob", identity=who)
    container.pass_time(61)
    assert not any(b"MARKER" in content for content in files_of(stand_in_hub).values())
    container.die()
    found = run().store.annotator_by_identity(STUDY, who)
    assert found is not None
    assert found.pseudonym == "bob"


def test_many_files_become_one_image_and_a_restart_reads_only_that(
    run: Run, stand_in_hub: StandInHub
) -> None:
    container = run()
    people = [container.join(f"ann{number}") for number in range(3)]
    counts = []
    for turn in range(12):
        container.label(people[turn % 3])
        container.pass_time(61)
        counts.append(sum("/log/" in name for name in files_of(stand_in_hub)))
    assert max(counts) <= 10
    assert counts != sorted(counts)
    before = container.labels()
    container.die()
    assert run().labels() == before == 12


def test_a_repository_that_is_public_is_refused(run: Run, stand_in_hub: StandInHub) -> None:
    stand_in_hub.repo(REPOSITORY, private=False)
    with pytest.raises(HubRefused, match="the repository is public, expected a private one"):
        run()


@pytest.mark.parametrize("token", [READER, STRANGER, "hf_unknown"])
def test_a_token_without_rights_is_refused_before_anything_is_served(
    run: Run, stand_in_hub: StandInHub, token: str
) -> None:
    stand_in_hub.repo(REPOSITORY)
    with pytest.raises(HubRefused, match=r"lab/mirror: cannot .* HF_TOKEN"):
        run(token=token)


def test_another_secret_is_refused(run: Run) -> None:
    first = run()
    first.join("ann")
    first.pass_time(2)
    first.die()
    with pytest.raises(MirrorBroken, match="another SECRET"):
        run(secret="not the same as before")


def test_a_new_secret_takes_over_from_the_old_one(run: Run) -> None:
    first = run()
    who = Identity(provider="prolific", external_id="5f3a")
    first.join("bob", identity=who)
    first.pass_time(61)
    first.die()
    changed = run(secret="the secret after it", old_secrets=[SECRET])
    changed.pass_time(2)
    changed.die()
    last = run(secret="the secret after it")
    assert last.store.annotator_by_identity(STUDY, who) is not None


def damaged(hub: StandInHub, number: int, content: bytes | None) -> None:
    """Somebody changes, or takes away, the file of the log at this place in the order."""
    names = sorted(name for name in files_of(hub) if "/log/" in name)
    hub.repo(REPOSITORY).commit({names[number]: content}, "by hand")


@pytest.mark.parametrize(
    ("number", "content", "said"),
    [
        (1, None, "file number 2 is missing, expected all from 1 to 3"),
        (2, None, "file number 3 is missing"),
        (0, None, "file number 1 is missing"),
        (1, b'{"format":1', "torn or changed"),
        (2, b"", "torn or changed"),
    ],
)
def test_a_gap_or_a_torn_file_is_told_and_nothing_less_is_served(
    run: Run, stand_in_hub: StandInHub, number: int, content: bytes | None, said: str
) -> None:
    first = run()
    ann = first.join("ann")
    for _ in range(2):
        first.pass_time(61)
        first.label(ann)
    first.pass_time(61)
    first.die()
    damaged(stand_in_hub, number, content)
    with pytest.raises(MirrorBroken, match=said):
        run()
    assert not (first.database).exists()


def test_a_head_that_was_taken_away_is_told(run: Run, stand_in_hub: StandInHub) -> None:
    first = run()
    first.pass_time(2)
    first.die()
    stand_in_hub.repo(REPOSITORY).commit({HEAD_FILE: None}, "by hand")
    with pytest.raises(MirrorBroken, match=r"head\.json is missing beside the files"):
        run()


def test_a_restart_on_the_same_disk_goes_on_with_what_was_not_mirrored(run: Run) -> None:
    first = run()
    ann = first.join("ann")
    first.pass_time(61)
    first.label(ann)
    first.die(wipe=False)
    second = run()
    assert second.labels() == 1
    second.pass_time(61)
    second.die()
    assert run().labels() == 1


def test_a_commit_whose_answer_was_lost_is_recognised_after_a_kill(
    run: Run, stand_in_hub: StandInHub
) -> None:
    first = run()
    ann = first.join("ann")
    first.pass_time(61)
    first.label(ann)
    stand_in_hub.lost_reply = "/commit/"
    first.pass_time(61)
    assert first.mirror.problem is not None
    assert first.store.unmirrored().labels == 1
    stand_in_hub.lost_reply = None
    first.die(wipe=False)
    second = run()
    assert second.store.unmirrored().labels == 0
    second.die()
    assert run().labels() == 1


def test_a_database_and_a_mirror_that_went_apart_are_not_mixed(run: Run) -> None:
    old = run("old disk")
    old.join("ann")
    old.pass_time(61)
    old.label(old.known("ann"))  # not mirrored
    old.die(wipe=False)
    new = run("new disk")
    new.label(new.known("ann"))
    new.pass_time(61)
    new.die()
    with pytest.raises(MirrorAndDatabase, match="each have labels that the other has not"):
        run("old disk")


def test_a_disk_from_before_another_container_is_brought_up_to_date(run: Run) -> None:
    old = run("old disk")
    old.join("ann")
    old.pass_time(61)
    old.die(wipe=False)
    new = run("new disk")
    new.label(new.known("ann"))
    new.pass_time(61)
    new.die()
    assert run("old disk").labels() == 1


def test_a_hub_that_fails_keeps_nobody_waiting_and_is_told(
    run: Run, stand_in_hub: StandInHub, clock: Clock
) -> None:
    container = run()
    ann = container.join("ann")
    container.pass_time(2)
    refused = refusing(503, "/api/")
    # The client itself would ask five times before a commit, and sleep in between.
    stand_in_hub.trouble = lambda way, path: None if "/preupload/" in path else refused(way, path)
    asked = len(stand_in_hub.requests)
    for _ in range(4):
        container.label(ann)
    container.pass_time(600)
    assert container.labels() == 4
    assert container.store.unmirrored().labels == 4
    assert "503" in (container.mirror.problem or "")
    attempts = len(stand_in_hub.requests) - asked
    assert attempts < 70, "half as often as a new app would wait"
    stand_in_hub.trouble = None
    container.pass_time(11)
    assert container.store.unmirrored().labels == 0
    assert container.mirror.problem is None


def test_attempts_to_send_are_fewer_and_fewer(run: Run, stand_in_hub: StandInHub) -> None:
    container = run()
    container.join("ann")
    container.pass_time(2)
    stand_in_hub.trouble = refusing(429, "/commit/")
    container.label(container.known("ann"))
    asked = stand_in_hub.asked("/commit/")
    container.pass_time(3600)
    assert 10 < stand_in_hub.asked("/commit/") - asked < 20


def test_trouble_of_a_moment_is_not_told_when_it_is_over(
    run: Run, stand_in_hub: StandInHub
) -> None:
    container = run()
    container.pass_time(2)
    stand_in_hub.trouble = refusing(503)
    container.pass_time(6)
    assert container.mirror.problem is not None
    stand_in_hub.trouble = None
    container.pass_time(11)
    assert container.mirror.problem is None, "though nothing had to be sent"


def test_a_full_folder_for_temporary_files_is_told_and_the_mirror_goes_on_when_it_can(
    run: Run, stand_in_hub: StandInHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    container = run()
    ann = container.join("ann")
    container.pass_time(2)
    container.label(ann)
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "no such folder"))
        stand_in_hub.repo(REPOSITORY).commit({"notes.md": b"mine"}, "the mirror has to read now")
        container.pass_time(70)
        assert "on this machine: [Errno 2]" in (container.mirror.problem or "")
    container.pass_time(301)
    assert container.mirror.problem is None
    container.die()
    assert run().labels() == 1


def test_a_token_that_loses_its_rights_is_told_and_nothing_is_lost(
    run: Run, stand_in_hub: StandInHub
) -> None:
    container = run()
    ann = container.join("ann")
    container.pass_time(2)
    stand_in_hub.trouble = refusing(403, "/commit/", "no longer allowed")
    container.label(ann)
    container.pass_time(70)
    assert "403 no longer allowed" in (container.mirror.problem or "")
    stand_in_hub.trouble = None
    container.pass_time(301)
    container.die()
    assert run().labels() == 1


def test_a_commit_of_somebody_else_in_between_is_built_upon(
    run: Run, stand_in_hub: StandInHub
) -> None:
    container = run()
    ann = container.join("ann")
    container.pass_time(2)
    container.label(ann)
    stand_in_hub.before_commit = lambda repo: repo.commit({"notes.md": b"mine"}, "a note")
    container.pass_time(63)
    assert files_of(stand_in_hub)["notes.md"] == b"mine"
    assert container.store.unmirrored().labels == 0
    container.die()
    assert run().labels() == 1


def test_a_mirror_that_was_damaged_while_the_app_runs_is_written_anew(
    run: Run, stand_in_hub: StandInHub
) -> None:
    container = run()
    ann = container.join("ann")
    container.pass_time(61)
    container.label(ann)
    container.pass_time(61)
    damaged(stand_in_hub, 0, None)
    container.pass_time(10)
    container.die()
    assert run().labels() == 1


def test_a_start_without_an_answer_of_the_hub_is_refused(
    run: Run, stand_in_hub: StandInHub
) -> None:
    stand_in_hub.trouble = refusing(500)
    with pytest.raises(Exception, match="500"):
        run()
