"""Publish a study from the page: a private dataset unless told otherwise, blind until the lock."""

from __future__ import annotations

from pathlib import Path
from secrets import randbits
from tempfile import TemporaryDirectory

from pydantic import Field

from annotation.blind import Text
from annotation.pages.researcher.working import Outcome
from annotation.publishing.dataset import Release
from annotation.schema import Record
from annotation.sources import found_in
from annotation.workflow import Research


class Publishing(Record):
    """Where a study is published, and what goes with it."""

    repository: str = Field(max_length=200, pattern=r"^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$")
    note: Text = Field(default="", max_length=500)
    licence: str = Field(default="", max_length=60, pattern=r"^[A-Za-z0-9._-]*$")
    public: bool = False
    comments: bool = False


def publish(research: Research, wanted: Publishing) -> Outcome:
    """Publish with the host's token; a line that says what came where. Raises HubError."""
    from annotation.hub.repository import Repository, own_token, without_bars  # slow to load
    from annotation.publishing.publish import publish as publish_release

    without_bars()
    workflow = research.workflow
    with (
        found_in(workflow.store, workflow.study) as found,
        TemporaryDirectory(prefix="tiebreak-") as folder,
    ):
        release = Release(
            study=workflow.study,
            found=found,
            repository=wanted.repository,
            unblind=research.is_locked,
            comments=wanted.comments,
            licence=wanted.licence or None,
            seed=randbits(128),
        )
        repository = Repository(wanted.repository, own_token())
        now = workflow.now.replace(microsecond=0)
        said = publish_release(
            release, Path(folder), repository, now, note=wanted.note, public=wanted.public
        )
    return Outcome(said)
