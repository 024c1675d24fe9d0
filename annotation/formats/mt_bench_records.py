"""Lines of MT-bench's judgment files: two verdicts on two models, or a score of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeGuard

from annotation.formats.files import is_unicode
from annotation.formats.mt_bench import question_id
from annotation.formats.table import Row, Unusable
from annotation.schema import Choice

LEAST, GREATEST = 1, 10
_WINNERS = {
    "model_1": "a",
    "model_2": "b",
    **dict.fromkeys(("tie", "draw", "tie (inconsistent)", "tie (bothbad)"), "tie"),
    **dict.fromkeys(("error", "invalid"), "invalid"),
}


@dataclass(frozen=True)
class Judgment:
    """What every line says: a judge on a turn of a question."""

    question: str
    turn: int
    judge: str
    template: str | None
    """The name of the prompt that the judge was given."""
    moment: datetime | None


@dataclass(frozen=True)
class Match(Judgment):
    """Two verdicts on two models, with model_1 shown first and with model_2 shown first.

    Both are in the order of `models`: a is the first of them.
    """

    models: tuple[str, str]
    choices: tuple[Choice, Choice]
    replies: tuple[str | None, str | None]


@dataclass(frozen=True)
class Score(Judgment):
    """A score of one model's answer; None where the judge's reply had none from 1 to 10."""

    model: str
    score: float | None
    reply: str | None


def read_record(row: Row) -> Match | Score | Unusable:
    """The judgment of a line, or why there is none."""
    if row.problem:
        return Unusable(row.problem)
    record = row.cells
    shared = _judgment(record)
    if isinstance(shared, Unusable):
        return shared
    if "g1_winner" in record or "g2_winner" in record:
        return _match(record, shared)
    if "score" in record:
        return _score(record, shared)
    return Unusable("found neither g1_winner and g2_winner nor score, expected a judgment")


def _judgment(record: dict[str, Any]) -> Judgment | Unusable:
    question, turn = question_id(record), record.get("turn")
    if question is None:
        found = record.get("question_id")
        return Unusable(f"found {found!r:.40} in 'question_id', expected a number or a name")
    if isinstance(turn, bool) or not isinstance(turn, int) or turn < 1:
        return Unusable(f"found {turn!r:.40} in 'turn', expected 1 or 2")
    judge = record.get("judge")
    named = [name for name in (judge if isinstance(judge, list) else [judge]) if _is_name(name)]
    if not named or (isinstance(judge, list) and len(named) < len(judge)):
        return Unusable(f"found {judge!r:.40} in 'judge', expected a name, or a name and a prompt")
    template = named[1] if len(named) > 1 else None
    return Judgment(question, turn, named[0], template, _moment(record.get("tstamp")))


def _match(record: dict[str, Any], shared: Judgment) -> Match | Unusable:
    one, other = record.get("model_1"), record.get("model_2")
    if not _is_name(one) or not _is_name(other) or one == other:
        found = f"{one!r:.40} and {other!r:.40}"
        return Unusable(f"found {found} in 'model_1' and 'model_2', expected two names")
    choices = []
    for name in ("g1_winner", "g2_winner"):
        written = record.get(name)
        choice = _WINNERS.get(written.strip().lower()) if isinstance(written, str) else None
        if choice is None:
            return Unusable(
                f"found {written!r:.40} in {name!r}, expected model_1, model_2, tie or error"
            )
        choices.append(choice)
    return Match(
        **vars(shared),
        models=(one, other),
        choices=(choices[0], choices[1]),
        replies=(_reply(record.get("g1_judgment")), _reply(record.get("g2_judgment"))),
    )


def _score(record: dict[str, Any], shared: Judgment) -> Score | Unusable:
    model, score = record.get("model"), record.get("score")
    if not _is_name(model):
        return Unusable(f"found {model!r:.40} in 'model', expected a name")
    if isinstance(score, bool) or not isinstance(score, int | float):
        return Unusable(
            f"found {score!r:.40} in 'score', expected a number, -1 where there is none"
        )
    # A score off the scale is no more a verdict than the -1 that stands for an unreadable reply.
    within = float(score) if LEAST <= score <= GREATEST else None
    return Score(**vars(shared), model=model, score=within, reply=_reply(record.get("judgment")))


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip()) and is_unicode(value)


def _reply(value: object) -> str | None:
    return value if isinstance(value, str) and is_unicode(value) else None


def _moment(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds < 2**32 else None
