"""The repositories of the stand-in Hub: commits that hold whole trees, in memory."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

LARGE = (".parquet", ".xlsx", ".db", ".zip", ".gz", ".bin")
"""Names that a fresh dataset repository keeps as large files (its `.gitattributes`)."""

BEGINNING = "2026-01-01T00:00:00.000Z"
"""When all commits were made: the client wants a date, and nothing depends upon it."""


class Refused(Exception):
    """A request that the Hub answers with an error: status, the Hub's own code and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Commit:
    """One state of a repository; `files` maps every path to its content."""

    oid: str
    parent: str | None
    title: str
    description: str
    files: Mapping[str, bytes]


@dataclass
class Repo:
    """A repository with its one branch, its tags, and who may see it."""

    kind: str
    name: str
    private: bool
    commits: list[Commit] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    """The secrets and variables of a Space."""
    large: dict[str, bytes] = field(default_factory=dict)
    """Large files that were uploaded, by sha256; a commit names them."""

    def __post_init__(self) -> None:
        if not self.commits:
            self.commit({".gitattributes": b"*.parquet filter=lfs\n"}, "initial commit")

    @property
    def head(self) -> Commit:
        return self.commits[-1]

    def at(self, revision: str) -> Commit:
        """The commit of a branch, a tag or a hash."""
        if revision == "main":
            return self.head
        wanted = self.tags.get(revision, revision)
        for commit in self.commits:
            if commit.oid == wanted:
                return commit
        raise Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")

    def commit(
        self,
        changes: Mapping[str, bytes | None],
        title: str,
        description: str = "",
        parent: str | None = None,
    ) -> Commit:
        """Add a commit; a path without content is deleted. Refused where `parent` is not the head.

        Tests call it themselves for somebody else's commit.
        """
        before = self.commits[-1] if self.commits else None
        if parent is not None and (before is None or before.oid != parent):
            raise Refused(412, "", "A commit has happened since. Please refresh and try again.")
        files = dict(before.files) if before else {}
        for path, content in changes.items():
            if content is None:
                files.pop(path)
            else:
                files[path] = content
        number = len(self.commits)
        oid = hashlib.sha1(f"{self.kind} {self.name} {number} {title}".encode()).hexdigest()
        made = Commit(oid, before.oid if before else None, title, description, files)
        self.commits.append(made)
        return made

    def commit_lines(self, lines: Iterable[bytes]) -> Commit:
        """Add the commit that the client sends: a header and one operation a line."""
        title = description = ""
        parent: str | None = None
        changes: dict[str, bytes | None] = {}
        for line in lines:
            sent = json.loads(line)
            value = sent["value"]
            match sent["key"]:
                case "header":
                    title, description = value["summary"], value.get("description", "")
                    parent = value.get("parentCommit")
                case "file":
                    changes[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    if value["oid"] not in self.large:
                        raise Refused(400, "", f"{value['path']}: was never uploaded")
                    changes[value["path"]] = self.large[value["oid"]]
                case "deletedFile":
                    if value["path"] not in self.head.files:
                        raise Refused(404, "EntryNotFound", "A file with this name doesn't exist")
                    changes[value["path"]] = None
                case "deletedFolder":
                    inside = f"{value['path'].rstrip('/')}/"
                    gone = [path for path in self.head.files if path.startswith(inside)]
                    changes.update(dict.fromkeys(gone))
        return self.commit(changes, title, description, parent)

    def squash(self, title: str) -> None:
        """Forget the history: one commit with the files of the head."""
        files = self.head.files
        self.commits = []
        self.commit(files, title)

    def info(self, revision: str) -> dict[str, Any]:
        """What the Hub says of the repository at a revision."""
        commit = self.at(revision)
        return {
            "id": self.name,
            "author": self.name.split("/")[0],
            "sha": commit.oid,
            "private": self.private,
            "createdAt": BEGINNING,
            "lastModified": BEGINNING,
            "tags": [],
            "siblings": [{"rfilename": path} for path in sorted(commit.files)],
        }

    def tree(self, revision: str, below: str, recursive: bool) -> list[dict[str, Any]]:
        """The files and folders of a revision, as the tree listing has them."""
        files = self.at(revision).files
        inside = f"{below}/" if below else ""
        found: dict[str, dict[str, Any]] = {}
        for path, content in sorted(files.items()):
            if not path.startswith(inside):
                continue
            parts = path.removeprefix(inside).split("/")
            for depth in range(1, len(parts)):
                folder = inside + "/".join(parts[:depth])
                if recursive or depth == 1:
                    found[folder] = {"type": "directory", "path": folder, "oid": blob_id(b"")}
            if recursive or len(parts) == 1:
                found[path] = file_entry(path, content)
        return list(found.values())


def file_entry(path: str, content: bytes) -> dict[str, Any]:
    """One file of a tree listing."""
    entry: dict[str, Any] = {
        "type": "file",
        "path": path,
        "size": len(content),
        "oid": blob_id(content),
    }
    if path.endswith(LARGE):
        sha = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"oid": sha, "size": len(content), "pointerSize": 130}
    return entry


def blob_id(content: bytes) -> str:
    """What git calls a file with this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def remote_oid(path: str, content: bytes) -> str:
    """By which the client sees that a file is there already."""
    return hashlib.sha256(content).hexdigest() if path.endswith(LARGE) else blob_id(content)
