"""Estimates of one criterion, found by what they speak of."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.estimates import Estimate, Names


class Rows:
    """Estimates of one criterion by what they speak of."""

    def __init__(self, estimates: Iterable[Estimate]) -> None:
        self.all = list(estimates)
        self._named: dict[str, list[Estimate]] = {}
        for one in self.all:
            self._named.setdefault(one.statistic, []).append(one)
        self._found: dict[str, dict[object, Estimate]] = {}
        self.judges = sorted({str(one.subject["judge"]) for one in self.named("judge_accuracy")})

    def get(
        self, statistic: str, subject: Names | None = None, part: Names | None = None
    ) -> Estimate | None:
        """That row, where the report has it."""
        if statistic not in self._found:  # most are never asked for by what they speak of
            rows = self.named(statistic)
            self._found[statistic] = {_key(one.subject, one.slice): one for one in rows}
        return self._found[statistic].get(_key(subject or {}, part or {}))

    def known(
        self, statistic: str, subject: Names | None = None, part: Names | None = None
    ) -> Estimate | None:
        """That row, where the report has it and it has a value."""
        row = self.get(statistic, subject, part)
        return None if row is None or row.value is None else row

    def named(self, statistic: str) -> list[Estimate]:
        """Every row of that name."""
        return list(self._named.get(statistic, ()))

    def subjects(
        self, statistic: str, name: str, subject: Names | None = None, part: Names | None = None
    ) -> list[str]:
        """What `name` is in the rows of that slice which speak of it beside `subject`."""
        wanted, beside = dict(part or {}), subject or {}
        names = {*beside, name}
        return [
            str(one.subject[name])
            for one in self.named(statistic)
            if set(one.subject) == names
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


def _key(subject: Names, part: Names) -> object:
    return frozenset(subject.items()), frozenset(part.items())
