"""What a pilot's labels say of the study to come: people, judge, and how far prompts spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.agreement.coefficients import coefficient, intervals
from analysis.ballots import NONE, Ballots, Grouping
from analysis.estimates import Interval
from analysis.judges.beside_people import judge_rows
from analysis.judges.judging import Verdicts, resolve, with_ties
from analysis.planning.assumptions import Assumptions, BadAssumption
from analysis.planning.drawing import CRITERION
from analysis.planning.influence import INFLUENCES
from analysis.planning.plans import OF_SYSTEMS, Basis, average_answers
from analysis.planning.population import VALUES
from analysis.planning.sizes import half_width
from analysis.resampling.resample import Bootstrap, clustered_means
from analysis.resampling.tally import Tally
from analysis.systems.bradley_terry import Comparisons, bradley_terry
from analysis.tables import StudyLabels

LEAST_PROMPTS = 10
"""A pilot with fewer tells nothing of how far prompts spread."""


@dataclass(frozen=True)
class Pilot:
    """A pilot's labels of one criterion, as people's preferences: a, tie or b.

    Five-point choices count by their sign, both bad is a tie. `between` are the two systems that
    are compared, None where no two were named and there are more.
    """

    people: Ballots
    verdicts: Verdicts | None
    between: tuple[str, str] | None
    seconds: float | None


def pilot_of(
    study: StudyLabels, criterion: str | None, between: Sequence[str] | None, judge: str | None
) -> Pilot:
    """The labels of one criterion; raises BadAssumption where it is not clear which."""
    comparing = [one.key for one in study.plan.criteria if one.scale.kind != "rating"]
    key = _one_of("--criterion", comparing, criterion)
    number = [one.key for one in study.plan.criteria].index(key)
    table = study.of_kind("human")
    people = _by_sign(Ballots.of(study, number, table))
    prompts = len(np.unique(people.cluster_of(people.unit)))
    if prompts < LEAST_PROMPTS:
        raise BadAssumption(
            f"{study.plan.key}, {key}: found labels on {prompts} prompts, expected at least "
            f"{LEAST_PROMPTS} of a pilot"
        )
    seconds = table.seconds[(table.criterion == number) & np.isfinite(table.seconds)]
    judged = Ballots.of(study, number, study.of_kind("judge"))
    return Pilot(
        people,
        _verdicts(judged, judge),
        _two_systems(people, between),
        float(np.median(seconds)) if len(seconds) else None,
    )


def _one_of(what: str, known: list[str], wanted: str | None) -> str:
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted not in known:
        found = "none named" if wanted is None else repr(wanted)
        raise BadAssumption(f"{what}: found {found}, expected one of {', '.join(known) or 'none'}")
    return wanted


def _by_sign(ballots: Ballots) -> Ballots:
    side = np.sign(ballots.values).astype(np.int64) + 1  # 0 is a, 1 a tie, 2 b
    return replace(ballots, criterion=CRITERION, choice=side[ballots.choice])


def _verdicts(judged: Ballots, wanted: str | None) -> Verdicts | None:
    """The verdicts of the judge named, or of the only one; None where there is none."""
    found = {one.judge: one for one in resolve(judged)}
    if wanted is None and len(found) != 1:
        return None
    chosen = found[_one_of("--judge", list(found), wanted)]
    codes = np.append(np.sign(judged.values).astype(np.int64) + 1, [3, 4, 5])  # three failures
    return replace(chosen, choices=3, verdict=codes[with_ties(judged, chosen)])


def _two_systems(people: Ballots, between: Sequence[str] | None) -> tuple[str, str] | None:
    systems = people.pairs.systems
    if between is None:
        return (systems[0], systems[1]) if len(systems) == 2 else None
    for name in between:
        _one_of("--between", list(systems), name)
    first, second = between
    return first, second


def basis(pilot: Pilot, statistic: str, bootstrap: Bootstrap) -> Basis:
    """The pilot's people and judge as assumptions, and its spread beside the model's.

    Raises BadAssumption where the pilot cannot say what the statistic needs.
    """
    if statistic in OF_SYSTEMS:
        people, win_rate = _of_two(pilot)
    else:
        people, win_rate = _labelled_twice(pilot.people), 0.5
    prompts = len(np.unique(people.cluster_of(people.unit)))
    difference = None
    if statistic == "judge":
        difference = _judge_difference(people, pilot.verdicts, bootstrap)
    found = Assumptions(
        win_rate=win_rate,
        tie_share=float((people.choice == 1).mean()),
        alpha=_alpha(people),
        labels=max(round(len(people.unit) / len(people.starts)), 1),
        annotators=len(np.unique(people.annotator)),
        judge_minus_human=difference[0] if difference else Assumptions.judge_minus_human,
    )
    measured = difference[1] if difference else _deviation(people, statistic, bootstrap)
    if not measured:
        raise BadAssumption(f"{statistic}: the pilot gives it no interval, so none can be planned")
    answers = average_answers(found, judged=statistic == "judge")
    expected = answers.deviation(INFLUENCES[statistic](answers.population))
    return Basis(found, len(people.starts) / prompts, {statistic: measured / expected})


def _labelled_twice(people: Ballots) -> Ballots:
    """The labels of pairs with two or more, which alone tell of agreement."""
    twice = people.only(people.counts.sum(axis=1)[people.unit] > 1)
    if not len(twice.unit):
        raise BadAssumption("found no pair with two labels, expected some: do people agree?")
    return twice


def _of_two(pilot: Pilot) -> tuple[Ballots, float]:
    """The labels on pairs of the two systems, a the better one; its win rate by labels."""
    if pilot.between is None:
        names = ", ".join(pilot.people.pairs.systems)
        raise BadAssumption(f"--between: found none named, expected two of the systems {names}")
    people, pairs = pilot.people, pilot.people.pairs
    first, second = (pairs.systems.index(name) for name in pilot.between)
    pair = people.pair_of(people.unit)
    a, b = pairs.system_a[pair], pairs.system_b[pair]
    inside = ((a == first) & (b == second)) | ((a == second) & (b == first))
    if not inside.any():
        raise BadAssumption(f"--between: {' and '.join(pilot.between)} have no labelled pair")
    turned = np.where(a == first, people.choice, 2 - people.choice)
    rate = 1 - float(turned[inside].mean()) / 2
    better = turned if rate >= 0.5 else 2 - turned
    return replace(people, choice=better).only(inside), max(rate, 1 - rate)


def _alpha(people: Ballots) -> float:
    """Ordinal alpha as if a coin said which response is a, which is what the model has."""
    twice = _labelled_twice(people)
    counts = twice.counts[twice.labelled]
    both = np.concatenate([counts, counts[:, ::-1]])
    return coefficient("krippendorff_alpha_ordinal", Tally.of(both, VALUES))


def _deviation(people: Ballots, statistic: str, bootstrap: Bootstrap) -> float | None:
    """How much a prompt moves the statistic, from the width of the pilot's own interval."""
    unit = np.flatnonzero(people.majority != NONE)
    prompt = people.cluster_of(unit)
    score = 1 - people.majority[unit] / 2
    if statistic == "win_rate":
        means = clustered_means(score, np.zeros(len(unit), np.int64), prompt, 1)
        return float(means.error[0] * np.sqrt(means.clusters[0]))
    if statistic == "strength":
        games = Comparisons(np.zeros_like(unit), np.ones_like(unit), score, prompt)
        found = bradley_terry(games, 2)
        return float(2 * found.error[0] * np.sqrt(found.clusters))
    units = np.flatnonzero(people.labelled)
    cluster = people.cluster_of(units)
    rng = bootstrap.generator("pilot")
    made = intervals(people.tally.part(units), cluster, bootstrap, rng)
    return _from_width(made["krippendorff_alpha_ordinal"], len(np.unique(cluster)))


def _from_width(found: Interval, prompts: int) -> float | None:
    if found.low is None or found.high is None:
        return None
    return (found.high - found.low) / 2 / half_width(1.0, prompts)


def _judge_difference(
    people: Ballots, verdicts: Verdicts | None, bootstrap: Bootstrap
) -> tuple[float, float | None]:
    """The judge's agreement less people's, and how much a prompt moves it."""
    if verdicts is None:
        raise BadAssumption("--judge: found none named, expected a judge with labels in the pilot")
    parts = (Grouping("all", np.zeros(len(people.pairs), np.int64), ({},)),)
    (row,) = (
        one
        for one in judge_rows(people, verdicts, parts, bootstrap)
        if one.statistic == "judge_minus_human"
    )
    if row.value is None:
        raise BadAssumption(f"judge: {row.reason}")
    shared = verdicts.unit[people.labelled[verdicts.unit]]
    prompts = len(np.unique(people.cluster_of(shared)))
    return row.value, _from_width(Interval(row.low, row.high), prompts)
