"""How people are led through a study: the optional tables of `study.toml`, all off by default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from annotation.schema import Record

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of a whole, 0 to 1."""


class Overlap(Record):
    """The table `[overlap]`: a share of the pairs gets another number of labels than the rest."""

    share: Share
    labels_per_pair: int = Field(ge=1, strict=True)


class Consent(Record):
    """The table `[consent]`: people agree to `consent.md`; a new version is asked again."""

    version: int = Field(default=1, ge=1, strict=True)


class Training(Record):
    """The table `[training]`: the pairs of `training.jsonl` come first and are explained.

    pass_mark: the share of expected answers below which a round is failed.
    """

    pass_mark: Share = 0.0
    attempts: int = Field(default=2, ge=1, strict=True)


class Gold(Record):
    """The table `[gold]`: this share of an annotator's pairs is drawn from `gold.jsonl`."""

    share: Share


class Repeats(Record):
    """The table `[repeats]`: this share is a pair of one's own again, with the sides swapped.

    after: so many pairs at least lie between the two.
    """

    share: Share
    after: int = Field(default=10, ge=1, strict=True)


class Sensitive(Record):
    """The table `[sensitive]`: categories that stay veiled until opened, and may be left out."""

    categories: tuple[str, ...]


class Comments(Record):
    """The table `[comments]`: the share of pairs for which a reason is required."""

    required_share: Share = 0.0


class Breaks(Record):
    """The table `[breaks]`: a break is proposed after so many pairs."""

    after: int = Field(ge=1, strict=True)


class Closing(Record):
    """The table `[closing]`: at the end, which systems people think they saw."""

    ask_systems: bool = False


class Access(Record):
    """The table `[access]`: who may join, and what they are given at the end.

    A code or an address (https://...) each for those who completed, who did not pass the
    training, and who did not consent; an address is offered as a link.
    """

    mode: Literal["open", "invite", "prolific", "huggingface"] = "open"
    completed: str = ""
    screened_out: str = ""
    consent_refused: str = ""
