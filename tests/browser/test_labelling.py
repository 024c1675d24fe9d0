from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect

from annotation.schema import Label
from tests.browser.axe import grave_violations
from tests.browser.conftest import Serve, Visit
from tests.builders import YES_NO, a_criterion, a_pair, a_plan, a_response
from tests.served import ROOT, Served, environment


def exported(app: Served, tmp_path: Path) -> list[Label]:
    """The labels as the command line gives them out."""
    made = tmp_path / "labels.jsonl"
    command = ["-m", "annotation", "export", str(app.study), "--format", "jsonl"]
    subprocess.run(
        [sys.executable, *command, "--out", str(made), "--unblind"],
        cwd=ROOT,
        env=environment(app.study, app.port),
        check=True,
        capture_output=True,
    )
    return [Label.model_validate_json(line) for line in made.read_text("utf-8").splitlines()]


def test_three_pairs_are_labelled_with_six_keys_each_and_come_out_of_export(
    app: Served, visit: Visit, tmp_path: Path
) -> None:
    screen = visit(app).join()
    second, last = screen.asked()[1], screen.asked()[4]
    for done in range(3):
        screen.press("1", "2", "3", "1", "2", "Enter")
        screen.labelled(done + 1)
    labels = [each for each in exported(app, tmp_path) if each.annotator == screen.name]
    assert len(labels) == 15
    seen = [label.criterion for label in labels if label.choice == "tie"]
    assert sorted(seen) == sorted([second, last] * 3)


def test_what_is_pressed_is_what_is_stored_whichever_side_it_stood_on(
    serve: Serve, visit: Visit
) -> None:
    app = serve(8)
    screen = visit(app).join()
    wanted = {}
    for done in range(8):
        left, right = screen.texts()
        wanted[left if left.startswith("First") else right] = "a" if left < right else "b"
        screen.press("1", "1", "1", "1", "1", "Enter")
        if done < 7:
            screen.labelled(done + 1)
    screen.shows("done")
    lines = (app.study / "pairs.jsonl").read_text("utf-8").splitlines()
    first = {json.loads(line)["id"]: json.loads(line)["response_a"]["text"] for line in lines}
    assert {first[label.pair_id]: label.choice for label in screen.labels()} == wanted
    assert {*wanted.values()} == {"a", "b"}


def test_keys_move_between_the_questions_and_only_write_in_the_comment(
    app: Served, visit: Visit
) -> None:
    screen = visit(app).join()
    screen.press("ArrowDown", "ArrowDown", "3", "ArrowUp", "ArrowUp", "1")
    assert screen.page.locator(".tb-marked").get_attribute("data-row") == "2"
    screen.page.focus('[data-part="comment"]')
    screen.page.keyboard.type("12gr? fine")
    assert screen.page.input_value('[data-part="comment"]') == "12gr? fine"
    assert screen.chosen() == ["a", "b"]
    assert screen.page.locator("dialog[open]").count() == 0


def test_nothing_is_chosen_beforehand_and_open_questions_are_named(
    app: Served, visit: Visit
) -> None:
    screen = visit(app).join()
    assert screen.chosen() == []
    screen.press("1", "2", "Enter")
    screen.says("notice", re.compile("^Still open: .*" + ".*".join(screen.asked()[2:])))
    assert screen.page.locator(".tb-marked").get_attribute("data-row") == "2"
    assert screen.labels() == []


def test_a_triple_click_and_a_double_enter_send_one_set_of_labels(
    app: Served, visit: Visit
) -> None:
    screen = visit(app).join()
    screen.press("1", "2", "3", "1", "2")
    screen.page.click('[data-part="submit"]', click_count=3)
    screen.labelled(1)
    assert screen.chosen() == []
    screen.press("3", "2", "1", "3", "2", "Enter", "Enter", "Enter")
    screen.labelled(2)
    assert len(screen.labels()) == 10


def test_a_reload_brings_back_the_pair_its_sides_answers_and_comment(
    app: Served, visit: Visit
) -> None:
    screen = visit(app).join()
    screen.press("3", "1")
    screen.page.fill('[data-part="comment"]', "half way")
    screen.says("status", "Saved")
    before = screen.texts()
    screen.page.reload()
    screen.shows("task")
    assert screen.texts() == before
    assert screen.chosen() == ["b", "a"]
    assert screen.page.input_value('[data-part="comment"]') == "half way"


def test_the_return_link_brings_everything_to_another_browser(app: Served, visit: Visit) -> None:
    screen = visit(app).join()
    screen.press("3", "1", "f")
    screen.page.check('[data-dialog="flag"] input[value="harmful"]')
    screen.press("Escape")
    screen.page.fill('[data-part="comment"]', "half way")
    screen.says("status", "Saved")
    screen.page.click('[data-do="menu"] >> visible=true')
    link = screen.page.input_value('[data-part="menu-link"]')
    assert link.startswith(f"{app.url}/#return=")
    other = visit(app).open(link.removeprefix(app.url)).shows("task")
    assert other.texts() == screen.texts()
    assert other.chosen() == ["b", "a"]
    assert other.page.input_value('[data-part="comment"]') == "half way"
    assert other.page.get_attribute('[data-part="flag"]', "aria-pressed") == "true"
    assert other.page.url == f"{app.url}/"


def test_who_leaves_comes_back_with_the_link_alone(app: Served, visit: Visit) -> None:
    screen = visit(app).join()
    link = screen.page.input_value('[data-part="menu-link"]')
    screen.page.click('[data-do="menu"] >> visible=true')
    screen.page.click('[data-do="leave"]')
    screen.shows("join")
    screen.page.click("summary")
    screen.page.fill('[data-part="link"]', link)
    screen.press("Enter")
    screen.shows("task")
    assert screen.page.text_content('[data-part="pseudonym"]') == screen.name


def test_who_leaves_in_one_tab_has_left_in_the_others(app: Served, visit: Visit) -> None:
    first = visit(app).join()
    second = type(first)(first.page.context.new_page(), app).open().shows("task")
    second.page.click('[data-do="menu"] >> visible=true')
    second.page.click('[data-do="leave"]')
    first.shows("join")
    second.shows("join")


def test_a_pseudonym_in_use_is_refused_with_that_explanation(app: Served, visit: Visit) -> None:
    first = visit(app).join()
    other = visit(app).open().shows("join")
    other.page.keyboard.type(first.name.upper())
    other.press("Enter")
    other.says("join-error", re.compile("This pseudonym is in use"))


def test_the_second_tab_says_what_happened_and_moves_on(app: Served, visit: Visit) -> None:
    first = visit(app).join()
    second = type(first)(first.page.context.new_page(), app).open().shows("task")
    assert second.texts() == first.texts()
    second.press("3")
    second.says("status", "Saved")
    first.press("1", "2", "3", "1", "2", "Enter")
    second.labelled(1)
    second.says("notice", re.compile("You answered this pair in another window already"))
    assert second.texts() == first.texts()
    assert second.chosen() == []


def test_a_second_browser_says_so_too_and_keys_for_the_old_pair_do_not_hit_the_next(
    app: Served, visit: Visit
) -> None:
    first = visit(app).join()
    link = first.page.input_value('[data-part="menu-link"]')
    second = visit(app).open(link.removeprefix(app.url)).shows("task")
    first.press("1", "2", "3", "1", "2", "Enter")
    first.labelled(1)
    second.press("3", "3", "3", "3", "3", "Enter")
    second.labelled(1)
    second.says("notice", re.compile("You answered this pair in another window already"))
    assert second.chosen() == []
    assert [label.choice for label in first.labels()].count("tie") == 2


def test_ratings_and_longer_scales_are_answered_by_digits_too(serve: Serve, visit: Visit) -> None:
    plan = a_plan(
        a_criterion("rated", YES_NO),
        a_criterion("five", "preference5"),
        a_criterion("four", "preference3-bad"),
    )
    app = serve(1, plan)
    screen = visit(app).join()
    keys = {"rated": ["1", "2"], "five": ["5"], "four": ["4"]}
    for criterion in dict.fromkeys(screen.asked()):
        screen.press(*keys[criterion])
    screen.press("Enter")
    screen.shows("done")
    swapped = screen.labels()[0].swapped
    assert {(label.criterion, label.target): label.choice for label in screen.labels()} == {
        ("rated", "b" if swapped else "a"): "yes",
        ("rated", "a" if swapped else "b"): "no",
        ("five", "pair"): "a_clearly" if swapped else "b_clearly",
        ("four", "pair"): "both_bad",
    }


def test_help_and_guidelines_open_and_close_with_their_keys(app: Served, visit: Visit) -> None:
    screen = visit(app).join()
    for key, name in (("g", "guidelines"), ("?", "help")):
        screen.press(key)
        expect(screen.page.locator(f'[data-dialog="{name}"]')).to_be_visible()
        screen.press("1", key)
        expect(screen.page.locator(f'[data-dialog="{name}"]')).to_be_hidden()
    assert screen.chosen() == []


def test_raw_text_is_shown_on_both_sides_at_once(app: Served, visit: Visit) -> None:
    screen = visit(app).join()
    screen.press("r")
    assert screen.page.locator(".tb-pane .tb-raw").count() == 2
    screen.press("r")
    assert screen.page.locator(".tb-pane .tb-raw").count() == 0


def test_a_screen_reader_finds_a_named_group_for_each_question(app: Served, visit: Visit) -> None:
    screen = visit(app).join()
    group = screen.page.get_by_role("radiogroup", name="Which is better: clear?")
    assert group.get_by_role("radio").count() == 3
    expect(group.get_by_role("radio", name="Tie")).not_to_be_checked()


def test_differences_are_offered_for_nearly_equal_responses_and_off_with_the_next_pair(
    serve: Serve, visit: Visit
) -> None:
    text = "The *kitchen* tap has dripped since Monday, about a litre an hour."
    near = [
        a_pair(
            number,
            response_a=a_response("x", text),
            response_b=a_response("y", text.replace("Monday", "Tuesday")),
        )
        for number in range(2)
    ]
    screen = visit(serve(near)).join()
    marks = screen.page.locator("#tiebreak mark")
    expect(marks).to_have_count(0)
    screen.press("d")
    assert sorted(marks.all_text_contents()) == ["Monday", "Tuesday"]
    assert all("*kitchen*" in side for side in screen.texts()), "both sides as they are written"
    assert grave_violations(screen.page) == []
    screen.press("1", "2", "3", "1", "2", "Enter")
    screen.labelled(1)
    expect(marks).to_have_count(0)


def test_differences_are_not_offered_for_other_responses(app: Served, visit: Visit) -> None:
    screen = visit(app).join()
    expect(screen.page.locator('[data-part="differences"]')).to_be_hidden()
    before = screen.texts()
    screen.press("d")
    assert screen.texts() == before
