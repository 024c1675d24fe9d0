"""Estimates of one criterion, found by what they speak of."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.estimates import Estimate, Names


class Rows:
    """Estimates of one criterion by what they speak of."""

    def __init__(self, estimates: Iterable[Estimate]) -> None:
        self.all = list(estimates)
        self._by_key = {_key(one.statistic, one.subject, one.slice): one for one in self.all}
        self.judges = sorted(
            {str(one.subject["judge"]) for one in self.all if one.statistic == "judge_accuracy"}
        )

    def get(
        self, statistic: str, subject: Names | None = None, part: Names | None = None
    ) -> Estimate | None:
        """That row, where the report has it."""
        return self._by_key.get(_key(statistic, subject or {}, part or {}))

    def known(
        self, statistic: str, subject: Names | None = None, part: Names | None = None
    ) -> Estimate | None:
        """That row, where the report has it and it has a value."""
        row = self.get(statistic, subject, part)
        return None if row is None or row.value is None else row

    def named(self, statistic: str) -> list[Estimate]:
        """Every row of that name."""
        return [one for one in self.all if one.statistic == statistic]

    def subjects(
        self, statistic: str, name: str, subject: Names | None = None, part: Names | None = None
    ) -> list[str]:
        """What `name` is in the rows of that slice which speak of it beside `subject`."""
        wanted, beside = dict(part or {}), subject or {}
        names = {*beside, name}
        return [
            str(one.subject[name])
            for one in self.all
            if one.statistic == statistic
            and set(one.subject) == names
            and dict(one.slice) == wanted
            and all(one.subject[key] == value for key, value in beside.items())
        ]

    def slices(self, statistic: str, name: str) -> list[str]:
        """The sorted values of `name` in slices that name nothing else."""
        found = {one.slice[name] for one in self.named(statistic) if set(one.slice) == {name}}
        return sorted(str(one) for one in found)

    def couples(self, statistic: str) -> list[tuple[str, str]]:
        """The sorted pairs of systems of the slices that name nothing else."""
        found = {
            one.slice["systems"] for one in self.named(statistic) if set(one.slice) == {"systems"}
        }
        return sorted((str(both[0]), str(both[1])) for both in found if isinstance(both, tuple))


def _key(statistic: str, subject: Names, part: Names) -> tuple[object, ...]:
    return statistic, frozenset(subject.items()), frozenset(part.items())
