"""What stands in the database after a soak, read by plain SQL past the store."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, create_engine, text

Row = TypeVar("Row", bound=tuple[object, ...])


class FoundPair(NamedTuple):
    """A row of pairs."""

    pair_id: str
    wanted: int
    counted_plain: int
    counted_swapped: int
    leased_plain: int
    leased_swapped: int


class FoundAnnotator(NamedTuple):
    """A row of annotators."""

    id: int
    pseudonym: str
    submitted: int
    counted_plain: int
    counted_swapped: int


class FoundAssignment(NamedTuple):
    """A row of assignments."""

    id: int
    annotator_id: int
    pair_id: str
    repeat: int
    purpose: str
    swapped: bool
    token: str
    state: str


class FoundSubmission(NamedTuple):
    """A row of submissions."""

    id: str
    assignment_id: int
    revision: int


class FoundLabel(NamedTuple):
    """A row of labels."""

    assignment_id: int
    annotator_id: int
    pair_id: str
    criterion: str
    target: str
    choice: str
    swapped: bool
    repeat: int
    purpose: str


class Found(NamedTuple):
    """The tables that a soak is about."""

    pairs: list[FoundPair]
    annotators: list[FoundAnnotator]
    assignments: list[FoundAssignment]
    submissions: list[FoundSubmission]
    labels: list[FoundLabel]


def read(url: str) -> Found:
    """Everything in the database, which holds one study."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return Found(
                pairs=_rows(connection, FoundPair, "pair"),
                annotators=_rows(connection, FoundAnnotator, "annotator"),
                assignments=_rows(connection, FoundAssignment, "assignment"),
                submissions=_rows(connection, FoundSubmission, "submission"),
                labels=_rows(connection, FoundLabel, "label"),
            )
    finally:
        engine.dispose()


def _rows(connection: Connection, kind: type[Row], table: str) -> list[Row]:
    columns = ", ".join(kind._fields)  # type: ignore[attr-defined]
    return [kind(*row) for row in connection.execute(text(f"SELECT {columns} FROM {table}"))]
