"""The pairs of a study's file as a table; a large file in pieces, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from analysis.at_once import in_order
from analysis.pairs import PairColumns, PairTable
from analysis.watch import Watch, unwatched
from annotation.schema import Pair
from annotation.study import StudyError, read_pairs, records_of

PIECE = 8 << 20
"""Bytes of a file that are read as one piece."""


def read_pair_table(path: Path, watch: Watch = unwatched, processes: int = 1) -> PairTable:
    """The pairs of a file; the same pair twice is an error. Raises StudyError with file and line.

    processes: how many pieces are read at once, each process forked from this one.
    """
    try:
        pieces = max(1, -(-path.stat().st_size // PIECE))
        found = in_order(lambda number: _piece(path, number), pieces, processes)
        parts = zip(watch(range(pieces), "pieces of the pairs"), found, strict=True)
        table = PairTable.joined([part for _, part in parts])
        if not table.repeated:
            return table
    except (StudyError, OSError):
        pass  # pieces do not know the numbers of their lines, as the reader of the whole does
    return PairTable.of(watch(read_pairs(path), "pairs"))


def _piece(path: Path, number: int) -> PairColumns:
    """The pairs whose lines begin in that piece of the file."""
    lines = _lines(path, number * PIECE, (number + 1) * PIECE)
    found = records_of(lines, path, Pair, first=1 if number == 0 else 2)
    return PairColumns.of(pair for _, pair in found)


def _lines(path: Path, start: int, end: int) -> Iterator[bytes]:
    """The lines that begin at `start` or later and before `end`."""
    with path.open("rb") as file:
        if start:
            file.seek(start - 1)
            start += len(file.readline()) - 1
        while start < end and (line := file.readline()):
            yield line
            start += len(line)
