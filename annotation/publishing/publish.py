"""A release as one commit: all of it or nothing, and nobody else's commit is overrun."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from annotation.hub.card import with_metadata
from annotation.hub.errors import HubError, HubMoved, HubRefused, HubUnreachable
from annotation.hub.repository import Repository, Seen
from annotation.publishing.card import card
from annotation.publishing.dataset import Release, write_dataset
from annotation.publishing.facts import Change, Facts
from annotation.schema import Record, iso_utc

ABOUT = "manifest.json"
CARD = "README.md"


class About(Record):
    """What a release says of itself to the next one: its files and all changes so far."""

    study: str
    study_version: int
    unblinded: bool
    files: tuple[str, ...]
    changes: tuple[Change, ...]


def write_release(
    release: Release, folder: Path, note: str, now: datetime, before: Sequence[Change] = ()
) -> Facts:
    """The files of a release in `folder`, its card and manifest among them."""
    change = Change(date=iso_utc(now)[:10], note=note)
    facts = write_dataset(release, folder, (*before, change), now)
    text = with_metadata(
        card(facts),
        title=facts.study.title,
        language=facts.study.language,
        licence=facts.licence,
        rows=max((one.rows for one in facts.configs), default=0),
        configs=[(one.name, one.split, one.path) for one in facts.configs],
    )
    (folder / CARD).write_text(text, encoding="utf-8")
    about = About(
        study=facts.study.key,
        study_version=facts.study.version,
        unblinded=facts.unblinded,
        files=tuple(sorted({*_names(folder), CARD, ABOUT})),
        changes=facts.changes,
    )
    said = json.dumps(about.model_dump(mode="json"), ensure_ascii=False, indent=2)
    (folder / ABOUT).write_text(said + "\n", encoding="utf-8")
    return facts


def publish(
    release: Release,
    folder: Path,
    repository: Repository,
    now: datetime,
    *,
    note: str = "",
    public: bool = False,
) -> str:
    """Publish a release as one commit, by way of an empty `folder`; a line that says where.

    A repository is made where there is none, and taken away again if its first commit fails.
    Raises HubError, and then the repository is as it was.
    """
    seen = repository.look()
    if seen and not (seen.private or public):
        raise HubRefused(
            f"{repository.name}: the repository is public, expected a private one; "
            "say --public to publish there"
        )
    before = _before(repository, seen)
    said = note or ("First release" if before is None else "Another release")
    facts = write_release(release, folder, said, now, before.changes if before else ())
    made = seen or repository.make(private=not public)
    try:
        commit = _commit(repository, folder, before, said, made)
    except HubError:
        if seen is None:
            with suppress(HubError):  # what went wrong has a better sentence
                repository.delete()
        raise
    if public and made.private:
        try:
            repository.show()
        except HubError as error:
            raise HubRefused(f"published at commit {commit[:8]}, still private: {error}") from None
    rows = ", ".join(f"{one.name} {one.rows:,}" for one in facts.configs)
    who = "everybody" if public else "those who may see the repository"
    return f"{rows} -> {repository.name} at commit {commit[:8]}, for {who}"


def _before(repository: Repository, seen: Seen | None) -> About | None:
    """What the release before said of itself; raises HubRefused where others' files are there."""
    if seen is None:
        return None
    text = repository.read(ABOUT, seen.commit)
    if text is None:
        theirs = {*repository.names(seen.commit)} - {".gitattributes", CARD}
        if theirs:
            raise HubRefused(
                f"{repository.name}: holds {sorted(theirs)[0]} and no {ABOUT} of a release, "
                "expected an empty repository or one that was published to before"
            )
        return None
    try:
        return About.model_validate_json(text)
    except ValidationError:
        raise HubRefused(
            f"{repository.name}: found a {ABOUT} that is not of a release of a study"
        ) from None


def _commit(
    repository: Repository, folder: Path, before: About | None, note: str, seen: Seen
) -> str:
    names = _names(folder)
    there = {*repository.names(seen.commit)}
    gone = sorted(({*before.files} if before else set()) & there - {*names})
    files = {name: folder / name for name in names}
    title = note.splitlines()[0][:72]
    try:
        return repository.commit(files, gone, title, seen.commit, note)
    except HubMoved:
        raise HubMoved(
            f"{repository.name}: somebody else committed in between; nothing was published, "
            "look at their commit and publish again"
        ) from None
    except HubUnreachable as error:
        raise HubUnreachable(
            f"{error}; look whether it is there before you publish again"
        ) from None


def _names(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)
