"""AlpacaEval's bias and variance of a judge: its runs as votes, against people and each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.arrays import Ints, compact
from analysis.ballots import Ballots, Grouping
from analysis.estimates import Estimate
from analysis.judges.beside_people import NOT_BOTH
from analysis.judges.judging import Verdicts, resolved, with_ties
from analysis.judges.votes import Votes, modes
from analysis.resampling.ratios import Ratio, Ratios, ratio_rows
from analysis.resampling.resample import Bootstrap
from analysis.resampling.tally import Tally

ONE_RUN = "the judge ran once on everything"
BIAS = "1 - agreement of the mode of the judge's runs with the mode of people"
VARIANCE = "1 - agreement of each run with the mode of the judge's other runs"


def runs_of(judges: Ballots, judge: str) -> list[Verdicts]:
    """The resolved verdicts of each run of a judge."""
    own = judges.only(judges.annotator == judges.annotators.index(judge))
    return [resolved(own.only(own.repeat == run), judge) for run in np.unique(own.repeat)]


def estimates(
    people: Ballots, runs: list[Verdicts], parts: tuple[Grouping, ...], bootstrap: Bootstrap
) -> Iterator[Estimate]:
    """`alpacaeval_bias` and `alpacaeval_variance`: overall, by category and by task.

    Inconsistent counts as a tie. What is no verdict is no vote; it agrees with nothing.
    """
    ran = np.zeros(len(people.counts), bool)
    for run in runs:
        ran[run.unit] = True
    unit = np.flatnonzero(ran)
    counts = _counts(people, runs, unit)
    tally = Tally.of(counts, np.append(people.values, 0))
    codes, pattern = compact(
        tally.vector_of_unit * len(people.tally.vectors) + people.tally.vector_of_unit[unit],
        len(tally.vectors) * len(people.tally.vectors),
    )
    of_runs, of_people = np.divmod(codes, len(people.tally.vectors))
    ratios = _ratios(people, tally.vectors[of_runs], people.tally.vectors[of_people])
    subject = {"judge": runs[0].judge}
    for grouping in parts:
        if grouping.name == "systems":
            continue
        for names, rows in grouping.rows(people.pair_of(unit)):
            blank = Estimate(
                "alpacaeval_bias", people.criterion.key, subject=subject, slice=names,
                reason=NOT_BOTH,
            )  # fmt: skip
            cluster = people.cluster_of(unit[rows])
            yield from ratio_rows(blank, ratios, pattern[rows], cluster, bootstrap)


def _counts(people: Ballots, runs: list[Verdicts], unit: Ints) -> Ints:
    """How many runs gave each verdict, the last column those that gave none."""
    choices, place = len(people.choices), np.zeros(len(people.counts), np.int64)
    place[unit] = np.arange(len(unit))
    cells = [
        place[run.unit] * (choices + 1) + np.minimum(with_ties(people, run), choices)
        for run in runs
    ]
    size = len(unit) * (choices + 1)
    return np.bincount(np.concatenate(cells), minlength=size).reshape(-1, choices + 1)


def _ratios(people: Ballots, of_runs: Ints, of_people: Ints) -> Ratios:
    """Patterns are count vectors of the runs, shape (patterns, choices + 1), and of people."""
    usable, failed = Votes.of(of_runs[:, :-1], people.values), of_runs[:, -1]
    labelled = of_people.sum(axis=1) > 0
    agreed = (modes(usable.vectors) @ usable.near * modes(of_people.astype(np.float64))).sum(axis=1)
    compared = usable.references + failed * (usable.number > 0)
    return {
        "alpacaeval_bias": Ratio(
            labelled - agreed, labelled.astype(np.float64), people.unit_name, NOT_BOTH, BIAS
        ),
        "alpacaeval_variance": Ratio(
            compared - usable.people_to_others(usable.near), compared, "runs", ONE_RUN, VARIANCE
        ),
    }
