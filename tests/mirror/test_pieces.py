"""An image that is too much for one commit: several, of which only the last one counts."""

from __future__ import annotations

from itertools import count, pairwise
from pathlib import Path

import pytest

from annotation.mirror import files
from tests.mirror.conftest import Run
from tests.mirror.containers import REPOSITORY, Container, files_of
from tests.mirror.test_lease import lease_of
from tests.stand_in_hub import Reply, StandInHub, refusing
from tests.stand_in_repos import Commit

GONE = "MARKER-of-one-who-withdrew"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit has room for two files of some two lines each."""
    monkeypatch.setattr(files, "PART_BYTES", 200)
    monkeypatch.setattr(files, "PIECE_BYTES", 3000)


def log_of(hub: StandInHub) -> set[str]:
    return {name for name in files_of(hub) if "/log/" in name}


def sent_pieces(hub: StandInHub) -> list[Commit]:
    return [one for one in hub.repo(REPOSITORY).commits if "does not count yet" in one.title]


def a_container(run: Run, labels: int = 6) -> Container:
    """One that has an image to send, of more than a commit holds."""
    container = run()
    ann = container.join("ann")
    for _ in range(labels):
        container.label(ann)
    return container


def commits_with_more(hub: StandInHub, number: int, then: Reply | None) -> None:
    """From the commit of that number on, counted from now, the Hub answers `then`."""
    left = [number]

    def trouble(_method: str, path: str) -> Reply | None:
        if "/commit/" not in path:
            return None
        left[0] -= 1
        return then if left[0] <= 0 else None

    hub.trouble = trouble


def test_an_image_goes_in_several_commits_of_a_bounded_size(
    run: Run, stand_in_hub: StandInHub
) -> None:
    first = a_container(run)
    first.pass_time(61)
    commits = stand_in_hub.repo(REPOSITORY).commits
    assert len(sent_pieces(stand_in_hub)) > 2
    for before, after in pairwise(commits):
        new = [name for name in after.files if "/log/" in name and name not in before.files]
        assert sum(len(after.files[name]) for name in new) <= 3000
    first.die()
    assert run().labels() == 6


def test_pieces_of_an_image_that_was_not_sent_to_its_end_do_not_count(
    run: Run, stand_in_hub: StandInHub
) -> None:
    first = a_container(run)
    first.pass_time(61)
    whole = log_of(stand_in_hub)
    first.label(first.join("bob"))
    first.store.need_image()
    commits_with_more(stand_in_hub, 3, refusing(503)("", ""))
    first.pass_time(2)
    assert log_of(stand_in_hub) > whole, "the head and its files are there, and some pieces"
    stand_in_hub.trouble = None
    first.die()
    second = run()
    assert second.labels() == 6, "as the head says"
    second.label(second.join("eve"))
    second.pass_time(61)
    second.die()
    third = run()
    assert third.labels() == 7, "a file of the same number as a piece is not taken for it"
    third.store.need_image()
    third.pass_time(61)
    head = files.read_head(third.repository, third.repository.commit_now())
    assert head is not None
    assert len(log_of(stand_in_hub)) == head.last - head.first + 1, "what does not count is gone"


def test_a_hub_that_fails_in_the_middle_costs_nothing(run: Run, stand_in_hub: StandInHub) -> None:
    container = a_container(run)
    commits_with_more(stand_in_hub, 3, refusing(503)("", ""))
    container.pass_time(2)
    assert "503" in (container.mirror.problem or "")
    stand_in_hub.trouble = None
    container.pass_time(20)
    assert container.mirror.problem is None
    container.die()
    assert run().labels() == 6


def test_an_answer_that_is_lost_in_the_middle_costs_nothing(
    run: Run, stand_in_hub: StandInHub
) -> None:
    container = a_container(run)
    stand_in_hub.lost_reply = "/commit/"
    container.pass_time(1)
    stand_in_hub.lost_reply = None
    assert len(sent_pieces(stand_in_hub)) == 1
    assert container.mirror.problem is not None
    container.pass_time(61)
    assert container.mirror.problem is None
    container.die()
    assert run().labels() == 6


def test_who_asks_in_the_middle_gets_all_of_it(run: Run, stand_in_hub: StandInHub) -> None:
    old = a_container(run)
    held = lease_of(old)
    asked = held.asked_by("a new container", old.clock.now())
    commits = count()

    def trouble(_method: str, path: str) -> None:
        if "/commit/" in path and next(commits) == 2:
            stand_in_hub.repo(REPOSITORY).commit({**asked.as_file()}, "Lease")

    stand_in_hub.trouble = trouble
    old.pass_time(2)
    stand_in_hub.trouble = None
    assert old.mirror.is_over
    assert lease_of(old) == asked.held(lease_of(old).since)
    assert run("another disk").labels() == 6


def test_who_withdraws_while_an_image_is_on_its_way_leaves_nothing_behind(
    run: Run, stand_in_hub: StandInHub
) -> None:
    container = a_container(run)
    gone = container.join(GONE)
    container.label(gone, comment=GONE)
    stand_in_hub.before_commit = lambda _repo: container.store.withdraw(gone.id)
    container.pass_time(61)

    def marked(contents: dict[str, bytes]) -> list[str]:
        return [name for name, content in contents.items() if b"MARKER" in content]

    assert marked(files_of(stand_in_hub)) == []
    assert not any(marked(dict(one.files)) for one in stand_in_hub.repo(REPOSITORY).commits)
    disk: Path = container.disk
    assert marked({path.name: path.read_bytes() for path in disk.iterdir()}) == []
