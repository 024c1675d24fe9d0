"""Studies that live in a dataset repository: fetched, changed there and here, and not there."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from annotation.__main__ import main
from annotation.hub.address import Address, BadAddress, address_of
from annotation.hub.errors import HubMissing, HubRefused, HubUnreachable, NoRoom
from annotation.hub.local import local_study
from annotation.hub.repository import Repository
from annotation.settings import read_settings, study_folder
from annotation.study import load_study
from tests.builders import a_label, a_study_folder
from tests.served import served
from tests.stand_in_hub import READER, STRANGER, WRITER, Reply, StandInHub, refusing

REPO = "lab/trial"
ADDRESS = "hf://datasets/lab/trial"


def files_of(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def hub(stand_in_hub: StandInHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandInHub:
    """A Hub with one study on it; here is an empty folder, and a token that may read."""
    folder = a_study_folder(tmp_path / "source", labels={"people.jsonl": [a_label()]})
    stand_in_hub.repo(REPO).commit({**files_of(folder), "data/x.parquet": b"big"}, "a study")
    monkeypatch.setenv("HF_TOKEN", READER)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return stand_in_hub


def fetched(address: str = ADDRESS) -> tuple[Path, list[str]]:
    said: list[str] = []
    return local_study(address, said.append), said


# -- addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address", "folder"),
    [
        (ADDRESS, Address("lab/trial"), "lab--trial"),
        (f"{ADDRESS}/", Address("lab/trial"), "lab--trial"),
        (f"{ADDRESS}@v1.2", Address("lab/trial", "v1.2"), "lab--trial@v1.2"),
        (f"{ADDRESS}@refs/pr/1", Address("lab/trial", "refs/pr/1"), "lab--trial@refs-pr-1"),
    ],
)
def test_an_address_names_a_repository_and_perhaps_a_revision(
    text: str, address: Address, folder: str
) -> None:
    assert address_of(text) == address_of(Path(text)) == address
    assert address.folder == folder


@pytest.mark.parametrize("text", ["hf://lab/trial", "hf://datasets/trial", "hf:x", f"{ADDRESS}@"])
def test_half_an_address_is_refused(text: str) -> None:
    with pytest.raises(BadAddress, match="expected hf://datasets/ORG/NAME"):
        address_of(text)


def test_a_folder_is_no_address() -> None:
    assert address_of(Path("studies/mine")) is None
    assert local_study("studies/mine", print) == Path("studies/mine")


def test_the_settings_know_where_the_files_come_to() -> None:
    settings = read_settings({"STUDY": f"{ADDRESS}@v1", "STUDIES": "/data"})
    assert (
        settings.study
        == Path("/data/lab--trial@v1")
        == study_folder(f"{ADDRESS}@v1", {"STUDIES": "/data"})
    )
    assert settings.database_url == "sqlite:////data/lab--trial@v1/annotations.db"


# -- fetching ---------------------------------------------------------------------------------


def test_a_study_is_fetched_and_nothing_else_of_the_repository(hub: StandInHub) -> None:
    folder, said = fetched()
    names = {*files_of(folder)} - {".hub.json"}
    assert names == {"study.toml", "guidelines.md", "pairs.jsonl", "labels/people.jsonl"}
    assert len(load_study(folder).pairs) == 3
    assert said == [f"{ADDRESS} at commit {hub.repo(REPO).head.oid[:8]} -> studies/lab--trial"]


def test_a_command_takes_an_address_for_its_study(
    hub: StandInHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", ADDRESS]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("studies/lab--trial: A trial (trial, version 1)")
    assert err.startswith(f"{ADDRESS} at commit ")


def test_a_revision_is_another_folder(hub: StandInHub) -> None:
    repo = hub.repo(REPO)
    repo.tags["v1"] = repo.head.oid
    repo.commit({"guidelines.md": b"Later.\n"}, "later")
    newest, _ = fetched()
    tagged, _ = fetched(f"{ADDRESS}@v1")
    assert (newest / "guidelines.md").read_text() == "Later.\n"
    assert (tagged / "guidelines.md").read_text() == "# Guidelines\n\nCompare.\n"


def test_what_changed_on_the_hub_changes_here_and_labels_stay(hub: StandInHub) -> None:
    folder, _ = fetched()
    (folder / "annotations.db").write_bytes(b"labels")
    changes = {"guidelines.md": b"New.\n", "labels/people.jsonl": None, "consent.md": b"Yes?\n"}
    hub.repo(REPO).commit(changes, "changes")
    fetched()
    found = files_of(folder)
    assert (found["guidelines.md"], found["consent.md"]) == (b"New.\n", b"Yes?\n")
    assert "labels/people.jsonl" not in found
    assert found["annotations.db"] == b"labels"


def test_what_was_changed_here_is_kept_and_told(hub: StandInHub) -> None:
    folder, _ = fetched()
    (folder / "guidelines.md").write_text("Mine.\n")
    (folder / "labels" / "people.jsonl").write_text("")
    hub.repo(REPO).commit({"guidelines.md": b"Theirs.\n"}, "changes")
    _, said = fetched()
    assert (folder / "guidelines.md").read_text() == "Mine.\n"
    assert said[0].endswith("; changed here and kept: guidelines.md, labels/people.jsonl")


# -- and where that fails ---------------------------------------------------------------------


def test_what_was_fetched_before_is_used_while_the_hub_is_away(hub: StandInHub) -> None:
    folder, _ = fetched()
    hub.trouble = refusing(503)
    again, said = fetched()
    assert again == folder
    assert "503" in said[0]
    assert said[0].endswith("in studies/lab--trial, fetched before")


def test_without_the_hub_and_without_files_there_is_one_sentence(
    hub: StandInHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.trouble = refusing(503)
    with pytest.raises(HubUnreachable):
        fetched()
    assert main(["check", ADDRESS]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not Path("studies").exists()


@pytest.mark.parametrize(
    ("address", "error", "message"),
    [
        ("hf://datasets/lab/other", HubMissing, "lab/other: cannot fetch it: 404 Repository not"),
        (f"{ADDRESS}@v9", HubRefused, "lab/trial: cannot fetch it: Invalid rev id: v9"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    hub: StandInHub, address: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fetched(address)
    assert not Path("studies").exists()


@pytest.mark.parametrize("token", [STRANGER, "hf_forged"])
def test_a_token_that_may_not_read_is_told_so(
    hub: StandInHub, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(HubRefused, match="it takes a token in HF_TOKEN that may read there"):
        fetched()


def test_a_repository_without_a_study_is_refused(hub: StandInHub) -> None:
    hub.repo(REPO).commit({"study.toml": None}, "gone")
    with pytest.raises(HubRefused, match=r"found no study\.toml, expected the files of a study"):
        fetched()
    assert not Path("studies").exists()


def test_a_fetch_that_breaks_off_is_done_again(
    hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = fetched()
    (folder / ".hub.json").unlink()
    (folder / "pairs.jsonl").unlink()
    monkeypatch.setenv("HF_TOKEN", WRITER)
    fetched()
    assert len(load_study(folder).pairs) == 3


def test_the_app_serves_a_study_from_the_hub_and_keeps_its_labels_beside_it(
    hub: StandInHub, tmp_path: Path
) -> None:
    studies = tmp_path / "served"
    more = {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(tmp_path / "home")}
    database = f"sqlite:///{studies / 'lab--trial' / 'annotations.db'}"
    with served(Path(ADDRESS), STUDIES=str(studies), DATABASE_URL=database, **more) as app:
        page = httpx.get(f"{app.url}/readyz")
        assert page.status_code == 200
        assert str(studies / "lab--trial") in app.said[0]
    assert (studies / "lab--trial" / "annotations.db").exists()


def test_a_card_that_the_hub_refuses_is_told_with_its_reason(
    stand_in_hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = stand_in_hub.repo(REPO)
    stand_in_hub.trouble = refusing(400, "/validate-yaml")
    with pytest.raises(HubRefused, match="lab/trial: cannot write to it: 400 so it is"):
        Repository(REPO, WRITER).commit({"README.md": b"---\n---\n"}, (), "t", repo.head.oid)


def test_an_upload_that_breaks_off_is_worth_another_try(
    stand_in_hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = stand_in_hub.repo(REPO)
    stand_in_hub.trouble = lambda _method, path: Reply(0) if "/upload/" in path else None
    with pytest.raises(HubUnreachable, match="lab/trial: cannot write to it: Server disconnected"):
        Repository(REPO, WRITER).commit({"x.parquet": b"x"}, (), "t", repo.head.oid)
    assert len(repo.commits) == 1


def test_a_place_that_cannot_hold_the_files_is_told_in_one_sentence(hub: StandInHub) -> None:
    Path("studies").write_text("not a folder")
    with pytest.raises(NoRoom, match=r"hf://datasets/lab/trial: its files cannot be kept in .*"):
        fetched()


def test_a_start_waits_for_a_hub_that_is_down_for_a_moment(hub: StandInHub) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        hub.trouble = None

    hub.trouble = refusing(502)
    assert local_study(ADDRESS, print, 60, wait) == Path("studies/lab--trial")
    assert waited == [2]
    assert load_study(Path("studies/lab--trial")).key == "trial"


def test_a_start_does_not_wait_for_what_waiting_does_not_mend(hub: StandInHub) -> None:
    hub.trouble = refusing(403)
    waited: list[float] = []
    with pytest.raises(HubRefused):
        local_study(ADDRESS, print, 60, waited.append)
    assert waited == []
