"""A join whose answer was lost is sent again: it must lead to the same account."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from annotation.served import load_served
from annotation.store import InviteUsed, PseudonymTaken, Store
from annotation.workflow import Workflow
from tests.builders import a_plan, a_study_folder

JOINING_ID = "0123456789abcdef0123456789abcdef"
OTHER_ID = "f" * 32

Serve = Callable[..., Workflow]


@pytest.fixture
def serve(store: Store, tmp_path: Path) -> Serve:
    """A workflow over a small study; keywords are fields of study.toml."""

    def make(key: str = "trial", **fields: Any) -> Workflow:
        folder = a_study_folder(tmp_path / key, a_plan(key=key, **fields), 3)
        return Workflow(load_served(folder), store)

    return make


def test_a_join_that_is_sent_again_gives_the_same_account_and_key(serve: Serve) -> None:
    workflow = serve()
    first, second = (workflow.join("ann", joining_id=JOINING_ID) for _ in range(2))
    assert first == second
    assert workflow.annotator_of(first.return_key) == first.annotator


def test_copies_that_arrive_at_once_make_one_account(serve: Serve) -> None:
    workflow = serve()
    with ThreadPoolExecutor(6) as pool:
        copies = [pool.submit(workflow.join, "ann", joining_id=JOINING_ID) for _ in range(6)]
    assert len({copy.result() for copy in copies}) == 1


def test_somebody_else_does_not_get_the_account_by_its_pseudonym(serve: Serve) -> None:
    workflow = serve()
    workflow.join("ann", joining_id=JOINING_ID)
    with pytest.raises(PseudonymTaken):
        workflow.join("ann", joining_id=OTHER_ID)


def test_an_invitation_that_is_sent_again_is_not_used_up(serve: Serve) -> None:
    workflow = serve(access={"mode": "invite"})
    [code] = workflow.invite(1)
    first = workflow.join("ann", code, JOINING_ID)
    assert workflow.join("ann again", code, JOINING_ID) == first, "the first pseudonym counts"
    with pytest.raises(InviteUsed):
        workflow.join("ben", code, OTHER_ID)


def test_the_id_does_not_tell_the_key_of_another_study(serve: Serve) -> None:
    one, other = serve("one"), serve("other")
    joined = one.join("ann", joining_id=JOINING_ID)
    also = other.join("ann", joining_id=JOINING_ID)
    assert joined.return_key != also.return_key
    assert joined.annotator.id != also.annotator.id


def test_without_an_id_every_join_has_a_key_of_its_own(serve: Serve) -> None:
    workflow = serve()
    assert workflow.join("ann").return_key != workflow.join("ben").return_key
