"""Any order of joining, taking, expiring, skipping, answering and leaving keeps what is promised.

A simple model of the rules in plain Python is asked beside the store after every step: for the
exact count, for the sides of pairs and of annotators, and for whose label becomes surplus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, create_engine, text

from annotation.assignment import Answer, Sides, open_sides
from annotation.store import AssignmentClosed, AssignmentRecord, Given, Store, UnknownAssignment

LEASE = timedelta(minutes=30)
ANSWERS = (Answer(criterion="overall", target="pair", choice="a"),)


class Held(NamedTuple):
    """An assignment as it stands in the database."""

    annotator_id: int
    pair_id: str
    swapped: bool
    token: str
    state: str
    purpose: str

    @property
    def counts(self) -> bool:
        return self.state == "submitted" and self.purpose == "study"


class Interleavings(RuleBasedStateMachine):
    """Several people, few pairs, and a clock that jumps; a study of its own in the database."""

    def __init__(self, store: Store, engine: Engine, study: str) -> None:
        super().__init__()
        self.store, self.engine, self.study = store, engine, study
        self.is_open = False

    def _assignments(self) -> list[Held]:
        """All assignments of the study, in the order in which they were given out."""
        query = text(
            f"SELECT {', '.join(Held._fields)} FROM assignment "
            "WHERE study = :study ORDER BY assigned_at, id"
        )
        with self.engine.connect() as connection:
            found = connection.execute(query, {"study": self.study})
            return [Held(*row)._replace(swapped=bool(row.swapped)) for row in found]

    @initialize(wanted=st.integers(1, 4), pairs=st.integers(1, 6))
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
        self._take(data.draw(st.sampled_from(self.people)), seed)

    def _take(self, who: int, seed: int) -> bool:
        before = self._assignments()
        found = self.store.take(who, self._token(), self.now, LEASE, Random(seed))
        if found is None:
            return False
        self._check_order(who, found, before)
        finished = {self.pair_of[t] for t, (owner, _) in self.acknowledged.items() if owner == who}
        assert found.pair_id not in finished, "no annotator sees a pair twice"
        assert (who, found.pair_id) not in self.skipped
        self.held[who] = found.token
        self.pair_of[found.token] = found.pair_id
        return True

    def _check_order(self, who: int, found: AssignmentRecord, before: list[Held]) -> None:
        """An order tilts the annotator's sides only where no eligible pair allows the other one.

        What the annotator held last may be found again as it was.
        """
        last = [each.token for each in before if each.annotator_id == who][-1:]
        after = self._assignments()
        ahead = _ahead(after, who, found.swapped)
        if found.token in last or ahead <= 0:
            return
        others = [each for each in after if each.token != found.token]
        seen = {e.pair_id for e in others if e.annotator_id == who and e.state != "expired"}
        for pair, wanted in self.wanted.items():
            counted = _sides(each for each in others if each.pair_id == pair and each.counts)
            leased = _sides(e for e in others if e.pair_id == pair and e.state == "open")
            has_room = wanted > sum((counted.plain, counted.swapped, leased.plain, leased.swapped))
            allows = has_room and (not found.swapped) in open_sides(counted, leased)
            assert pair in seen or not allows, f"{pair} could be shown in the other order"

    @precondition(lambda self: bool(self.people))
    @rule(data=st.data(), seed=st.integers(0, 9), most=st.integers(1, 6))
    def label(self, data: st.DataObject, seed: int, most: int) -> None:
        """Several pairs one after the other."""
        who = data.draw(st.sampled_from(self.people))
        for _ in range(most):
            if not self._take(who, seed):
                return
            self._submit(who, copies=1)

    @precondition(lambda self: bool(self.held))
    @rule(data=st.data(), copies=st.integers(1, 3))
    def submit(self, data: st.DataObject, copies: int) -> None:
        self._submit(data.draw(st.sampled_from(sorted(self.held))), copies)

    def _submit(self, who: int, copies: int) -> None:
        token = self.held[who]
        answer = Given(submission_id=f"of-{token}", answers=ANSWERS, study_version=1)
        for _ in range(copies):
            try:
                done = self.store.submit(who, token, answer, self.now)
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
        before = self._assignments()
        self.store.withdraw(who)
        self._check_surplus(who, before, self._assignments())
        self.people.remove(who)
        self.held.pop(who, None)
        self.acknowledged = {t: kept for t, kept in self.acknowledged.items() if kept[0] != who}
        self.skipped = {(owner, pair) for owner, pair in self.skipped if owner != who}

    def _check_surplus(self, gone: int, before: list[Held], after: list[Held]) -> None:
        """What a withdrawal makes surplus is of whoever gave most in that order, pair by pair."""
        stands = [each for each in before if each.counts and each.annotator_id != gone]
        counts = {each.token for each in after if each.counts}
        made_surplus = [each for each in stands if each.token not in counts]
        for surplus in sorted(made_surplus, key=lambda each: each.pair_id):
            pair = [each for each in stands if each.pair_id == surplus.pair_id]
            leans = [
                _ahead(stands, each.annotator_id, surplus.swapped)
                for each in pair
                if each.swapped == surplus.swapped
            ]
            assert _ahead(stands, surplus.annotator_id, surplus.swapped) == max(leans)
            stands.remove(surplus)

    @invariant()
    def what_was_acknowledged_is_there_once(self) -> None:
        if not self.is_open:
            return
        labels = list(self.store.labels(self.study))
        acknowledged = Counter(self.pair_of[token] for token in self.acknowledged)
        assert Counter(label.pair_id for label in labels) == acknowledged
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
                answer = Given(submission_id=f"of-{found.token}", answers=ANSWERS, study_version=1)
                self.store.submit(who, found.token, answer, self.now)
        counted = Counter(
            label.pair_id for label in self.store.labels(self.study) if label.purpose == "study"
        )
        assert counted == Counter(self.wanted)


def _sides(assignments: Iterable[Held]) -> Sides:
    count = Counter(each.swapped for each in assignments)
    return Sides(plain=count[False], swapped=count[True])


def _ahead(assignments: Iterable[Held], who: int, swapped: bool) -> int:
    """How many more labels in this order than in the other one count for the annotator."""
    sides = _sides(each for each in assignments if each.annotator_id == who and each.counts)
    return sides.swapped - sides.plain if swapped else sides.plain - sides.swapped


def test_any_order_of_steps_keeps_the_exact_count_and_the_sides(store: Store, url: str) -> None:
    studies = (f"s{number}" for number in count())
    engine = create_engine(url)

    class InAStudyOfItsOwn(Interleavings):
        def __init__(self) -> None:
            super().__init__(store, engine, next(studies))

    run_state_machine_as_test(
        InAStudyOfItsOwn,
        settings=settings(max_examples=20, stateful_step_count=25, deadline=None),
    )
    engine.dispose()


def test_withdrawals_from_a_finished_study_take_from_whoever_gave_most_in_that_order(
    store: Store, url: str
) -> None:
    studies = (f"s{number}" for number in count())
    engine = create_engine(url)

    @given(data=st.data(), people=st.integers(4, 6))
    @settings(max_examples=10, deadline=None)
    def check(data: st.DataObject, people: int) -> None:
        walk = Interleavings(store, engine, next(studies))
        walk.open(wanted=3, pairs=8)
        for _ in range(people):
            walk.join()
        for turn in data.draw(st.permutations([*range(people)] * 8)):
            if walk._take(walk.people[turn], seed=turn):
                walk._submit(walk.people[turn], copies=1)
        for _ in range(2):
            walk.withdraw(data)
            walk.what_was_acknowledged_is_there_once()

    check()
    engine.dispose()
