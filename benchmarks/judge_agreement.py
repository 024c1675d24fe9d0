"""`python -m benchmarks.judge_agreement`: judge minus human with 1,000 resamples, all judge rows.

The named alternative to the first is the same difference computed anew from the labels of each
resample of prompts, by NumPy.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from analysis.arrays import Ints
from analysis.ballots import Ballots, groupings
from analysis.judges import rows as judges
from analysis.judges.beside_people import judge_rows
from analysis.judges.judging import resolve
from analysis.labels import from_frames
from analysis.pairs import PairTable
from analysis.resampling.resample import Bootstrap
from analysis.tables import StudyLabels
from annotation.schema import Criterion, Scale
from annotation.study import StudyPlan

RESAMPLES = 1000
PEOPLE, CHOICES = 3, ("a", "tie", "b")
PER_PROMPT = 5
SIZES = (1_000, 100_000)
LONGEST_LOOP = 10.0
"""Seconds of the loop after which the rest is extrapolated."""


def main() -> None:
    """Print two lines a size."""
    for pairs in SIZES:
        votes, verdicts = _made(pairs, np.random.default_rng(0))
        study = _study(votes, verdicts)
        people, judged, known = (
            Ballots.of(study, 0, study.of_kind(kind)) for kind in ("human", "judge", "reference")
        )
        parts = groupings(study.pairs, people.asked)
        (verdict,) = resolve(judged)
        ours = _least(lambda: list(judge_rows(people, verdict, parts[:1], Bootstrap(RESAMPLES))))  # noqa: B023
        theirs, made = _loop(votes, verdicts)
        how = "in full" if made == RESAMPLES else f"extrapolated from {made} resamples"
        print(
            f"judge minus human and the other agreements, {RESAMPLES:,} resamples, {pairs:,} pairs "
            f"x {PEOPLE} labels: {ours:.4f} s; the difference alone by a loop {theirs:,.1f} s "
            f"({how}): {theirs / ours:,.0f} times",
            flush=True,
        )
        every = _least(
            lambda: list(judges.estimates(judged, people, known, parts, Bootstrap(RESAMPLES))), 2  # noqa: B023
        )  # fmt: skip
        print(
            f"all rows on a judge and on length, {pairs:,} pairs: {every:.3f} s, "
            f"{every / ours:.1f} times the agreements alone",
            flush=True,
        )


def _made(pairs: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """What three people chose of each pair, shape (pairs, 3), and what the judge said."""
    truth = rng.random(pairs)[:, None] + rng.normal(0, 0.25, (pairs, PEOPLE + 1))
    said = (truth > 0.4).astype(np.int64) + (truth > 0.6)
    return said[:, :PEOPLE], said[:, PEOPLE]


def _study(votes: Ints, verdicts: Ints) -> StudyLabels:
    import pandas as pd  # only to make the study

    pairs = len(votes)
    ids = [f"pair{n}" for n in range(pairs)]
    systems = (
        [f"system{n % 5}" for n in range(pairs)],
        [f"system{(n + 1) % 5}" for n in range(pairs)],
    )
    prompts = [f"prompt{n // PER_PROMPT}" for n in range(pairs)]
    table = PairTable.of_columns(ids, prompts, *systems, ["writing"] * pairs, [None] * pairs)
    choices = np.array(CHOICES)
    people = [
        pd.DataFrame({"pair_id": ids, "annotator": f"ann{k}", "choice": choices[votes[:, k]]})
        for k in range(PEOPLE)
    ]
    judge = pd.DataFrame({"pair_id": ids, "annotator": "judge", "choice": choices[verdicts]})
    frame = pd.concat([*(one.assign(kind="human") for one in people), judge.assign(kind="judge")])
    criterion = Criterion(key="overall", question="Better?", scale=Scale(kind="preference3"))
    plan = StudyPlan(key="benchmark", title="Benchmark", criteria=(criterion,))
    return from_frames(plan, table, frame.assign(criterion="overall", target="pair"))


def _difference(votes: Ints, verdicts: Ints) -> float:
    """Judge minus human against leave-one-out modes, those of two that differ counting half."""
    total = 0.0
    for k in range(PEOPLE):
        one, other = np.delete(votes, k, axis=1).T
        for said, sign in ((verdicts, 1), (votes[:, k], -1)):
            total += sign * (((said == one).astype(float) + (said == other)) / 2).mean()
    return total / PEOPLE


def _loop(votes: Ints, verdicts: Ints) -> tuple[float, int]:
    """Seconds of 1,000 resamples of prompts, and how many of them were made to know."""
    rng = np.random.default_rng(0)
    prompts = len(votes) // PER_PROMPT
    values: list[float] = []
    start = time.perf_counter()
    while len(values) < RESAMPLES and (
        len(values) < 3 or time.perf_counter() - start < LONGEST_LOOP
    ):
        drawn = rng.integers(0, prompts, prompts)
        rows = (drawn[:, None] * PER_PROMPT + np.arange(PER_PROMPT)).ravel()
        values.append(_difference(votes[rows], verdicts[rows]))
    return (time.perf_counter() - start) / len(values) * RESAMPLES, len(values)


def _least(work: Callable[[], object], times: int = 5) -> float:
    found: list[float] = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


if __name__ == "__main__":
    main()
