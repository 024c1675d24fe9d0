"""One repository of the Hub: its files at a commit, and commits that nobody comes between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from httpx2 import HTTPError
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RemoteEntryNotFoundError,
)
from tqdm.auto import tqdm

from annotation.hub.errors import HubError, HubMoved, HubRefused, HubUnreachable

T = TypeVar("T")

_LATER = {408, 425, 429}
_MOVED = {409, 412}


class _Silent(tqdm):  # type: ignore[type-arg]
    """The client's progress bars, unseen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "disable": True})


class Repository:
    """A dataset repository, by its name `ORG/NAME`; every method raises HubError."""

    def __init__(self, name: str, token: str | None) -> None:
        self.name = name
        self._api = HfApi(token=token or False)

    def make_private(self) -> None:
        """Make the repository where there is none; raises HubRefused where it is public."""
        with self._translated("make it"):
            self._api.create_repo(
                self.name, repo_type="dataset", visibility="private", exist_ok=True
            )
        with self._translated("look at it"):
            info = self._api.repo_info(self.name, repo_type="dataset")
        if not info.private:
            raise HubRefused(f"{self.name}: the repository is public, expected a private one")

    def commit_now(self) -> str:
        """The commit that the branch is at."""
        with self._translated("look at it"):
            return str(self._api.repo_info(self.name, repo_type="dataset").sha)

    def names(self, commit: str) -> list[str]:
        """The names of all files."""
        with self._translated("list its files"):
            return self._api.list_repo_files(self.name, repo_type="dataset", revision=commit)

    def read(self, name: str, commit: str) -> bytes | None:
        """A file's content; None where there is no such file."""
        with TemporaryDirectory(prefix="tiebreak-") as folder, self._translated(f"read {name}"):
            try:
                path = self._api.hf_hub_download(
                    self.name,
                    name,
                    repo_type="dataset",
                    revision=commit,
                    cache_dir=folder,
                    tqdm_class=_Silent,
                )
            except RemoteEntryNotFoundError:
                return None
            return Path(path).read_bytes()

    @contextmanager
    def reading(self, pattern: str, commit: str) -> Iterator[Callable[[str], bytes]]:
        """Fetch the files that `pattern` names, several at a time, and read them in this block."""
        with TemporaryDirectory(prefix="tiebreak-") as folder:
            with self._translated(f"fetch {pattern}"):
                fetched = self._api.snapshot_download(
                    self.name,
                    repo_type="dataset",
                    revision=commit,
                    allow_patterns=pattern,
                    cache_dir=folder,
                    tqdm_class=_Silent,
                )
            yield lambda name: (Path(fetched) / name).read_bytes()

    def commit(
        self, add: Mapping[str, bytes], delete: Iterable[str], message: str, parent: str
    ) -> str:
        """One commit on top of `parent`, whole or not at all; raises HubMoved if that is not last.

        After HubUnreachable nobody knows whether it was made.
        """
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            *(CommitOperationAdd(name, content) for name, content in add.items()),
            *(CommitOperationDelete(name) for name in delete),
        ]
        with self._translated("write to it"):
            made = self._api.create_commit(
                self.name,
                [*operations],
                commit_message=message,
                repo_type="dataset",
                parent_commit=parent,
            )
            return str(made.oid)

    def forget_history(self) -> None:
        """Leave only what the branch holds now; earlier commits are gone for good."""
        with self._translated("forget its history"):
            self._api.super_squash_history(self.name, repo_type="dataset")

    @contextmanager
    def _translated(self, doing: str) -> Iterator[None]:
        try:
            yield
        except HfHubHTTPError as error:
            raise self._told(doing, error) from None
        except HFValidationError as error:
            raise HubRefused(f"{self.name}: not a repository's name: {error}") from None
        except (HTTPError, LocalEntryNotFoundError, ConnectionError, TimeoutError) as error:
            raise HubUnreachable(
                f"{self.name}: the Hub does not answer ({type(error).__name__})"
            ) from None

    def _told(self, doing: str, error: HfHubHTTPError) -> HubError:
        status = error.response.status_code
        why = error.server_message or error.response.reason_phrase
        said = f"{self.name}: cannot {doing}: {status} {why}"
        if status in _MOVED:
            return HubMoved(said)
        if status in _LATER or status >= 500:
            return HubUnreachable(said)
        return HubRefused(f"{said}; it takes a token in HF_TOKEN that may write there")
