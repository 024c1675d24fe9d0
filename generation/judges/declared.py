"""Who judges: the judges of a study, as its `judges.toml` says them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from annotation.schema import Record, TiebreakError
from annotation.study import StudyError, load_toml
from generation.systems import System

JUDGES_FILE = "judges.toml"
BASELINE = "length"

StyleName: TypeAlias = Literal["logit", "generate", "loglik", "choice", "reward", "rating", "jury"]


class JudgeRefused(TiebreakError):
    """A judge that cannot judge as it is written; says what is in the way."""


class Price(Record):
    """What a million tokens cost."""

    prompt: float = Field(ge=0, description="a million tokens of prompts")
    reply: float = Field(ge=0, description="a million new tokens")
    currency: str = "USD"


class Judge(System):
    """A system that judges: how it is asked, of what, and how often.

    The fields of a system (backend, template, decoding, ...) mean what they mean in systems.toml.
    """

    backend: str = ""
    style: StyleName
    prompt: str | None = Field(default=None, description="a prompt of ours, or a file's path")
    criteria: tuple[str, ...] = Field(default=(), description="empty: all that it can answer")
    runs: int = Field(default=1, ge=1, le=1000, strict=True)
    abstain_below: float = Field(default=0.0, ge=0, description="the least margin it stands by")
    price: Price | None = None
    members: tuple[str, ...] = ()

    @field_validator("name")
    @classmethod
    def _name_is_free(cls, name: str) -> str:
        if name == BASELINE:
            raise ValueError(f"the name {BASELINE!r} is the baseline's, which needs no model")
        return name

    @field_validator("members")
    @classmethod
    def _members_differ(cls, members: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(members)) < len(members):
            raise ValueError("found a member twice, expected each judge once")
        return members

    @model_validator(mode="after")
    def _fits_its_style(self) -> Judge:
        if self.style == "jury":
            if len(self.members) < 2 or self.backend:
                raise ValueError("a jury has two or more `members` and no `backend`")
            if self.name in self.members:
                raise ValueError(f"the jury {self.name!r} is its own member")
            return self
        if self.members:
            raise ValueError("only a jury has `members`")
        if not self.backend:
            raise ValueError("the field 'backend' is missing")
        if (self.style == "reward") != (self.kind == "reward"):
            raise ValueError("the style reward and a backend reward:... belong together")
        if self.decoding.samples != 1:
            raise ValueError("`decoding.samples` is for systems; a judge has `runs`")
        if self.style == "generate" and self.abstain_below:
            raise ValueError("`abstain_below` is for judges with margins; a reply has none")
        sampled = self.style in ("generate", "rating")
        if self.runs > 1 and not (sampled and (self.decoding.temperature > 0 or self.kind != "hf")):
            raise ValueError("several runs need replies that are drawn: a temperature above 0")
        return self

    def system(self) -> System:
        """What its backend is opened with."""
        return System(**{name: getattr(self, name) for name in System.model_fields})


class Judges(Record):
    """The whole of `judges.toml`."""

    judges: tuple[Judge, ...] = Field(min_length=1)

    @field_validator("judges")
    @classmethod
    def _juries_are_of_judges(cls, judges: tuple[Judge, ...]) -> tuple[Judge, ...]:
        # Juries vote after all others and in no order of their own.
        juries = {judge.name for judge in judges if judge.style == "jury"}
        for judge in judges:
            if nested := sorted(juries & {*judge.members}):
                raise ValueError(
                    f"the jury {judge.name!r} has the jury {nested[0]!r} as a member, "
                    "expected judges that are asked"
                )
        return judges

    @field_validator("judges")
    @classmethod
    def _names_differ(cls, judges: tuple[Judge, ...]) -> tuple[Judge, ...]:
        for name, count in Counter(judge.name for judge in judges).items():
            if count > 1:
                raise ValueError(f"the judge {name!r} stands there {count} times")
        return judges


def load_judges(folder: Path, names: Sequence[str] = ()) -> tuple[Judge, ...]:
    """The judges of a study, or those `names` of them; StudyError with file and line."""
    path = folder / JUDGES_FILE
    if not path.is_file():
        raise StudyError(f"{path}: not found, expected the judges of the study")
    judges = load_toml(path, Judges).judges
    known = {judge.name: judge for judge in judges}
    for name in names:
        if name not in known:
            raise StudyError(f"{path}: found no judge {name!r}, expected one of {[*known]}")
    chosen = tuple(known[name] for name in dict.fromkeys(names)) if names else judges
    # A jury votes when the others have.
    return tuple(sorted(chosen, key=lambda judge: judge.style == "jury"))
