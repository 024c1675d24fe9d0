"""The prompts of judges: files to copy and change, and how a pair's texts are put into them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias

from pydantic import Field, field_validator

from annotation.schema import Criterion, Pair, PairResponse, Prompt, Record, TiebreakError, Turn
from annotation.study import StudyError, load_toml
from generation.judges.quoting import quoted
from generation.judges.verdicts import FORMS
from generation.keys import messages_of

OURS = Path(__file__).parent / "prompts"


class Unaskable(TiebreakError):
    """A pair of which a prompt cannot be made, such as one without the reference it needs."""


class JudgePrompt(Record):
    """One file: what is said to the judge, and how its reply is read.

    The texts may name, in braces: question, dialogue, instruction, input, reference, first, second,
    response, criterion, rubric, choices, mark.
    """

    source: str = Field(default="", description="where the wording comes from")
    reads: str = Field(description="how the reply says its verdict")
    system: str = ""
    text: str = Field(min_length=1)
    text_without_input: str = ""
    text_of_dialogue: str = ""
    labels: dict[str, str] = Field(
        default_factory=dict, description="for judges that weigh labels: verdict to its label"
    )
    continuation: str = Field(default="{response}", description="for loglik: what is weighed")
    rubrics: dict[str, str] = Field(default_factory=dict, description="by the criterion's key")

    @field_validator("reads")
    @classmethod
    def _form_is_known(cls, reads: str) -> str:
        if reads not in (*FORMS, "nothing"):
            raise ValueError(f"found {reads!r}, expected one of {', '.join((*FORMS, 'nothing'))}")
        return reads

    @field_validator("text", "text_without_input", "text_of_dialogue", "system", "continuation")
    @classmethod
    def _names_are_known(cls, text: str) -> str:
        for name in _NAME.findall(text):
            if name not in NAMES:
                raise ValueError(f"found {{{name}}}, expected only {', '.join(NAMES)} in braces")
        return text

    @property
    def of_one(self) -> bool:
        """Whether it shows one response by itself."""
        return "{response}" in self.text


_NAME = re.compile(r"\{([a-z]\w*)\}")
NAMES = (
    *("question", "dialogue", "instruction", "input", "reference", "first", "second", "response"),
    *("criterion", "rubric", "choices", "mark"),
)


def load_prompt(name: str, folder: Path) -> JudgePrompt:
    """A prompt of ours by its name, or a file's by its path from the study's folder."""
    path = OURS / f"{name}.toml"
    if not re.fullmatch(r"[\w-]+", name):
        path = folder / Path(name).expanduser()
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in OURS.glob("*.toml")))
        raise StudyError(
            f"{path}: not found, expected the file of a judge's prompt, or a name: {known}"
        )
    return load_toml(path, JudgePrompt)


Fields: TypeAlias = Mapping[str, Callable[[], str]]
"""What stands for a name in braces; made only where the prompt has it, because quoting takes long.
"""


def spoken(prompt: JudgePrompt, pair: Pair, criterion: Criterion, order: bool | str) -> list[Turn]:
    """The messages to a judge: both responses, swapped if `order`, or one, where it is a or b."""
    shown = _responses(pair, order)
    # Unguessable for whoever wrote a response: the pair's id hangs on both of them.
    mark = hashlib.sha256(f"{pair.id} {criterion.key} {order}".encode()).hexdigest()[:12]
    fields: Fields = {
        **_about(prompt, pair.prompt, criterion),
        **_answers(pair, shown),
        "mark": lambda: mark,
    }
    text = prompt.text
    if prompt.text_without_input and not pair.prompt.input.strip():
        text = prompt.text_without_input
    if prompt.text_of_dialogue and any(len(each.turns) > 1 for each in shown):
        text = prompt.text_of_dialogue
    if "{reference}" in text and not pair.prompt.reference:
        raise Unaskable(f"pair {pair.id!r}: its prompt has no reference answer")
    said = [Turn(role="system", text=_filled(prompt.system, fields))] if prompt.system else []
    return [*said, Turn(role="user", text=_filled(text, fields))]


def _responses(pair: Pair, order: bool | str) -> tuple[PairResponse, ...]:
    if order == "a":
        return (pair.response_a,)
    if order == "b":
        return (pair.response_b,)
    both = (pair.response_a, pair.response_b)
    return both[::-1] if order else both


def _about(prompt: JudgePrompt, asked: Prompt, criterion: Criterion) -> Fields:
    question = f"{criterion.question} {criterion.description}".strip()
    return {
        "question": lambda: quoted(question_text(asked)),
        "dialogue": lambda: _dialogue(asked),
        "instruction": lambda: quoted(question_text(asked) if asked.turns else asked.text),
        "input": lambda: quoted(asked.input),
        "reference": lambda: quoted(asked.reference or ""),
        "criterion": lambda: criterion.key,
        "rubric": lambda: prompt.rubrics.get(criterion.key, question),
        "choices": lambda: _choices(criterion),
    }


def question_text(asked: Prompt) -> str:
    """What the systems were asked; a dialogue with its roles."""
    turns = messages_of(asked)
    if len(turns) == 1:
        return turns[0].text
    return "\n\n".join(f"({turn.role}) {turn.text}" for turn in turns)


def _dialogue(asked: Prompt) -> str:
    """The turns as base models know them."""
    names = {"user": "Human", "assistant": "Assistant"}
    turns = messages_of(asked)
    return "\n\n".join(f"{names.get(turn.role, turn.role)}: {quoted(turn.text)}" for turn in turns)


def _answers(pair: Pair, shown: tuple[PairResponse, ...]) -> Fields:
    names = ("response",) if len(shown) == 1 else ("first", "second")
    return {
        name: partial(_answer, pair.prompt, each) for name, each in zip(names, shown, strict=True)
    }


def _answer(asked: Prompt, response: PairResponse) -> str:
    """A response; of a dialogue each turn's, after what was said."""
    if len(response.turns) < 2:
        return quoted(response.text)
    said = [turn.text for turn in messages_of(asked) if turn.role == "user"]
    parts = []
    for number, turn in enumerate(response.turns):
        if number < len(said):
            parts.append(f"(user) {quoted(said[number])}")
        parts.append(f"(answer) {quoted(turn.text)}")
    return "\n\n".join(parts)


def _choices(criterion: Criterion) -> str:
    """The verdicts between which a judge chooses, in the words of our own verdict line."""
    return ", ".join(_SAID[choice] for choice in criterion.scale.choices if choice in _SAID)


_SAID = {
    "a": "1",
    "a_clearly": "1 clearly",
    "a_slightly": "1 slightly",
    "tie": "tie",
    "b_slightly": "2 slightly",
    "b_clearly": "2 clearly",
    "b": "2",
    "both_bad": "both bad",
}


def _filled(text: str, fields: Fields) -> str:
    """In one pass, so that a name in braces within a response stays what it is."""
    return _NAME.sub(lambda found: fields[found[1]]() if found[1] in fields else "", text)


def continuation(prompt: JudgePrompt | None, response: PairResponse) -> str:
    """What is weighed of a response: its own words, unbroken, because nobody reads a verdict."""
    return (prompt.continuation if prompt else "{response}").replace("{response}", response.text)
