"""How often a report's 95% intervals hold the truth, over studies drawn from the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.estimates import Interval
from analysis.planning.assumptions import Assumptions
from analysis.planning.drawing import Design, draw
from analysis.planning.intervals import STATISTICS, found, truths
from analysis.planning.model import Model, Voters
from analysis.planning.population import Population
from analysis.resampling.resample import Bootstrap
from analysis.watch import Watch, unwatched

UNLABELLED = 2
"""So many times the labelled prompts the judge judges alone, for prediction-powered win rates."""


@dataclass(frozen=True)
class Coverage:
    """Of `studies` drawn with so many prompts, in how many the interval held the truth.

    `below` and `above` counts those whose interval lay wholly below or above it, `missing` those
    that gave none; `width` is the mean width of the others.
    """

    statistic: str
    prompts: int
    truth: float
    studies: int
    held: int
    below: int
    above: int
    missing: int
    width: float

    @property
    def share(self) -> float:
        """The coverage; a study without an interval covers nothing."""
        return self.held / self.studies

    @property
    def error(self) -> float:
        """The standard error of the share that comes from drawing so many studies only."""
        return float(np.sqrt(self.share * (1 - self.share) / self.studies))


@dataclass(frozen=True)
class Simulation:
    """How studies are drawn: what is assumed, how many of each size, and from which seed."""

    assumptions: Assumptions
    sizes: Sequence[int] = (30, 100, 300)
    studies: int = 1000
    resamples: int = 1000
    seed: int = 0

    def generator(self, *place: int) -> np.random.Generator:
        """A generator of its own for each table, size and study."""
        return np.random.default_rng([self.seed, *place])


FIXED, FRESH, EQUAL, PLANNED = range(4)
"""The tables, as the first number of their generators."""


def same_annotators(of: Simulation, watch: Watch = unwatched) -> Iterator[Coverage]:
    """Coverage for new prompts with these annotators: their effects are drawn once."""
    model = of.assumptions.model()
    judge = of.assumptions.judge(model)
    people = panel(of.assumptions, model, of.generator(FIXED))
    truth = truths(Population.of(model, people, judge, of.assumptions.labels))
    for prompts in of.sizes:
        design = _design(of, model, prompts)
        yield from _counted(of, FIXED, design, [people] * of.studies, judge, truth, watch)


def fresh_annotators(of: Simulation, watch: Watch = unwatched) -> Iterator[Coverage]:
    """Coverage of what annotators on average would say: others are drawn for each study."""
    model, rng = of.assumptions.model(), of.generator(FRESH)
    judge = of.assumptions.judge(model)
    panels = [panel(of.assumptions, model, rng) for _ in range(of.studies)]
    labels = of.assumptions.labels
    each = [
        truths(Population.of(model, people, judge, labels))
        for people in watch(panels, "what each panel would find")
    ]
    truth = {name: float(np.mean([one[name] for one in each])) for name in STATISTICS}
    for prompts in of.sizes:
        design = _design(of, model, prompts)
        yield from _counted(of, FRESH, design, panels, judge, truth, watch)


def panel(assumed: Assumptions, model: Model, rng: np.random.Generator) -> Voters:
    """Annotators with effects of their own."""
    return assumed.spread.draw(model.people(assumed.annotators), rng)


def _design(of: Simulation, model: Model, prompts: int) -> Design:
    return Design(model, prompts, of.assumptions.labels, UNLABELLED * prompts)


def _counted(
    of: Simulation,
    table: int,
    design: Design,
    panels: Sequence[Voters],
    judge: Voters,
    truth: dict[str, float],
    watch: Watch,
) -> Iterator[Coverage]:
    """A row for each statistic, over one study a panel."""
    studies = watch(range(of.studies), f"{design.prompts} prompts")
    bootstrap = Bootstrap(of.resamples, of.seed)  # a report takes one seed for all, and so do all
    each = [
        found(
            design,
            draw(design, panels[number], judge, of.generator(table, design.prompts, number)),
            bootstrap,
        )
        for number in studies
    ]
    for name in STATISTICS:
        yield coverage(name, design.prompts, truth[name], [one[name] for one in each])


def coverage(name: str, prompts: int, truth: float, found: Sequence[Interval]) -> Coverage:
    """How the intervals of many studies lie about the truth."""
    ends: Floats = np.array([[one.low, one.high] for one in found], np.float64)  # None: NaN
    low, high = ends.T
    known = np.isfinite(low)
    held = int(((low <= truth) & (truth <= high)).sum())
    below, above = int((high < truth).sum()), int((low > truth).sum())
    width = float((high - low)[known].mean()) if known.any() else float("nan")
    missing = int((~known).sum())
    return Coverage(name, prompts, truth, len(found), held, below, above, missing, width)
