"""A whole study from consent to completion code, with the keyboard alone, walked once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, Response, expect

from annotation.schema import Label, Pair
from annotation.study import TRAINING_FILE, read_pairs, write_jsonl
from tests.browser.axe import grave_violations
from tests.browser.conftest import FIVE, Screen
from tests.builders import a_pair, a_prompt, a_response, a_study_folder
from tests.served import Served, served

PLAN = FIVE.model_validate(
    {
        **FIVE.model_dump(),
        "labels_per_pair": 1,
        "consent": {"version": 1},
        "training": {"pass_mark": 1.0, "attempts": 2},
        "sensitive": {"categories": ("harmless",)},
        "breaks": {"after": 4},
        "closing": {"ask_systems": True},
        "access": {"completed": "DONE-1"},
    }
)


def marked(number: int, **fields: Any) -> Pair:
    """A pair of which nothing but the texts may be seen."""
    hidden = {"meta": {"note": "zq-marker-meta"}, "finish_reason": "zq-marker-reason"}
    made: dict[str, Any] = {
        "prompt": a_prompt(f"Prompt {number}", reference="zq-marker-gold"),
        "response_a": a_response("zq-marker-system-x", f"First answer {number}.", **hidden),
        "response_b": a_response("zq-marker-system-y", f"Second answer {number}.", **hidden),
    }
    return a_pair(number, **{**made, **fields})


def known(number: int) -> Pair:
    meta = {"answers": {"overall": "a"}, "explanation": f"The *first* one is right ({number})."}
    return marked(number, meta=meta)


def harsh(number: int) -> Pair:
    return marked(
        number, prompt=a_prompt("A harsh prompt", category="harmless"), meta={"priority": 9}
    )


@dataclass
class Walk:
    """What was seen on the way."""

    screen: Screen
    steps: list[str] = field(default_factory=list)
    violations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    traffic: list[str] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.screen.page

    def at(self, step: str) -> None:
        """Look at a step as axe does, and record all that the browser has by then."""
        self.steps.append(step)
        self.violations[step] = grave_violations(self.page)
        self.traffic.append(self.page.content())
        self.traffic.append(json.dumps(self.page.context.storage_state(indexed_db=True)))

    def listen(self) -> None:
        """Record every request and response."""
        self.page.on(
            "request", lambda request: self.traffic.append(request.url + (request.post_data or ""))
        )
        self.page.on("response", self._heard)

    def _heard(self, response: Response) -> None:
        self.traffic.append(response.url + json.dumps(response.headers))
        try:
            self.traffic.append(response.body().decode("utf-8", "replace"))
        except Error:
            self.traffic.append("")  # a response without a body

    def tab_to(self, selector: str) -> None:
        """Press Tab until the focus is there."""
        for _ in range(40):
            if self.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {selector}")

    def dialog(self, key: str, name: str) -> None:
        """Open a dialog with its key, look at it, and close it; the focus is where it was."""
        focus = "document.activeElement.outerHTML"
        before = self.page.evaluate(focus)
        self.screen.press(key)
        expect(self.page.locator(f'[data-dialog="{name}"]')).to_be_visible()
        self.at(f"dialog {name}")
        self.screen.press("Escape")
        self.kept[f"focus {name}"] = self.page.evaluate(focus) == before

    def answer(self, *digits: str) -> None:
        self.screen.press(*(digits or ("1", "2", "3", "1", "2")), "Enter")

    def train(self, right: bool) -> None:
        """Answer a training pair as expected, or not, and read what was expected."""
        self.screen.shows("task")
        first_is_left = self.screen.texts()[0].startswith("First")
        self.answer("2", "2", "2", "2", "1" if first_is_left == right else "3")
        self.screen.shows("feedback")


def enter(walk: Walk) -> None:
    """Join, agree and read the guidelines."""
    screen = walk.screen.open().shows("join")
    walk.at("join")
    walk.page.keyboard.type(screen.name)
    screen.press("Enter")
    screen.shows("consent")
    walk.at("consent")
    walk.tab_to('[data-do="ask-decline"]')
    screen.press("Enter")
    walk.at("dialog decline")
    screen.press("Escape")
    walk.page.keyboard.press("Shift+Tab")
    walk.tab_to('[data-do="agree"]')
    screen.press("Enter")
    screen.shows("welcome")
    walk.at("welcome")
    screen.press("Enter")


def train(walk: Walk) -> None:
    """Fail a round, and pass one."""
    screen = walk.screen
    for number, right in enumerate((False, True, True, True)):
        walk.train(right)
        walk.at(f"feedback {number}")
        walk.kept[f"feedback {number}"] = walk.page.inner_text('[data-card="feedback"]')
        screen.press("Enter")


def label_two(walk: Walk) -> None:
    """A sensitive pair that has to be opened, and one more."""
    screen = walk.screen.shows("veil")
    walk.kept["veiled"] = walk.page.content()
    walk.at("veil")
    screen.press("Enter")
    screen.shows("task")
    walk.at("task")
    for key, name in (("g", "guidelines"), ("?", "help"), ("m", "menu")):
        walk.dialog(key, name)
    for key, name in (("s", "skip"), ("f", "flag")):
        walk.dialog(key, name)
    walk.answer()
    screen.labelled(1)
    walk.answer("1", "1", "1", "1", "1")
    screen.labelled(2)


def change(walk: Walk) -> None:
    """Undo the last answer, and edit the one before it."""
    screen = walk.screen
    screen.press("u")
    screen.says("banner-text", "You are changing an earlier answer.")
    walk.at("edit")
    walk.kept["undone"] = screen.chosen()
    screen.press("3", "Enter")
    expect(walk.page.locator('[data-part="banner"]')).to_be_hidden()
    screen.press("m")
    expect(walk.page.locator('[data-part="recent"] button')).to_have_count(2)
    walk.tab_to('[data-part="recent"] li:nth-child(2) button')
    screen.press("Enter")
    expect(walk.page.locator('[data-part="prompt"]')).to_have_text("A harsh prompt")
    walk.kept["edited"] = screen.chosen()
    screen.press("2", "Enter")
    expect(walk.page.locator('[data-part="banner"]')).to_be_hidden()
    screen.labelled(2)


def skip_and_flag(walk: Walk) -> None:
    screen = walk.screen
    screen.press("s")
    screen.press("Space", "Enter")
    screen.says("notice", re.compile("^Skipped"))
    screen.press("f", "Space", "Escape")
    walk.kept["flag pressed"] = walk.page.get_attribute('[data-part="flag"]', "aria-pressed")
    walk.answer()
    screen.labelled(3)


def go_through_trouble(walk: Walk) -> None:
    """A reload in the middle of a pair, a break, and the network cut and restored."""
    screen = walk.screen
    screen.press("3", "1")
    screen.says("status", "Saved")
    walk.page.reload()
    screen.shows("task")
    walk.kept["after reload"] = screen.chosen()
    screen.press("1", "2", "3", "Enter")
    screen.shows("break")
    walk.at("break")
    screen.press("Enter")
    screen.shows("task")
    walk.page.context.set_offline(True)
    walk.answer()
    screen.says("status", "Offline, kept here")
    walk.at("offline")
    walk.page.context.set_offline(False)
    screen.labelled(5)


def finish(walk: Walk) -> None:
    screen = walk.screen
    for done in range(5, 10):
        walk.answer()
        if done == 7:
            screen.shows("break")
            screen.press("Enter")
        if done < 9:
            screen.labelled(done + 1)
    screen.shows("closing")
    walk.at("closing")
    walk.page.keyboard.type("the one from last year")
    walk.tab_to('[data-form="closing"] button')
    screen.press("Enter")
    screen.shows("done")
    walk.at("done")
    walk.kept["code"] = walk.page.input_value('[data-card="done"] .tb-code input')


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    pairs = [harsh(50), *(marked(n) for n in range(10))]
    folder = a_study_folder(tmp_path_factory.mktemp("walk") / "study", PLAN, pairs)
    write_jsonl(folder / TRAINING_FILE, [known(90), known(91)])
    (folder / "consent.md").write_text("## What we ask\n\nYou compare *texts*.\n", "utf-8")
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def walk(study: Served, browser: Browser) -> Iterator[Walk]:
    with browser.new_context(viewport={"width": 1366, "height": 768}) as context:
        walked = Walk(Screen(context.new_page(), study))
        walked.listen()
        for step in (enter, train, label_two, change, skip_and_flag, go_through_trouble, finish):
            step(walked)
        walked.labels = walked.screen.labels()
        yield walked


def test_the_whole_study_is_walked_with_the_keyboard_alone(walk: Walk) -> None:
    assert walk.kept["code"] == "DONE-1"
    counted = [label for label in walk.labels if label.purpose == "study"]
    assert len(counted) == 10 * 5
    assert len({label.pair_id for label in counted}) == 10


def test_no_step_has_a_grave_violation_of_accessibility(walk: Walk) -> None:
    assert {step: found for step, found in walk.violations.items() if found} == {}
    assert len(walk.steps) >= 18


def test_no_step_shows_a_system_name_or_a_pair_id(walk: Walk, study: Served) -> None:
    whole = "".join(walk.traffic)
    pairs = [*read_pairs(study.study / "pairs.jsonl"), *read_pairs(study.study / TRAINING_FILE)]
    assert "First answer" in whole
    assert "zq-marker" not in whole
    assert not [each for each in pairs if each.id in whole or each.prompt.id in whole]


def test_the_training_says_what_was_expected_and_how_a_round_ended(walk: Walk) -> None:
    first, second, third, fourth = (walk.kept[f"feedback {number}"] for number in range(4))
    assert "✗ different" in first
    assert "The first one is right" in first
    assert "✓ as expected" in second
    assert "The practice pairs come once more" in second
    assert "round" not in third.lower()
    assert "The study begins now" in fourth


def test_a_sensitive_pair_is_covered_until_it_is_opened(walk: Walk) -> None:
    assert "answer 50" not in walk.kept["veiled"]
    assert "A harsh prompt" not in walk.kept["veiled"]


def test_an_answer_is_changed_and_the_rest_of_it_stays(walk: Walk) -> None:
    assert walk.kept["undone"] == ["a"] * 5
    assert walk.kept["edited"] == ["a", "tie", "b", "a", "tie"]
    assert len({label.criterion for label in walk.labels if label.purpose == "study"}) == 5


def test_a_flag_is_shown_as_pressed_and_stored(walk: Walk) -> None:
    assert walk.kept["flag pressed"] == "true"
    assert [label.flags for label in walk.labels if label.flags] == [("cannot judge",)] * 5


def test_answers_survive_a_reload_in_the_middle_of_a_pair(walk: Walk) -> None:
    assert walk.kept["after reload"] == ["b", "a"]


def test_after_a_dialog_the_focus_is_where_it_was(walk: Walk) -> None:
    focus = {step: kept for step, kept in walk.kept.items() if step.startswith("focus")}
    assert len(focus) == 5
    assert all(focus.values())
