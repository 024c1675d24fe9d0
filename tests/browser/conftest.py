"""Chromium, a study in the real app, and the few things that a person does with the page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from annotation.schema import Label, Pair
from annotation.store import Store
from annotation.study import StudyPlan
from tests.builders import a_criterion, a_plan, a_study_folder
from tests.served import Served, served

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FIVE = a_plan(
    *(a_criterion(key) for key in ("concise", "clear", "adherent", "formal", "overall")),
)

Serve = Callable[..., Served]
Visit = Callable[..., "Screen"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def chromium() -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    return found


# For the package and not the session: while it runs, no other event loop runs in this thread.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    chromium()
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with playwright.chromium.launch(executable_path=chromium(), args=FLAGS) as running:
        yield running


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One study for the tests that do not care which pairs they meet; starting takes seconds."""
    plan = FIVE.model_copy(update={"labels_per_pair": 40})
    with served(a_study_folder(tmp_path_factory.mktemp("shared") / "study", plan, 80)) as running:
        yield running


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serve a study of these pairs and criteria until the end of the test."""
    with ExitStack() as stack:

        def start(pairs: list[Pair] | int = 5, plan: StudyPlan = FIVE) -> Served:
            return stack.enter_context(served(a_study_folder(tmp_path / "study", plan, pairs)))

        yield start


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open the page as a new visitor with a browser profile of its own."""
    with ExitStack() as stack:

        def go(app: Served, width: int = 1366, height: int = 768, **more: Any) -> Screen:
            context = browser.new_context(viewport={"width": width, "height": height}, **more)
            stack.callback(context.close)
            return Screen(context.new_page(), app)

        yield go


LAYOUT = """() => {
  const box = (found) => {
    const { top, bottom, width, height } = found.getBoundingClientRect();
    return { top, bottom, width, height };
  };
  const one = (selector) => box(document.querySelector(selector));
  const wide = [...document.querySelectorAll("html, body, #tiebreak, .tb-read, .tb-answer")];
  return {
    prompt: one(".tb-prompt"), left: one("[data-side=left]"), right: one("[data-side=right]"),
    rows: one(".tb-rows"), submit: one("[data-part=submit]"),
    questions: [...document.querySelectorAll(".tb-row")].map(box),
    scrolls: wide.some((each) => each.scrollWidth > innerWidth),
  };
}"""


class Screen:
    """The page as a person sees it."""

    def __init__(self, page: Page, app: Served) -> None:
        self.page = page
        self.app = app
        self.name = f"ann-{uuid4().hex[:12]}"
        self.page.set_default_timeout(20_000)

    def open(self, path: str = "/") -> Screen:
        self.page.goto(self.app.url + path)
        return self

    def join(self) -> Screen:
        """Come for the first time, read the guidelines, and begin; with keys alone."""
        self.open().shows("join")
        self.page.keyboard.type(self.name)
        self.page.keyboard.press("Enter")
        self.shows("welcome")
        self.page.keyboard.press("Enter")
        return self.shows("task")

    def shows(self, screen: str) -> Screen:
        self.page.wait_for_selector(f'#tiebreak[data-screen="{screen}"]')
        return self

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def says(self, part: str, sentence: str | re.Pattern[str]) -> None:
        expect(self.page.locator(f'[data-part="{part}"]')).to_have_text(sentence, timeout=30_000)

    def labelled(self, count: int) -> None:
        """Wait until that many pairs are done and the next is there."""
        self.says("progress", re.compile(rf"^{count} of "))

    def texts(self) -> list[str]:
        """What stands left and right."""
        return [self.page.inner_text(f'[data-part="{side}"]') for side in ("left", "right")]

    def asked(self) -> list[str]:
        """The criteria in the order in which this annotator is asked them."""
        names = self.page.locator(".tb-ask").all_text_contents()
        return [name.removeprefix("Which is better: ").removesuffix("?") for name in names]

    def chosen(self) -> list[str]:
        """The choices that are checked."""
        found: list[str] = self.page.eval_on_selector_all(
            "#tiebreak input[type=radio]:checked", "all => all.map(each => each.value)"
        )
        return found

    def labels(self) -> list[Label]:
        """What the database keeps of this annotator."""
        with closing(Store.open(f"sqlite:///{self.app.study / 'annotations.db'}")) as store:
            return [each for each in store.labels("trial") if each.annotator == self.name]

    def scrolled(self) -> list[int]:
        """How far left and right are scrolled."""
        found: list[int] = self.page.evaluate(
            "['left', 'right'].map(name => document.querySelector(`[data-part=${name}]`).scrollTop)"
        )
        return found

    def layout(self) -> dict[str, Any]:
        """Where the parts of the screen are, and whether the page scrolls sideways."""
        found: dict[str, Any] = self.page.evaluate(LAYOUT)
        return found
