"""How often judges prefer what is known to be preferred: INSTRUCTEVAL's alignment table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.ballots import NONE, Ballots, Grouping
from analysis.estimates import Estimate
from analysis.judges.judging import Verdicts, with_ties
from analysis.resampling.resample import clustered_means, share_interval


def estimates(
    judges: Ballots, references: Ballots, verdicts: Verdicts, parts: tuple[Grouping, ...]
) -> Iterator[Estimate]:
    """`reference_accuracy` of one judge: overall, by category and by task.

    What is inconsistent counts as a tie; invalid and abstained are wrong. Nothing where the study
    has no reference labels.
    """
    known = references.majority[verdicts.unit]
    kept = known != NONE
    right = (with_ties(judges, verdicts) == known)[kept].astype(np.float64)
    unit = verdicts.unit[kept]
    if not len(references.unit):
        return
    for grouping in parts:
        if grouping.name == "systems":
            continue
        code = grouping.code[judges.pair_of(unit)]
        inside = code >= 0
        means = clustered_means(
            right[inside],
            code[inside].astype(np.int64),
            judges.cluster_of(unit[inside]),
            len(grouping.slices),
        )
        for number, names in enumerate(grouping.slices):
            row = Estimate(
                "reference_accuracy",
                judges.criterion.key,
                subject={"judge": verdicts.judge},
                slice=names,
                n=int(means.n[number]),
                unit=judges.unit_name,
                reason="the judge has no label where the preference is known",
            )
            if not row.n:
                yield row
                continue
            share, clusters = float(means.mean[number]), int(means.clusters[number])
            found = share_interval(share, float(means.error[number]), clusters)
            yield row.known(share, *found)
