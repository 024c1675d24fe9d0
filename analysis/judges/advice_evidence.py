"""What the advice on judges is made from: a judge's estimates, and how they are said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from analysis.estimates import Estimate, Names
from analysis.judges.length_baseline import JUDGE as LENGTH
from analysis.systems.contrasts import SURE


@dataclass
class Found:
    """What the rules have found so far: ends of "It may", of "It may not", and sentences."""

    may: list[str] = field(default_factory=list)
    may_not: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """A difference of two shares from one resample, and its interval where it has one.

    p: adjusted, where several such differences are tested together; the interval is of this alone.
    """

    value: float
    low: float | None
    high: float | None
    p: float | None = None

    @classmethod
    def of(cls, row: Estimate) -> Difference:
        """That of a row with a value."""
        return cls(row.value or 0.0, row.low, row.high, row.p_adjusted)

    @property
    def turned(self) -> Difference:
        """The second less the first."""
        low, high = self.low, self.high
        return Difference(
            -self.value, None if high is None else -high, None if low is None else -low, self.p
        )

    @property
    def _sure(self) -> bool:
        """Whether it is different from 0 beside all that is tested with it."""
        return self.p is None or self.p < SURE

    @property
    def above(self) -> bool:
        """Whether it is shown to be more than 0."""
        return self._sure and self.low is not None and self.low > 0

    @property
    def below(self) -> bool:
        """Whether it is shown to be less than 0."""
        return self._sure and self.high is not None and self.high < 0

    @property
    def text(self) -> str:
        """`+9.3 points [+2.7, +15.8] (Holm's p 0.016)`."""
        text = f"{100 * self.value:+.1f} points"
        if self.low is not None and self.high is not None:
            text += f" [{100 * self.low:+.1f}, {100 * self.high:+.1f}]"
        if self.p is not None:
            text += f" (Holm's p {self.p:.3f})" if self.p >= 0.001 else " (Holm's p < 0.001)"
        return text


class Evidence:
    """A judge's estimates of one criterion as a whole, and those of people and of `length`."""

    def __init__(self, estimates: Iterable[Estimate], criterion: str, judge: str) -> None:
        self.judge = judge
        self._rows = {
            (one.statistic, frozenset(one.subject.items()), frozenset(one.slice.items())): one
            for one in estimates
            if one.criterion == criterion and not set(one.slice) - {"basis"}
        }

    def row(
        self, statistic: str, subject: Names | None = None, part: Names | None = None
    ) -> Estimate | None:
        """The judge's row of that name, or another subject's, where it has a value."""
        row = self.any_row(statistic, subject, part)
        return None if row is None or row.value is None else row

    def any_row(
        self, statistic: str, subject: Names | None = None, part: Names | None = None
    ) -> Estimate | None:
        """The same, also where it is undefined."""
        named = {"judge": self.judge} if subject is None else subject
        return self._rows.get(
            (statistic, frozenset(named.items()), frozenset((part or {}).items()))
        )

    @property
    def compares(self) -> bool:
        """Whether the criterion sets responses against each other instead of rating each."""
        return self.any_row("mtbench_s1") is not None

    def beyond_length(self) -> Difference | None:
        """How much more often than `length` it says what people's majority says."""
        both = tuple(sorted((self.judge, LENGTH)))
        row = self.row("pairwise_significance", {"annotators": both})
        if row is None or self.judge == LENGTH:
            return None
        found = Difference.of(row)
        return found if both[0] == self.judge else found.turned


def share(row: Estimate) -> str:
    """A share in percent."""
    return f"{100 * (row.value or 0):.1f}%"


def with_interval(row: Estimate) -> str:
    """A number with its interval."""
    text = f"{row.value or 0:.2f}"
    if row.low is not None and row.high is not None:
        text += f" [{row.low:.2f}, {row.high:.2f}]"
    return text
