"""The mirror as the app runs it: a thread that annotators never wait for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from annotation.doctor import examine
from annotation.mirror.kept import Kept, open_kept
from annotation.settings import read_settings
from tests.annotation.test_store import NOON, registered
from tests.mirror.containers import REPOSITORY, SECRET, files_of
from tests.stand_in_hub import WRITER, StandInHub, waiting


@pytest.fixture
def environ(stand_in_hub: StandInHub, tmp_path: Path) -> dict[str, str]:
    """The settings of a Space, quick enough for a test."""
    return {
        "STUDY": str(tmp_path),
        "SPACE_ID": "lab/study",
        "SECRET": SECRET,
        "HF_TOKEN": WRITER,
        "MIRROR": REPOSITORY,
        "MIRROR_SECONDS": "1",
        "MIRROR_HANDOVER_SECONDS": "1",
    }


@pytest.fixture
def kept(environ: dict[str, str]) -> Iterator[Kept]:
    opened = open_kept(read_settings(environ), SECRET)
    with closing(opened.store):
        yield opened
        opened.stop(timedelta(seconds=20))


def test_a_hub_that_hangs_keeps_nobody_waiting(kept: Kept, stand_in_hub: StandInHub) -> None:
    hangs, asked = threading.Event(), threading.Event()
    slow = waiting(hangs, "/commit/")

    def trouble(method: str, path: str) -> None:
        if "/commit/" in path:
            asked.set()
        slow(method, path)

    stand_in_hub.trouble = trouble
    registered(kept.store)
    kept.start()
    assert asked.wait(30)
    for number in range(20):  # while the hub hangs
        kept.store.add_annotator("trial", f"a{number}", f"a{number}", f"hash {number}", NOON)
    assert not hangs.is_set()
    assert kept.stop(timedelta(seconds=0)) == (
        "0 labels are in the database only: the mirror did not take them"
    )
    hangs.set()
    assert kept.stop(timedelta(seconds=30)) is None
    assert any(b"hash 19" in content for content in files_of(stand_in_hub).values())


def test_how_safe_labels_are_is_told_by_one_function(kept: Kept) -> None:
    before = kept.durability()
    assert (before.survives, before.last_mirrored, before.problem) == (True, None, None)
    registered(kept.store)
    kept.start()
    assert kept.stop(timedelta(seconds=30)) is None
    after = kept.durability()
    assert after.pending == 0
    assert after.last_mirrored is not None
    assert f"mirrored to the private repository {REPOSITORY}" in after.where


def test_a_mirror_whose_thread_died_is_told(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_run", lambda: None)
    kept._thread = threading.Thread(target=kept._run)
    kept.start()
    kept._thread.join()
    assert kept.durability().problem == "the mirror has stopped; restart the app"


def test_the_doctor_looks_at_the_mirror_and_changes_nothing(
    environ: dict[str, str], stand_in_hub: StandInHub
) -> None:
    def said() -> str:
        return "\n".join(one.said for one in examine(environ))

    assert f"{REPOSITORY}: will be made at the first start" in said()
    assert stand_in_hub.repos == {}
    with closing(open_kept(read_settings(environ), SECRET).store):
        assert f"{REPOSITORY}: private, and nothing is mirrored yet" in said()
    stand_in_hub.repo(REPOSITORY).private = False
    assert f"{REPOSITORY}: is public" in said()


def test_with_postgresql_the_mirror_is_said_to_be_unused(environ: dict[str, str]) -> None:
    settings = read_settings({**environ, "DATABASE_URL": "postgresql://u:p@h/d"})
    assert settings.mirror is None
    assert "MIRROR is not used" in settings.notes[0]
