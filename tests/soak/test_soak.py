"""The soak in its short form: `python -m benchmarks.soak` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak import proxy
from benchmarks.soak.run import Outcome, Plan, soak
from tests.annotation.conftest import postgres_server, url

__all__ = ["postgres_server", "url"]  # the two databases, one after the other


@pytest.fixture
def outcome(url: str, tmp_path: Path) -> Outcome:
    """Ten annotators, three kills; two replicas behind nginx where the database can have them."""
    several = not url.startswith("sqlite")
    if several:
        try:
            proxy.nginx()
        except proxy.NoNginx as missing:
            pytest.skip(str(missing))
    plan = Plan(
        url,
        replicas=2 if several else 1,
        annotators=10,
        pairs=16,
        kills=3,
        seed=7,
        proxy=several,
        lease=2,
        seconds=240,
    )
    return soak(tmp_path, plan)


def test_nothing_is_lost_doubled_or_exceeded_while_replicas_are_killed(outcome: Outcome) -> None:
    assert outcome.violations == []
    assert outcome.figures["SIGKILLs"] == 3
    assert outcome.figures["double submits"] > 0
    assert outcome.figures["answers lost on the way"] > 0
