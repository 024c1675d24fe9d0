"""Two containers at once: one writes the mirror, and nothing that it said it had saved is lost."""

from __future__ import annotations

import pytest

from annotation.hub.errors import HubUnreachable
from annotation.mirror.errors import Overtaken
from annotation.mirror.lease import Lease, read_lease
from annotation.store import Replaced
from tests.mirror.conftest import Run
from tests.mirror.containers import REPOSITORY, Clock, Container
from tests.stand_in_hub import StandInHub, refusing


def lease_of(container: Container) -> Lease:
    found = read_lease(container.repository, container.repository.commit_now())
    assert found is not None
    return found


def with_a_label_of_now(run: Run) -> Container:
    """An older container, with a label that is not in the mirror yet."""
    old = run("old")
    ann = old.join("ann")
    old.pass_time(2)
    old.label(ann)
    return old


def test_the_older_hands_over_all_that_it_has_and_takes_no_more(run: Run, clock: Clock) -> None:
    old = run("old")
    ann = old.join("ann")
    old.pass_time(2)
    old.label(ann)  # a moment before the new one starts: not in the mirror yet
    clock.meanwhile = old.mirror.step
    new = run("new")
    assert new.labels() == 1
    with pytest.raises(Replaced, match="a newer copy of the app has taken over"):
        old.label(ann)
    assert "a newer copy" in (old.mirror.problem or "")
    assert old.mirror.is_over
    new.label(new.known("ann"))
    assert lease_of(new).epoch == 2


def test_what_an_older_one_that_kept_silent_did_not_save_is_told(
    run: Run, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    old = run("old")
    ann = old.join("ann")
    old.pass_time(2)
    old.label(ann)
    new = run("new")  # the old one never looks: it hangs, or is cut off
    assert clock.passed >= 20
    assert new.labels() == 0
    old.pass_time(3)
    with pytest.raises(Replaced):
        old.label(ann)
    assert "1 labels of this one are not in the mirror" in (old.mirror.problem or "")
    assert "1 labels of this one are not in the mirror" in caplog.text
    before = new.store.mirrored()
    old.pass_time(120)
    new.pass_time(120)
    assert new.store.mirrored().sequence >= before.sequence
    assert new.mirror.problem is None, "the old one wrote nothing more"


def test_an_older_one_that_was_stopped_keeps_nobody_waiting(run: Run, clock: Clock) -> None:
    old = run("old")
    old.join("ann")
    old.mirror.finish()
    old.die()
    before = clock.passed
    assert run("new").known("ann").pseudonym == "ann"
    assert clock.passed == before


def test_of_two_that_ask_at_once_the_later_one_goes_on(run: Run, clock: Clock) -> None:
    run("old")
    third: list[Container] = []

    def meanwhile() -> None:
        clock.meanwhile = lambda: None
        third.append(run("third"))

    clock.meanwhile = meanwhile
    with pytest.raises(Overtaken, match="a newer copy of the app has taken the mirror over"):
        run("second")
    assert lease_of(third[0]) == lease_of(third[0]).held(lease_of(third[0]).since)
    assert lease_of(third[0]).epoch == 3


def test_the_older_hands_over_though_the_hub_fails_in_between(
    run: Run, clock: Clock, stand_in_hub: StandInHub
) -> None:
    old = with_a_label_of_now(run)
    failing = iter([refusing(503, "/commit/"), None])

    def meanwhile() -> None:
        stand_in_hub.trouble = next(failing, None)
        old.mirror.step()

    clock.meanwhile = meanwhile
    assert run("new").labels() == 1


def test_a_race_of_the_handover_and_the_end_of_patience_is_decided_by_the_hub(
    run: Run, clock: Clock, stand_in_hub: StandInHub
) -> None:
    old = with_a_label_of_now(run)

    waiting = [1]

    def trouble(_method: str, path: str) -> None:
        """The old one sees the question when the new one's patience has ended, and is quicker."""
        if "/commit/" in path and clock.passed >= 20 and waiting:
            waiting.clear()
            old.mirror.step()

    stand_in_hub.trouble = trouble
    assert run("new").labels() == 1
    assert not waiting


def test_a_start_waits_for_a_hub_that_is_down_for_a_moment(
    run: Run, clock: Clock, stand_in_hub: StandInHub
) -> None:
    run("old").die()
    stand_in_hub.trouble = refusing(503, "/commit/")

    def meanwhile() -> None:
        if clock.passed > 10:
            stand_in_hub.trouble = None

    clock.meanwhile = meanwhile
    assert run("new").labels() == 0


def test_a_start_gives_up_on_a_hub_that_stays_down(
    run: Run, clock: Clock, stand_in_hub: StandInHub
) -> None:
    stand_in_hub.repo(REPOSITORY)
    stand_in_hub.trouble = refusing(503, "/commit/")
    with pytest.raises(HubUnreachable, match=r"lab/mirror: cannot write to it: 503"):
        run()
    assert clock.passed > 60


def test_labels_of_a_moment_ago_are_handed_over_though_a_commit_was_just_made(
    run: Run, clock: Clock
) -> None:
    """Two commits lie 30 seconds apart otherwise, longer than the new one waits."""
    old = run("old", apart=30)
    ann = old.join("ann")
    old.pass_time(2)
    for _ in range(5):
        old.label(ann)
    old.pass_time(30)
    assert old.store.unmirrored().labels == 0
    old.label(ann)
    clock.meanwhile = old.mirror.step
    before = clock.passed
    assert run("new").labels() == 6
    assert clock.passed - before < 20


def test_who_asks_is_seen_though_the_hub_took_no_commit_for_an_hour(
    run: Run, clock: Clock, stand_in_hub: StandInHub
) -> None:
    old = with_a_label_of_now(run)
    stand_in_hub.trouble = refusing(429, "/commit/")
    old.pass_time(3600)
    assert "429" in (old.mirror.problem or "")
    stand_in_hub.trouble = None
    clock.meanwhile = old.mirror.step
    assert run("new").labels() == 1


def test_an_older_one_that_is_stopped_while_it_is_asked_saves_what_it_has(
    run: Run, clock: Clock, stand_in_hub: StandInHub
) -> None:
    old = with_a_label_of_now(run)

    def meanwhile() -> None:
        stand_in_hub.trouble = refusing(503, "/commit/", times=1)
        old.mirror.step()  # it has seen the question, and could not answer
        clock.meanwhile = lambda: None
        old.mirror.finish()

    clock.meanwhile = meanwhile
    assert run("new").labels() == 1


def test_the_end_tries_again_where_the_hub_fails_for_a_moment(
    run: Run, clock: Clock, stand_in_hub: StandInHub
) -> None:
    old = run("old")
    old.label(old.join("ann"))
    stand_in_hub.trouble = refusing(503, "/commit/", times=2)
    old.mirror.finish()
    old.die()
    assert run("new").labels() == 1


def test_the_end_does_not_try_for_ever(run: Run, clock: Clock, stand_in_hub: StandInHub) -> None:
    old = run("old")
    old.label(old.join("ann"))
    stand_in_hub.trouble = refusing(503, "/commit/")
    before = clock.passed
    old.mirror.finish()
    assert 20 <= clock.passed - before < 40
    assert not old.mirror.is_over
