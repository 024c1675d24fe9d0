"""Judges beside people in the same terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from analysis.estimates import Estimate, Names
from analysis.judges.length_baseline import JUDGE as LENGTH
from analysis.judges.paired_rows import LONGER
from analysis.report.document import Figure, Section, Table, Value, section, table
from analysis.report.pictures.axis import Axis
from analysis.report.pictures.forest import Dot, Forest
from analysis.report.rows import Rows

LOO = {"people": "human_loo_agreement", "judge": "judge_loo_agreement"}


@dataclass(frozen=True)
class Column:
    """A number of each judge, and of people where they have it: its head, name and slice."""

    head: str
    statistic: str
    part: Names = field(default_factory=dict)


VOTES = (
    Column("S1", "mtbench_s1"),
    Column("S2, without ties", "mtbench_s2"),
    Column("votes in S2", "mtbench_s2_coverage"),
    Column("AlpacaEval agreement", "alpacaeval_agreement"),
)
"""How often two say the same of a pair."""

BESIDES = (
    Column("prefers the longer", "longer_preferred"),
    Column("longer, minus people", "judge_minus_human", LONGER),
    Column("AlpacaEval bias", "alpacaeval_bias"),
    Column("AlpacaEval variance", "alpacaeval_variance"),
    Column("Kendall's tau of systems", "kendall_tau"),
    Column("Spearman's rho of systems", "spearman_rho"),
    Column("Spearman's rho of ratings", "judge_spearman"),
    Column("Kendall's tau of ratings", "judge_kendall_tau_b"),
    Column("mean error of ratings", "judge_mean_absolute_error"),
)
"""What else judges and people have in common or not."""

NOTES = {
    "mtbench_s1": "S1 and S2 are MT-bench's: how often two votes on a pair are the same, of all "
    "votes, and of those votes that both prefer a side; votes in S2 is the share of the latter.",
    "longer_preferred": "Longer, minus people is the difference on the pairs that both decided.",
    "alpacaeval_bias": "AlpacaEval's bias is 1 less the agreement of a judge's runs together with "
    "people.",
    "alpacaeval_variance": "AlpacaEval's variance is 1 less the agreement of one run with the "
    "others.",
    "kendall_tau": "Tau and rho of systems compare the judge's ranking with people's.",
}
"""What the numbers of a column are."""


def beside_people(rows: Rows) -> Section:
    """People among each other in the first row, then each judge in the same terms."""
    judged = any(
        rows.known(name, {"judge": one})
        for one in rows.judges
        for name in ("judge_loo_agreement", "judge_accuracy")
    )
    title = "Judges beside people" if judged else "Agreement as MT-bench and AlpacaEval measure it"
    subjects: list[tuple[str, Names]] = [("people", {})]
    subjects += [(judge, {"judge": judge}) for judge in rows.judges if judged]
    votes, besides = (_known(rows, subjects, columns) for columns in (VOTES, BESIDES))
    if not judged and not votes:
        return section(title)
    first = (Column("leave-one-out", ""), *[Column("minus people", "judge_minus_human")] * judged)
    return section(
        title,
        _beside(rows, subjects),
        _terms(rows, title, subjects, (*first, *votes), *_references(votes, judged)),
        _terms(rows, "Length, runs and rankings", subjects, besides) if besides else None,
    )


def _known(
    rows: Rows, subjects: Sequence[tuple[str, Names]], columns: Sequence[Column]
) -> list[Column]:
    """The columns in which somebody has a value."""
    return [
        one
        for one in columns
        if any(rows.known(one.statistic, subject, one.part) for _, subject in subjects)
    ]


def _references(columns: Sequence[Column], judged: bool) -> Iterator[str]:
    """What is held against what."""
    if not judged:
        yield "Leave-one-out holds each label against those of the other people."
        return
    yield (
        "Leave-one-out and minus people hold both against the other people's labels, the "
        "difference over what the judge judged."
    )
    if any(one.statistic == "alpacaeval_agreement" for one in columns):
        yield (
            "AlpacaEval's agreement does not: a judge's is with the mode of all people, people's "
            "own with the mode of the others."
        )


def _terms(
    rows: Rows,
    title: str,
    subjects: Sequence[tuple[str, Names]],
    columns: Sequence[Column],
    *notes: str,
) -> Table:
    """A row for people and for each judge of whom one of the numbers is known."""
    found = [(who, [_term(rows, subject, one) for one in columns]) for who, subject in subjects]
    names = dict.fromkeys(one.statistic for one in columns)
    told = [NOTES[one] for one in names if one in NOTES]
    return table(
        title,
        ("", *(one.head for one in columns)),
        [
            (who, *map(Value, cells))
            for who, cells in found
            if any(one is not None and one.value is not None for one in cells)
        ],
        *notes,
        *told,
    )


def _term(rows: Rows, subject: Names, column: Column) -> Estimate | None:
    if not column.statistic:
        return _loo(rows, subject)
    return rows.get(column.statistic, subject, column.part)


def _loo(rows: Rows, subject: Names) -> Estimate | None:
    return rows.get(LOO["judge" if subject else "people"], subject)


def _beside(rows: Rows, subjects: Sequence[tuple[str, Names]]) -> Figure | None:
    """Judge-human agreement under human-human agreement, on the same references."""
    found = [(who, _loo(rows, subject)) for who, subject in subjects]
    drawn = [(who, row) for who, row in found if row is not None and row.value is not None]
    if len(drawn) < 2:
        return None
    dots = [
        Dot(
            "people with each other" if who == "people" else f"{who} with people",
            Value(row).text,
            row.value,
            row.low,
            row.high,
            0 if who == "people" else 5 if who == LENGTH else 1,
        )
        for who, row in drawn
    ]
    people = drawn[0][1].value if drawn[0][0] == "people" else None
    said = "; ".join(f"{dot.label} {dot.text}" for dot in dots)
    return Figure(
        "How often a label is what most other people said: people, and each judge against the same "
        "references, with 95% intervals. The dashed line is people's own agreement.",
        Forest(tuple(dots), Axis(0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1), 1, people)),
        f"Agreement with people: {said}.",
        table(
            "Agreement with people", ("", "agreement"), [(who, Value(row)) for who, row in drawn]
        ),
        told=True,
    )
