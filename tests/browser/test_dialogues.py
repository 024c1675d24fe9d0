"""Several turns: a pair opens at the latest, and earlier ones are a key away."""

from __future__ import annotations

import pytest
from playwright.sync_api import FloatRect

from annotation.schema import Pair, Turn
from tests.browser.axe import grave_violations
from tests.browser.conftest import Screen, Serve, Visit
from tests.builders import a_pair, a_prompt, a_response

LONG = "\n\n".join(f"Paragraph {n} of a turn that is longer than any screen." for n in range(40))


def said(role: str, *texts: str) -> tuple[Turn, ...]:
    return tuple(Turn(role=role, text=f"{text}\n\n{LONG}") for text in texts)


def a_dialogue() -> Pair:
    """Two questions, and two answers of each system."""
    return a_pair(
        prompt=a_prompt("First question", turns=said("user", "First question", "Second question")),
        response_a=a_response("x", "x", turns=said("assistant", "Answer one", "Answer two")),
        response_b=a_response("y", "y", turns=said("assistant", "Answer one", "Answer two")),
    )


def ends_in_a_question() -> Pair:
    """What was said before stands in the prompt; the responses are one answer each."""
    turns = said("user", "First question") + said("assistant", "Said before")
    return a_pair(prompt=a_prompt("x", turns=(*turns, *said("user", "Second question"))))


def first_line(screen: Screen, part: str) -> str:
    """The first paragraph that is not above the upper edge of its box."""
    found: str = screen.page.evaluate(
        """(name) => {
          const box = document.querySelector(`[data-part="${name}"]`);
          const { top } = box.getBoundingClientRect();
          const below = (each) => each.getBoundingClientRect().top >= top;
          return [...box.querySelectorAll("p")].find(below).textContent;
        }""",
        part,
    )
    return found


def test_a_dialogue_opens_at_its_latest_turn_on_every_side(serve: Serve, visit: Visit) -> None:
    screen = visit(serve([a_dialogue()])).join()
    screen.says("turn-of", "Turn 2 of 2")
    parts = ("prompt", "left", "right")
    assert [first_line(screen, part) for part in parts] == [
        *("Second question", "Answer two", "Answer two")
    ]


def test_axe_finds_nothing_grave_in_a_dialogue(serve: Serve, visit: Visit) -> None:
    screen = visit(serve([a_dialogue()])).join()
    assert grave_violations(screen.page) == []


def test_one_key_leads_to_the_turn_before_and_from_the_first_to_the_latest(
    serve: Serve, visit: Visit
) -> None:
    screen = visit(serve([a_dialogue()])).join()
    screen.press("t")
    screen.says("turn-of", "Turn 1 of 2")
    assert screen.scrolled() == [0, 0]
    assert first_line(screen, "prompt") == "First question"
    screen.press("t")
    screen.says("turn-of", "Turn 2 of 2")
    assert first_line(screen, "right") == "Answer two"


def test_who_scrolls_by_hand_is_told_the_turn(serve: Serve, visit: Visit) -> None:
    screen = visit(serve([a_dialogue()])).join()
    screen.page.hover('[data-part="left"]')
    screen.page.mouse.wheel(0, -1_000_000)
    screen.says("turn-of", "Turn 1 of 2")


@pytest.mark.parametrize("width", [1366, 390])
def test_a_prompt_of_several_turns_opens_at_what_is_answered(
    serve: Serve, visit: Visit, width: int
) -> None:
    screen = visit(serve([ends_in_a_question()]), width).join()
    screen.says("turn-of", "Turn 2 of 2")
    assert first_line(screen, "prompt") == "Second question"
    assert screen.scrolled() == [0, 0]
    screen.press("p", "p")
    assert first_line(screen, "prompt") == "Second question"


def test_on_a_phone_the_latest_answer_stands_under_the_name_of_its_side(
    serve: Serve, visit: Visit
) -> None:
    screen = visit(serve([a_dialogue()]), 390, 844).join()
    for jump, side in (("", "left"), ("jump-right", "right")):
        if jump:
            screen.page.click(f'[data-do="{jump}"]')
        named = place(screen, f'[data-side="{side}"] h2')
        answer = place(screen, f'[data-part="{side}"] [data-turn="2"]')
        prompt = place(screen, ".tb-prompt")
        assert prompt["y"] + prompt["height"] <= named["y"] < answer["y"] < 844 / 2


def place(screen: Screen, selector: str) -> FloatRect:
    found = screen.page.locator(selector).bounding_box()
    assert found
    return found


def test_one_turn_is_no_dialogue(serve: Serve, visit: Visit) -> None:
    screen = visit(serve(2)).join()
    assert screen.page.locator('[data-part="turns"]').is_hidden()
    screen.press("t", "1", "1", "1", "1", "1", "Enter")
    screen.labelled(1)
