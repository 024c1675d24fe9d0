"""What the environment says, and what happens where it says nothing."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from annotation.settings import BadSetting, database_url, read_settings, secret
from annotation.workflow import LEASE


def test_without_settings_the_demo_is_served_to_this_machine_alone() -> None:
    settings = read_settings({})
    assert (settings.study.name, settings.host, settings.port) == ("demo", "127.0.0.1", 7860)


def test_on_a_space_everybody_is_served() -> None:
    assert read_settings({"SPACE_ID": "org/name"}).host == "0.0.0.0"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_url_is_understood(tmp_path: Path, scheme: str) -> None:
    found = database_url(tmp_path, {"DATABASE_URL": f"{scheme}://u:p@host/db"})
    assert found == "postgresql+psycopg://u:p@host/db"


def test_the_database_is_a_file_in_the_study_folder_by_default(tmp_path: Path) -> None:
    assert database_url(tmp_path, {}) == f"sqlite:///{tmp_path / 'annotations.db'}"


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "nonsense"])
def test_another_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadSetting, match="DATABASE_URL"):
        database_url(tmp_path, {"DATABASE_URL": url})


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(BadSetting, match="PORT"):
        read_settings({"PORT": port})


@pytest.mark.parametrize("seconds", ["soon", "0", "86401", "2.5"])
def test_a_lease_that_is_none_is_refused(seconds: str) -> None:
    with pytest.raises(BadSetting, match="LEASE_SECONDS"):
        read_settings({"LEASE_SECONDS": seconds})


def test_a_pair_waits_half_an_hour_unless_said_otherwise() -> None:
    assert read_settings({}).lease == LEASE == timedelta(minutes=30)
    assert read_settings({"LEASE_SECONDS": "90"}).lease == timedelta(seconds=90)


def test_a_secret_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    settings = read_settings({"STUDY": str(tmp_path)})
    made = secret(settings, {})
    kept = tmp_path / "secret.key"
    assert secret(settings, {}) == made == kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(made) >= 43


def test_the_secret_stands_beside_the_database(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environ = {"STUDY": str(tmp_path), "DATABASE_URL": f"sqlite:///{elsewhere / 'x.db'}"}
    secret(read_settings(environ), environ)
    assert (elsewhere / "secret.key").exists()


def test_a_given_secret_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    settings = read_settings({"STUDY": str(tmp_path)})
    assert secret(settings, {"SECRET": "0123456789abcdef"}) == "0123456789abcdef"
    assert list(tmp_path.iterdir()) == []


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="SECRET"):
        secret(read_settings({"STUDY": str(tmp_path)}), {"SECRET": "short"})


def test_a_secret_that_was_kept_first_is_used_by_all(tmp_path: Path) -> None:
    settings = read_settings({"STUDY": str(tmp_path)})
    (tmp_path / "secret.key").write_text("kept by the replica that started first")
    assert secret(settings, {}) == "kept by the replica that started first"
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_sqlite_path_that_a_url_would_cut_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"cannot have \? or %"):
        database_url(tmp_path / "od d?x", {})


def _mirrored(token: str) -> dict[str, str]:
    return {"MIRROR": "lab/mirror", "SECRET": "x" * 16, "HF_TOKEN": token}


def test_a_token_that_was_pasted_with_the_end_of_its_line_is_understood() -> None:
    mirror = read_settings(_mirrored(" hf_writer\n")).mirror
    assert mirror is not None
    assert mirror.token == "hf_writer"


@pytest.mark.parametrize("token", ["hf_wri…", "hf_a hf_b"])
def test_a_token_that_can_be_none_is_refused_without_being_quoted(token: str) -> None:
    with pytest.raises(BadSetting, match="HF_TOKEN: found signs that no token has") as refused:
        read_settings(_mirrored(token))
    assert token not in str(refused.value)
