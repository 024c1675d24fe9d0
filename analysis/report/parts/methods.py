"""A methods paragraph of what was done in this very report, with the works to cite."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analysis.report.compose import Report
from analysis.report.document import Quoted, Section, Text, section
from analysis.report.parts.methods_done import DONE, ways_of
from analysis.report.parts.overview import LEFT_OUT, period, scale_words
from analysis.report.parts.ratings import basis_of
from analysis.report.references import bibtex, named
from analysis.report.wording import counted, listed

CRITERIA_SAID = 6
"""More criteria are only counted."""


_LATEX = {one: f"\\{one}" for one in "%&#_$"}
_LATEX |= {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_CITED = re.compile(r"\{(\w+)\}")


def methods(report: Report) -> Section:
    """The paragraph as prose, the same with citations for LaTeX, and BibTeX of what it cites."""
    ways = ways_of(report)
    sentences = [*_data(report), *(one.sentence for one in DONE if one.holds(ways))]
    filled = [_filled(one, report) for one in sentences]
    keys = [key for one in filled for key in _CITED.findall(one)]
    prose = " ".join(_CITED.sub(lambda found: f"({named(found[1])})", one) for one in filled)
    latex = " ".join(_CITED.sub(r"~\\citep{\1}", _latex(one)) for one in filled)
    return section(
        "Methods, to paste into a paper",
        Text("Written from what was done in this report. Say besides how annotators were chosen."),
        Text(prose),
        Quoted("The same for LaTeX", latex.replace(" ~", "~"), "tex"),
        Quoted("BibTeX of the works cited", bibtex(keys), "bib"),
    )


def _filled(sentence: str, report: Report) -> str:
    made = sentence.replace("{resamples}", f"{report.bootstrap.resamples:,}")
    return made.replace("{seed}", str(report.bootstrap.seed))


def _latex(text: str) -> str:
    """A sentence in which LaTeX reads a study's names as letters; `{key}` stays."""
    return "".join(_LATEX.get(one, one) for one in text)


def _data(report: Report) -> Iterator[str]:
    data, who, study = report.data, report.who, report.study
    title = _safe(study["title"])
    there = (
        f"{counted(data['pairs'], 'pair')} of responses of {counted(len(who.systems), 'system')} "
        f"to {counted(data['prompts'], 'prompt')}"
    )
    if data["labels"]:
        people = counted(data["annotators"], "annotator")
        labels = counted(data["labels"], "label")
        yield f"{title}: {people} gave {labels} on {there}{period(who)}."
    else:
        yield f"{title}: {there}. No label is a person's."
    if who.judges:
        names = listed([_safe(one) for one in who.judges])
        yield f"{counted(data['judge_labels'], 'label')} are verdicts of {names}."
    if len(study["criteria"]) > CRITERIA_SAID:
        yield f"{len(study['criteria'])} criteria were asked."
    else:
        for one in study["criteria"]:
            question, scale = _safe(one["question"]), _safe(scale_words(one["scale"]))
            yield f"The criterion {_safe(one['key'])} asked “{question}” ({scale})."
    if data["excluded"]:
        reasons = [
            f"{count:,} {LEFT_OUT.get(reason, reason)}"
            for reason, count in data["excluded"].items()
        ]
        yield f"Labels left out: {listed(reasons)}."
    yield from _undecided(report)


def _undecided(report: Report) -> Iterator[str]:
    averaged = {one["key"] for one in report.study["criteria"] if basis_of(one)}
    for one in report.estimates:
        if one.statistic != "majority_count" or one.slice:
            continue
        alone = dict(one.subject) == {"choice": "none"} and one.criterion not in averaged
        if alone and one.value:
            yield (
                f"On {_safe(str(one.criterion))}, {one.value:,.0f} of {one.n:,} {one.unit} have no "
                "majority and are left out of rankings."
            )


def _safe(text: str) -> str:
    """A study's text without braces, which would be read as citations."""
    return " ".join(text.replace("{", "(").replace("}", ")").split())
