"""How far people agree: the coefficients, by category, and each two annotators."""

from __future__ import annotations

from analysis.agreement.coefficients import NOTHING_SHARED
from analysis.agreement.kappa import MOST_COUPLES
from analysis.estimates import Estimate
from analysis.report.document import DASH, Cell, Figure, Section, Table, Text, Value, section, table
from analysis.report.pictures.axis import Axis
from analysis.report.pictures.forest import Dot, Forest
from analysis.report.rows import Rows
from analysis.report.wording import counted

AGREEMENT = {
    "percent_agreement": "percent agreement",
    "krippendorff_alpha_ordinal": "Krippendorff's alpha, ordinal (headline)",
    "krippendorff_alpha_nominal": "Krippendorff's alpha, nominal",
    "krippendorff_alpha_interval": "Krippendorff's alpha, interval",
    "orientation_range": "nominal alpha over random orders of a and b (least to greatest)",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2_linear": "Gwet's AC2, linear weights",
    "gwet_ac2_quadratic": "Gwet's AC2, quadratic weights",
    "brennan_prediger": "Brennan-Prediger",
    "fleiss_kappa": "Fleiss' kappa",
    "mean_cohen_kappa": "mean Cohen's kappa of two annotators",
    "unanimous_share": "unanimous share",
    "first_two_agreement": "first two annotators agree (of preferences: who won)",
    "relaxed_agreement": "first two, a tie half right",
}
DRAWN = {
    "percent_agreement": "percent agreement",
    "krippendorff_alpha_ordinal": "alpha, ordinal (headline)",
    "krippendorff_alpha_nominal": "alpha, nominal",
    "gwet_ac1": "Gwet's AC1",
    "fleiss_kappa": "Fleiss' kappa",
    "mean_cohen_kappa": "mean Cohen's kappa",
}
COUPLES = {
    "cohen_kappa": "Cohen's kappa",
    "cohen_kappa_linear": "linear weights",
    "cohen_kappa_quadratic": "quadratic weights",
    "percent_agreement": "percent agreement",
}
OF_MORE_CHOICES = {
    "krippendorff_alpha_nominal",
    "krippendorff_alpha_interval",
    "gwet_ac2_linear",
    "gwet_ac2_quadratic",
    "cohen_kappa_linear",
    "cohen_kappa_quadratic",
}
"""What says nothing of its own where a scale has two choices."""
TWO_CHOICES = (
    "With two choices nominal, ordinal and interval distances are alike, and so are all weights: "
    "each coefficient is given once."
)
HEADLINE = "krippendorff_alpha_ordinal"
FEW_SHARED = 20
"""With fewer, the agreement of two annotators is too unsure for a table."""
COUPLES_SHOWN = 30
MOST_DRAWN = 30
"""More rows make a figure too long to take in; its CSV has them all."""


WITHOUT_ONE = "with one annotator left out"


def without_one(row: Estimate | None, digits: int = 3) -> str:
    """The least and the greatest value when one annotator is left out."""
    if row is None or row.low_leave_one_out is None or row.high_leave_one_out is None:
        return DASH
    return f"{row.low_leave_one_out:.{digits}f} to {row.high_leave_one_out:.{digits}f}"


def agreement(rows: Rows) -> Section:
    """The coefficients as a table and a forest, and the headline by category and systems."""
    found = [(name, title, rows.get(name)) for name, title in AGREEMENT.items()]
    known = [(name, title, row) for name, title, row in found if row is not None]
    known = [(name, title, row) for name, title, row in known if row.value is not None or row.n]
    if not any(row.value is not None for _, _, row in known):
        return section("Agreement", Text(f"Undefined: {NOTHING_SHARED}."))
    two = _two_choices(rows)
    known = [one for one in known if not two or one[0] not in OF_MORE_CHOICES]
    ranged = any(without_one(row) != DASH for _, _, row in known)
    numbers = table(
        "Agreement between people",
        ("", "value", *[WITHOUT_ONE] * ranged, "labelled twice or more"),
        [(title, Value(row), *[without_one(row)] * ranged, row.n) for _, title, row in known],
        *([TWO_CHOICES] if two else []),
    )
    drawn = [
        (DRAWN[name], row) for name, _, row in known if name in DRAWN and row.value is not None
    ]
    return section("Agreement", _forest(drawn, numbers), numbers, _parts(rows))


def _two_choices(rows: Rows) -> bool:
    """Whether the scale has two: then all distances between different choices are alike."""
    return len(set(rows.subjects("majority_count", "choice")) - {"none"}) == len(("yes", "no"))


def _forest(drawn: list[tuple[str, Estimate]], numbers: Table) -> Figure | None:
    if not drawn:
        return None
    said = "; ".join(f"{title} {Value(row).text}" for title, row in drawn)
    return Figure(
        "Agreement between people, with 95% intervals. The dashed line is chance, but for percent "
        "agreement.",
        forest([(title, row) for title, row in drawn], base=0, most=1),
        f"Agreement coefficients: {said}.",
        numbers,
        told=True,
    )


def forest(
    drawn: list[tuple[str, Estimate]],
    base: float | None = None,
    least: float = float("-inf"),
    most: float = float("inf"),
    digits: int = 3,
    title: str = "",
) -> Forest:
    """Estimates one below the other, with their intervals; a star marks what is regularised."""
    dots = [Dot(label, _starred(row, digits), row.value, row.low, row.high) for label, row in drawn]
    ends = [end for dot in dots for end in (dot.value, dot.low, dot.high) if end is not None]
    return Forest(tuple(dots), Axis.around(ends, base, least, most), title)


def _starred(row: Estimate, digits: int) -> str:
    return Value(row, digits).text.replace(" (regularised)", "*")


def _parts(rows: Rows) -> Figure | None:
    """The headline for each category, where there are several."""
    parts = [("all", rows.get(HEADLINE))]
    names = rows.slices(HEADLINE, "category")
    if len(names) < 2:
        return None
    parts += [(name, rows.get(HEADLINE, {}, {"category": name})) for name in names]
    known = [(name, row) for name, row in parts if row is not None]
    numbers = table(
        "Ordinal alpha by category",
        ("category", "alpha", "labelled twice or more"),
        [(name, Value(row), row.n) for name, row in known],
    )
    drawn = [(name, row) for name, row in known if row.value is not None]
    if len(drawn) < 2:
        return None
    said = "; ".join(f"{name} {Value(row).text}" for name, row in drawn[:MOST_DRAWN])
    return Figure(
        f"Krippendorff's alpha, ordinal, by category{first_of(len(drawn))}.",
        forest(drawn[:MOST_DRAWN], base=0, most=1),
        f"Ordinal alpha by category: {said}.",
        numbers,
    )


def first_of(count: int, most: int = MOST_DRAWN) -> str:
    """What a caption says where not everything is drawn."""
    return "" if count <= most else f" (the first {most} of {count:,}; the CSV has all)"


def couples(rows: Rows) -> Section:
    """The kappas of each two annotators, those who share the most first."""
    found = rows.named("cohen_kappa")
    found.sort(key=lambda one: (-one.n, one.subject["annotators"]))
    if not found:
        return section("Each two annotators")
    enough = [one for one in found if one.n >= FEW_SHARED]
    notes = []
    if len(enough) < len(found):
        notes.append(
            f"{counted(len(found) - len(enough), 'more couple')}, who share fewer than "
            f"{FEW_SHARED} {found[0].unit}, stand in `report.json` only."
        )
    most = f"`report.json` has no more than the {MOST_COUPLES:,} couples that share the most."
    limit = [most] if len(found) == MOST_COUPLES else []
    if not enough:
        few = f"No two of the annotators share {FEW_SHARED} {found[0].unit} or more; "
        few += "`report.json` has what they share."
        return section("Each two annotators", Text(" ".join([few, *limit])))
    names = [one for one in COUPLES if one not in OF_MORE_CHOICES or not _two_choices(rows)]
    return section(
        "Each two annotators",
        table(
            "Agreement of each two annotators",
            ("", *(COUPLES[name] for name in names), f"shared {found[0].unit}"),
            [
                (_both(one), *(Value(rows.get(name, one.subject)) for name in names), one.n)
                for one in enough
            ],
            *notes,
            *limit,
            shown=COUPLES_SHOWN,
            rest="couples of annotators, who share no more",
        ),
    )


def _both(couple: Estimate) -> str:
    both = couple.subject["annotators"]
    return " / ".join(both) if isinstance(both, tuple) else str(both)


def majority(rows: Rows) -> Section:
    """How many pairs the majority gave each choice."""
    choices = rows.subjects("majority_count", "choice")
    counts = [rows.get("majority_count", {"choice": choice}) for choice in choices]
    if not any(row is not None and row.value is not None for row in counts):
        return section("Verdicts of the majority")
    unit = next(row.unit for row in counts if row is not None)
    likeliest = [rows.known("dawid_skene_count", {"choice": choice}) for choice in choices]
    body: list[tuple[Cell, ...]] = [
        (f"{unit}, by majority", *(Value(row, form="count") for row in counts))
    ]
    if any(likeliest):
        body.append(
            (f"{unit}, likeliest by Dawid-Skene", *(Value(row, form="count") for row in likeliest))
        )
    return section(
        "Verdicts of the majority",
        table(
            "Verdicts of the majority",
            ("", *choices),
            body,
            "None: no choice has strictly the most labels, or two are equally likely.",
        ),
    )
