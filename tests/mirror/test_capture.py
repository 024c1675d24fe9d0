"""Every change of every table is caught, and makes the same database elsewhere."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.assignment import Answer
from annotation.mirror.sealing import SEALED
from annotation.store import DatabaseUnusable, DraftRecord, Given, Identity, Place, Store
from annotation.store.changes import Change
from annotation.store.rebuilding import rebuild
from tests.annotation.test_store import NOON, registered
from tests.mirror.dumps import everything, figured

PLACE = Place(sequence=1, digest="", revision="head", at=NOON)
LEASE = timedelta(minutes=30)
DEEDS = [
    "join",
    "submit",
    "draft",
    "skip",
    "revise",
    "withdraw",
    "consent",
    "leave_out",
    "hand_back",
]


def do(store: Store, deed: str, number: int, rng: Random) -> None:
    """One thing that somebody does, if there is anything to do."""
    name = f"ann{rng.randrange(3)}"
    who = store.annotator_called("trial", name)
    if who is None:
        identity = Identity(provider="prolific", external_id=f"x{number}") if number % 2 else None
        store.add_annotator("trial", name, name, f"hash {number}", NOON, identity=identity)
        return
    if deed == "withdraw":
        store.withdraw(who.id)
    elif deed == "consent":
        store.record_consent(who.id, number, NOON)
    elif deed == "leave_out":
        store.leave_out(who.id, [f"category {number}"])
    elif deed == "hand_back":
        store.hand_back(who.id)
    else:
        _with_a_pair(store, who.id, deed, number, rng)


def _with_a_pair(store: Store, who: int, deed: str, number: int, rng: Random) -> None:
    taken = store.take(who, f"token {number}", NOON, LEASE, rng)
    if taken is None:
        return
    given = Given(
        submission_id=f"submission {number}",
        answers=(Answer(criterion="overall", target="pair", choice="ab"[number % 2]),),
        seconds=rng.random() * 100,
        comment="“ü” ' \\ \n",
        study_version=1,
    )
    if deed == "draft":
        store.save_draft(who, taken.token, DraftRecord(comment="d", sequence=number), NOON)
    elif deed == "skip":
        store.skip(who, taken.token, "why", NOON)
    elif deed in {"submit", "revise"}:
        store.submit(who, taken.token, given, NOON)
        if deed == "revise":
            again = given.model_copy(update={"submission_id": f"edit {number}"})
            store.revise(who, taken.token, again, NOON)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=st.lists(st.sampled_from(DEEDS), max_size=25), seed=st.integers(0, 99))
def test_an_image_and_what_came_after_it_make_the_same_database(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[str], seed: int
) -> None:
    folder, rng = tmp_path_factory.mktemp("capture"), Random(seed)
    with closing(Store.open(f"sqlite:///{folder / 'a.db'}")) as store:
        store.capture()
        registered(store, [f"p{n}" for n in range(5)], wanted=2)
        middle = rng.randrange(len(deeds) + 1)
        for number, deed in enumerate(deeds[:middle]):
            do(store, deed, number, rng)
        with store.image() as image:
            first = image._replace(changes=iter(list(image.changes)))
            store.sending(PLACE, image)
        store.arrived()
        for number, deed in enumerate(deeds[middle:], start=middle):
            do(store, deed, number, rng)
        with store.news() as news:
            after = news._replace(changes=iter(list(news.changes)))
        if store.unmirrored().anew:  # somebody withdrew: what they gave is no longer told
            return
        figured(store, "trial")
        place = PLACE.model_copy(update={"revision": first.revision})
        rebuild(folder / "b.db", [first, after], place)
        with closing(Store.open(f"sqlite:///{folder / 'b.db'}")) as again:
            figured(again, "trial")
        assert everything(folder / "b.db") == everything(folder / "a.db")


def test_figures_and_sign_ins_are_not_caught(tmp_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path / 'a.db'}")) as store:
        store.capture()
        registered(store, ["p0"], wanted=1)
        store.add_annotator("trial", "ann", "ann", "hash", NOON)
        do(store, "join", 0, Random(0))
        store.sign_in("trial", "MARKER of a session", "key", NOON + LEASE, NOON)
        for number, deed in enumerate(["join", "submit"] * 9):
            do(store, deed, number, Random(number))
        before = store.unmirrored()
        figured(store, "trial")
        assert store.unmirrored() == before, "nor which pairs wait for theirs"
        assert everything(tmp_path / "a.db")["profile"]
        with store.news() as news:
            names = {change.relation for change in news.changes}
        with store.image() as image:
            rows = list(image.changes)
    assert {"label", "hour", "annotator"} <= names
    assert not names & {"profile", "share", "annotator_sum", "split", "researcher_session"}
    assert "MARKER" not in repr(rows)


def test_a_mirror_of_before_that_holds_figures_and_sign_ins_is_read(tmp_path: Path) -> None:
    """Tables that were mirrored once are told in its first line, and have lines of their own."""
    with closing(Store.open(f"sqlite:///{tmp_path / 'a.db'}")) as store:
        store.capture()
        registered(store)
        store.add_annotator("trial", "ann", "ann", "hash", NOON)
        before = {"researcher_session": ("key_hash",), "split": ("study", "token")}
        with store.image() as image:
            old = [
                *image.changes,
                Change("put", "researcher_session", ["hash"]),
                Change("drop", "split", ["trial"]),
            ]
            torn = image._replace(columns={**image.columns, **before}, changes=iter(old))
    place = PLACE.model_copy(update={"revision": torn.revision})
    rebuild(tmp_path / "b.db", [torn], place)
    assert everything(tmp_path / "b.db") == everything(tmp_path / "a.db")


def test_a_change_of_a_table_that_is_no_longer_mirrored_is_not_sent(tmp_path: Path) -> None:
    """A database that another version left behind, with changes that it did not send yet."""
    with closing(Store.open(f"sqlite:///{tmp_path / 'a.db'}")) as store:
        store.capture()
        with closing(sqlite3.connect(tmp_path / "a.db")) as elsewhere, elsewhere:
            elsewhere.execute(
                "INSERT INTO change (kind, relation, fields) VALUES ('put', 'share', '[]')"
            )
        with store.news() as news:
            assert list(news.changes) == []
            assert news.through == 1


def test_statements_of_any_other_process_are_caught(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(Store.open(f"sqlite:///{path}")) as store:
        store.capture()
        registered(store)
        before = store.unmirrored().changes
        with closing(sqlite3.connect(path)) as elsewhere, elsewhere:
            elsewhere.execute("UPDATE pair SET wanted = wanted + 1")
        assert store.unmirrored().changes == before + 2


@pytest.mark.parametrize("number", [0.1 + 0.2, 1 / 3, 1e-300, 123456789.123456789, 5e-324])
def test_floating_point_numbers_stay_what_they_are(tmp_path: Path, number: float) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path / 'a.db'}")) as store:
        registered(store)
        store.add_annotator("trial", "ann", "ann", "hash", NOON)
        store.capture()
        with store.image() as image:
            first = image._replace(changes=iter(list(image.changes)))
        with closing(sqlite3.connect(tmp_path / "a.db")) as elsewhere, elsewhere:
            elsewhere.execute("UPDATE annotator SET seconds = ?", (number,))
        with store.news() as news:
            after = news._replace(changes=iter(list(news.changes)))
    place = PLACE.model_copy(update={"revision": first.revision})
    rebuild(tmp_path / "b.db", [first, after], place)
    assert everything(tmp_path / "b.db")["annotator"] == everything(tmp_path / "a.db")["annotator"]
    with closing(sqlite3.connect(tmp_path / "b.db")) as made:
        assert made.execute("SELECT seconds FROM annotator").fetchone() == (number,)


def test_changes_that_do_not_fit_leave_no_database(tmp_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path / 'a.db'}")) as store:
        store.capture()
        registered(store)
        store.add_annotator("trial", "ann", "ann", "hash", NOON)
        with store.image() as image:
            rows = [change for change in image.changes if change.relation != "study"]
            torn = image._replace(changes=iter(rows))
    place = PLACE.model_copy(update={"revision": torn.revision})
    with pytest.raises(DatabaseUnusable, match="do not fit together"):
        rebuild(tmp_path / "b.db", [torn], place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db"]


def test_without_a_mirror_no_changes_are_kept_and_the_next_mirror_begins_anew(
    tmp_path: Path,
) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path / 'a.db'}")) as store:
        store.capture()
        registered(store)
        assert store.unmirrored().changes > 0
        store.stop_capturing()
        store.add_annotator("trial", "ann", "ann", "hash", NOON)
        assert (store.unmirrored().changes, store.unmirrored().anew) == (0, True)


def test_what_is_encrypted_are_columns_of_the_tables(tmp_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path / 'a.db'}")) as store, store.image() as image:
        for table, columns in SEALED.items():
            assert columns <= set(image.columns[table])
