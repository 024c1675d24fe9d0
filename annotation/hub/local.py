"""From what a command was given as its study to a folder: itself, or the files of a repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import sleep

from annotation.hub.address import address_of
from annotation.settings import study_folder


def local_study(
    study: str | Path,
    say: Callable[[str], object],
    patience: float = 0,
    wait: Callable[[float], object] = sleep,
) -> Path:
    """The folder of a study; one that lives on the Hub is fetched, which `say` is told.

    patience: so many seconds a Hub is waited for that does not answer, where nothing of the study
    was fetched before. Raises HubError or BadAddress.
    """
    address = address_of(study)
    if address is None:
        return Path(study)
    from annotation.hub.fetching import fetch  # here, because its client is slow to load
    from annotation.hub.patience import patiently
    from annotation.hub.repository import Repository, own_token

    folder = study_folder(str(study))
    repository = Repository(address.repository, own_token())
    say(patiently(lambda: fetch(address, folder, repository), patience, wait=wait))
    return folder
