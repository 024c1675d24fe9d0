"""What judges are worth: their verdict in words, and how they compare with people."""

from __future__ import annotations

from analysis.estimates import Estimate
from analysis.judges.advice import Advice, advise
from analysis.judges.length_baseline import JUDGE as LENGTH
from analysis.report.behind import Behind, Confusion
from analysis.report.document import (
    Block,
    Cell,
    Figure,
    Points,
    Section,
    Table,
    Text,
    Value,
    section,
    table,
)
from analysis.report.parts.criteria import p_value
from analysis.report.pictures.heat import Heat
from analysis.report.rows import Rows

JUDGES = {
    "judge_accuracy": "accuracy",
    "judge_macro_precision": "macro precision",
    "judge_macro_recall": "macro recall",
    "judge_macro_f1": "macro F1",
    "judge_weighted_f1": "weighted F1",
    "judge_cohen_kappa": "Cohen's kappa",
    "judge_invalid_share": "invalid",
    "judge_abstained_share": "abstained",
    "judge_inconsistent_share": "inconsistent",
    "order_consistency": "same in both orders",
    "first_position_bias": "favours the first",
}
FAILURES = ("judge_invalid_share", "judge_abstained_share", "judge_inconsistent_share")
MOST_MAPS = 8
"""Heat maps of so many judges are drawn."""


MOST_COUPLES = 30


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
    never = [name for name in FAILURES if name in names and not _ever(rows, name)]
    names = [name for name in names if name not in never]
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
        table(
            "Judges against the human majority",
            heads,
            body,
            *(
                [f"No judge gave a verdict that is {' or '.join(JUDGES[one] for one in never)}."]
                if never
                else []
            ),
        ),
        _each_two(rows),
        *maps,
        Text(f"The maps of {left} more judges are left out.") if left > 0 else None,
    )


def _ever(rows: Rows, name: str) -> bool:
    """Whether a judge ever gave such a verdict."""
    found = [rows.known(name, {"judge": one}) for one in rows.judges]
    return any(row.value for row in found if row is not None)


def _each_two(rows: Rows) -> Table:
    """Which of two judges is nearer to people, and by how much."""
    found = [
        one
        for one in rows.named("pairwise_significance")
        if "annotators" in one.subject and not one.slice and one.value is not None
    ]
    return table(
        "Each two judges: accuracy of the first less the second",
        ("", "difference", "p, adjusted", "judged by both"),
        [(_both_judges(one), Value(one), p_value(one), one.n) for one in found],
        "Over what both judged, from the same resamples; p by Holm over all rows.",
        shown=MOST_COUPLES,
        rest="couples of judges",
    )


def _both_judges(row: Estimate) -> str:
    both = row.subject["annotators"]
    return " less ".join(both) if isinstance(both, tuple) else str(both)


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
