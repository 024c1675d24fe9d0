"""The stand-in Hub answers the installed client as the client expects of the Hub."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import (
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.stand_in_hub import READER, STRANGER, WRITER, StandInHub, refusing, waiting

REPO = "lab/trial"


@pytest.fixture
def api(stand_in_hub: StandInHub) -> HfApi:
    """The client of one who may write."""
    return HfApi(endpoint=stand_in_hub.url, token=WRITER)


def committed(api: HfApi, files: dict[str, bytes], parent: str | None = None) -> str:
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    made = api.create_commit(
        REPO, operations, commit_message="more", repo_type="dataset", parent_commit=parent
    )
    return made.oid


def test_a_repo_is_made_private_and_only_once(api: HfApi, stand_in_hub: StandInHub) -> None:
    for _ in range(2):
        api.create_repo(REPO, repo_type="dataset", private=True, exist_ok=True)
    assert api.dataset_info(REPO).private
    assert len(stand_in_hub.repos) == 1


def test_what_was_committed_is_downloaded_small_and_large(
    api: HfApi, stand_in_hub: StandInHub, tmp_path: Path
) -> None:
    stand_in_hub.repo(REPO)
    files = {"README.md": b"---\n---\n# Hello\n", "data/a.parquet": b"PAR1" * 99, "empty": b""}
    head = committed(api, files)
    folder = Path(
        api.snapshot_download(REPO, repo_type="dataset", revision="main", cache_dir=tmp_path)
    )
    assert folder.name == head
    assert {name: (folder / name).read_bytes() for name in files} == files


def test_files_are_deleted_and_history_is_kept(api: HfApi, stand_in_hub: StandInHub) -> None:
    stand_in_hub.repo(REPO)
    first = committed(api, {"a.txt": b"1", "folder/b.txt": b"2"})
    gone = [CommitOperationDelete("a.txt"), CommitOperationDelete("folder/")]
    api.create_commit(REPO, gone, commit_message="less", repo_type="dataset")
    assert api.list_repo_files(REPO, repo_type="dataset") == [".gitattributes"]
    assert "a.txt" in api.list_repo_files(REPO, repo_type="dataset", revision=first)
    titles = [one.title for one in api.list_repo_commits(REPO, repo_type="dataset")]
    assert titles == ["less", "more", "initial commit"]


def test_a_tag_names_a_revision(api: HfApi, stand_in_hub: StandInHub) -> None:
    stand_in_hub.repo(REPO)
    first = committed(api, {"a.txt": b"1"})
    api.create_tag(REPO, tag="v1", repo_type="dataset")
    committed(api, {"a.txt": b"2"})
    assert api.dataset_info(REPO, revision="v1").sha == first
    with pytest.raises(RevisionNotFoundError):
        api.dataset_info(REPO, revision="v2")


def test_a_file_that_has_not_changed_makes_no_commit(api: HfApi, stand_in_hub: StandInHub) -> None:
    repo = stand_in_hub.repo(REPO)
    committed(api, {"a.txt": b"1", "b.parquet": b"2"})
    committed(api, {"a.txt": b"1", "b.parquet": b"2"})
    assert len(repo.commits) == 2


def test_somebody_elses_commit_in_between_is_refused(api: HfApi, stand_in_hub: StandInHub) -> None:
    repo = stand_in_hub.repo(REPO)
    seen = repo.head.oid
    stand_in_hub.before_commit = lambda one: one.commit({"theirs.txt": b"x"}, "theirs")
    with pytest.raises(HfHubHTTPError) as refused:
        committed(api, {"mine.txt": b"1"}, parent=seen)
    assert refused.value.response.status_code == 412
    assert set(repo.head.files) == {".gitattributes", "theirs.txt"}


@pytest.mark.parametrize(("token", "status"), [(READER, 403), ("hf_unknown", 401)])
def test_a_token_without_rights_does_not_write(
    stand_in_hub: StandInHub, token: str, status: int
) -> None:
    repo = stand_in_hub.repo(REPO)
    with pytest.raises(HfHubHTTPError) as refused:
        committed(HfApi(endpoint=stand_in_hub.url, token=token), {"a.txt": b"1"})
    assert refused.value.response.status_code == status
    assert len(repo.commits) == 1


@pytest.mark.parametrize("token", [STRANGER, False])
def test_a_private_repo_does_not_exist_for_strangers(
    stand_in_hub: StandInHub, token: str | bool
) -> None:
    stand_in_hub.repo(REPO)
    with pytest.raises(RepositoryNotFoundError):
        HfApi(endpoint=stand_in_hub.url, token=token).dataset_info(REPO)


def test_who_a_token_belongs_to(api: HfApi) -> None:
    assert api.whoami()["name"] == "ada"


def test_it_fails_as_often_as_it_is_told(api: HfApi, stand_in_hub: StandInHub) -> None:
    stand_in_hub.repo(REPO)
    stand_in_hub.trouble = refusing(500, "/commit/", times=1)
    with pytest.raises(HfHubHTTPError):
        committed(api, {"a.txt": b"1"})
    committed(api, {"a.txt": b"1"})


def test_the_client_comes_again_after_a_rate_limit(api: HfApi, stand_in_hub: StandInHub) -> None:
    stand_in_hub.repo(REPO)
    stand_in_hub.trouble = refusing(429, "/preupload/", times=2, Retry_After="7")
    committed(api, {"a.txt": b"1"})
    assert stand_in_hub.asked("/preupload/") == 3


def test_a_commit_whose_reply_is_lost_has_happened(api: HfApi, stand_in_hub: StandInHub) -> None:
    repo = stand_in_hub.repo(REPO)
    stand_in_hub.lost_reply = "/commit/"
    with pytest.raises(httpx2.RemoteProtocolError):
        committed(api, {"a.txt": b"1"})
    assert "a.txt" in repo.head.files


def test_a_slow_hub_answers_in_the_end(api: HfApi, stand_in_hub: StandInHub) -> None:
    repo, event = stand_in_hub.repo(REPO), threading.Event()
    stand_in_hub.trouble = waiting(event, "/commit/")
    sending = threading.Thread(target=committed, args=(api, {"a.txt": b"1"}))
    sending.start()
    assert len(repo.commits) == 1
    event.set()
    sending.join()
    assert "a.txt" in repo.head.files


def test_history_is_forgotten_on_request(api: HfApi, stand_in_hub: StandInHub) -> None:
    repo = stand_in_hub.repo(REPO)
    first = committed(api, {"a.txt": b"1"})
    api.super_squash_history(REPO, repo_type="dataset")
    assert [set(one.files) for one in repo.commits] == [{".gitattributes", "a.txt"}]
    with pytest.raises(RevisionNotFoundError):
        api.dataset_info(REPO, revision=first)


def test_it_can_be_made_public(api: HfApi, stand_in_hub: StandInHub) -> None:
    repo = stand_in_hub.repo(REPO)
    api.update_repo_settings(REPO, repo_type="dataset", visibility="public")
    assert not repo.private
