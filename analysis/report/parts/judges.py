"""What judges are worth: their verdict in words, and how they compare with people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.estimates import Estimate, Names
from analysis.judges.advice import Advice, advise
from analysis.judges.alt_test_rows import EPSILONS
from analysis.judges.length_baseline import JUDGE as LENGTH
from analysis.report.behind import Behind, Confusion
from analysis.report.document import (
    DASH,
    Block,
    Cell,
    Figure,
    Points,
    Section,
    Text,
    Value,
    section,
    table,
)
from analysis.report.parts.agreement import forest
from analysis.report.pictures.axis import Axis
from analysis.report.pictures.forest import Dot, Forest
from analysis.report.pictures.heat import Heat
from analysis.report.rows import Rows

JUDGES = {
    "judge_accuracy": "accuracy",
    "judge_macro_f1": "macro F1",
    "judge_cohen_kappa": "Cohen's kappa",
    "judge_invalid_share": "invalid",
    "judge_abstained_share": "abstained",
    "judge_inconsistent_share": "inconsistent",
    "order_consistency": "same in both orders",
    "first_position_bias": "favours the first",
}
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
MOST_MAPS = 8
"""Heat maps of so many judges are drawn."""


def advice_of(rows: Rows) -> list[Advice]:
    """Each judge's advice; the baseline is no candidate."""
    criterion = str(rows.all[0].criterion) if rows.all else ""
    return [advise(rows.all, criterion, one) for one in rows.judges if one != LENGTH]


def advice(rows: Rows) -> Section:
    """Each judge's verdict in words."""
    blocks: list[Block] = []
    for found in advice_of(rows):
        blocks.append(Text(found.summary, strong=True))
        points = [f"It may {end}." for end in found.may]
        points += [f"It may not {end}." for end in found.may_not]
        blocks.append(Points((*points, *found.facts)))
    return section("What each judge may be used for", *blocks)


def judges(rows: Rows, behind: Behind | None) -> Section:
    """Each judge against the human majority, as a table and as heat maps."""
    names = [
        name for name in JUDGES if any(rows.known(name, {"judge": one}) for one in rows.judges)
    ]
    body: list[tuple[Cell, ...]] = []
    for judge in rows.judges:
        compared = rows.get("judge_accuracy", {"judge": judge})
        cells = [Value(rows.get(name, {"judge": judge})) for name in names]
        body.append((judge, *cells, compared.n if compared is not None else 0))
    heads = ("judge", *(JUDGES[one] for one in names), "compared")
    maps = [] if behind is None else [_map(one) for one in behind.confusions[:MOST_MAPS]]
    left = 0 if behind is None else len(behind.confusions) - MOST_MAPS
    return section(
        "Judges against the human majority",
        table("Judges against the human majority", heads, body),
        *maps,
        Text(f"The maps of {left} more judges are left out.") if left > 0 else None,
    )


def _map(found: Confusion) -> Figure | None:
    if not sum(map(sum, found.counts)):
        return None
    shares = []
    for row in found.counts:
        total = sum(row)
        shares.append(tuple(one / total if total else None for one in row))
    said = "; ".join(
        f"people {name}: "
        + ", ".join(f"{column} {count}" for column, count in zip(found.columns, row, strict=True))
        for name, row in zip(found.rows, found.counts, strict=True)
    )
    return Figure(
        f"People's majority (rows) and the verdicts of {found.judge} (columns): pairs, shaded by "
        "their share of the row.",
        Heat(
            found.rows,
            found.columns,
            tuple(shares),
            tuple(tuple(f"{one:,}" for one in row) for row in found.counts),
            "judge",
            "people",
        ),
        f"Verdicts of {found.judge} by people's majority. {said}.",
        table(
            f"People's majority and the verdicts of {found.judge}",
            ("people", *found.columns),
            [(name, *row) for name, row in zip(found.rows, found.counts, strict=True)],
        ),
    )


def beside_people(rows: Rows) -> Section:
    """People among each other in the first row, then each judge in the same terms."""
    title = "Judges beside people"
    if not any(rows.known("judge_loo_agreement", {"judge": one}) for one in rows.judges) and (
        not any(rows.known("judge_accuracy", {"judge": one}) for one in rows.judges)
    ):
        return section(title)
    subjects: list[tuple[str, Names]] = [("people", {})]
    subjects += [(judge, {"judge": judge}) for judge in rows.judges]
    names = [
        name for name in BESIDE_PEOPLE if any(rows.known(name, subject) for _, subject in subjects)
    ]
    return section(
        title,
        _beside(rows, subjects),
        table(
            "Judges beside people",
            ("", "leave-one-out", "minus people", *(BESIDE_PEOPLE[name] for name in names)),
            [tuple(_terms(rows, who, subject, names)) for who, subject in subjects],
            *_references(names),
        ),
    )


def _references(names: Sequence[str]) -> Iterator[str]:
    """Which of the numbers hold a judge and people against the same references."""
    yield (
        "Leave-one-out and minus people hold both against the other people's labels, the "
        "difference over what the judge judged."
    )
    if "alpacaeval_agreement" in names:
        yield (
            "AlpacaEval's agreement does not: a judge's is with the mode of all people, people's "
            "own with the mode of the others."
        )


def _loo(rows: Rows, subject: Names) -> Estimate | None:
    return rows.get(LOO["judge" if subject else "people"], subject)


def _terms(rows: Rows, who: str, subject: Names, names: Sequence[str]) -> Iterator[Cell]:
    yield who
    yield Value(_loo(rows, subject))
    yield Value(rows.get("judge_minus_human", subject))
    yield from (Value(rows.get(name, subject)) for name in names)


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


def stand_ins(rows: Rows) -> Section:
    """The alternative-annotator test: how many annotators each judge may replace, by epsilon."""
    lines: list[tuple[Cell, ...]] = []
    for judge in rows.judges:
        rho = rows.known("alt_test_rho", {"judge": judge})
        if rho is not None:
            shares = [_both(rows, judge, epsilon) for epsilon in EPSILONS]
            lines.append((judge, Value(rho), *shares))
    return section(
        "Judges in an annotator's place",
        table(
            "The alternative-annotator test",
            ("judge", "advantage", *(f"ε = {epsilon:g}" for epsilon in EPSILONS)),
            lines,
            "The share of annotators for whom the judge is shown to be as good but for ε: "
            "clustered by prompt, and in parentheses by the authors' plain test. From 0.5 on it "
            "may replace them.",
        ),
    )


def _both(rows: Rows, judge: str, epsilon: float) -> str:
    subject: Names = {"judge": judge, "epsilon": epsilon}
    clustered = rows.get("alt_test_omega_clustered", subject)
    plain = rows.get("alt_test_omega", subject)
    return f"{Value(clustered, 2).text} ({Value(plain, 2).text})"


def known_preferences(rows: Rows) -> Section:
    """The alignment table: each judge's accuracy by category, and their plain average."""
    title = "Judges against known preferences"
    names = rows.slices("reference_accuracy", "category")
    found = [one for one in rows.judges if rows.get("reference_accuracy", {"judge": one})]
    body = [
        (
            judge,
            *(
                Value(rows.get("reference_accuracy", {"judge": judge}, {"category": name}))
                for name in names
            ),
            _average(rows, judge, names),
            Value(rows.get("reference_accuracy", {"judge": judge})),
        )
        for judge in found
    ]
    known = [(one, rows.known("reference_accuracy", {"judge": one})) for one in found]
    drawn = [(one, row) for one, row in known if row is not None]
    figure = None
    if drawn:
        said = "; ".join(f"{one} {Value(row).text}" for one, row in drawn)
        figure = Figure(
            "How often the known preference is chosen, with 95% intervals; the dashed line is a "
            "coin.",
            forest(drawn, base=0.5, least=0, most=1),
            f"Accuracy on known preferences: {said}.",
            table("Accuracy", ("judge", "accuracy"), [(one, Value(row)) for one, row in drawn]),
            told=True,
        )
    heads = ("judge", *(name.capitalize() for name in names), "Avg", "all pairs")
    return section(title, figure, table("Alignment: known preferences by category", heads, body))


def _average(rows: Rows, judge: str, names: Sequence[str]) -> Cell:
    """The plain mean of the categories, as in INSTRUCTEVAL."""
    parts = [
        rows.known("reference_accuracy", {"judge": judge}, {"category": name}) for name in names
    ]
    values = [row.value for row in parts if row is not None and row.value is not None]
    return sum(values) / len(values) if values and len(values) == len(names) else DASH
