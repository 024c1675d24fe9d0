"""Dialogues as prompts hold them: the first message is the text, and all of them are the turns.

A prompt of one message has no turns. Where there are several, whoever reads only `text` sees what
the dialogue is about, and whoever reads `turns` has all of it: the page and `generation` say the
text only once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from annotation.formats.table import Unusable
from annotation.schema import PairResponse, Turn

_ROLES = ("user", "assistant", "system")
_SPEAKERS = {"Human": "user", "Assistant": "assistant"}
_SPEAKER = re.compile(r"\n\n(Human|Assistant):")


def opening(turns: Sequence[Turn]) -> dict[str, Any]:
    """The fields `text` and `turns` of a prompt that is this dialogue."""
    first = next((turn.text for turn in turns if turn.role == "user"), "")
    return {"text": first, "turns": tuple(turns) if len(turns) > 1 else ()}


def dialogue_of(value: object) -> tuple[Turn, ...] | Unusable:
    """The dialogue in a list of texts, all the user's, or of objects with a role and a text."""
    if not isinstance(value, list):
        return Unusable(f"holds {value!r:.40}, expected a list of turns")
    turns: list[Turn] = []
    for number, entry in enumerate(value, start=1):
        entry = {"role": "user", "text": entry} if isinstance(entry, str) else entry
        role = entry.get("role") if isinstance(entry, dict) else None
        text = entry.get("text", entry.get("content")) if isinstance(entry, dict) else None
        if role not in _ROLES or not isinstance(text, str):
            return Unusable(
                f"holds {entry!r:.40} as turn {number}, expected a text, or an object with a "
                f"role ({', '.join(_ROLES)}) and a text"
            )
        turns.append(Turn(role=role, text=text))
    if turns and not any(turn.role == "user" and turn.text.strip() for turn in turns):
        return Unusable("holds no turn of the user")
    return tuple(turns)


def spoken(text: str) -> tuple[Turn, ...]:
    """The dialogue in a text with speakers, as `Hi.\\n\\nAssistant: Hello.\\n\\nHuman: Why?`.

    It begins and ends with the user, and they take turns; any other text is one turn.
    """
    parts = _SPEAKER.split(text)
    roles = ["user", *(_SPEAKERS[name] for name in parts[1::2])]
    alternating = [("user", "assistant")[place % 2] for place in range(len(roles))]
    if roles != alternating or roles[-1] != "user":
        return (Turn(role="user", text=text),)
    return tuple(
        Turn(role=role, text=said.strip()) for role, said in zip(roles, parts[::2], strict=True)
    )


def answered(system: str, answers: Sequence[str]) -> PairResponse:
    """A system's answers, one a turn of the user, as `generation respond` writes them."""
    several = len(answers) > 1
    turns = tuple(Turn(role="assistant", text=text) for text in answers) if several else ()
    return PairResponse(system=system, text="\n\n".join(answers), turns=turns)
