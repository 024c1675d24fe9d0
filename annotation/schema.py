"""The nouns of the project: frozen records for prompts, responses, pairs, scales and labels.

`data/README.md` describes every field for those who write the files by hand. This module imports
nothing of ours and nothing heavy, so that every stage can share it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, TypeAlias, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)
from pydantic_core import to_json

Choice: TypeAlias = str
Kind: TypeAlias = Literal["human", "judge", "reference", "adjudication"]
Target: TypeAlias = Literal["pair", "a", "b"]
Purpose: TypeAlias = Literal["study", "training", "gold", "repeat", "surplus"]
ScaleKind: TypeAlias = Literal["preference3", "preference3-bad", "preference5", "rating"]

JUDGE_FAILURES: tuple[Choice, ...] = ("invalid", "abstained")
"""What a judge may say besides a scale's choices: no readable verdict, or none it stands by."""


class TiebreakError(Exception):
    """What is wrong in one sentence that its reader can act upon; every error of ours is one."""


class UnknownChoice(TiebreakError):
    """A choice that its criterion's scale does not have."""


class Record(BaseModel):
    """A frozen value; an unknown field is an error, because it is most often a misspelt one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _as_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def iso_utc(moment: datetime) -> str:
    """`moment` as ISO 8601 in UTC with a final Z, the one way dates stand in our files."""
    return _as_utc(moment).isoformat().replace("+00:00", "Z")


Moment = Annotated[
    datetime, AfterValidator(_as_utc), PlainSerializer(iso_utc, return_type=str, when_used="json")
]
"""A point in time; without a time zone it is read as UTC, and it is written with a final Z."""


VEILED = "blind-"
"""How an id begins that stands for a pair's own where that would confirm a guess of the systems."""


def content_hash(parts: Sequence[object]) -> str:
    """First 20 hex digits of sha256 over the compact UTF-8 JSON of `parts` (the contract's ids)."""
    # The bytes of json.dumps(ensure_ascii=False, separators=(",", ":")), in a third of the time.
    return hashlib.sha256(to_json(parts)).hexdigest()[:20]


class Turn(Record):
    """One turn of a dialogue."""

    role: str = Field(min_length=1)
    text: str


def _plain(turns: Sequence[Turn]) -> list[dict[str, str]]:
    return [{"role": turn.role, "text": turn.text} for turn in turns]


class Prompt(Record):
    """What is asked of the systems; a missing `id` becomes the hash of text, input and turns."""

    id: str = ""
    text: str
    input: str = ""
    turns: tuple[Turn, ...] = ()
    task: str | None = None
    category: str | None = None
    reference: str | None = None
    meta: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fill_id(self) -> Self:
        if not self.id:
            object.__setattr__(
                self, "id", content_hash([self.text, self.input, _plain(self.turns)])
            )
        return self


class PairResponse(Record):
    """One system's answer as it stands in a pair; `turns` holds the answers of a dialogue."""

    system: str = Field(min_length=1)
    text: str
    turns: tuple[Turn, ...] = ()
    finish_reason: str | None = None
    meta: dict[str, Any] = Field(default_factory=dict)


class Response(PairResponse):
    """One line of `responses/*.jsonl`: an answer to a prompt of the study; provenance in `meta`."""

    prompt_id: str = Field(min_length=1)


class Pair(Record):
    """Two responses to one prompt, the unit that is labelled; a and b are only an order.

    `id` is the hash of the content, system names included: a label can never come to mean
    another text. A given id that is not this hash is refused.
    """

    id: str = ""
    prompt: Prompt
    response_a: PairResponse
    response_b: PairResponse
    meta: dict[str, Any] = Field(default_factory=dict)

    def content_id(self) -> str:
        """The id that this content has."""
        prompt, a, b = self.prompt, self.response_a, self.response_b
        parts = [prompt.text, prompt.input, _plain(prompt.turns)]
        for response in (a, b):
            parts += [response.system, response.text, _plain(response.turns)]
        return content_hash(parts)

    @model_validator(mode="after")
    def _check_id(self) -> Self:
        expected = self.content_id()
        if not self.id:
            object.__setattr__(self, "id", expected)
        elif self.id != expected:
            raise ValueError(
                f"id {self.id!r} is not the hash of this pair's content, {expected!r}; "
                "leave id out and it is computed, and keep a source's own id in meta.source_id"
            )
        return self

    @property
    def systems(self) -> tuple[str, str]:
        """The systems of response a and response b."""
        return self.response_a.system, self.response_b.system

    def texts(self) -> tuple[object, ...]:
        """All that an annotator would see, without the systems: equal for pairs that look alike."""
        prompt, a, b = self.prompt, self.response_a, self.response_b
        return prompt.text, prompt.input, prompt.turns, a.text, a.turns, b.text, b.turns


class Level(Record):
    """One named level of a rating scale and the number it stands for."""

    name: str = Field(min_length=1)
    value: float = Field(strict=True)


_PREFERENCES: dict[str, dict[Choice, float]] = {
    "preference3": {"a": -1, "tie": 0, "b": 1},
    "preference3-bad": {"a": -1, "tie": 0, "b": 1, "both_bad": 0},
    "preference5": {"a_clearly": -2, "a_slightly": -1, "tie": 0, "b_slightly": 1, "b_clearly": 2},
}
_MIRROR: dict[Choice, Choice] = {
    "a": "b",
    "b": "a",
    "a_clearly": "b_clearly",
    "a_slightly": "b_slightly",
    "b_slightly": "a_slightly",
    "b_clearly": "a_clearly",
}


class Scale(Record):
    """The choices of a criterion, in their order, and their values.

    The preference scales compare the two responses; `rating` is asked of each response by itself.
    """

    kind: ScaleKind
    levels: tuple[Level, ...] = ()

    @model_validator(mode="after")
    def _check_levels(self) -> Self:
        names = [level.name for level in self.levels]
        if self.kind == "rating" and (len(names) < 2 or len(set(names)) < len(names)):
            raise ValueError("a rating scale needs two or more levels with different names")
        if self.kind != "rating" and names:
            raise ValueError(f"only a rating scale has levels of its own, {self.kind} has not")
        return self

    @property
    def values(self) -> dict[Choice, float]:
        """Choice to value, in the order in which the choices are shown."""
        if self.kind == "rating":
            return {level.name: level.value for level in self.levels}
        return dict(_PREFERENCES[self.kind])

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The choices in the order in which they are shown."""
        return tuple(self.values)

    @property
    def targets(self) -> tuple[Target, ...]:
        """What one answer speaks of: the pair, or each response by itself."""
        return ("a", "b") if self.kind == "rating" else ("pair",)

    def choice(self, name: str) -> Choice:
        """`name` if it is a choice of this scale; raises UnknownChoice otherwise."""
        if name not in self.values:
            raise UnknownChoice(f"found choice {name!r}, expected one of {', '.join(self.values)}")
        return name

    def unblind(self, choice: Choice, swapped: bool) -> Choice:
        """`choice` in the pair's order from the screen's order, or back: its own inverse."""
        if swapped and self.kind != "rating":
            return _MIRROR.get(choice, choice)
        return choice


def _scale_from_name(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


def _scale_to_name(scale: Scale) -> str | dict[str, object]:
    if scale.kind != "rating":
        return scale.kind
    levels = [{"name": level.name, "value": level.value} for level in scale.levels]
    return {"kind": "rating", "levels": levels}


class Criterion(Record):
    """One question asked of every pair to which it applies.

    `applies_to` names tasks or categories of prompts; empty, it applies to all of them.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    question: str = Field(min_length=1, description="shown to annotators as written")
    description: str = Field(default="", description="one line of help beside the question")
    scale: Annotated[Scale, BeforeValidator(_scale_from_name), PlainSerializer(_scale_to_name)]
    applies_to: tuple[str, ...] = ()

    def applies(self, prompt: Prompt) -> bool:
        """Whether a pair with this prompt is asked this criterion."""
        return not self.applies_to or bool({prompt.task, prompt.category} & {*self.applies_to})


def _absent_is(default: object) -> BeforeValidator:
    """Reads null as a field's default, as the contract has it for what may be absent."""
    return BeforeValidator(lambda value: default if value is None else value)


def _flags(value: object) -> object:
    # What a before-validator returns is checked as Python, where a strict reader wants a tuple.
    return tuple(value) if isinstance(value, list) else () if value is None else value


LabelKey: TypeAlias = tuple[str, str, str, str, int, bool | None]


class Label(Record):
    """One verdict of one annotator, in the pair's own order whatever the screen's was."""

    pair_id: str = Field(min_length=1)
    criterion: str = Field(min_length=1)
    annotator: str = Field(min_length=1)
    kind: Kind
    target: Target
    choice: Choice = Field(min_length=1)
    swapped: bool | None = None
    repeat: Annotated[int, Field(ge=0), _absent_is(0)] = 0
    purpose: Annotated[Purpose, _absent_is("study")] = "study"
    seconds: float | None = Field(default=None, ge=0)
    comment: str | None = None
    flags: Annotated[tuple[str, ...], BeforeValidator(_flags)] = ()
    created_at: Moment | None = None
    study_version: int | None = None

    @property
    def key(self) -> LabelKey:
        """What makes two records the same label; for judges the shown order is part of it."""
        order = self.swapped if self.kind == "judge" else None
        parts = (self.annotator, self.pair_id, self.criterion, self.target, self.repeat, order)
        return cast(LabelKey, parts)
