"""report.md: the headline numbers of a report as tables that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from analysis.agreement.coefficients import NOTHING_SHARED
from analysis.estimates import Estimate, Names
from analysis.report.compose import Report
from analysis.report.markdown_judges import advice, beside_people, stand_ins
from analysis.report.markdown_people import annotators
from analysis.report.sentences import Rows as _Rows
from analysis.report.sentences import count as _count
from analysis.report.sentences import number as _number
from analysis.report.sentences import table as _table

AGREEMENT = {
    "percent_agreement": "percent agreement",
    "krippendorff_alpha_ordinal": "Krippendorff's alpha, ordinal (headline)",
    "krippendorff_alpha_nominal": "Krippendorff's alpha, nominal",
    "krippendorff_alpha_interval": "Krippendorff's alpha, interval",
    "orientation_range": "nominal alpha over random orders of a and b (least to greatest)",
    "gwet_ac1": "Gwet's AC1",
    "fleiss_kappa": "Fleiss' kappa",
    "mean_cohen_kappa": "mean Cohen's kappa of two annotators",
    "unanimous_share": "unanimous share",
    "first_two_agreement": "first two annotators agree",
    "relaxed_agreement": "first two, a tie half right",
}
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
COUPLES = {
    "cohen_kappa": "Cohen's kappa",
    "cohen_kappa_linear": "linear weights",
    "cohen_kappa_quadratic": "quadratic weights",
    "percent_agreement": "percent agreement",
}
FEW_SHARED = 20
"""With fewer, the agreement of two annotators is too unsure for a table."""
COUPLES_SHOWN = 30
LEFT_OUT = {
    "unknown_pair": "of a pair that the study does not have",
    "unknown_criterion": "of a criterion that the study does not have",
    "unknown_choice": "with a choice that its scale does not have",
    "not_applicable": "of a criterion that is not asked of the pair",
    "superseded": "replaced by a later label of the same annotator",
    "repeat": "repeated by the same annotator, to see how steady one is",
    "training": "made in training",
    "gold": "made on a pair with a known answer",
    "surplus": "more than were asked for",
}


def markdown(report: Report) -> str:
    """The whole report.md."""
    lines = [f"# {report.study['title']}", "", *_data(report.data)]
    for criterion in report.study["criteria"]:
        rows = _Rows(one for one in report.estimates if one.criterion == criterion["key"])
        lines += ["", f"## {criterion['key']}", "", f"*{criterion['question']}*"]
        lines += _sections(rows)
    return "\n".join([*lines, "", *_notes(), ""])


def _sections(rows: _Rows) -> Iterator[str]:
    sections = {
        "Agreement": _agreement(rows),
        "Each two annotators": _couples(rows),
        "Annotators": annotators(rows),
        "Verdicts of the majority": _majority(rows),
        "Systems": _ranking(rows, {}),
        "Each two systems": _pairs_of_systems(rows),
        "Ratings": _ratings(rows),
        "What each judge may be used for": advice(rows),
        "Judges against the human majority": _judges(rows),
        "Judges beside people": beside_people(rows),
        "Judges in an annotator's place": stand_ins(rows),
        "Judges against known preferences": _known(rows),
    }
    for judge in rows.judges:
        sections[f"Systems by the judge {judge}"] = _ranking(rows, {"judge": judge})
    for title, table in sections.items():
        if table:
            yield from ("", f"### {title}", "", *table)


def _data(data: dict[str, Any]) -> Iterator[str]:
    judges = f" and {data['judge_labels']:,} of judges" if data["judge_labels"] else ""
    yield (
        f"{data['labels']:,} labels of {data['annotators']:,} annotators{judges} on "
        f"{data['pairs']:,} pairs of {data['prompts']:,} prompts."
    )
    if data["excluded"]:
        yield ""
        yield "Left out:"
        yield ""
        for reason, count in data["excluded"].items():
            yield f"- {count:,} {LEFT_OUT.get(reason, reason)} (`{reason}`)"


def _notes() -> Sequence[str]:
    return (
        "---",
        "",
        "Brackets hold 95% intervals, clustered by prompt. A tie is half a win in win rates and "
        "strengths. Rankings take one outcome a pair, the choice that strictly most people made; "
        "pairs without one are left out of them. A dash is undefined; `report.json` says why, and "
        "holds every number of this page and many more.",
    )


def _agreement(rows: _Rows) -> list[str]:
    found = [(title, rows.get(name, {}, {})) for name, title in AGREEMENT.items()]
    known = [(title, row) for title, row in found if row is not None]
    known = [(title, row) for title, row in known if row.value is not None or row.n]
    if not any(row.value is not None for _, row in known):
        return [f"Undefined: {NOTHING_SHARED}."]
    return _table(
        ("", "value", "labelled twice or more"),
        [(title, _number(row), f"{row.n:,}") for title, row in known],
    )


def _couples(rows: _Rows) -> list[str]:
    """The kappas of each two annotators, those who share the most first."""
    found = [one for one in rows.all if one.statistic == "cohen_kappa"]
    found.sort(key=lambda one: (-one.n, one.subject["annotators"]))
    shown, more = found[:COUPLES_SHOWN], len(found) - COUPLES_SHOWN
    table = _table(
        ("", *COUPLES.values(), f"shared {found[0].unit}" if found else ""),
        [[_both(one), *_kappas(rows, one), f"{one.n:,}"] for one in shown],
    )
    if any(one.n < FEW_SHARED for one in shown):
        few = f"Two annotators who share fewer than {FEW_SHARED} have a dash."
        table += ["", f"{few} `report.json` has their numbers."]
    if more > 0:
        rest = "couples of annotators, who share no more" if more > 1 else "couple of annotators"
        table += ["", f"{more:,} more {rest}: see `report.json`."]
    return table


def _both(couple: Estimate) -> str:
    both = couple.subject["annotators"]
    return " / ".join(both) if isinstance(both, tuple) else str(both)


def _kappas(rows: _Rows, couple: Estimate) -> list[str]:
    if couple.n < FEW_SHARED:
        return ["–" for _ in COUPLES]
    return [_number(rows.get(name, couple.subject, {})) for name in COUPLES]


def _majority(rows: _Rows) -> list[str]:
    choices = rows.subjects("majority_count", "choice", {}, {})
    counts = [rows.get("majority_count", {"choice": choice}, {}) for choice in choices]
    if not any(row is not None and row.value is not None for row in counts):
        return []
    return _table(choices, [[_count(row) for row in counts]])


def _ranking(rows: _Rows, subject: Names) -> list[str]:
    systems = rows.subjects("win_count", "system", subject, {})

    def of(system: str, name: str) -> Estimate | None:
        return rows.get(name, {**subject, "system": system}, {})

    def strength(system: str) -> float:
        row = of(system, "bradley_terry") or of(system, "win_rate")
        return -row.value if row is not None and row.value is not None else 0.0

    counts = ("win_count", "tie_count", "loss_count")
    return _table(
        ("system", "won", "tied", "lost", "win rate", "Bradley-Terry", "rank"),
        [
            [
                system,
                *(_count(of(system, name)) for name in counts),
                _number(of(system, "win_rate")),
                _number(of(system, "bradley_terry")),
                _number(of(system, "rank"), 0),
            ]
            for system in sorted(systems, key=strength)
        ],
    )


def _pairs_of_systems(rows: _Rows) -> list[str]:
    parts = sorted(
        {
            one.slice["systems"]
            for one in rows.all
            if one.statistic == "win_rate" and set(one.slice) == {"systems"}
        },
        key=str,
    )
    table = []
    for both in parts:
        if not isinstance(both, tuple):
            continue
        first = {"system": both[0]}
        part = {"systems": both}
        cells = [rows.get(name, first, part) for name in ("win_count", "tie_count", "loss_count")]
        alpha = rows.get("krippendorff_alpha_ordinal", {}, part)
        rate = _number(rows.get("win_rate", first, part))
        table.append([" / ".join(both), *map(_count, cells), rate, _number(alpha)])
    heads = ("first / second", "first won", "tied", "first lost", "win rate of the first")
    return _table((*heads, "alpha, ordinal"), table)


def _ratings(rows: _Rows) -> list[str]:
    systems = rows.subjects("mean_rating", "system", {}, {})
    levels: list[str] = []
    if systems:
        found = rows.all
        levels = list(
            dict.fromkeys(
                str(one.subject["level"]) for one in found if one.statistic == "rating_share"
            )
        )
    return _table(
        ("system", *levels, "mean", "rated"),
        [
            [
                system,
                *(
                    _number(rows.get("rating_share", {"system": system, "level": level}, {}))
                    for level in levels
                ),
                _number(mean := rows.get("mean_rating", {"system": system}, {})),
                "–" if mean is None else f"{mean.n:,}",
            ]
            for system in systems
        ],
    )


def _judges(rows: _Rows) -> list[str]:
    table = []
    for judge in rows.judges:
        found = [rows.get(name, {"judge": judge}, {}) for name in JUDGES]
        n = found[0].n if found[0] is not None else 0
        table.append([judge, *map(_number, found), f"{n:,}"])
    return _table(("judge", *JUDGES.values(), "compared"), table)


def _known(rows: _Rows) -> list[str]:
    """The alignment table: each judge's accuracy by category."""
    found = [one for one in rows.all if one.statistic == "reference_accuracy"]
    names = sorted({str(one.slice["category"]) for one in found if "category" in one.slice})
    parts: list[Names] = [*({"category": name} for name in names), {}]
    judges = [
        judge for judge in rows.judges if rows.get("reference_accuracy", {"judge": judge}, {})
    ]
    return _table(
        ("judge", *names, "all"),
        [
            [
                judge,
                *(_number(rows.get("reference_accuracy", {"judge": judge}, one)) for one in parts),
            ]
            for judge in judges
        ],
    )
