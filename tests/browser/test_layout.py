from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Serve, Visit
from tests.builders import a_criterion, a_pair, a_plan, a_prompt, a_response
from tests.served import Served

LONG = "\n\n".join(
    f"Paragraph {n} of a response that is longer than any screen." for n in range(60)
)


def long_pair(number: int) -> object:
    return a_pair(
        number,
        prompt=a_prompt(f"{LONG}\n\nPrompt {number}"),
        response_a=a_response("x", f"{LONG}\n\nFirst {number}"),
        response_b=a_response("y", f"{LONG}\n\nSecond {number}"),
    )


def test_on_a_laptop_question_and_answer_are_on_the_screen_together(
    serve: Serve, visit: Visit
) -> None:
    screen = visit(serve([long_pair(n) for n in range(2)])).join()
    layout = screen.layout()
    assert layout["scrolls"] is False
    assert 0 <= layout["prompt"]["top"] < layout["prompt"]["bottom"] <= layout["left"]["top"]
    assert layout["left"]["height"] == layout["right"]["height"] >= 200
    assert layout["left"]["width"] == layout["right"]["width"]
    assert layout["left"]["bottom"] <= layout["rows"]["top"]
    assert layout["submit"]["bottom"] <= 768
    assert all(row["bottom"] <= 768 for row in layout["questions"])


def test_on_a_wide_screen_the_prompt_stands_beside_its_answers_in_lines_that_are_read_with_ease(
    serve: Serve, visit: Visit
) -> None:
    words = "Which of these words is the one that ends this line? " * 30
    pair = a_pair(
        prompt=a_prompt(words), response_a=a_response("x", words), response_b=a_response("y", words)
    )
    screen = visit(serve([pair]), 1920, 1080).join()
    layout = screen.layout()
    assert layout["prompt"]["top"] == layout["left"]["top"] == layout["right"]["top"]
    assert layout["prompt"]["width"] == layout["left"]["width"] == layout["right"]["width"]
    assert layout["left"]["bottom"] <= layout["rows"]["top"]
    for part in ("prompt", "left", "right"):
        assert 75 <= len(words) / screen.page.evaluate(LINES, part) <= 100
    screen.press("p")
    assert screen.layout()["prompt"]["bottom"] <= screen.layout()["left"]["top"]


@pytest.mark.parametrize("width", [1120, 1280, 1920])
def test_a_rating_says_of_which_response_it_is_however_many_levels_it_has(
    serve: Serve, visit: Visit, width: int
) -> None:
    levels = [{"name": str(n), "value": n} for n in range(1, 8)]
    plan = a_plan(a_criterion("quality", {"kind": "rating", "levels": levels}))
    screen = visit(serve(2, plan), width, 700).join()
    for row in screen.page.locator(".tb-row").all():
        of, options = (row.locator(name).bounding_box() for name in (".tb-of", ".tb-options"))
        assert of
        assert options
        assert of["x"] + of["width"] <= options["x"]


@pytest.mark.parametrize(("width", "is_beside"), [(390, False), (1366, True), (1920, False)])
def test_what_a_prompt_is_about_stands_beside_it_where_there_is_room_above_the_answers(
    serve: Serve, visit: Visit, width: int, is_beside: bool
) -> None:
    pair = a_pair(prompt=a_prompt("Shorten this.", input="A long text."))
    screen = visit(serve([pair]), width, 900).join()
    text, about = (screen.page.locator(".tb-prompt .tb-passage").nth(n) for n in range(2))
    assert (text.bounding_box()["y"] == about.bounding_box()["y"]) is is_beside  # type: ignore[index]


LINES = """(name) => {
  const text = document.querySelector(`[data-part="${name}"] p`);
  return text.getBoundingClientRect().height / parseFloat(getComputedStyle(text).lineHeight);
}"""


def test_each_pane_scrolls_by_itself_and_both_by_key(serve: Serve, visit: Visit) -> None:
    screen = visit(serve([long_pair(n) for n in range(2)])).join()
    screen.page.evaluate("document.querySelector('[data-part=left]').scrollTop = 100")
    assert screen.scrolled() == [100, 0]
    screen.press("PageDown")
    left, right = screen.scrolled()
    assert left == right + 100 > 100


def test_the_prompt_is_hidden_and_shown_by_key(app: Served, visit: Visit) -> None:
    screen = visit(app).join()
    prompt = screen.page.locator('[data-part="prompt"]')
    screen.press("p")
    expect(prompt).to_be_hidden()
    screen.press("p")
    expect(prompt).to_be_visible()


def test_on_a_phone_the_responses_stack_and_one_question_stays_below(
    serve: Serve, visit: Visit
) -> None:
    app = serve([long_pair(n) for n in range(2)])
    screen = visit(app, 390, 844, has_touch=True, is_mobile=True).join()
    layout = screen.layout()
    assert layout["scrolls"] is False
    assert layout["left"]["bottom"] <= layout["right"]["top"]
    assert layout["left"]["width"] == layout["right"]["width"] <= 390
    assert [row["height"] > 0 for row in layout["questions"]] == [True] + [False] * 4
    assert layout["submit"]["bottom"] <= 844
    first = screen.asked()[0]
    for choice in ("Tie", "A", "B", "B", "A"):
        screen.page.locator(".tb-marked .tb-option", has_text=choice).tap()
    screen.page.locator('[data-part="submit"]').tap()
    screen.labelled(1)
    chosen = {label.criterion: label.choice for label in screen.labels()}
    assert [key for key, choice in chosen.items() if choice == "tie"] == [first]


def test_on_a_phone_either_response_is_one_tap_away(serve: Serve, visit: Visit) -> None:
    screen = visit(serve([long_pair(n) for n in range(2)]), 390, 844).join()
    screen.page.click('[data-do="jump-right"]')
    layout = screen.layout()
    assert layout["prompt"]["bottom"] - 1 <= layout["right"]["top"] < 500


def test_on_a_phone_what_is_saved_is_said_though_differences_are_offered(
    serve: Serve, visit: Visit
) -> None:
    text = "The kitchen tap has dripped since Monday, about a litre an hour."
    near = a_pair(
        response_a=a_response("x", text),
        response_b=a_response("y", text.replace("Monday", "Tuesday")),
    )
    screen = visit(serve([near]), 390, 844, is_mobile=True, has_touch=True).join()
    screen.press("1")
    screen.says("status", "Saved")
    expect(screen.page.locator('[data-part="differences"]')).to_be_visible()
    cut_off = "({ scrollWidth, clientWidth }) => scrollWidth > clientWidth"
    assert screen.page.locator('[data-part="status"]').evaluate(cut_off) is False
    assert screen.layout()["scrolls"] is False


def test_on_a_phone_the_minutes_left_push_no_button_off_the_screen(
    app: Served, visit: Visit
) -> None:
    screen = visit(app, 360, 740, is_mobile=True, has_touch=True).join()
    screen.press("1")
    screen.says("status", "Saved")
    left = screen.page.locator('[data-part="minutes"]')
    left.evaluate("minutes => minutes.textContent = 'about 125 min left'")  # as after some pairs
    box = screen.page.locator('.tb-tools [data-do="menu"]').bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360


def test_at_twice_the_size_nothing_is_cut_off(app: Served, visit: Visit) -> None:
    screen = visit(app, 683, 384).join()
    layout = screen.layout()
    assert layout["scrolls"] is False
    assert layout["submit"]["bottom"] <= 384


def test_the_page_is_dark_where_the_system_or_the_address_says_so(
    app: Served, visit: Visit
) -> None:
    ground = "getComputedStyle(document.querySelector('#tiebreak')).backgroundColor"
    seen = [
        visit(app, color_scheme=scheme).open(path).shows("join").page.evaluate(ground)
        for scheme, path in (
            ("light", "/"),
            ("dark", "/"),
            ("light", "/?__theme=dark"),
            ("dark", "/?__theme=light"),
        )
    ]
    light, dark = seen[0], seen[1]
    assert light != dark
    assert seen == [light, dark, dark, light]


def test_without_javascript_the_page_says_that_it_needs_it(app: Served, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(app.url)
        expect(page.locator("noscript p")).to_be_visible()
        expect(page.locator("noscript p")).to_contain_text("This page needs JavaScript")
