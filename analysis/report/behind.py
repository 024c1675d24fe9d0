"""What the sentences and figures of a report need beside its estimates: plain counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from analysis.arrays import Floats, Ints, compact
from analysis.ballots import NONE, Ballots
from analysis.estimates import Interval
from analysis.judges.judging import Verdicts, judge_outcomes, with_ties
from analysis.outcomes import Outcomes
from analysis.resampling.resample import clustered_means, share_interval
from analysis.tables import NO_MOMENT, LabelTable, StudyLabels

FAILED = ("invalid", "abstained", "inconsistent")
STEPS = 5
"""Groups of pairs by how much longer one response is."""


@dataclass(frozen=True)
class Who:
    """Who took part: pairs of each system and category, labels of each annotator and judge."""

    systems: dict[str, int]
    categories: dict[str, int]
    annotators: dict[str, int]
    judges: dict[str, int]
    references: int
    first: datetime | None
    last: datetime | None

    @classmethod
    def of(cls, labels: StudyLabels) -> Who:
        """All of them, those with the most labels first."""
        pairs, people = labels.pairs, labels.of_kind("human")
        both = np.append(pairs.system_a, pairs.system_b)
        named = pairs.category[pairs.category >= 0]
        moments = people.moment[people.moment != NO_MOMENT]
        return cls(
            _counted(both, pairs.systems),
            _counted(named, pairs.categories),
            _labels_of(people, labels.annotators),
            _labels_of(labels.of_kind("judge"), labels.annotators),
            len(labels.of_kind("reference")),
            _moment(int(moments.min())) if len(moments) else None,
            _moment(int(moments.max())) if len(moments) else None,
        )


def _counted(codes: Ints, names: tuple[str, ...]) -> dict[str, int]:
    counts = np.bincount(codes, minlength=len(names)).tolist()
    return dict(zip(names, counts, strict=True))


def _labels_of(labels: LabelTable, names: tuple[str, ...]) -> dict[str, int]:
    counts = _counted(labels.annotator, names)
    there = [(name, count) for name, count in counts.items() if count]
    return dict(sorted(there, key=lambda one: (-one[1], one[0])))


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1e6, UTC)


@dataclass(frozen=True)
class Confusion:
    """How often people's majority was the row and the judge's verdict the column."""

    judge: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Meeting:
    """How often the earliest label of a pair of two systems was each choice.

    The choices are turned so that a is the first system.
    """

    systems: tuple[str, str]
    choices: tuple[str, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """Of pairs whose lengths differ by `least` to `most` characters: how often the longer won.

    A tie is half. `share` is None where there is no such pair.
    """

    least: int
    most: int
    share: float | None
    interval: Interval
    n: int


@dataclass(frozen=True)
class Lengths:
    """The steps of people (`who` is empty) or of one judge."""

    who: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Behind:
    """What stands behind the figures of one criterion."""

    criterion: str
    confusions: tuple[Confusion, ...]
    meetings: tuple[Meeting, ...]
    lengths: tuple[Lengths, ...]


def behind(
    people: Ballots, judged: Ballots, verdicts: Sequence[Verdicts], sources: Sequence[Outcomes]
) -> Behind:
    """The counts of one criterion; `sources` are people's outcomes by majority, labels, first."""
    confusions = tuple(_confusion(people, one) for one in verdicts)
    if people.rated:
        return Behind(people.criterion.key, confusions, (), ())
    judges = [(one.judge, judge_outcomes(judged, one)) for one in verdicts]
    return Behind(
        people.criterion.key,
        confusions,
        _meetings(people, sources[2]),
        _lengths(people, [("", sources[0]), *judges]),
    )


def _confusion(people: Ballots, verdicts: Verdicts) -> Confusion:
    """Columns of verdicts that are none are there only where they occur."""
    majority = people.majority[verdicts.unit]
    kept = majority != NONE
    width = verdicts.choices + len(FAILED)
    cells = majority[kept] * width + with_ties(people, verdicts)[kept]
    counts = np.bincount(cells, minlength=verdicts.choices * width).reshape(-1, width)
    used = [*range(verdicts.choices), *(verdicts.choices + np.flatnonzero(_failed(counts)))]
    names = (*people.choices, *FAILED)
    return Confusion(
        verdicts.judge,
        people.choices,
        tuple(names[one] for one in used),
        tuple(tuple(row[used].tolist()) for row in counts),
    )


def _failed(counts: Ints) -> Ints:
    failed: Ints = counts.sum(axis=0)[-len(FAILED) :]
    return failed


def _meetings(people: Ballots, first: Outcomes) -> tuple[Meeting, ...]:
    pairs, scale, width = people.pairs, people.criterion.scale, len(people.pairs.systems)
    a, b = pairs.system_a[first.unit].astype(np.int64), pairs.system_b[first.unit]
    mirror = np.array([scale.choices.index(scale.unblind(one, True)) for one in scale.choices])
    choice = np.where(a <= b, first.choice, mirror[first.choice])
    both, code = compact(np.minimum(a, b) * width + np.maximum(a, b), width**2)
    cells = code * len(scale.choices) + choice
    counts = np.bincount(cells, minlength=len(both) * len(scale.choices))
    return tuple(
        Meeting(
            (pairs.systems[key // width], pairs.systems[key % width]),
            scale.choices,
            tuple(row.tolist()),
        )
        for key, row in zip(both.tolist(), counts.reshape(-1, len(scale.choices)), strict=True)
    )


def _lengths(people: Ballots, sources: Sequence[tuple[str, Outcomes]]) -> tuple[Lengths, ...]:
    """The same steps for everybody: equal shares of the pairs that people decided."""
    a, b = people.pairs.length_a, people.pairs.length_b
    decided = sources[0][1].unit
    if a is None or b is None or not len(decided):
        return ()
    longer = (a - b).astype(np.int64)
    apart = np.abs(longer[decided])
    apart = apart[apart > 0]
    if not len(apart):
        return ()
    ends = np.unique(np.quantile(apart, np.linspace(0, 1, STEPS + 1)[1:], method="higher"))
    return tuple(
        Lengths(who, _steps(people, source, longer, ends, int(apart.min())))
        for who, source in sources
        if len(source.unit)
    )


def _steps(
    people: Ballots, source: Outcomes, longer: Ints, ends: Ints, least: int
) -> tuple[Step, ...]:
    apart = np.abs(longer[source.unit])
    code = np.searchsorted(ends, apart)
    kept = (apart > 0) & (code < len(ends))
    unit, code = source.unit[kept], code[kept]
    side = np.sign(people.values)[source.choice[kept]]
    won: Floats = (1 - side * np.sign(longer[unit])) / 2
    means = clustered_means(won, code, people.cluster_of(unit), len(ends))
    steps, start = [], least
    for number, end in enumerate(ends.tolist()):
        n = int(means.n[number])
        share = float(means.mean[number]) if n else None
        interval = Interval()
        if share is not None:
            error, clusters = float(means.error[number]), int(means.clusters[number])
            interval = share_interval(share, error, clusters)[0]
        steps.append(Step(start, int(end), share, interval, n))
        start = int(end) + 1
    return tuple(steps)
