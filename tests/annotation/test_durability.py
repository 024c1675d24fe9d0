"""What is said at the start about where labels go."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotation import durability
from annotation.durability import attached_volume, plain_durability
from annotation.settings import read_settings

SPACE = {"SPACE_ID": "lab/study"}


def test_labels_on_the_disk_of_a_space_are_said_to_be_lost(tmp_path: Path) -> None:
    found = plain_durability(read_settings({**SPACE, "STUDY": str(tmp_path)}))
    assert not found.survives
    assert "ARE LOST IN a restart" in found.sentence
    assert "set DATABASE_URL" in found.sentence


@pytest.mark.parametrize("outside", [{}, SPACE])
def test_labels_in_postgresql_survive_and_its_password_stays_secret(
    outside: dict[str, str],
) -> None:
    url = "postgresql://ann:very-secret@db.test/labels"
    found = plain_durability(read_settings({**outside, "DATABASE_URL": url}))
    assert found.survives
    assert found.sentence == (
        "Labels go to postgresql+psycopg://ann:***@db.test/labels; they survive a restart"
    )


def test_labels_on_a_machine_of_ones_own_survive(tmp_path: Path) -> None:
    assert plain_durability(read_settings({"STUDY": str(tmp_path)})).survives


def test_a_volume_attached_to_a_space_is_told_with_its_catch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durability, "attached_volume", lambda folder: Path("/data"))
    found = plain_durability(read_settings({**SPACE, "STUDY": str(tmp_path)}))
    assert found.survives
    assert "unless /data is a bucket" in found.sentence


def test_the_machines_own_disk_is_no_attached_volume() -> None:
    assert attached_volume(Path("/")) is None
    assert attached_volume(Path("/proc/self")) == Path("/proc")
