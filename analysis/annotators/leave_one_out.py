"""How often each annotator says what most of the others say."""

from __future__ import annotations

import numpy as np

from analysis.arrays import Ints
from analysis.ballots import NONE, Ballots
from analysis.resampling.resample import GroupMeans, clustered_means


def others_majority(vectors: Ints) -> Ints:
    """The choice with strictly the most labels when one of each choice is left out.

    vectors: shape (vectors, choices); the result has that shape too, NONE where the others have no
    such choice or nobody chose what is left out.
    """
    others = vectors[:, None, :] - np.eye(vectors.shape[1], dtype=vectors.dtype)
    most = others.max(axis=2)
    alone = (others == most[:, :, None]).sum(axis=2) == 1
    return np.where(alone & (most > 0) & (vectors > 0), others.argmax(axis=2), NONE)


def agreement_with_others(ballots: Ballots) -> GroupMeans:
    """The share of each annotator's labels that are the others' majority; (annotators,).

    Units on which the others have no majority are left out. Clustered by prompt.
    """
    references = others_majority(ballots.tally.vectors)
    reference = references[ballots.tally.vector_of_unit[ballots.unit], ballots.choice]
    has_one = reference != NONE
    right = (reference == ballots.choice)[has_one].astype(np.float64)
    cluster = ballots.cluster_of(ballots.unit[has_one])
    return clustered_means(right, ballots.annotator[has_one], cluster, len(ballots.annotators))
