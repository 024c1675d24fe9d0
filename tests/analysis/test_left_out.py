"""Ranges of rankings and ratings with each annotator left out."""

from __future__ import annotations

import pytest

from analysis.estimates import Estimate
from analysis.report.compose import Report
from analysis.report.markdown import markdown
from tests.analysis.small_studies import pair_of, people, report_of, row_of
from tests.builders import YES_NO, a_criterion, a_label

ROWS = ("AAB", "ABB", "TAT", "BBB", "AAT", "BAA", "BTB")


def report(rows: tuple[str, ...] = ROWS) -> Report:
    pairs = [pair_of(number, "x", "y") for number in range(len(rows))]
    return report_of(pairs, people(rows, pairs))


def without(number: int) -> tuple[str, ...]:
    return tuple(row[:number] + "." + row[number + 1 :] for row in ROWS)


NAMES = ("win_rate", "net_win_rate", "bradley_terry", "elo_scale", "rank", "davidson")


@pytest.mark.parametrize("basis", ["", "labels", "first"])
@pytest.mark.parametrize("name", NAMES)
def test_the_range_of_a_ranking_is_that_of_the_reports_without_each(name: str, basis: str) -> None:
    part = {"basis": basis} if basis else {}
    subject = {"system": "x"}
    whole = row_of(report(), name, subject, part)
    each = [
        row
        for number in range(3)
        for row in report(without(number)).estimates
        if (row.statistic, row.subject, row.slice) == (name, subject, part)
    ]
    values = [row.value for row in each if row.value is not None]
    assert values
    assert whole.low_leave_one_out == pytest.approx(min(values))
    assert whole.high_leave_one_out == pytest.approx(max(values))


@pytest.mark.parametrize(
    "name",
    ["krippendorff_alpha_ordinal", "mean_cohen_kappa", "first_two_agreement", "relaxed_agreement"],
)
def test_agreement_has_the_range_of_the_reports_without_each(name: str) -> None:
    whole = row_of(report(), name)
    values = [row_of(report(without(number)), name).value for number in range(3)]
    known = [value for value in values if value is not None]
    assert whole.low_leave_one_out == pytest.approx(min(known))
    assert whole.high_leave_one_out == pytest.approx(max(known))


def test_two_annotators_have_each_ones_own_ranking_as_range_but_no_range_of_agreement() -> None:
    found = report(("AB", "BA", "AA", "BA"))
    row = row_of(found, "win_rate", {"system": "x"}, {"basis": "labels"})
    assert (row.low_leave_one_out, row.high_leave_one_out) == (0.5, 0.75)
    assert row_of(found, "percent_agreement").low_leave_one_out is None


def test_ten_annotators_have_no_range() -> None:
    row = row_of(report(("A" * 10, "B" * 10)), "win_rate", {"system": "x"})
    assert row.low_leave_one_out is None


def test_slices_and_counts_have_no_range() -> None:
    found = report()
    row = row_of(found, "win_rate", {"system": "x"}, {"category": "creative"})
    assert row.low_leave_one_out is None
    assert row_of(found, "win_count", {"system": "x"}).low_leave_one_out is None


def row(found: Report, name: str, **subject: str) -> Estimate:
    return row_of(found, name, subject, {"basis": "labels"})


def test_ratings_have_ranges_too() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(3)]
    said = {"ann1": "yes yes no", "ann2": "no yes no", "ann3": "no no no"}
    labels = [
        a_label(pair_id=pair.id, target="a", annotator=who, choice=choice)
        for who, choices in said.items()
        for pair, choice in zip(pairs, choices.split(), strict=True)
    ]
    found = report_of(pairs, labels, a_criterion(scale=YES_NO))
    mean = row(found, "mean_rating", system="x")
    assert mean.value == pytest.approx(3 / 9)
    assert mean.low_leave_one_out == pytest.approx(1 / 6)
    assert mean.high_leave_one_out == pytest.approx(3 / 6)
    share = row(found, "rating_share", system="x", level="no")
    assert share.low_leave_one_out == pytest.approx(3 / 6)


def test_the_readable_report_has_the_ranges_where_there_are_any() -> None:
    assert "with one annotator left out" in markdown(report())
    assert "with one annotator left out" not in markdown(report(("A" * 10, "B" * 10)))
