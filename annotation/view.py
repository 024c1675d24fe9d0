"""From pairs to what a screen shows, and from a screen's answers back to the pair's order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from annotation.assignment import Answer, falls_on, rotated, unblind
from annotation.blind import AskedCriterion, Feedback, ShownPrompt, ShownText, Task, TrainingStep
from annotation.known import KnownPair
from annotation.schema import Criterion, Pair, PairResponse, Target, TiebreakError, UnknownChoice
from annotation.served import Served
from annotation.store import AnnotatorRecord, AssignmentRecord
from annotation.study import StudyPlan


class BadAnswers(TiebreakError):
    """Answers that are missing, doubled or for a criterion that the pair is not asked."""


def task(
    annotator: AnnotatorRecord, taken: AssignmentRecord, served: Served, editing: bool = False
) -> Task:
    """What `annotator` may see of an assignment; `editing` one that is answered already."""
    study, pair = served.study, served.pairs[taken.pair_id]
    responses = pair.response_a, pair.response_b
    left, right = reversed(responses) if taken.swapped else responses
    asked = rotated(study.asked(pair.prompt), annotator.id)
    category = pair.prompt.category or ""
    sensitive = category if study.sensitive and category in study.sensitive.categories else ""
    return Task(
        token=taken.token,
        prompt=shown_prompt(pair),
        left=shown_response(left),
        right=shown_response(right),
        criteria=tuple(asked_criterion(criterion) for criterion in asked),
        draft=_drafted(taken, asked),
        draft_comment=taken.draft.comment,
        draft_flags=taken.draft.flags,
        draft_sequence=taken.draft.sequence,
        done=annotator.submitted,
        remaining=max(0 if editing else 1, pairs_in_all(served) - annotator.submitted),
        seconds_per_pair=annotator.seconds / annotator.submitted if annotator.seconds else None,
        comment_required=comment_required(study, taken),
        sensitive=bool(sensitive),
        category=sensitive,
        training=_step(annotator, taken, served),
        editing=editing,
    )


def comment_required(study: StudyPlan, taken: AssignmentRecord) -> bool:
    """Whether this assignment falls in the share for which a reason is asked."""
    return falls_on(study.comments.required_share, "reason", taken.token)


def in_pair_order(
    study: StudyPlan, pair: Pair, answers: Sequence[Answer], swapped: bool
) -> tuple[Answer, ...]:
    """Checked answers in the pair's order from answers in the screen's.

    Raises BadAnswers or UnknownChoice.
    """
    asked = {criterion.key: criterion for criterion in study.asked(pair.prompt)}
    made: dict[tuple[str, Target], Answer] = {}
    for answer in answers:
        criterion = asked.get(answer.criterion)
        if criterion is None or answer.target not in criterion.scale.targets:
            raise BadAnswers(f"this pair is not asked {answer.criterion!r} of {answer.target}")
        if answer.choice not in criterion.scale.values:
            expected = ", ".join(criterion.scale.choices)
            raise UnknownChoice(
                f"{criterion.key}: found choice {answer.choice!r}, expected one of {expected}"
            )
        if (answer.criterion, answer.target) in made:
            raise BadAnswers(f"{answer.criterion} of {answer.target} is answered twice")
        made[answer.criterion, answer.target] = unblind(answer, criterion, swapped)
    return tuple(made.values())


def check_complete(study: StudyPlan, pair: Pair, answers: Sequence[Answer]) -> None:
    """Raises BadAnswers where a criterion that the pair is asked has no answer."""
    given = {(answer.criterion, answer.target) for answer in answers}
    asked = [(one.key, target) for one in study.asked(pair.prompt) for target in one.scale.targets]
    missing = dict.fromkeys(key for key, target in asked if (key, target) not in given)
    if missing:
        raise BadAnswers(f"no answer yet for {', '.join(missing)}")


def feedback(
    study: StudyPlan, known: KnownPair, answers: Sequence[Answer], swapped: bool
) -> tuple[Feedback, ...]:
    """Each expected answer beside the one given, in the screen's order."""
    given = {(answer.criterion, answer.target): answer for answer in answers}
    made = []
    for expected in known.answers:
        criterion = study.criterion(expected.criterion)
        answer = given.get((expected.criterion, expected.target))
        if criterion and answer:
            right = unblind(expected, criterion, swapped)
            made.append(
                Feedback(
                    criterion=right.criterion,
                    target=right.target,
                    given=unblind(answer, criterion, swapped).choice,
                    expected=right.choice,
                )
            )
    return tuple(made)


def _drafted(taken: AssignmentRecord, asked: Sequence[Criterion]) -> tuple[Answer, ...]:
    """The draft in the screen's order, without what a changed study no longer asks."""
    criteria = {criterion.key: criterion for criterion in asked}
    return tuple(
        unblind(answer, criterion, taken.swapped)
        for answer in taken.draft.answers
        if (criterion := criteria.get(answer.criterion))
        and answer.choice in criterion.scale.values
        and answer.target in criterion.scale.targets
    )


def pairs_in_all(served: Served) -> int:
    """About how many pairs somebody labels for whom others leave all, gold and repeats among them.

    Of the study alone, so that it does not tell by a step which pair was gold.
    """
    study = served.study
    pairs = len(study.pairs)
    gold = study.gold.share if study.gold else 0.0
    repeats = study.repeats.share if study.repeats else 0.0
    plain = (1 - gold) * (1 - repeats)  # the share of turns that are neither
    most_gold, most_repeats = len(served.gold), pairs if repeats else 0
    extra_gold = min(most_gold, pairs * gold / plain) if plain else most_gold
    extra_repeats = pairs * repeats / (1 - repeats) if repeats < 1 else most_repeats
    expected = ceil(pairs + extra_gold + min(most_repeats, extra_repeats))
    return (
        expected if study.pairs_per_annotator is None else min(study.pairs_per_annotator, expected)
    )


def _step(
    annotator: AnnotatorRecord, taken: AssignmentRecord, served: Served
) -> TrainingStep | None:
    if taken.purpose != "training" or served.study.training is None:
        return None
    ids = [known.pair.id for known in served.training]
    return TrainingStep(
        number=ids.index(taken.pair_id) + 1,
        total=len(ids),
        attempt=annotator.training_round + 1,
        attempts=served.study.training.attempts,
    )


def shown_prompt(pair: Pair) -> ShownPrompt:
    """What was asked."""
    return ShownPrompt(text=pair.prompt.text, input=pair.prompt.input, turns=pair.prompt.turns)


def shown_response(response: PairResponse) -> ShownText:
    """A response without its system."""
    return ShownText(text=response.text, turns=response.turns)


def asked_criterion(criterion: Criterion) -> AskedCriterion:
    """A criterion as a page asks it."""
    return AskedCriterion(
        key=criterion.key,
        question=criterion.question,
        description=criterion.description,
        kind=criterion.scale.kind,
        choices=criterion.scale.choices,
        targets=criterion.scale.targets,
    )
