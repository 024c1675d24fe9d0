"""Any order of joining, taking, expiring, skipping, answering and leaving keeps the exact count.

A simple model of the rules in plain Python is asked beside the store after every step.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from annotation.assignment import Answer
from annotation.store import AssignmentClosed, Given, Store, UnknownAssignment

LEASE = timedelta(minutes=30)
ANSWERS = (Answer(criterion="overall", target="pair", choice="a"),)


class Interleavings(RuleBasedStateMachine):
    """Several people, few pairs, and a clock that jumps; a study of its own in the database."""

    def __init__(self, store: Store, study: str) -> None:
        super().__init__()
        self.store, self.study = store, study
        self.is_open = False

    @initialize(wanted=st.integers(1, 4), pairs=st.integers(1, 4))
    def open(self, wanted: int, pairs: int) -> None:
        self.is_open = True
        self.now = datetime(2026, 11, 22, tzinfo=UTC)
        self.wanted = {f"p{n}": wanted for n in range(pairs)}
        self.store.register(
            self.study, 1, self.wanted, dict.fromkeys(self.wanted), self._positions, self.now
        )
        self.people: list[int] = []
        self.held: dict[int, str] = {}
        """Annotator to the token that a browser of theirs may still send."""
        self.pair_of: dict[str, str] = {}
        self.acknowledged: dict[str, tuple[int, str]] = {}
        """Token to annotator and purpose of every acknowledged submission."""
        self.skipped: set[tuple[int, str]] = set()
        self.number = 0

    def _positions(self) -> dict[str, int]:
        return {pair: place for place, pair in enumerate(self.wanted)}

    def _token(self) -> str:
        self.number += 1
        return f"{self.study}-token-{self.number:04}"

    @rule()
    def join(self) -> None:
        name = self._token()
        self.people.append(self.store.add_annotator(self.study, name, name, name, self.now).id)

    @precondition(lambda self: bool(self.people))
    @rule(data=st.data(), seed=st.integers(0, 9))
    def take(self, data: st.DataObject, seed: int) -> None:
        who = data.draw(st.sampled_from(self.people))
        found = self.store.take(who, self._token(), self.now, LEASE, Random(seed))
        if found is None:
            return
        finished = {self.pair_of[t] for t, (owner, _) in self.acknowledged.items() if owner == who}
        assert found.pair_id not in finished, "no annotator sees a pair twice"
        assert (who, found.pair_id) not in self.skipped
        self.held[who] = found.token
        self.pair_of[found.token] = found.pair_id

    @precondition(lambda self: bool(self.held))
    @rule(data=st.data(), copies=st.integers(1, 3))
    def submit(self, data: st.DataObject, copies: int) -> None:
        who = data.draw(st.sampled_from(sorted(self.held)))
        token = self.held[who]
        given = Given(submission_id=f"of-{token}", answers=ANSWERS, study_version=1)
        for _ in range(copies):
            try:
                done = self.store.submit(who, token, given, self.now)
            except (AssignmentClosed, UnknownAssignment):
                assert token not in self.acknowledged
                return
            self.acknowledged[token] = (who, done.purpose)

    @precondition(lambda self: bool(self.held))
    @rule(data=st.data())
    def skip(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.held)))
        token = self.held[who]
        try:
            self.store.skip(who, token, "no", self.now)
        except (AssignmentClosed, UnknownAssignment):
            return
        self.skipped.add((who, self.pair_of[token]))

    @precondition(lambda self: bool(self.people))
    @rule(data=st.data())
    def hand_back(self, data: st.DataObject) -> None:
        self.store.hand_back(data.draw(st.sampled_from(self.people)))

    @rule()
    def expire(self) -> None:
        self.now += 2 * LEASE

    @rule()
    def move_the_clock_back(self) -> None:
        self.now -= 5 * LEASE

    @precondition(lambda self: bool(self.people))
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(self.people))
        self.store.withdraw(who)
        self.people.remove(who)
        self.held.pop(who, None)
        self.acknowledged = {t: kept for t, kept in self.acknowledged.items() if kept[0] != who}
        self.skipped = {(owner, pair) for owner, pair in self.skipped if owner != who}

    @invariant()
    def what_was_acknowledged_is_there_once(self) -> None:
        if not self.is_open:
            return
        labels = list(self.store.labels(self.study))
        given = Counter(self.pair_of[token] for token in self.acknowledged)
        assert Counter(label.pair_id for label in labels) == given
        counted = [label for label in labels if label.purpose == "study"]
        for pair, wanted in self.wanted.items():
            sides = Counter(label.swapped for label in counted if label.pair_id == pair)
            assert sides.total() <= wanted, "labels_per_pair is never exceeded"
            assert abs(sides[True] - sides[False]) <= 1, "the sides are balanced, always"

    def teardown(self) -> None:
        if not self.is_open:
            return
        self._finish()

    def _finish(self) -> None:
        """Enough new people bring every pair to exactly its number, whatever went before."""
        for _ in range(2 * sum(self.wanted.values())):
            self.now += 2 * LEASE
            self.join()
            who = self.people[-1]
            while found := self.store.take(who, self._token(), self.now, LEASE, Random(who)):
                given = Given(submission_id=f"of-{found.token}", answers=ANSWERS, study_version=1)
                self.store.submit(who, found.token, given, self.now)
        counted = Counter(
            label.pair_id for label in self.store.labels(self.study) if label.purpose == "study"
        )
        assert counted == Counter(self.wanted)


def test_any_order_of_steps_keeps_the_exact_count(store: Store) -> None:
    studies = (f"s{number}" for number in count())

    class InAStudyOfItsOwn(Interleavings):
        def __init__(self) -> None:
            super().__init__(store, next(studies))

    run_state_machine_as_test(
        InAStudyOfItsOwn,
        settings=settings(max_examples=20, stateful_step_count=25, deadline=None),
    )
