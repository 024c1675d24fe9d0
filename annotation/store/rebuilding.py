"""Make a database file anew from what a mirror holds: whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from annotation.store.changes import Image, apply
from annotation.store.database import open_database
from annotation.store.records import DatabaseUnusable, Place
from annotation.store.store import Store


def rebuild(path: Path, images: Iterable[Image], place: Place) -> None:
    """The database that `images` lead to, one after the other, at `path`.

    What stood at `path` is replaced at the end. Raises DatabaseUnusable where a change does not
    fit what came before it, and leaves `path` as it was.
    """
    making = path.with_name(f"{path.name}.rebuilding")
    _remove(making)
    try:
        _fill(f"sqlite:///{making}", images, place)
        with closing(Store.open(f"sqlite:///{making}")) as store:
            store.figure_anew()  # a mirror holds no figures
            store.rebuilt(place)
        _remove(path, but_itself=True)  # a log that is left over belongs to the old file
        making.replace(path)
    finally:
        _remove(making)


def _fill(url: str, images: Iterable[Image], place: Place) -> None:
    database = open_database(url, revision=place.revision)
    try:
        with Session(database.engine) as session:
            connection = session.connection()
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            for image in images:
                apply(connection, image)
            session.commit()
    except IntegrityError as error:
        raise DatabaseUnusable(f"the mirror's changes do not fit together: {error.orig}") from None
    except DBAPIError as error:
        raise DatabaseUnusable(f"{url.removeprefix('sqlite:///')}: {error.orig}") from None
    finally:
        database.engine.dispose()


def _remove(path: Path, but_itself: bool = False) -> None:
    for end in ("-wal", "-shm", *([] if but_itself else [""])):
        path.with_name(path.name + end).unlink(missing_ok=True)
