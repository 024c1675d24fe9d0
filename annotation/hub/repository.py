"""One repository of the Hub: its files at a commit, and commits that nobody comes between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from httpx2 import HTTPError, Timeout
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_session, get_token
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]
from tqdm.auto import tqdm

from annotation.hub.errors import (
    HubError,
    HubMissing,
    HubMoved,
    HubRefused,
    HubUnreachable,
    NoRoom,
)

T = TypeVar("T")

_PATIENCE = Timeout(60, connect=10)
"""Seconds without a sign of life; the client itself would wait for ever."""

_LATER = {408, 425, 429}
_MOVED = {409, 412}


class _Silent(tqdm):  # type: ignore[type-arg]
    """The client's progress bars, unseen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "disable": True})


@dataclass(frozen=True)
class Seen:
    """Where a repository stands: its last commit, and whether only some may read it."""

    commit: str
    private: bool


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
        with self._translated("look at it", "read"):
            info = self._api.repo_info(self.name, repo_type="dataset")
        if not info.private:
            raise HubRefused(f"{self.name}: the repository is public, expected a private one")

    def commit_now(self) -> str:
        """The commit that the branch is at."""
        with self._translated("look at it", "read"):
            return str(self._api.repo_info(self.name, repo_type="dataset").sha)

    def names(self, commit: str) -> list[str]:
        """The names of all files."""
        with self._translated("list its files", "read"):
            return self._api.list_repo_files(self.name, repo_type="dataset", revision=commit)

    def read(self, name: str, commit: str) -> bytes | None:
        """A file's content; None where there is no such file."""
        with (
            self._translated(f"read {name}", "read"),
            TemporaryDirectory(prefix="tiebreak-") as folder,
        ):
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
        with self._folder() as folder:
            with self._translated(f"fetch {pattern}", "read"):
                fetched = self._api.snapshot_download(
                    self.name,
                    repo_type="dataset",
                    revision=commit,
                    allow_patterns=pattern,
                    cache_dir=folder,
                    tqdm_class=_Silent,
                )
            yield lambda name: (Path(fetched) / name).read_bytes()

    @contextmanager
    def snapshot(self, patterns: Sequence[str], revision: str | None) -> Iterator[tuple[Path, str]]:
        """In this block, a folder with the files of a revision, and the commit that it is."""
        with self._folder() as folder:
            with self._translated("fetch it", "read"):
                info = self._api.repo_info(self.name, repo_type="dataset", revision=revision)
                commit = str(info.sha)
                fetched = self._api.snapshot_download(
                    self.name,
                    repo_type="dataset",
                    revision=commit,
                    allow_patterns=[*patterns],
                    cache_dir=folder,
                    tqdm_class=_Silent,
                )
            yield Path(fetched), commit

    def look(self) -> Seen | None:
        """Where the repository stands; None where there is none that this token may see."""
        try:
            with self._translated("look at it", "read"):
                info = self._api.repo_info(self.name, repo_type="dataset")
        except HubMissing:
            return None
        return Seen(str(info.sha), bool(info.private))

    def make(self, private: bool) -> Seen:
        """Make the repository; raises HubRefused where there is one or the token may not."""
        with self._translated("make it"):
            self._api.create_repo(self.name, repo_type="dataset", private=private)
        return Seen(self.commit_now(), private)

    def show(self) -> None:
        """Let everybody read the repository."""
        with self._translated("make it public"):
            self._api.update_repo_settings(self.name, repo_type="dataset", visibility="public")

    def delete(self) -> None:
        """Take the repository away for good."""
        with self._translated("delete it"):
            self._api.delete_repo(self.name, repo_type="dataset")

    def commit(
        self,
        add: Mapping[str, bytes | Path],
        delete: Iterable[str],
        message: str,
        parent: str,
        description: str = "",
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
                commit_description=description,
                repo_type="dataset",
                parent_commit=parent,
            )
            return str(made.oid)

    def forget_history(self) -> None:
        """Leave only what the branch holds now; earlier commits are gone for good."""
        with self._translated("forget its history"):
            self._api.super_squash_history(self.name, repo_type="dataset")

    @contextmanager
    def _folder(self) -> Iterator[str]:
        """A temporary folder for this block."""
        with self._translated("make a folder for its files", "read"):
            made = TemporaryDirectory(prefix="tiebreak-")
        with made as folder:
            yield folder

    @contextmanager
    def _translated(self, doing: str, may: str = "write") -> Iterator[None]:
        get_session().timeout = _PATIENCE
        try:
            yield
        except RepositoryNotFoundError as error:
            raise HubMissing(self._said(doing, error, may)) from None
        except RevisionNotFoundError as error:
            raise HubRefused(f"{self.name}: cannot {doing}: {error.server_message}") from None
        except HfHubHTTPError as error:
            raise self._told(doing, error, may) from None
        except HFValidationError as error:
            raise HubRefused(f"{self.name}: not a repository's name: {error}") from None
        except (RuntimeError, ValueError) as error:  # of an upload, or of the card's metadata
            cause = error.__cause__
            if isinstance(cause, HfHubHTTPError):
                raise self._told(doing, cause, may) from None
            why = " ".join(str(cause or error).split())
            raise HubUnreachable(f"{self.name}: cannot {doing}: {why}") from None
        except (HTTPError, LocalEntryNotFoundError, ConnectionError, TimeoutError) as error:
            raise HubUnreachable(
                f"{self.name}: the Hub does not answer ({type(error).__name__})"
            ) from None
        except OSError as error:
            if error.errno is None:  # the client's own, of a download that broke off
                why = " ".join(str(error).split())
                raise HubUnreachable(f"{self.name}: cannot {doing}: {why}") from None
            raise NoRoom(f"{self.name}: cannot {doing} on this machine: {error}") from None

    def _told(self, doing: str, error: HfHubHTTPError, may: str) -> HubError:
        status = error.response.status_code
        said = self._said(doing, error, may)
        if status in _MOVED:
            return HubMoved(said)
        return HubUnreachable(said) if _is_later(status) else HubRefused(said)

    def _said(self, doing: str, error: HfHubHTTPError, may: str) -> str:
        status = error.response.status_code
        why = error.server_message or error.response.reason_phrase
        said = f"{self.name}: cannot {doing}: {status} {why}"
        if status in _MOVED or _is_later(status):
            return said
        return f"{said}; it takes a token in HF_TOKEN that may {may} there"


def _is_later(status: int) -> bool:
    return status in _LATER or status >= 500


def without_bars() -> None:
    """Let the client show no bars from now on, where nobody looks at them."""
    disable_progress_bars()


def own_token() -> str | None:
    """The token of whoever runs this: HF_TOKEN, or that of `hf auth login`."""
    return get_token()
