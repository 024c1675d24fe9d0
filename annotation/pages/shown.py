"""A Task as the browser gets it: safe HTML, raw text and the words of the choices."""

from __future__ import annotations

from collections.abc import Iterable

from annotation.assignment import Answer
from annotation.blind import (
    AskedCriterion,
    Feedback,
    ShownPrompt,
    ShownText,
    SplitTask,
    Task,
    TrainingStep,
)
from annotation.pages.differences import Pieces, differences
from annotation.pages.rendering import LIMIT, plain_html, to_html
from annotation.pages.text import Language
from annotation.schema import Choice, Record, ScaleKind, Target
from annotation.study import StudyPlan


class Part(Record):
    """One passage, formatted and as it is, under a heading or none."""

    heading: str
    html: str
    raw: str
    turn: int = 0
    """Which turn of a dialogue begins here, from 1; 0 where none does."""
    pieces: Pieces = ()
    """Of two responses that are nearly the same: `raw` cut where it differs from the other."""


class Option(Record):
    """One choice and the word for it."""

    value: Choice
    label: str


class Row(Record):
    """One group of choices: of the pair, or of one response."""

    criterion: str
    target: Target
    question: str
    description: str
    of: str
    options: tuple[Option, ...]


class ShownTask(Record):
    """All that the page needs of one task; nothing else of the pair leaves the server."""

    token: str
    prompt: tuple[Part, ...]
    left: tuple[Part, ...]
    right: tuple[Part, ...]
    rows: tuple[Row, ...]
    answers: tuple[Answer, ...]
    comment: str
    sequence: int
    done: int
    total: int
    minutes: int | None
    """That are left at the annotator's own pace."""
    comment_required: bool
    sensitive: bool
    category: str
    training: TrainingStep | None
    editing: bool
    flags: tuple[str, ...]


class ShownSplit(Record):
    """All that the researchers' page needs of a unit on which people split."""

    token: str
    prompt: tuple[Part, ...]
    left: tuple[Part, ...]
    right: tuple[Part, ...]
    question: str
    description: str
    of: str
    options: tuple[Option, ...]
    waiting: int


class FeedbackRow(Record):
    """What was answered to one question of a training pair, and what was expected."""

    question: str
    of: str
    given: str
    expected: str
    right: bool


def shown(task: Task, language: Language) -> ShownTask:
    """`task` for the browser."""
    formatted = _is_formatted(task.left, task.right)
    prompt = tuple(_prompt_parts(task.prompt, language))
    turns = max((part.turn for part in prompt), default=0)
    left, right = _cut(
        *(
            tuple(_response_parts(each, formatted, language, turns))
            for each in (task.left, task.right)
        )
    )
    return ShownTask(
        token=task.token,
        prompt=prompt,
        left=left,
        right=right,
        rows=tuple(row for criterion in task.criteria for row in _rows(criterion, language)),
        answers=task.draft,
        comment=task.draft_comment,
        sequence=task.draft_sequence,
        done=task.done,
        total=task.done + task.remaining,
        minutes=_minutes(task),
        comment_required=task.comment_required,
        sensitive=task.sensitive,
        category=task.category,
        training=task.training,
        editing=task.editing,
        flags=task.draft_flags,
    )


def shown_split(task: SplitTask, language: Language) -> ShownSplit:
    """`task` for the researchers' browser, formatted as annotators see it."""
    formatted = _is_formatted(task.left, task.right)
    criterion = task.criterion
    return ShownSplit(
        token=task.token,
        prompt=tuple(_prompt_parts(task.prompt, language)),
        left=tuple(_response_parts(task.left, formatted, language)),
        right=tuple(_response_parts(task.right, formatted, language)),
        question=criterion.question,
        description=criterion.description,
        of=_of(task.target, language),
        options=tuple(_option(criterion.kind, choice, language) for choice in criterion.choices),
        waiting=task.waiting,
    )


def _is_formatted(left: ShownText, right: ShownText) -> bool:
    """Both responses or neither are formatted: the longer one must not look different."""
    return all(len(each) <= LIMIT for side in (left, right) for each in _texts(side))


def shown_feedback(
    study: StudyPlan, feedback: Iterable[Feedback], language: Language
) -> tuple[FeedbackRow, ...]:
    """The answers of a training pair beside the expected ones, in words."""
    return tuple(
        FeedbackRow(
            question=criterion.question,
            of=_of(each.target, language),
            given=_option(criterion.scale.kind, each.given, language).label,
            expected=_option(criterion.scale.kind, each.expected, language).label,
            right=each.given == each.expected,
        )
        for each in feedback
        if (criterion := study.criterion(each.criterion))
    )


def _minutes(task: Task) -> int | None:
    if task.seconds_per_pair is None or task.training is not None:
        return None
    return max(1, round(task.remaining * task.seconds_per_pair / 60))


def _texts(response: ShownText) -> tuple[str, ...]:
    return tuple(turn.text for turn in response.turns) or (response.text,)


def _part(
    source: str, language: Language, heading: str = "", formatted: bool = True, turn: int = 0
) -> Part:
    html = to_html(source, language.other("image")) if formatted else plain_html(source)
    return Part(heading=heading, html=html, raw=source, turn=turn)


def _prompt_parts(prompt: ShownPrompt, language: Language) -> Iterable[Part]:
    if prompt.text.strip() and prompt.text not in {turn.text for turn in prompt.turns}:
        yield _part(prompt.text, language)
    if prompt.input.strip():
        yield _part(prompt.input, language, language.other("input"))
    number = 0
    for turn in prompt.turns:
        begins = turn.role.lower() == "user"
        number += begins
        yield _part(turn.text, language, language.role(turn.role), turn=number if begins else 0)


def _response_parts(
    response: ShownText, formatted: bool, language: Language, turns: int = 0
) -> Iterable[Part]:
    """The answer, or one after the other; `turns` of the prompt, of which the last are answered."""
    texts = _texts(response)
    if len(texts) == 1:
        yield _part(texts[0], language, formatted=formatted)
        return
    unanswered = max(0, turns - len(texts))
    for number, source in enumerate(texts, start=1):
        yield _part(source, language, language.turn(number), formatted, unanswered + number)


def _cut(left: tuple[Part, ...], right: tuple[Part, ...]) -> tuple[tuple[Part, ...], ...]:
    """Both sides, with their pieces where they are nearly the same."""
    found = differences(*([part.raw for part in side] for side in (left, right)))
    if found is None:
        return left, right
    return tuple(
        tuple(
            part.model_copy(update={"pieces": pieces})
            for part, pieces in zip(side, cut, strict=True)
        )
        for side, cut in zip((left, right), found, strict=True)
    )


def _rows(criterion: AskedCriterion, language: Language) -> Iterable[Row]:
    for target in criterion.targets:
        yield Row(
            criterion=criterion.key,
            target=target,
            question=criterion.question,
            description=criterion.description,
            of=_of(target, language),
            options=tuple(
                _option(criterion.kind, choice, language) for choice in criterion.choices
            ),
        )


def _of(target: Target, language: Language) -> str:
    return "" if target == "pair" else language.page[f"response_{target}"]


def _option(kind: ScaleKind, choice: Choice, language: Language) -> Option:
    return Option(value=choice, label=choice if kind == "rating" else language.choices[choice])
