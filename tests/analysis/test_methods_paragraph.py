"""The methods paragraph says what was done and cites it, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.labels import read_study
from analysis.report.compose import Report, analyse
from analysis.report.document import Quoted, Text
from analysis.report.parts.methods import methods
from analysis.report.parts.methods_done import DONE
from analysis.report.references import bibtex, entries, named
from analysis.resampling.resample import Bootstrap
from tests.analysis.report_studies import rich_study
from tests.analysis.small_studies import FIXTURE_D, people, report_of, some_pairs
from tests.builders import a_criterion, a_label


def prose(report: Report) -> str:
    return [block.words for block in methods(report).blocks if isinstance(block, Text)][1]


def quoted(report: Report) -> tuple[str, str]:
    """The paragraph for LaTeX, and the BibTeX."""
    latex, bib = [one.words for one in methods(report).blocks if isinstance(one, Quoted)]
    return latex, bib


def test_every_work_that_may_be_cited_is_there_and_every_one_there_may_be_cited() -> None:
    cited = {key for one in DONE for key in re.findall(r"\{(\w+)\}", one.sentence)}
    assert cited - {"resamples", "seed"} == set(entries())


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("krippendorff2011", "Krippendorff 2011"),
        ("field2007", "Field and Welsh 2007"),
        ("zheng2023", "Zheng et al. 2023"),
    ],
)
def test_a_work_is_named_by_its_authors_and_year(key: str, expected: str) -> None:
    assert named(key) == expected


def test_bibtex_has_each_work_once_and_balanced_braces() -> None:
    text = bibtex(["cohen1960", "cohen1960", "zheng2023"])
    assert re.findall(r"@\w+\{(\w+),", text) == ["cohen1960", "zheng2023"]
    for entry in entries().values():
        assert entry.count("{") == entry.count("}")


def test_a_study_without_judges_says_nothing_of_judges(tmp_path: Path) -> None:
    pairs = some_pairs(4)
    said = prose(report_of(pairs, people(FIXTURE_D, pairs)))
    assert "Krippendorff 2011" in said
    assert "judge" not in said.lower()
    assert "Calderon" not in said


def test_what_was_undefined_was_not_done() -> None:
    pairs = some_pairs(2)
    said = prose(report_of(pairs, people(("A", "B"), pairs)))  # nothing labelled twice
    assert "Krippendorff" not in said
    assert "Bradley-Terry" in said


def test_counts_seed_resamples_and_what_was_left_out_are_those_of_the_report() -> None:
    pairs = some_pairs(4)
    said = prose(report_of(pairs, [*people(FIXTURE_D, pairs), a_label()]))
    assert "3 annotators gave 12 labels on 4 pairs" in said
    assert "1 of a pair that the study does not have" in said
    assert "100 resamples of prompts" in said
    assert "with seed 0" in said


def test_regularised_strengths_are_told() -> None:
    pairs = some_pairs(3)
    assert "regularised" in prose(report_of(pairs, people(("A", "A", "A"), pairs)))
    assert "regularised" not in prose(report_of(pairs, people(("A", "B", "T"), pairs)))


def test_the_citations_of_the_latex_are_the_keys_of_the_bibtex(tmp_path: Path) -> None:
    report = analyse(read_study(rich_study(tmp_path / "study", prompts=12)), Bootstrap(50))
    latex, bib = quoted(report)
    assert set(re.findall(r"\\citep\{(\w+)\}", latex)) == set(re.findall(r"@\w+\{(\w+),", bib))
    assert "95\\%" in latex


def test_a_name_with_signs_of_latex_is_written_as_letters() -> None:
    pairs = some_pairs(4)
    criterion = a_criterion(question="Is {a} 50% of $b_1 & #2?")
    latex, _ = quoted(report_of(pairs, people(FIXTURE_D, pairs), criterion))
    assert r"Is (a) 50\% of \$b\_1 \& \#2?" in latex
