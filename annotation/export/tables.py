"""The tables that can be exported: their columns, and their rows one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from annotation.export.aggregation import Unit, units
from annotation.export.conversations import Message, conversations
from annotation.export.wanted import EXCLUDED, Tally, View, Wanted, preference_keys
from annotation.schema import Label, Pair, Turn

Kind: TypeAlias = Literal[
    "text", "whole", "number", "truth", "moment", "words", "turns", "messages", "counts"
]
Row: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class Column:
    """A column's name and what its cells hold; any cell may be None."""

    name: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Table:
    """A table whose rows are made while they are read, once."""

    name: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterator[Row]]


LABEL_COLUMNS = (
    *(Column(name) for name in ("pair_id", "criterion", "annotator", "kind", "target", "choice")),
    Column("swapped", "truth"),
    Column("repeat", "whole"),
    Column("purpose"),
    Column("seconds", "number"),
    Column("comment"),
    Column("flags", "words"),
    Column("created_at", "moment"),
    Column("study_version", "whole"),
)
PAIR_COLUMNS = (
    *(Column(name) for name in ("pair_id", "source_id", "prompt_id", "task", "category")),
    *(Column("prompt"), Column("input"), Column("turns", "turns")),
    *(Column(name) for name in ("system_a", "system_b", "response_a", "response_b")),
    *(Column("turns_a", "turns"), Column("turns_b", "turns")),
)
PLACE_COLUMNS = tuple(
    Column(name)
    for name in ("pair_id", "prompt_id", "task", "category", "system_a", "system_b", "criterion")
)
AGGREGATED_COLUMNS = (
    *PLACE_COLUMNS,
    Column("target"),
    Column("labels", "whole"),
    Column("counts", "counts"),
    Column("majority"),
    Column("agreement", "number"),
    Column("mean_value", "number"),
    Column("adjudication"),
)
PREFERENCE_COLUMNS = (
    *PLACE_COLUMNS,
    *(Column(name, "messages") for name in ("prompt", "chosen", "rejected")),
    Column("chosen_system"),
    Column("rejected_system"),
    Column("margin", "number"),
    Column("labels", "whole"),
    Column("agreement", "number"),
)


def labels(wanted: Wanted, tally: Tally) -> Table:
    """A row a label, as the contract has it; a label names no system."""

    def rows() -> Iterator[Row]:
        return (label_row(label, wanted) for label in _labels(wanted, tally))

    return Table("labels", LABEL_COLUMNS, rows)


def labels_with_texts(wanted: Wanted, tally: Tally) -> Table:
    """A row a label, after the pair of which it speaks."""
    blank = (None,) * (len(PAIR_COLUMNS) - 1)
    cells: dict[str, Row] = {}

    def rows() -> Iterator[Row]:
        for label in _labels(wanted, tally):
            pair = wanted.pairs.get(label.pair_id)
            if label.pair_id not in cells:
                cells.clear()  # the labels of a pair mostly stand together; one pair is enough
                unknown = (wanted.pair_id(label.pair_id), *blank)
                cells[label.pair_id] = pair_row(pair, wanted) if pair else unknown
            yield (*cells[label.pair_id], *label_row(label, wanted)[1:])

    return Table("labels", (*PAIR_COLUMNS, *LABEL_COLUMNS[1:]), rows)


def pairs(wanted: Wanted, tally: Tally) -> Table:
    """A row a pair."""

    def rows() -> Iterator[Row]:
        for pair in wanted.progress(wanted.study.pairs):
            tally.written["pair"] += 1
            yield pair_row(pair, wanted)

    return Table("pairs", PAIR_COLUMNS, rows)


def aggregated(wanted: Wanted, tally: Tally) -> Table:
    """A row a verdict of people together: of a pair, criterion and target that have a label."""

    def rows() -> Iterator[Row]:
        for unit in units(wanted, tally):
            tally.written["verdict"] += 1
            counts = [{"choice": choice, "count": n} for choice, n in unit.counts.items() if n]
            yield (
                *_place(unit, wanted),
                *(unit.target, unit.labels, counts, unit.majority, unit.agreement),
                *(unit.mean_value, unit.adjudication),
            )

    tally.written["verdict"] = 0
    return Table("aggregated", AGGREGATED_COLUMNS, rows)


def preferences(wanted: Wanted, tally: Tally) -> Table:
    """A row a pair and criterion for which people's majority prefers a response."""
    wanted_keys = set(preference_keys(wanted.study))

    def rows() -> Iterator[Row]:
        for unit in units(wanted, tally):
            if unit.criterion.key not in wanted_keys or not unit.labels:
                continue
            preferred = unit.preferred
            if preferred is None:
                tally.left_out[NO_PREFERENCE] += unit.labels
                continue
            tally.written["preference"] += 1
            sides = {"a": unit.pair.response_a, "b": unit.pair.response_b}
            chosen, rejected = sides.pop(preferred), *sides.values()
            asked, good, bad = conversations(unit.pair.prompt, chosen, rejected)
            yield (
                *_place(unit, wanted),
                *(_messages(asked), _messages(good), _messages(bad)),
                *(wanted.names[chosen.system], wanted.names[rejected.system]),
                *(unit.margin, unit.labels, unit.agreement),
            )

    tally.written["preference"] = 0
    return Table("preferences", PREFERENCE_COLUMNS, rows)


NO_PREFERENCE = "of a pair and criterion whose majority prefers no response"


def _labels(wanted: Wanted, tally: Tally) -> Iterator[Label]:
    tally.written["label"] = 0
    for label in wanted.progress(wanted.found.current):
        if not wanted.excluded and wanted.is_left_out(label):
            tally.left_out[EXCLUDED] += 1
            continue
        tally.written["label"] += 1
        tally.people.add(label.annotator)
        if tally.keys is not None:
            tally.keys.add(hash(label.key))
        yield wanted.shown(label)


def label_row(label: Label, wanted: Wanted) -> Row:
    """A label's cells, in the order of `LABEL_COLUMNS`."""
    return (
        *(wanted.pair_id(label.pair_id), label.criterion, label.annotator, label.kind),
        label.target,
        *(label.choice, label.swapped, label.repeat, label.purpose, label.seconds),
        *(label.comment, label.flags, label.created_at, label.study_version),
    )


def pair_row(pair: Pair, wanted: Wanted) -> Row:
    """A pair's cells, in the order of `PAIR_COLUMNS`; a source's id may name its systems."""
    prompt, a, b = pair.prompt, pair.response_a, pair.response_b
    source_id = str(pair.meta.get("source_id", "")) if wanted.unblind else ""
    return (
        *(wanted.pair_id(pair.id), source_id, prompt.id, prompt.task, prompt.category),
        *(prompt.text, prompt.input, _turns(prompt.turns)),
        *(wanted.names[a.system], wanted.names[b.system], a.text, b.text),
        *(_turns(a.turns), _turns(b.turns)),
    )


def _place(unit: Unit, wanted: Wanted) -> Row:
    pair_id, prompt = wanted.pair_id(unit.pair.id), unit.pair.prompt
    a, b = (wanted.names[system] for system in unit.pair.systems)
    return pair_id, prompt.id, prompt.task, prompt.category, a, b, unit.criterion.key


def _turns(turns: tuple[Turn, ...]) -> list[dict[str, str]]:
    return [{"role": turn.role, "text": turn.text} for turn in turns]


def _messages(messages: list[Message]) -> list[dict[str, str]]:
    return [{"role": one.role, "content": one.text} for one in messages]


TABLES: dict[View, Callable[[Wanted, Tally], Table]] = {
    "labels": labels,
    "aggregated": aggregated,
    "preferences": preferences,
    "pairs": pairs,
}
