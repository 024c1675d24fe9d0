"""A pair as two conversations with one beginning: what training on preferences reads."""

from __future__ import annotations

from typing import TypeAlias

from annotation.schema import PairResponse, Prompt, Turn

Message: TypeAlias = Turn


def conversations(
    prompt: Prompt, chosen: PairResponse, rejected: PairResponse
) -> tuple[list[Message], list[Message], list[Message]]:
    """What both begin with, and how each goes on from the first answer.

    A response with several turns answers the user's turns one after the other.
    """
    asked = _asked(prompt)
    whole = [_answered(asked, response) for response in (chosen, rejected)]
    shared = _before_the_first_answer(asked)
    return asked[:shared], whole[0][shared:], whole[1][shared:]


def _asked(prompt: Prompt) -> list[Message]:
    said = f"{prompt.text}\n\n{prompt.input}" if prompt.input else prompt.text
    opening = [] if prompt.text in {turn.text for turn in prompt.turns} else [said]
    return [*(Turn(role="user", text=text) for text in opening if text), *prompt.turns]


def _unanswered(asked: list[Message], place: int) -> bool:
    """Whether this is the user's turn and no answer to it is given."""
    following = asked[place + 1].role if place + 1 < len(asked) else "user"
    return asked[place].role == "user" and following == "user"


def _before_the_first_answer(asked: list[Message]) -> int:
    places = [place for place in range(len(asked)) if _unanswered(asked, place)]
    return places[0] + 1 if places else len(asked)


def _answered(asked: list[Message], response: PairResponse) -> list[Message]:
    answers = [turn.text for turn in response.turns] or [response.text]
    waiting = iter(answers)
    whole: list[Message] = []
    for place, turn in enumerate(asked):
        whole.append(turn)
        if _unanswered(asked, place):
            whole += [
                Turn(role="assistant", text=text)
                for text in [next(waiting, None)]
                if text is not None
            ]
    return [*whole, *(Turn(role="assistant", text=text) for text in waiting)]
