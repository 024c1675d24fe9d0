"""The numbers of the researchers' page: counts of the store through the analysis into words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic
from typing import Any, TypeAlias

import numpy as np

from analysis.estimates import Estimate
from analysis.live import ClusterSums, agreement, agreement_with_others, side_bias
from analysis.resampling.multiplicity import adjusted
from analysis.resampling.resample import Bootstrap
from annotation.schema import Criterion
from annotation.store import AnnotatorFigures, Category, Consistency, Sums
from annotation.store.figures import ALL, read_profile
from annotation.workflow import Research

Reply: TypeAlias = dict[str, Any]

CATCHING_UP = 0.1
"""Seconds of one request that go into figures of labels that came since the last look."""

DAYS = 14
"""Of the chart of the pace."""

BOOTSTRAP = Bootstrap(400)
"""Fewer resamples than in a report: the page asks again every twenty seconds."""


def catch_up(research: Research, clock: Callable[[], float] = monotonic) -> int:
    """Bring the figures up to date for a while; how many prompts are left for the next look."""
    end = clock() + CATCHING_UP
    left = research.workflow.store.refigure(research.key)
    while left and clock() < end:
        left = research.workflow.store.refigure(research.key)
    return left


def progress(research: Research) -> Reply:
    """Labels wanted, in and leased, by category and by criterion, and the pace."""
    study, store = research.workflow.study, research.workflow.store
    categories = store.categories(study.key)
    now = research.workflow.now
    this_hour = int(now.timestamp() // 3600)
    hours = store.hours(study.key, this_hour - DAYS * 24 + 1)
    wanted = sum(one.wanted for one in categories)
    counted = sum(one.counted for one in categories)
    lately = sum(pairs for hour, pairs in hours.items() if hour > this_hour - 24)
    return {
        "wanted": wanted,
        "counted": counted,
        "leased": sum(one.leased for one in categories),
        "pairs": sum(one.pairs for one in categories),
        "lately": lately,
        "hours_left": (wanted - counted) / lately * 24 if lately else None,
        "hours": [hours.get(this_hour - DAYS * 24 + 1 + number, 0) for number in range(DAYS * 24)],
        "last_hour": datetime.fromtimestamp(this_hour * 3600, now.tzinfo).isoformat(),
        "categories": [one.model_dump() for one in categories],
        "criteria": [_asked(criterion, categories) for criterion in study.criteria],
    }


def _asked(criterion: Criterion, categories: list[Category]) -> Reply:
    names = {*criterion.applies_to}
    asked = [one for one in categories if not names or names & {one.task, one.category}]
    per_pair = len(criterion.scale.targets)
    return {
        "criterion": criterion.key,
        "wanted": per_pair * sum(one.wanted for one in asked),
        "counted": per_pair * sum(one.counted for one in asked),
        "leased": per_pair * sum(one.leased for one in asked),
    }


def agreements(research: Research) -> list[Reply]:
    """Each criterion's labels and how far people agree on it, with intervals."""
    study = research.workflow.study
    profiles = research.workflow.store.profiles(study.key)
    return [_agreement(criterion, profiles.get(criterion.key, {})) for criterion in study.criteria]


def _agreement(criterion: Criterion, profiles: Mapping[str, int]) -> Reply:
    read = [(read_profile(profile), prompts) for profile, prompts in sorted(profiles.items())]
    made = agreement(criterion, read, BOOTSTRAP)
    return {
        "criterion": criterion.key,
        "labels": dict(made.labels),
        "prompts": made.prompts,
        **{name: estimate_reply(one) for name, one in made.estimates.items()},
    }


def estimate_reply(one: Estimate) -> Reply:
    """What the page shows of a number."""
    return {
        name: getattr(one, name)
        for name in ("value", "low", "high", "n", "reason", "p", "p_adjusted", "method")
    }


def annotators(research: Research, criterion: str = ALL) -> list[Reply]:
    """Everybody with their counts, their agreement with the others, and the side they favour."""
    study, store = research.workflow.study, research.workflow.store
    people = store.annotator_figures(study.key)
    rows = [_annotator(one, criterion) for one in people]
    tested = [row for row in rows if row["side"]["p"] is not None]
    p = adjusted(np.array([row["side"]["p"] for row in tested], np.float64), "bh")
    for row, fair in zip(tested, p.tolist(), strict=True):
        row["side"]["p_adjusted"] = fair
    gold, repeats = _controls(research)
    for one, row in zip(people, rows, strict=True):
        row["gold"] = _share(gold.get(one.id))
        row["repeats"] = _share(repeats.get(one.id))
    return rows


def _annotator(one: AnnotatorFigures, criterion: str) -> Reply:
    sums = one.sums.get(criterion, Sums())
    met = ClusterSums(
        *(sums.met_prompts, sums.met, sums.same, sums.met_met, sums.same_met, sums.same_same)
    )
    sided = ClusterSums(
        *(sums.sided_prompts, sums.sided, sums.first),
        *(sums.sided_sided, sums.first_sided, sums.first_first),
    )
    name = criterion or None
    return {
        "id": one.id,
        "pseudonym": one.pseudonym,
        "joined_at": one.joined_at.isoformat(),
        "pairs": one.pairs,
        "labels": sums.labels,
        "seconds_per_pair": one.seconds / one.pairs if one.pairs and one.seconds else None,
        "excluded": one.excluded,
        "status": one.status,
        "guess": one.guess,
        "agreement": estimate_reply(agreement_with_others(one.pseudonym, name, met)),
        "side": estimate_reply(side_bias(one.pseudonym, name, sided)),
        "ties": sums.ties,
    }


def _controls(research: Research) -> tuple[dict[int, Consistency], dict[int, Consistency]]:
    """Answers to pairs with known answers, and second answers; only where the study has them."""
    served, store = research.workflow.served, research.workflow.store
    study = served.study
    known: dict[tuple[str, str, str], str] = {
        (one.pair.id, answer.criterion, answer.target): answer.choice
        for one in served.gold.values()
        for answer in one.answers
    }
    gold = store.gold(study.key, known) if study.gold else {}
    return gold, store.repeats(study.key) if study.repeats else {}


def _share(found: Consistency | None) -> Reply | None:
    return {"labels": found.labels, "right": found.right} if found else None
