"""What the database promises, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count, product
from random import Random
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from annotation.assignment import Answer, Sides, open_sides
from annotation.schema import Label
from annotation.store import (
    AnnotatorRecord,
    AssignmentClosed,
    AssignmentRecord,
    DraftRecord,
    Given,
    PseudonymTaken,
    Store,
    Submitted,
    UnknownAssignment,
)
from annotation.store.database import open_database
from annotation.store.records import DatabaseUnusable
from annotation.store.tables import FREE, UtcDateTime

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = timedelta(minutes=30)
OVERALL_A = (Answer(criterion="overall", target="pair", choice="a"),)
_tokens = count()


def a_token() -> str:
    return f"token-{next(_tokens):06}"


def a_given(submission: str | None = None, **fields: Any) -> Given:
    made = {"answers": OVERALL_A, "seconds": 4.5, "study_version": 1, **fields}
    return Given.model_validate({"submission_id": submission or a_token(), **made})


def registered(store: Store, pairs: Sequence[str] = ("p0", "p1"), wanted: int = 3) -> list[str]:
    places = {pair: place for place, pair in enumerate(pairs)}
    each, none = dict.fromkeys(pairs, wanted), dict.fromkeys(pairs)
    return store.register("trial", 1, each, none, lambda: places, NOON)


def joined(store: Store, name: str = "ann") -> AnnotatorRecord:
    return store.add_annotator("trial", name, name, f"hash of {name}", NOON)


def taken(
    store: Store, who: AnnotatorRecord, now: datetime = NOON, coin: int = 0
) -> AssignmentRecord:
    """With coin 0 the first order drawn is the pair's own, with coin 1 the swapped one."""
    found = store.take(who.id, a_token(), now, LEASE, Random(coin))
    assert found is not None
    return found


def submitted(
    store: Store, who: AnnotatorRecord, it: AssignmentRecord, submission: str | None = None
) -> Submitted:
    return store.submit(who.id, it.token, a_given(submission), NOON)


def test_a_label_comes_back_as_it_was_given(store: Store) -> None:
    registered(store)
    ann = joined(store)
    task = taken(store, ann)
    submitted(store, ann, task)
    assert list(store.labels("trial")) == [
        Label(
            pair_id=task.pair_id,
            criterion="overall",
            annotator="ann",
            kind="human",
            target="pair",
            choice="a",
            swapped=task.swapped,
            seconds=4.5,
            created_at=NOON,
            study_version=1,
        )
    ]


def test_an_open_assignment_is_the_same_however_often_it_is_asked_for(store: Store) -> None:
    registered(store)
    ann = joined(store)
    first = taken(store, ann)
    assert [taken(store, ann) for _ in range(20)] == [first] * 20


def test_no_annotator_sees_a_pair_twice(store: Store) -> None:
    registered(store, ["p0", "p1", "p2"])
    ann = joined(store)
    seen = []
    for _ in range(3):
        task = taken(store, ann)
        seen.append(task.pair_id)
        submitted(store, ann, task)
    assert sorted(seen) == ["p0", "p1", "p2"]
    assert store.take(ann.id, a_token(), NOON, LEASE, Random(0)) is None


def test_a_retried_submission_is_acknowledged_the_same_and_saved_once(store: Store) -> None:
    registered(store)
    ann = joined(store)
    task = taken(store, ann)
    first = submitted(store, ann, task, "submission-1")
    assert [submitted(store, ann, task, "submission-1") for _ in range(3)] == [first] * 3
    assert len(list(store.labels("trial"))) == 1


def test_a_second_submission_of_a_pair_is_refused(store: Store) -> None:
    registered(store)
    ann = joined(store)
    task = taken(store, ann)
    submitted(store, ann, task)
    with pytest.raises(AssignmentClosed):
        submitted(store, ann, task)
    assert len(list(store.labels("trial"))) == 1


def test_a_submission_id_of_another_pair_is_refused(store: Store) -> None:
    registered(store)
    ann = joined(store)
    submitted(store, ann, taken(store, ann), "submission-1")
    with pytest.raises(AssignmentClosed):
        submitted(store, ann, taken(store, ann), "submission-1")


def test_another_annotators_token_is_refused(store: Store) -> None:
    registered(store)
    task = taken(store, joined(store, "ann"))
    with pytest.raises(UnknownAssignment):
        submitted(store, joined(store, "ben"), task)


def test_simultaneous_copies_of_a_submission_make_one_label(store: Store) -> None:
    registered(store)
    ann = joined(store)
    task = taken(store, ann)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: submitted(store, ann, task, "submission-1"), range(16)))
    assert told == [told[0]] * 16
    assert len(list(store.labels("trial"))) == 1


def test_people_at_the_same_time_never_exceed_the_labels_wanted(store: Store) -> None:
    registered(store, [f"p{n}" for n in range(6)], wanted=2)
    people = [joined(store, f"ann{n}") for n in range(8)]

    def work(who: AnnotatorRecord) -> None:
        while task := store.take(who.id, a_token(), NOON, LEASE, Random(who.id)):
            submitted(store, who, task)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, people))
    labels = list(store.labels("trial"))
    for each in range(6):
        sides = [label.swapped for label in labels if label.pair_id == f"p{each}"]
        assert sorted(sides, key=str) == [False, True]
    assert {label.purpose for label in labels} == {"study"}


def test_a_leased_pair_is_not_given_beyond_its_number(store: Store) -> None:
    registered(store, ["p0"], wanted=1)
    taken(store, joined(store, "ann"))
    ben = joined(store, "ben")
    assert store.take(ben.id, a_token(), NOON, LEASE, Random(0)) is None
    assert store.waiting(ben.id)


def test_a_pair_whose_lease_ran_out_goes_to_somebody_else(store: Store) -> None:
    registered(store, ["p0"], wanted=1)
    taken(store, joined(store, "ann"))
    assert taken(store, joined(store, "ben"), NOON + 2 * LEASE).pair_id == "p0"


def test_an_overdue_lease_is_left_alone_while_other_pairs_are_free(store: Store) -> None:
    registered(store, ["p0", "p1"], wanted=1)
    ann, ben = joined(store, "ann"), joined(store, "ben")
    before = taken(store, ann)
    assert taken(store, ben, NOON + 2 * LEASE).pair_id != before.pair_id
    assert taken(store, ann, NOON + 2 * LEASE) == before


def test_a_late_submission_counts_while_its_pair_has_room(store: Store) -> None:
    registered(store, ["p0"], wanted=1)
    ann, ben, carl = (joined(store, name) for name in ("ann", "ben", "carl"))
    late = taken(store, ann)
    taken(store, ben, NOON + 2 * LEASE, coin=1)
    registered(store, ["p0"], wanted=2)
    assert submitted(store, ann, late).purpose == "study"
    assert store.take(carl.id, a_token(), NOON + 2 * LEASE, LEASE, Random(0)) is None


def test_a_late_submission_to_a_full_pair_is_kept_as_surplus_and_credited(store: Store) -> None:
    registered(store, ["p0"], wanted=1)
    ann, ben = joined(store, "ann"), joined(store, "ben")
    late = taken(store, ann)
    submitted(store, ben, taken(store, ben, NOON + 2 * LEASE))
    receipt = submitted(store, ann, late)
    assert (receipt.purpose, receipt.annotator_submitted) == ("surplus", 1)
    assert [label.purpose for label in store.labels("trial")] == ["study", "surplus"]


def test_an_expired_assignment_is_taken_up_again_as_it_was(store: Store) -> None:
    registered(store, ["p0"], wanted=1)
    ann, ben = joined(store, "ann"), joined(store, "ben")
    before = taken(store, ann)
    taken(store, ben, NOON + 2 * LEASE, coin=1)
    registered(store, ["p0"], wanted=2)
    assert taken(store, ann, NOON + 2 * LEASE) == before


def test_an_expired_assignment_whose_order_is_taken_is_given_anew(store: Store) -> None:
    registered(store, ["p0"], wanted=1)
    ann, ben = joined(store, "ann"), joined(store, "ben")
    before = taken(store, ann)
    taken(store, ben, NOON + 2 * LEASE)
    registered(store, ["p0"], wanted=2)
    after = taken(store, ann, NOON + 2 * LEASE)
    assert (after.token == before.token, after.swapped == before.swapped) == (False, False)
    with pytest.raises(UnknownAssignment):  # it was given for the other order
        submitted(store, ann, before)


def test_an_older_expired_pair_waits_where_another_keeps_the_annotators_sides(
    store: Store,
) -> None:
    registered(store, ["p0", "p1", "p2"])
    ann, ben, cid = (joined(store, name) for name in ("ann", "ben", "cid"))
    assert not taken(store, ann).swapped
    store.hand_back(ann.id)
    for other, coin in ((ben, 0), (cid, 1)):  # nobody else can have p0 now
        taken(store, other, coin=coin)
    second = taken(store, ann, NOON + LEASE)
    assert (second.pair_id, second.swapped) == ("p1", False)
    submitted(store, ann, second)
    for other in (ben, cid):
        store.hand_back(other.id)
    third = taken(store, ann, NOON + 2 * LEASE)
    assert (third.pair_id, third.swapped) == ("p2", True)


def test_the_pair_held_last_is_taken_up_again_whatever_its_sides(store: Store) -> None:
    registered(store)
    ann, ben = joined(store, "ann"), joined(store, "ben")
    store.skip(ben.id, taken(store, ben).token, "hard to judge", NOON)
    assert taken(store, ben, coin=1).swapped
    submitted(store, ann, taken(store, ann))
    held = taken(store, ann, NOON + LEASE)
    assert (held.pair_id, held.swapped) == ("p1", False), "the only order that is open"
    for each in (ann, ben):
        store.hand_back(each.id)
    assert taken(store, ann, NOON + 2 * LEASE) == held


def test_a_later_draft_replaces_an_earlier_one_and_not_the_reverse(store: Store) -> None:
    registered(store)
    ann = joined(store)
    token = taken(store, ann).token
    newer = DraftRecord(answers=OVERALL_A, comment="newer", sequence=2)
    older = DraftRecord(comment="older", sequence=1)
    for draft in (newer, older):
        store.save_draft(ann.id, token, draft, NOON + LEASE)
    assert taken(store, ann).draft == newer


def test_a_draft_of_an_answered_pair_is_refused(store: Store) -> None:
    registered(store)
    ann = joined(store)
    task = taken(store, ann)
    submitted(store, ann, task)
    with pytest.raises(AssignmentClosed):
        store.save_draft(ann.id, task.token, DraftRecord(sequence=1), NOON + LEASE)


def test_a_pseudonym_is_given_once(store: Store) -> None:
    registered(store)
    joined(store)
    with pytest.raises(PseudonymTaken):
        store.add_annotator("trial", "Ann", "ann", "another hash", NOON)


def test_everything_is_there_after_opening_the_database_again(url: str) -> None:
    first = Store.open(url)
    registered(first)
    ann = joined(first)
    task = taken(first, ann)
    first.close()
    second = Store.open(url)
    assert second.annotator("trial", "hash of ann") == ann
    assert taken(second, ann) == task
    second.close()


def test_pairs_that_the_study_lost_are_named_and_given_to_nobody(store: Store) -> None:
    registered(store, ["p0", "p1", "p2"], wanted=1)
    ann = joined(store)
    submitted(store, ann, taken(store, ann))
    assert registered(store, ["p1"], wanted=1) == ["p0", "p2"]
    assert taken(store, ann).pair_id == "p1"
    assert registered(store, ["p0", "p1", "p2"], wanted=1) == []


def test_lowering_the_labels_wanted_keeps_those_given(store: Store) -> None:
    registered(store, ["p0"], wanted=2)
    for name in ("ann", "ben"):
        who = joined(store, name)
        submitted(store, who, taken(store, who))
    registered(store, ["p0"], wanted=1)
    assert len(list(store.labels("trial"))) == 2


def test_two_studies_share_a_database_without_mixing(store: Store) -> None:
    registered(store)
    store.register("other", 1, {"p0": 1}, {"p0": None}, lambda: {"p0": 0}, NOON)
    ann = joined(store)
    submitted(store, ann, taken(store, ann))
    assert list(store.labels("other")) == []
    assert store.knows("other")
    assert not store.knows("third")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO label (study, assignment_id, annotator_id, pair_id, criterion, target, choice,"
        " swapped, repeat, purpose, flags, created_at, study_version) SELECT study, assignment_id,"
        " annotator_id, pair_id, criterion, target, 'b', swapped, repeat, purpose, flags,"
        " created_at, study_version FROM label",
        "UPDATE pair SET wanted = 0",
        "UPDATE pair SET counted_plain = 2, counted_swapped = 0",
        "UPDATE assignment SET state = 'lost'",
        "INSERT INTO submission (id, assignment_id, purpose, received_at) SELECT 'x',"
        " assignment_id, purpose, received_at FROM submission",
    ],
)
def test_the_database_itself_refuses(url: str, statement: str) -> None:
    store = Store.open(url)
    registered(store, ["p0"])
    ann = joined(store)
    submitted(store, ann, taken(store, ann))
    store.close()
    database = open_database(url)
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(text(statement))
    database.engine.dispose()


def test_the_words_of_the_index_and_the_rule_of_sides_agree(url: str) -> None:
    database = open_database(url)
    names = ("counted_plain", "counted_swapped", "leased_plain", "leased_swapped")
    with database.reading() as session:
        for numbers in product((0, 1), (0, 1), (0, 1, 2), (0, 1)):
            pair = ", ".join(f"{n} AS {name}" for name, n in zip(names, numbers, strict=True))
            asked = f"SELECT count(*) FROM (SELECT {pair}, 9 AS wanted, 1=1 AS active) t"
            said = session.execute(text(f"{asked} WHERE {FREE}")).scalar_one()
            counted = Sides(plain=numbers[0], swapped=numbers[1])
            leased = Sides(plain=numbers[2], swapped=numbers[3])
            assert bool(said) == bool(open_sides(counted, leased)), numbers
    database.engine.dispose()


def test_the_tables_are_what_the_migrations_make(url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlmodel import SQLModel

    database = open_database(url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": _same_type})
        assert compare_metadata(context, SQLModel.metadata) == []
        assert set(inspect(connection).get_table_names()) == {
            *SQLModel.metadata.tables,
            "alembic_version",
        }
    database.engine.dispose()


def _same_type(*compared: object) -> bool | None:
    return False if isinstance(compared[-1], UtcDateTime) else None


def test_a_database_of_a_newer_version_is_refused_in_words(url: str) -> None:
    database = open_database(url)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.engine.dispose()
    with pytest.raises(DatabaseUnusable, match="another version of Tiebreak"):
        open_database(url)


@pytest.mark.parametrize(
    "bad",
    [
        "sqlite:////nowhere/at/all/x.db",
        "postgresql+psycopg://nobody@127.0.0.1:1/none",
        "postgresql+psycopg://a:b@[::1/x",
    ],
)
def test_a_database_that_cannot_be_opened_is_one_sentence(bad: str) -> None:
    with pytest.raises(DatabaseUnusable) as raised:
        open_database(bad)
    assert "\n" not in str(raised.value)


def test_a_database_without_its_tables_does_not_answer(store: Store) -> None:
    assert store.answers()
    with store._database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE study RENAME TO away")
    assert not store.answers()
