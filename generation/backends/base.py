"""The interface behind which every way of getting answers stands: plan, generate, score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from pydantic import Field

from annotation.schema import Record, TiebreakError, Turn


class BackendRefused(TiebreakError):
    """A system that its backend cannot run as it is written; says what it cannot do."""


class BackendLost(TiebreakError):
    """A backend that stopped answering; what it answered so far is kept."""


class Request(Record):
    """One dialogue to be answered, wherever a turn of the user stands there unanswered."""

    key: str
    prompt_id: str
    sample: int = 0
    messages: tuple[Turn, ...]
    seed: int = 0


class Result(Record):
    """What came of a request: the answers in their order, or the sentence of what went wrong."""

    key: str
    answers: tuple[str, ...] = ()
    finish_reason: str | None = None
    error: str | None = None
    meta: dict[str, Any] = Field(default_factory=dict)


class ScoreRequest(Record):
    """Continuations of one dialogue that are to be weighed.

    `labels` compares short labels after the dialogue, by their first tokens where these differ;
    `continuations` gives the log-probability of each whole text.
    """

    key: str
    messages: tuple[Turn, ...]
    continuations: tuple[str, ...] = Field(min_length=1)
    of: Literal["labels", "continuations"] = "continuations"


class Score(Record):
    """Log-probabilities in the order of the continuations, summed over `tokens` tokens each.

    A long text has the smaller sum: compare texts by `logprob / tokens`.
    """

    key: str
    logprobs: tuple[float, ...] = ()
    tokens: tuple[int, ...] = ()
    error: str | None = None
    meta: dict[str, Any] = Field(default_factory=dict)


class Step(NamedTuple):
    """Where a batch is: its `rows` answers have `token` of at most `most` tokens."""

    token: int
    most: int
    rows: int


class Caps(Record):
    """What a backend can do."""

    generate: bool = True
    score: bool = False
    logprobs: bool = False
    seed: bool = False
    stop: bool = False
    schema_: bool = Field(default=False, alias="schema")


class Plan(Record):
    """Which requests are answered together, by their places, and which not at all and why.

    It is made over all requests of a run before those done are left out, because in bfloat16 a
    text can depend on what shares its batch.
    """

    batches: tuple[tuple[int, ...], ...]
    refused: tuple[tuple[int, str], ...] = ()
    padding_share: float = 0.0


class Backend(Protocol):
    """Answers requests.

    `revision` and `template` say what exactly answers, for the keys; `grouping` is what besides
    the requests decides the plan, and empty where a plan is not worth keeping.
    """

    caps: Caps
    revision: str
    template: str
    grouping: str

    def plan(self, requests: Sequence[Request]) -> Plan:
        """Group requests into what is answered together."""
        ...

    def generate(self, batches: Iterable[Sequence[Request]]) -> Iterator[Result]:
        """Answer the requests, in any order, each once."""
        ...

    def score(self, requests: Sequence[ScoreRequest], /) -> Iterator[Score]:
        """Weigh continuations, in any order, each request once."""
        ...

    def provenance(self) -> dict[str, Any]:
        """All that is needed to make the same answers again; JSON."""
        ...

    def notes(self) -> tuple[str, ...]:
        """Sentences that whoever runs it should read."""
        ...


@runtime_checkable
class TellsSteps(Protocol):
    """A backend that tells of every token, where others tell of whole answers only."""

    on_step: Callable[[Step], None] | None


def next_messages(given: Sequence[Turn], answers: Sequence[str]) -> list[Turn] | None:
    """The dialogue up to the next turn of the user without an answer; None when all have one.

    given: the prompt's turns, in which the user may speak twice in a row: there, and at the end,
    the system answers. `answers` are those so far.
    """
    said: list[Turn] = []
    left = list(answers)
    for place, turn in enumerate(given):
        said.append(turn)
        following = given[place + 1].role if place + 1 < len(given) else None
        if turn.role != "user" or following not in (None, "user"):
            continue
        if not left:
            return said
        said.append(Turn(role="assistant", text=left.pop(0)))
    return None


def answers_wanted(given: Sequence[Turn]) -> int:
    """How many turns of the user stand there without an answer."""
    count = 0
    while next_messages(given, [""] * count) is not None:
        count += 1
    return count


def one_each(requests: Sequence[Request]) -> Plan:
    """The plan of a backend that answers each request by itself."""
    return Plan(batches=tuple((place,) for place in range(len(requests))))


def finish_reason_of(said: object) -> str | None:
    """How an answer ended, in our words where those are others' words for the same."""
    return _FINISH_REASONS.get(said, said) if isinstance(said, str) else None


_FINISH_REASONS = {"eos_token": "stop", "stop_sequence": "stop", "max_tokens": "length"}


def worst_reason(reasons: Sequence[str | None]) -> str | None:
    """Why a dialogue ended: the first turn's that did not stop by itself, else the last one's."""
    return next((each for each in reasons if each != "stop"), reasons[-1] if reasons else None)


def trimmed(text: str, stop: Sequence[str]) -> tuple[str, bool]:
    """`text` up to its first stop string, and whether there was one."""
    places = [text.index(each) for each in stop if each in text]
    return (text[: min(places)], True) if places else (text, False)
