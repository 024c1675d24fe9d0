"""The part of report.md on judges: what each may be used for, and how it compares with people."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.estimates import Estimate, Names
from analysis.judges.advice import Advice, advise
from analysis.judges.alt_test_rows import EPSILONS
from analysis.judges.length_baseline import JUDGE as LENGTH
from analysis.report.sentences import Rows, number, table

BESIDE_PEOPLE = {
    "mtbench_s1": "S1",
    "mtbench_s2": "S2, without ties",
    "mtbench_s2_coverage": "votes in S2",
    "alpacaeval_agreement": "AlpacaEval agreement",
    "alpacaeval_variance": "AlpacaEval variance",
    "longer_preferred": "prefers the longer",
    "kendall_tau": "Kendall's tau of systems",
    "judge_spearman": "Spearman's rho of ratings",
    "judge_mean_absolute_error": "mean error of ratings",
}
LOO = {"people": "human_loo_agreement", "judge": "judge_loo_agreement"}


def advice(rows: Rows) -> list[str]:
    """Each judge's verdict in words; the baseline is no candidate."""
    lines: list[str] = []
    for judge in rows.judges:
        if judge != LENGTH:
            criterion = str(rows.all[0].criterion)
            lines += [*_spoken(advise(rows.all, criterion, judge)), ""]
    return lines[:-1]


def _spoken(found: Advice) -> Iterator[str]:
    yield f"**{found.summary}**"
    yield ""
    for start, ends in (("It may", found.may), ("It may not", found.may_not)):
        for end in ends:
            yield f"- {start} {end}."
    for fact in found.facts:
        yield f"- {fact}"


def beside_people(rows: Rows) -> list[str]:
    """People among each other in the first row, then each judge in the same terms."""
    if not rows.judges:
        return []
    subjects: list[tuple[str, Names]] = [("people", {})]
    subjects += [(judge, {"judge": judge}) for judge in rows.judges]
    names = [
        name
        for name in BESIDE_PEOPLE
        if any(_known(rows.get(name, subject, {})) for _, subject in subjects)
    ]
    heads = ("", "leave-one-out", "minus people", *(BESIDE_PEOPLE[name] for name in names))
    return table(
        heads,
        [
            [
                title,
                number(rows.get(LOO["judge" if subject else "people"], subject, {})),
                number(rows.get("judge_minus_human", subject, {})),
                *(number(rows.get(name, subject, {})) for name in names),
            ]
            for title, subject in subjects
        ],
    )


def _known(row: Estimate | None) -> bool:
    return row is not None and row.value is not None


def stand_ins(rows: Rows) -> list[str]:
    """The alternative-annotator test: how many annotators each judge may replace, by epsilon."""
    lines = []
    for judge in rows.judges:
        rho = rows.get("alt_test_rho", {"judge": judge}, {})
        if _known(rho):
            shares = [_both(rows, judge, epsilon) for epsilon in EPSILONS]
            lines.append([judge, number(rho), *shares])
    heads = ("judge", "advantage", *(f"ε = {epsilon:g}" for epsilon in EPSILONS))
    if not lines:
        return []
    return [
        *table(heads, lines),
        "",
        "The share of annotators for whom the judge is shown to be as good but for ε: clustered by "
        "prompt, and in parentheses by the authors' plain test. From 0.5 on it may replace them.",
    ]


def _both(rows: Rows, judge: str, epsilon: float) -> str:
    subject: Names = {"judge": judge, "epsilon": epsilon}
    clustered = rows.get("alt_test_omega_clustered", subject, {})
    plain = rows.get("alt_test_omega", subject, {})
    return f"{number(clustered, 2)} ({number(plain, 2)})"
