"""Estimates by what they speak of, and how they stand in tables of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis.estimates import Estimate, Names


class Rows:
    """Estimates of one criterion by what they speak of."""

    def __init__(self, estimates: Iterable[Estimate]) -> None:
        self.all = list(estimates)
        self._by_key = {_key(one.statistic, one.subject, one.slice): one for one in self.all}
        self.judges = sorted(
            {str(one.subject["judge"]) for one in self.all if one.statistic == "judge_accuracy"}
        )

    def get(self, statistic: str, subject: Names, part: Names) -> Estimate | None:
        """That row, where the report has it."""
        return self._by_key.get(_key(statistic, subject, part))

    def subjects(self, statistic: str, name: str, subject: Names, part: Names) -> list[str]:
        """What `name` is in the rows of that slice which speak of it beside `subject`."""
        names = {*subject, name}
        return [
            str(one.subject[name])
            for one in self.all
            if one.statistic == statistic
            and set(one.subject) == names
            and dict(one.slice) == dict(part)
            and all(one.subject[key] == value for key, value in subject.items())
        ]


def _key(statistic: str, subject: Names, part: Names) -> tuple[object, ...]:
    return statistic, frozenset(subject.items()), frozenset(part.items())


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table, numbers to the right, or nothing where there is no row."""
    body = ["| " + " | ".join(_cell(text) for text in row) + " |" for row in rows]
    if not body:
        return []
    rule = "|---" + "|---:" * (len(heads) - 1) + "|"
    return ["| " + " | ".join(heads) + " |", rule, *body]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def number(row: Estimate | None, digits: int = 3) -> str:
    """A value with its interval, or a dash."""
    if row is None or row.value is None:
        return "–"
    text = f"{row.value:.{digits}f}"
    if row.low is not None and row.high is not None:
        text += f" [{row.low:.{digits}f}, {row.high:.{digits}f}]"
    return text + (" (regularised)" if row.status else "")


def count(row: Estimate | None) -> str:
    """A count, or a dash."""
    return "–" if row is None or row.value is None else f"{row.value:,.0f}"
