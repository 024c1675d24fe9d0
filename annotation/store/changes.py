"""Queries for the mirror: what changed and is not mirrored yet, and all there is as of now."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby, islice
from typing import Literal, NamedTuple, TypeAlias

from sqlalchemy import Connection, delete, func, select, update
from sqlmodel import Session, col

from annotation.store import capture
from annotation.store.queries import Queries
from annotation.store.records import DatabaseUnusable, Place, Waiting
from annotation.store.tables import ChangeRow, MirrorRow, StudyRow

_AT_ONCE = 1000
"""Rows that are written by one statement."""

Value: TypeAlias = str | int | float | None


class Change(NamedTuple):
    """A row that was put with these columns, or dropped by this primary key."""

    kind: Literal["put", "drop"]
    relation: str
    fields: list[Value]


class Image(NamedTuple):
    """One state of the database, to be read while its block lasts."""

    columns: Mapping[str, tuple[str, ...]]
    """The columns of every captured table, in the order of the fields."""
    keys: Mapping[str, tuple[str, ...]]
    """Those of its primary key."""
    revision: str
    """The migration that the tables are at."""
    through: int
    """The last change that is part of this state; 0 for none."""
    anew: int
    """What the database's wish for an image of everything is answered by, if this is one."""
    withdrawn: int
    """How many people withdrew since the last image of everything."""
    changes: Iterator[Change]


class ChangeQueries(Queries):
    """What the mirror needs. Only a SQLite database is mirrored: PostgreSQL keeps itself."""

    def capture(self) -> None:
        """From now on every change is kept until it is mirrored, but of NOT_CAPTURED tables.

        Where nobody watched before, or the tables are no longer those of the last image, the
        mirror needs a new image.
        """
        with self._database.writing(always=True) as session:
            connection = session.connection()
            row = session.get(MirrorRow, 1) or MirrorRow()
            row.anew += row.revision != _revision(connection)
            session.add(row)
            capture.install(connection)

    def stop_capturing(self) -> None:
        """Keep no changes: there is no mirror to hold them. A later one needs a new image."""
        with self._database.reading() as session:
            if session.get(MirrorRow, 1) is None:
                return
        with self._database.writing(always=True) as session:
            capture.remove(session.connection())
            session.execute(delete(ChangeRow))
            self._wish_image(session)

    def need_image(self) -> None:
        """The mirror is damaged: the next thing to send is everything."""
        with self._database.writing(always=True) as session:
            self._wish_image(session)

    def _wish_image(self, session: Session) -> None:
        session.execute(update(MirrorRow).values(anew=col(MirrorRow.anew) + 1))

    def is_empty(self) -> bool:
        """Whether nothing was ever served from this database."""
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(StudyRow)) == 0

    def mirrored(self) -> Place:
        """How far the mirror goes, as far as this database knows."""
        with self._database.reading() as session:
            row = session.get(MirrorRow, 1) or MirrorRow()
            return Place(
                sequence=row.sequence, digest=row.digest, revision=row.revision, at=row.mirrored_at
            )

    def sent(self) -> Place:
        """How far it goes if what was sent last has arrived."""
        with self._database.reading() as session:
            row = session.get(MirrorRow, 1) or MirrorRow()
            return Place(
                sequence=row.sent_sequence,
                digest=row.sent_digest,
                revision=row.sent_revision,
                at=row.sent_at,
            )

    def unmirrored(self) -> Waiting:
        """What the mirror does not hold yet."""
        of_labels = func.count().filter(
            col(ChangeRow.relation) == "label", col(ChangeRow.kind) == "put"
        )
        with self._database.reading() as session:
            changes, labels = session.execute(
                select(func.count(), of_labels).select_from(ChangeRow)
            ).one()
            row = session.get(MirrorRow, 1)
            return Waiting(changes=changes, labels=labels, anew=row is None or row.anew > 0)

    @contextmanager
    def news(self) -> Iterator[Image]:
        """The changes that are not mirrored, in the order in which they were made."""
        with self._database.reading() as session:
            image = _image(session)
            rows = session.execute(
                select(col(ChangeRow.kind), col(ChangeRow.relation), col(ChangeRow.fields))
                .where(col(ChangeRow.id) <= image.through, col(ChangeRow.fields).is_not(None))
                .where(col(ChangeRow.relation).in_(image.columns))  # not what is no longer mirrored
                .order_by(col(ChangeRow.id))
                .execution_options(yield_per=1000)
            )
            changes = (Change(kind, name, json.loads(fields)) for kind, name, fields in rows)
            yield image._replace(changes=changes, anew=0, withdrawn=0)

    @contextmanager
    def image(self) -> Iterator[Image]:
        """Every row of every table that is captured, as of one moment."""
        with self._database.reading() as session:
            image = _image(session)
            yield image._replace(changes=_all_rows(session.connection()))

    def sending(self, place: Place, image: Image) -> None:
        """Remember what is on its way, should its acknowledgement get lost."""
        with self._database.writing(always=True) as session:
            row = session.get_one(MirrorRow, 1)
            row.sent_sequence, row.sent_digest = place.sequence, place.digest
            row.sent_revision, row.sent_at = place.revision, place.at
            row.sent_through = image.through
            row.sent_anew, row.sent_withdrawn = image.anew, image.withdrawn

    def arrived(self) -> None:
        """What was on its way is mirrored."""
        with self._database.writing(always=True) as session:
            row = session.get_one(MirrorRow, 1)
            row.sequence, row.digest = row.sent_sequence, row.sent_digest
            row.revision, row.mirrored_at = row.sent_revision, row.sent_at
            row.anew -= row.sent_anew
            row.withdrawn -= row.sent_withdrawn
            session.execute(delete(ChangeRow).where(col(ChangeRow.id) <= row.sent_through))
            has_forgotten = row.sent_withdrawn > 0
            row.sent_through = row.sent_anew = row.sent_withdrawn = 0
        if has_forgotten:  # an image that was being sent may have kept the log from being cut
            self._database.forget_deleted()

    def rebuilt(self, place: Place) -> None:
        """This database was made from a mirror that goes so far."""
        with self._database.writing(always=True) as session:
            session.merge(
                MirrorRow(
                    sequence=place.sequence,
                    digest=place.digest,
                    revision=place.revision,
                    mirrored_at=place.at,
                    anew=0,
                )
            )

    def close_to_writers(self, why: str) -> None:
        """Refuse every change from now on, in this process, with Replaced; for good."""
        self._database.refuse_writers(why)


def _image(session: Session) -> Image:
    """As of now, still without changes; the first query here fixes the moment."""
    connection = session.connection()
    through = session.scalar(select(func.max(col(ChangeRow.id)))) or 0
    found = capture.relations(connection)
    row = session.get(MirrorRow, 1)
    return Image(
        columns={name: one.columns for name, one in found.items()},
        keys={name: one.key for name, one in found.items()},
        revision=_revision(connection),
        through=through,
        anew=row.anew if row else 0,
        withdrawn=row.withdrawn if row else 0,
        changes=iter(()),
    )


def _revision(connection: Connection) -> str:
    told: str = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    return told


def _all_rows(connection: Connection) -> Iterator[Change]:
    for name, relation in capture.relations(connection).items():
        columns = ", ".join(f'"{one}"' for one in relation.columns)
        rows = connection.exec_driver_sql(
            f'SELECT {columns} FROM "{name}"', execution_options={"yield_per": 1000}
        )
        for row in rows:
            yield Change("put", name, list(row))


def apply(connection: Connection, image: Image) -> None:
    """Make the changes of `image` in a database whose tables are at the same revision.

    Changes of tables that are not captured, which mirrors used to hold, are passed over.
    Raises DatabaseUnusable where the tables are others.
    """
    found = capture.relations(connection)
    ours = {name: one.columns for name, one in found.items()}
    theirs = {name: of for name, of in image.columns.items() if name not in capture.NOT_CAPTURED}
    if ours != theirs:
        differing = sorted(set(ours.items()) ^ set(theirs.items()))
        raise DatabaseUnusable(f"the tables differ at revision {image.revision}: {differing}")
    kept = (one for one in image.changes if one.relation not in capture.NOT_CAPTURED)
    for (kind, name), changes in groupby(kept, key=lambda one: (one.kind, one.relation)):
        relation = found[name]
        rows = (_values(change, relation) for change in changes)
        statement = _put(name, relation) if kind == "put" else _drop(name, relation)
        while some := list(islice(rows, _AT_ONCE)):
            connection.exec_driver_sql(statement, some)


def _values(change: Change, relation: capture.Relation) -> tuple[Value, ...]:
    columns = relation.columns if change.kind == "put" else relation.key
    fields = zip(columns, change.fields, strict=True)
    return tuple(_value(name, field, relation.reals) for name, field in fields)


def _value(column: str, field: Value, reals: Collection[str]) -> Value:
    return float(field) if column in reals and field is not None else field


def _put(name: str, relation: capture.Relation) -> str:
    columns = ", ".join(f'"{one}"' for one in relation.columns)
    marks = ", ".join("?" for _ in relation.columns)
    key = ", ".join(f'"{one}"' for one in relation.key)
    others = [one for one in relation.columns if one not in relation.key]
    sets = ", ".join(f'"{one}" = excluded."{one}"' for one in others)
    do = f"UPDATE SET {sets}" if sets else "NOTHING"
    return f'INSERT INTO "{name}" ({columns}) VALUES ({marks}) ON CONFLICT ({key}) DO {do}'


def _drop(name: str, relation: capture.Relation) -> str:
    where = " AND ".join(f'"{one}" = ?' for one in relation.key)
    return f'DELETE FROM "{name}" WHERE {where}'
