from __future__ import annotations

import shutil
import socket
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from annotation import doctor
from annotation.__main__ import main
from annotation.doctor import examine
from annotation.store import DatabaseUnusable, Store
from annotation.store.inspection import inspect_database
from tests.builders import a_plan, a_study_folder
from tests.served import free_port

GOOD = {"SECRET": "0123456789abcdef0123"}


def told(study: Path, state: str, **environ: str) -> list[str]:
    """What is said of this state; the port is free unless given."""
    given = {"STUDY": str(study), "PORT": str(free_port()), **GOOD, **environ}
    given = {name: value for name, value in given.items() if value}
    return [one.said for one in examine(given) if one.state == state]


@pytest.mark.parametrize(
    ("environ", "state", "said"),
    [
        ({"HOST": "0.0.0.0"}, "note", "nobody can open /researcher; set RESEARCHER_KEY"),
        ({"RESEARCHER_KEY": "0123456789abcdef"}, "ok", "/researcher opens with RESEARCHER_KEY"),
        ({}, "ok", "/researcher opens with the link that app.py prints"),
    ],
)
def test_who_can_open_the_researchers_page_is_said(
    study: Path, environ: dict[str, str], state: str, said: str
) -> None:
    assert said in told(study, state, **environ)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return a_study_folder(tmp_path / "study")


def test_a_good_deployment_has_nothing_wrong_and_nothing_is_made(study: Path) -> None:
    before = sorted(path.name for path in study.iterdir())
    assert told(study, "wrong") == []
    assert sorted(path.name for path in study.iterdir()) == before


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"STUDY": "nowhere"}, "nowhere/study.toml: not found"),
        ({"PORT": "x"}, "PORT: found 'x'"),
        ({"SECRET": "short"}, "SECRET: found 5 characters"),
        ({"SECRET": "a" * 20}, "SECRET: easy to guess"),
        ({"SECRET_OLD": "short"}, "SECRET_OLD: found 5 characters"),
        ({"RESEARCHER_KEY": "short"}, "RESEARCHER_KEY: found 5 characters"),
        ({"SPACE_ID": "org/name"}, "ARE LOST IN a restart"),
        ({"SPACE_ID": "org/name", "SECRET": ""}, "each restart signs everybody out"),
        ({"OAUTH_CLIENT_ID": "x"}, "OAUTH_CLIENT_ID: found without"),
        ({"DATABASE_URL": "sqlite:////no/such/folder/a.db"}, "there is no such folder"),
        ({"DATABASE_URL": "postgresql://a:secret@127.0.0.1:1/x"}, "connection failed"),
    ],
)
def test_what_is_wrong_is_said(study: Path, environ: dict[str, str], said: str) -> None:
    wrong = told(study, "wrong", **environ)
    assert [one for one in wrong if said in one]
    assert "secret@" not in "".join(wrong)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"HOST": "0.0.0.0"}, "put a proxy with TLS in front"),
        ({"SPACE_ID": "org/name"}, "anybody who finds this Space can join"),
        ({"SECRET_OLD": GOOD["SECRET"]}, "it was not changed"),
    ],
)
def test_what_is_worth_a_word_is_said(study: Path, environ: dict[str, str], said: str) -> None:
    assert [one for one in told(study, "note", **environ) if said in one]


def test_guidelines_that_are_empty_are_worth_a_word(study: Path) -> None:
    (study / "guidelines.md").write_text("")
    assert [one for one in told(study, "note") if "guidelines.md is empty" in one]


def test_a_study_for_accounts_of_hugging_face_needs_a_space_that_knows_them(
    tmp_path: Path,
) -> None:
    plan = a_plan(access={"mode": "huggingface"})
    study = a_study_folder(tmp_path / "study", plan)
    assert [one for one in told(study, "wrong") if "no Space with hf_oauth" in one]


def test_a_port_in_use_is_worth_a_word(study: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = told(study, "note", PORT=str(taken.getsockname()[1]))
    assert [one for one in said if "in use" in one]


def test_a_secret_that_others_can_read_is_wrong(study: Path) -> None:
    (study / "secret.key").write_text("0123456789abcdef0123")
    (study / "secret.key").chmod(0o644)
    assert [one for one in told(study, "wrong", SECRET="") if "chmod 600" in one]


def test_a_disk_that_is_nearly_full_is_wrong(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 10**9 - 5, 5))
    assert [one for one in told(study, "wrong") if "found 0 MB free" in one]


def test_a_database_is_looked_at_and_not_changed(study: Path, url: str) -> None:
    Store.open(url).close()
    assert inspect_database(url).tables == "current"
    engine = create_engine(url)

    def version(text: str) -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{text}'")

    version("0001")
    assert [one for one in told(study, "note", DATABASE_URL=url) if "tables are older" in one]
    version("9999")
    assert [one for one in told(study, "wrong", DATABASE_URL=url) if "newer version" in one]
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    assert inspect_database(url).tables == "none"
    engine.dispose()


def test_a_server_with_another_time_is_wrong(
    study: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(url).close()
    monkeypatch.setattr(doctor, "DRIFT", -1.0)
    wrong = told(study, "wrong", DATABASE_URL=url)
    assert bool([one for one in wrong if "clock" in one]) == url.startswith("postgresql")


def test_a_file_that_is_no_database_is_said(study: Path) -> None:
    (study / "annotations.db").write_text("no database, but long enough to be read as one" * 50)
    with pytest.raises(DatabaseUnusable, match="not a database"):
        inspect_database(f"sqlite:///{study / 'annotations.db'}")
    assert [one for one in told(study, "wrong") if "not a database" in one]


def test_the_command_ends_with_2_where_something_is_wrong(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[Any]
) -> None:
    monkeypatch.setenv("PORT", str(free_port()))
    monkeypatch.setenv("SECRET", GOOD["SECRET"])
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert main(["doctor", str(study)]) == 0
    assert "WRONG" not in capsys.readouterr().out
    monkeypatch.setenv("SECRET", "short")
    assert main(["doctor", str(study)]) == 2
    said = capsys.readouterr()
    assert "WRONG  SECRET: found 5 characters" in said.out
    assert said.err == "1 thing to mend before people label here\n"
