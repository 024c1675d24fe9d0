"""Everything the analysis says of a study, as report.json has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from analysis import outcomes
from analysis.agreement import rows as agreement
from analysis.annotators import rows as annotators
from analysis.at_once import in_order
from analysis.ballots import Ballots, groupings
from analysis.criteria import rows as criteria
from analysis.estimates import Estimate, TooFewLabels, check_unique
from analysis.judges import judging
from analysis.judges import rows as judges
from analysis.leaderboards import rows as leaderboards
from analysis.report.behind import Behind, Who, behind
from analysis.resampling.resample import Bootstrap
from analysis.systems import ranking, ratings
from analysis.tables import StudyLabels
from analysis.watch import Watch, unwatched


@dataclass(frozen=True)
class Report:
    """A study's numbers: `study` and `data` as in report.json, and every estimate once.

    What is behind the figures, who took part and how often was resampled go to readable reports.
    """

    study: dict[str, Any]
    data: dict[str, Any]
    estimates: tuple[Estimate, ...]
    behind: tuple[Behind, ...]
    who: Who
    bootstrap: Bootstrap

    def to_json(self) -> dict[str, Any]:
        """The object that report.json holds."""
        estimates = [estimate.to_json() for estimate in self.estimates]
        return {"study": self.study, "data": self.data, "estimates": estimates}


def analyse(
    labels: StudyLabels,
    bootstrap: Bootstrap | None = None,
    watch: Watch = unwatched,
    benchmarks: leaderboards.Benchmarks | None = None,
    processes: int = 1,
    threads: int = 1,
) -> Report:
    """Every statistic of every criterion; raises TooFewLabels where no label can be used.

    benchmarks: scores of the study's systems by benchmark, to be set beside the rankings.
    processes: how many criteria are worked on at once, each in a process forked from this one,
    which must then have no other threads; threads: the same with threads of one process. The
    numbers are the same.
    """
    bootstrap = bootstrap or Bootstrap()
    if not len(labels.labels):
        raise TooFewLabels(f"{labels.plan.key}: no label can be used{_why(labels)}")
    number = len(labels.plan.criteria)

    def work(piece: int) -> tuple[list[Estimate], Behind | None]:
        if piece == number:
            return check_unique(criteria.estimates(labels, bootstrap)), None
        rows, behind_them = _criterion(labels, piece, bootstrap, benchmarks or {})
        return check_unique(rows), behind_them

    estimates: list[Estimate] = []
    counts: list[Behind] = []
    found = in_order(work, number + 1, processes, threads)
    for _ in watch(range(number + 1), "parts of the report"):
        rows, behind_them = next(found)
        estimates += rows
        counts += [behind_them] if behind_them else []
    made = _study(labels), _data(labels), tuple(estimates)
    return Report(*made, tuple(counts), Who.of(labels), bootstrap)


def _why(labels: StudyLabels) -> str:
    if not labels.excluded:
        return (
            ", its labels folder holds none; if people labelled it in the app, first: "
            "python -m annotation export STUDY --format jsonl --out STUDY/labels/people.jsonl"
        )
    return ", left out: " + in_words(labels)


def in_words(labels: StudyLabels) -> str:
    """What was left out, such as `9 superseded, 2 unknown_pair`."""
    return ", ".join(f"{count} {reason}" for reason, count in sorted(labels.excluded.items()))


def _criterion(
    labels: StudyLabels, number: int, bootstrap: Bootstrap, benchmarks: leaderboards.Benchmarks
) -> tuple[Iterable[Estimate], Behind]:
    people = Ballots.of(labels, number, labels.of_kind("human"))
    judged = Ballots.of(labels, number, labels.of_kind("judge"))
    known = Ballots.of(labels, number, labels.of_kind("reference"))
    parts = groupings(labels.pairs, people.asked)
    verdicts = judging.resolve(judged)
    sources = outcomes.human_outcomes(people)
    sources += [judging.judge_outcomes(judged, one) for one in verdicts]
    if people.rated:
        about_systems = ratings.estimates(people, parts, sources, bootstrap)
    else:
        about_systems = ranking.estimates(people, parts, sources, bootstrap)
    rows = chain(
        agreement.estimates(people, parts, bootstrap),
        outcomes.estimates(people, parts, sources),
        about_systems,
        annotators.estimates(labels, number, people),
        judges.estimates(judged, people, known, parts, bootstrap),
        leaderboards.estimates(people, parts, sources, benchmarks, bootstrap),
    )
    return rows, behind(people, judged, verdicts, sources)


def _study(labels: StudyLabels) -> dict[str, Any]:
    plan = labels.plan
    criteria = [criterion.model_dump(mode="json") for criterion in plan.criteria]
    names = ("key", "title", "version", "labels_per_pair")
    return {**{name: getattr(plan, name) for name in names}, "criteria": criteria}


def _data(labels: StudyLabels) -> dict[str, Any]:
    people = labels.of_kind("human")
    return {
        "pairs": len(labels.pairs),
        "prompts": labels.pairs.prompts,
        "annotators": len(np.unique(people.annotator)),
        "labels": len(people),
        "judge_labels": len(labels.of_kind("judge")),
        "excluded": dict(sorted(labels.excluded.items())),
    }
