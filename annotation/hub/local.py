"""From what a command was given as its study to a folder: itself, or the files of a repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from annotation.hub.address import address_of
from annotation.settings import study_folder


def local_study(study: str | Path, say: Callable[[str], object]) -> Path:
    """The folder of a study; one that lives on the Hub is fetched, which `say` is told.

    Raises HubError or BadAddress.
    """
    address = address_of(study)
    if address is None:
        return Path(study)
    from annotation.hub.fetching import fetch  # here, because its client is slow to load
    from annotation.hub.repository import Repository, own_token

    folder = study_folder(str(study))
    say(fetch(address, folder, Repository(address.repository, own_token())))
    return folder
