"""The soak in its short form: `python -m benchmarks.soak` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak.run import Outcome, Plan, soak
from tests.annotation.conftest import postgres_server, url

__all__ = ["postgres_server", "url"]  # the two databases, one after the other


@pytest.fixture
def outcome(url: str, tmp_path: Path) -> Outcome:
    """Ten annotators, three kills; two replicas where the database can have them."""
    replicas = 1 if url.startswith("sqlite") else 2
    plan = Plan(url, replicas, annotators=10, pairs=16, kills=3, seed=7, lease=2, seconds=240)
    return soak(tmp_path, plan)


def test_nothing_is_lost_doubled_or_exceeded_while_replicas_are_killed(outcome: Outcome) -> None:
    assert outcome.violations == []
    assert outcome.figures["SIGKILLs"] == 3
    assert outcome.figures["double submits"] > 0
    assert outcome.figures["answers lost on the way"] > 0
