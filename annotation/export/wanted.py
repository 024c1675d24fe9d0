"""What is to be exported, and what an export has to say of itself."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Literal, TypeAlias

from annotation.formats.imported import count
from annotation.formats.progress import Progress, silently
from annotation.naming import blind_names, release_names
from annotation.schema import VEILED, Kind, Label, Pair, TiebreakError
from annotation.sources import Found
from annotation.study import Study

if TYPE_CHECKING:
    from annotation.filed import FiledLabels

View: TypeAlias = Literal["labels", "aggregated", "preferences", "pairs"]


class CannotExport(TiebreakError):
    """Labels that cannot be written in the form or to the place that was asked for."""


@dataclass(frozen=True)
class Wanted:
    """What is to be exported, and how.

    `renumber` calls annotators A1, A2, ... as `draw` has it; without `comments` what people wrote
    stays behind, without `excluded` the labels of those who are left out. With a key for `veil`
    pairs have ids made with it, because their own are hashes of texts and systems' names, by which
    any guess of the names could be confirmed; and judges, whose names may be systems', stay behind.
    """

    study: Study
    found: Found
    format: str = "jsonl"
    view: View = "labels"
    unblind: bool = False
    criterion: str = "overall"
    renumber: bool = False
    comments: bool = True
    excluded: bool = True
    progress: Progress = silently
    draw: Random = field(default_factory=SystemRandom)
    veil: bytes = b""

    @cached_property
    def names(self) -> dict[str, str]:
        """The name to write for each system."""
        systems = {name for pair in self.study.pairs for name in pair.systems}
        if self.unblind:
            return {name: name for name in systems}
        return dict(self.found.names or blind_names(self.veil.hex() or self.study.key, systems))

    @cached_property
    def people(self) -> dict[str, str]:
        """The name to write for each person who has another one in this export."""
        if not self.renumber:
            return {}
        kinds: tuple[Kind, ...] = ("human", "adjudication")
        known = {name for kind in kinds for name in self.found.labels.annotators(kind)}
        return release_names(known, self.draw)

    @cached_property
    def pairs(self) -> dict[str, Pair]:
        """The pairs of the study by their ids."""
        return {pair.id: pair for pair in self.study.pairs}

    @property
    def judges(self) -> FiledLabels | None:
        """Where the labels of judges are; None where they stay behind."""
        return None if self.veil else self.found.judges()

    def pair_id(self, pair_id: str) -> str:
        """The id to write for a pair."""
        if not self.veil:
            return pair_id
        return VEILED + hmac.digest(self.veil, pair_id.encode(), "sha256").hex()[:20]

    def is_left_out(self, label: Label) -> bool:
        """Whether its annotator is, by a decision of the researchers."""
        return label.kind == "human" and label.annotator in self.found.excluded

    def shown(self, label: Label) -> Label:
        """A label as this export shows it."""
        changes: dict[str, object] = {}
        if self.renumber and label.kind in ("human", "adjudication"):
            changes["annotator"] = self.people[label.annotator]
        if not self.comments and label.comment is not None:
            changes["comment"] = None
        return label.model_copy(update=changes) if changes else label

    def labels_of_pairs(self, tally: Tally) -> Iterator[tuple[Pair, list[Label]]]:
        """Each pair of the study with its labels, as this export shows them.

        Those of excluded people are not among them; at the end `tally` knows of all that are of
        no pair of the study.
        """
        elsewhere = self.found.labels.purposes()
        ids = (pair.id for pair in self.study.pairs)
        for pair_id, labels in self.progress(self.found.labels.of_pairs(ids)):
            kept = []
            for label in labels:
                elsewhere[label.purpose] -= 1
                if self.is_left_out(label):
                    tally.left_out[EXCLUDED] += 1
                else:
                    kept.append(self.shown(label))
            yield self.pairs[pair_id], kept
        for purpose, number in elsewhere.items():
            if number:
                why = purpose if purpose in ("training", "gold") else "unknown_pair"
                tally.left_out[why] += number


@dataclass
class Tally:
    """What was written and what was not, known when the export has ended."""

    written: Counter[str] = field(default_factory=Counter)
    """How many of each noun."""
    left_out: Counter[str] = field(default_factory=Counter)
    """How many labels, by reason."""
    notes: list[str] = field(default_factory=list)
    agreement: dict[str, tuple[float, int]] = field(default_factory=dict)
    """By criterion: the sum of the shares of agreeing pairs of labels, and of how many units."""
    people: set[str] = field(default_factory=set)
    """Whose labels were written, by their own names."""
    keys: set[int] | None = None
    """Hashes of the keys of the labels that were written, where somebody will ask for them."""

    def what(self) -> str:
        """`3 pairs and 1 record`."""
        return " and ".join(count(number, noun) for noun, number in self.written.items())

    def reasons(self) -> list[str]:
        """What was left out, one sentence a reason."""
        left_out = sorted(self.left_out.items())
        return [f"{count(n, 'label')} left out: {REASONS.get(why, why)}" for why, n in left_out]


@dataclass(frozen=True)
class Member:
    """One file of an export; its content is made while it is read, once."""

    name: str
    chunks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True)
class Plan:
    """The files of an export in the order in which they are made, and what becomes known of them.

    `beside` says where a file stands for an `--out` that is not a folder.
    """

    members: tuple[Member, ...]
    tally: Tally
    beside: Callable[[Path, str], Path] | None = None


@dataclass(frozen=True)
class Made:
    """What an export wrote, for the line that says so, and what its reader should know."""

    what: str
    paths: tuple[Path, ...]
    notes: tuple[str, ...] = ()


EXCLUDED = "excluded_annotator"
REASONS = {
    EXCLUDED: "of an excluded annotator (excluded_annotator)",
    "unknown_pair": "of a pair that the study does not hold",
    "unknown_criterion": "of a criterion that the study does not have",
    "unknown_choice": "with a choice that is not on the criterion's scale",
    "not_applicable": "of a criterion that the pair is not asked",
    "training": "an answer to a training pair",
    "gold": "an answer to a gold pair",
    "repeat": "a second answer of a person",
    "surplus": "an answer beyond labels_per_pair",
    "superseded": "replaced by a later label of the same key",
    "judge": "of a judge",
    "reference": "a known preference",
}


def why_not(label: Label, pair: Pair, study: Study) -> str | None:
    """Why a label of this pair is not among those that people's verdict is made of, or None.

    The reasons are those of the analysis; each person counts once.
    """
    if label.kind in ("judge", "reference"):
        return label.kind
    if label.purpose in ("training", "gold"):
        return label.purpose
    criterion = study.criterion(label.criterion)
    if criterion is None:
        return "unknown_criterion"
    if label.choice not in criterion.scale.values:
        return "unknown_choice"
    if not criterion.applies(pair.prompt) or label.target not in criterion.scale.targets:
        return "not_applicable"
    if label.repeat or label.purpose == "repeat":
        return "repeat"
    return "surplus" if label.purpose == "surplus" else None


def preference_keys(study: Study) -> list[str]:
    """The criteria that compare the responses, in the study's order."""
    return [one.key for one in study.criteria if one.scale.kind != "rating"]


def in_chunks(lines: Iterable[str], size: int = 1 << 16) -> Iterator[bytes]:
    """Lines as blocks of UTF-8 that are worth sending; the first line goes at once."""
    waiting: list[str] = []
    length, limit = 0, 0
    for line in lines:
        waiting.append(line)
        length += len(line)
        if length > limit:
            yield "".join(waiting).encode("utf-8")
            waiting, length, limit = [], 0, size
    if waiting:
        yield "".join(waiting).encode("utf-8")
