"""The rules of quality control: training rounds, gold pairs and repeats. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from annotation.assignment import falls_on
from annotation.served import Served
from annotation.store import AnnotatorRecord, Past, Wish


def wish(annotator: AnnotatorRecord, past: Sequence[Past], served: Served) -> Wish | None:
    """A gold or repeated pair where it is the turn of one.

    past: what the annotator has answered or skipped, the latest first. The draw depends on the
    annotator and on how many that are, so every reload and every process agrees.
    """
    study = served.study
    seed = (study.key, annotator.id, len(past))
    if study.gold and falls_on(study.gold.share, "gold", *seed):
        unseen = sorted(served.gold.keys() - {one.pair_id for one in past})
        if unseen:
            draw = Random("|".join(map(str, ("which gold", *seed))))
            return Wish(pair_id=draw.choice(unseen), purpose="gold", swapped=draw.random() < 0.5)
    if study.repeats and falls_on(study.repeats.share, "repeat", *seed):
        return _repeat(past, served, study.repeats.after)
    return None


def _repeat(past: Sequence[Past], served: Served, after: int) -> Wish | None:
    """The oldest of one's own pairs that lies long enough back, with its sides swapped."""
    repeated = {one.pair_id for one in past if one.purpose == "repeat"}
    for one in reversed(past[after:]):
        is_own = one.purpose in {"study", "surplus"} and not one.skipped
        if is_own and one.pair_id not in repeated and one.pair_id in served.pairs:
            return Wish(pair_id=one.pair_id, purpose="repeat", swapped=not one.swapped, repeat=1)
    return None


def training_wish(
    annotator: AnnotatorRecord, this_round: Sequence[Past], served: Served
) -> Wish | None:
    """The next pair of the training round that the annotator is in."""
    done = {one.pair_id for one in this_round}
    for known in served.training:
        if known.pair.id not in done:
            return Wish(
                pair_id=known.pair.id,
                purpose="training",
                swapped=falls_on(0.5, "training", annotator.id, known.pair.id),
                repeat=annotator.training_round,
            )
    return None


def round_passed(this_round: Sequence[Past], served: Served) -> bool | None:
    """Whether a training round reached the pass mark; None while pairs of it are open."""
    training = served.study.training
    answered = {one.pair_id: one for one in this_round}
    if training is None or not all(one.pair.id in answered for one in served.training):
        return None
    marks = [
        known.right(answer)
        for known in served.training
        for answer in answered[known.pair.id].answers
        if known.right(answer) is not None
    ]
    return sum(map(bool, marks)) >= training.pass_mark * len(marks)
