"""The pairs of a study as columns, one row a pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.arrays import Bools, Ints
from analysis.columns import words
from annotation.schema import Pair


@dataclass(frozen=True)
class Coded:
    """A column of names: `names` are the distinct ones, sorted, `code` each row's place in them.

    code: shape (rows,), -1 for None.
    """

    names: tuple[str, ...]
    code: Ints

    @classmethod
    def of(cls, column: Sequence[str | None]) -> Self:
        """The codes of a column."""
        names = tuple(sorted(name for name in set(column) if name is not None))
        code: dict[str | None, int] = {name: number for number, name in enumerate(names)}
        code[None] = -1
        return cls(names, np.fromiter(map(code.__getitem__, column), np.int32, len(column)))

    @classmethod
    def joined(cls, columns: Sequence[Coded]) -> Self:
        """All rows of several columns, in their order."""
        names = tuple(sorted({name for column in columns for name in column.names}))
        place = {name: number for number, name in enumerate(names)}
        codes = [np.zeros(0, np.int32)]
        for column in columns:
            # One place more than names, for what is none: -1.
            anew = np.array([*map(place.__getitem__, column.names), -1], np.int32)
            codes.append(anew[column.code])
        return cls(names, np.concatenate(codes))


@dataclass(frozen=True)
class PairTable:
    """The pairs of a study, one row a pair; every name is a code into its sorted names.

    ids: Arrow's strings. All arrays have the shape (pairs,). `prompt` numbers the prompts, -1 is no
    task or category. `length_a` and `length_b` count the characters of the responses, `list_a` and
    `list_b` say whether they hold a list; None where texts are unknown.
    """

    ids: Any
    prompt: Ints
    system_a: Ints
    system_b: Ints
    task: Ints
    category: Ints
    systems: tuple[str, ...]
    tasks: tuple[str, ...]
    categories: tuple[str, ...]
    prompts: int
    length_a: Ints | None = None
    length_b: Ints | None = None
    list_a: Bools | None = None
    list_b: Bools | None = None

    def __len__(self) -> int:
        return len(self.prompt)

    @cached_property
    def strands(self) -> tuple[Ints, Ints]:
        """Prompts of one category and task: the first pair of each, and the strand of each pair."""
        tasks, categories = len(self.tasks) + 1, len(self.categories) + 1
        key = (self.prompt.astype(np.int64) * tasks + self.task + 1) * categories
        _, first, strand = np.unique(
            key + self.category + 1, return_index=True, return_inverse=True
        )
        return first, strand

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> Self:
        """The table of some pairs; only what the analysis needs of each is kept."""
        return cls.joined([PairColumns.of(pairs)])

    @classmethod
    def joined(cls, parts: Sequence[PairColumns]) -> Self:
        """The table of all pairs of several parts, in their order."""

        def coded(name: str) -> Coded:
            return Coded.joined([getattr(part, name) for part in parts])

        texts: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("length_a", "length_b", "list_a", "list_b")
        }
        ids = pa.concat_arrays([part.ids for part in parts])
        systems = Coded.joined([coded("system_a"), coded("system_b")])
        names = coded("prompt"), systems, coded("task"), coded("category")
        return replace(cls._of(ids, *names), **texts)

    @classmethod
    def of_columns(
        cls,
        ids: Sequence[str],
        prompt_ids: Sequence[str],
        systems_a: Sequence[str],
        systems_b: Sequence[str],
        tasks: Sequence[str | None],
        categories: Sequence[str | None],
    ) -> Self:
        """The table of equally long columns, one entry a pair; nothing is known of the texts."""
        systems = Coded.of([*systems_a, *systems_b])
        return cls._of(
            words(ids), Coded.of(prompt_ids), systems, Coded.of(tasks), Coded.of(categories)
        )

    @classmethod
    def _of(cls, ids: Any, prompt: Coded, systems: Coded, task: Coded, category: Coded) -> Self:
        """systems: those of response a, then those of response b."""
        return cls(
            ids=ids,
            prompt=prompt.code,
            system_a=systems.code[: len(ids)],
            system_b=systems.code[len(ids) :],
            task=task.code,
            category=category.code,
            systems=systems.names,
            tasks=task.names,
            categories=category.names,
            prompts=len(prompt.names),
        )

    @property
    def repeated(self) -> bool:
        """Whether an id stands there twice."""
        return int(pc.count_distinct(self.ids).as_py()) < len(self)


@dataclass(frozen=True)
class PairColumns:
    """Some of a study's pairs: what a PairTable has, each column with its own names."""

    ids: Any
    prompt: Coded
    system_a: Coded
    system_b: Coded
    task: Coded
    category: Coded
    length_a: Ints
    length_b: Ints
    list_a: Bools
    list_b: Bools

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> Self:
        """The columns of some pairs."""
        rows = [
            (
                *(one.id, one.prompt.id, *one.systems, one.prompt.task, one.prompt.category),
                *(len(one.response_a.text), len(one.response_b.text)),
                *(has_list(one.response_a.text), has_list(one.response_b.text)),
            )
            for one in pairs
        ]
        columns: list[Any] = list(zip(*rows, strict=True)) or [()] * 10
        made: list[Any] = [words(columns[0]), *map(Coded.of, columns[1:6])]
        made += [np.array(column, np.int64) for column in columns[6:8]]
        made += [np.array(column, bool) for column in columns[8:]]
        return cls(*made)


BULLETS = ("- ", "* ", "+ ", "• ")
AFTER_NUMBER = (". ", ") ")


def has_list(text: str) -> bool:
    """Whether two lines of a text begin as points of a list do: a bullet, or a digit and a dot.

    From one end of a line to the next, which is many times faster than a pattern.
    """
    if "\n" not in text:
        return False
    points, start = 0, 0
    while True:
        mark = text[start : start + 3]
        if mark[:2] in BULLETS or (mark[:1].isdigit() and mark[1:] in AFTER_NUMBER):
            points += 1
            if points == 2:
                return True
        start = text.find("\n", start) + 1
        if not start:
            return False
