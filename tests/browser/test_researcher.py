from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from annotation.assignment import Answer
from annotation.blind import Submission, Task
from annotation.schema import Pair
from annotation.served import load_served
from annotation.store import Store
from annotation.study import StudyPlan
from annotation.workflow import Workflow
from tests.browser.axe import grave_violations
from tests.browser.conftest import Visit
from tests.builders import a_pair, a_plan, a_prompt, a_response, a_study_folder
from tests.served import Served

KEY = "a key of the researchers, long enough"
SECTIONS = ("progress", "annotators", "remarks", "settle", "payments", "files")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Any]:
    """Serve a study that two people have labelled, with the researchers' page switched on."""
    with ExitStack() as stack:

        def start(
            pairs: list[Pair] | int = 4,
            plan: StudyPlan | None = None,
            names: tuple[str, ...] = ("ann", "ben"),
            comments: tuple[str, ...] = ("too long",),
        ) -> Served:
            made = plan or a_plan(labels_per_pair=2)
            folder = a_study_folder(tmp_path / "study", made, pairs)
            labelled(folder, names, comments)
            app = Served(folder, RESEARCHER_KEY=KEY, HF_ENDPOINT="http://127.0.0.1:9")  # no Hub
            stack.callback(app.stop)
            app.start()
            return app

        yield start


def labelled(folder: Path, names: tuple[str, ...], comments: tuple[str, ...]) -> None:
    """Each person answers all they get, each another choice, with the comments in turn."""
    with closing(Store.open(f"sqlite:///{folder / 'annotations.db'}")) as store:
        workflow = Workflow(load_served(folder), store, coin=Random(0))
        number = 0
        for place, name in enumerate(names):
            who = workflow.join(name).annotator
            while isinstance(task := workflow.next_task(who), Task):
                number += 1
                answers = tuple(
                    Answer(criterion=one.key, target="pair", choice=one.choices[place % 2])
                    for one in task.criteria
                )
                workflow.submit(
                    who,
                    Submission(
                        submission_id=f"submission-{number}",
                        token=task.token,
                        answers=answers,
                        comment=comments[number % len(comments)],
                        flags=(comments[number % len(comments)][:200],),
                        seconds=7,
                    ),
                )


def signed_in(browser: Browser, app: Served, **more: Any) -> Page:
    context = browser.new_context(**more)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{app.url}/researcher")
    expect(page.get_by_label("Key", exact=True)).to_be_focused()
    page.keyboard.type(KEY)
    page.keyboard.press("Enter")
    expect(page.locator('[data-part="agreement"] tbody tr').first).to_be_visible()
    return page


def shown(page: Page, section: str) -> None:
    page.locator(f'nav a[href="#{section}"]').click()
    expect(page.locator(f'[data-section="{section}"]')).to_be_visible()
    settled(page)


def settled(page: Page) -> None:
    """Nothing that the page has asked for is still on its way."""
    page.wait_for_selector('body:not([data-asking]), body[data-asking="0"]')


def test_a_study_is_run_from_the_page_with_the_keyboard_alone(
    serve: Any, browser: Browser, visit: Visit
) -> None:
    app = serve()
    page = signed_in(browser, app)
    expect(page.locator('[data-part="percent"]')).to_have_text("100%")
    page.get_by_role("button", name="Pause").press("Enter")
    expect(page.locator('[data-part="standing"]')).to_contain_text("Paused")
    visit(app).open().page.wait_for_selector('#tiebreak[data-screen="join"]')
    page.get_by_role("button", name="Resume").press("Enter")
    expect(page.locator('[data-part="standing"]')).to_contain_text("Running")
    page.get_by_role("link", name=re.compile("Settle splits")).press("Enter")
    page.get_by_label("Tie", exact=True).press("Space")
    page.get_by_role("button", name="Settle", exact=True).press("Enter")
    expect(page.locator('[data-part="said"]')).to_have_text("Settled.")
    page.get_by_role("link", name="Annotators").press("Enter")
    page.get_by_role("button", name="Exclude ben").press("Enter")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("clicks blindly")
    page.keyboard.press("Enter")
    expect(page.get_by_text("excluded: clicks blindly")).to_be_visible()
    page.get_by_role("link", name="Files and end").press("Enter")
    page.get_by_role("button", name="Lock ...").press("Enter")
    page.keyboard.type("trial")
    page.keyboard.press("Enter")
    expect(page.locator('[data-part="standing"]')).to_contain_text("Locked")
    shown(page, "progress")
    expect(page.locator('[data-part="systems"]')).to_contain_text("system-x")
    page.get_by_role("button", name="Sign out").press("Enter")
    expect(page.get_by_label("Key", exact=True)).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_of_the_page_can_be_used_by_everybody(
    serve: Any, browser: Browser, scheme: Any
) -> None:
    page = signed_in(browser, serve(), color_scheme=scheme, viewport={"width": 390, "height": 844})
    for section in SECTIONS:
        shown(page, section)
        settled(page)
        assert grave_violations(page, "body") == [], section
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, f"{section} scrolls sideways on a phone"
    page.context.close()


def test_numbers_that_come_move_nothing(serve: Any, browser: Browser) -> None:
    page = signed_in(browser, serve())
    place = "document.querySelector('[data-part=systems]').getBoundingClientRect().top"
    before = page.evaluate(place)
    page.evaluate("showOverview()")
    settled(page)
    assert page.evaluate(place) == before
    page.context.close()


def test_the_link_of_the_start_opens_the_page_once(tmp_path: Path, browser: Browser) -> None:
    app = Served(a_study_folder(tmp_path / "study"))
    app.start()
    try:
        while "#once=" not in app.said[-1]:
            app.next_line()
        link = app.said[-1].split()[-1]
        context = browser.new_context()
        page = context.new_page()
        page.goto(link)
        expect(page.locator('[data-part="title"]')).to_have_text("A trial")
        assert "once" not in page.url
        again = browser.new_context()
        other = again.new_page()
        other.goto(link)
        expect(other.get_by_text("this is not the key")).to_be_visible()
        context.close()
        again.close()
    finally:
        app.stop()


# -- script in texts ------------------------------------------------------------------------------

SCRIPTS = ("window.ran=1", "fetch('https://elsewhere.test/x')", "parent.ran=1")
TAGS = (
    *("<script>{}</script>", "<img src=x onerror={}>", "<svg onload={}>", "<svg/onload={}>"),
    *("<body onload={}>", "<iframe src=javascript:{}>", "<iframe srcdoc='<script>{}</script>'>"),
    *("<a href=javascript:{}>x</a>", "<input autofocus onfocus={}>", "<video><source onerror={}>"),
    *("<details open ontoggle={}>", "<math><mtext><script>{}</script></mtext></math>"),
    *(
        "<style>@import 'javascript:{}'</style>",
        "<object data=javascript:{}>",
        "<embed src=data:text/html,<script>{}</script>>",
    ),
    *('"><script>{}</script>', "'><img src=x onerror={}>", "</textarea><script>{}</script>"),
    *("</title><svg onload={}>", "--><script>{}</script>", "]]><script>{}</script>"),
    *("[x](javascript:{})", "[x]( javascript:{})", "[x](data:text/html,<script>{}</script>)"),
    *('![x](x"onerror="{})', "<javascript:{}>", "[x][y]\n\n[y]: javascript:{}"),
    *(
        "${{{}}}",
        "{{{{constructor.constructor('{}')()}}}}",
        "<template><script>{}</script></template>",
    ),
    *("<form action=javascript:{}><button autofocus>x</form>", "<marquee onstart={}>x</marquee>"),
    *(
        "$\\href{{javascript:{}}}{{x}}$",
        "$$\\unicode{{<img src=x onerror={}>}}$$",
        "&lt;script&gt;{}&lt;/script&gt;",
    ),
)
CORPUS = tuple(tag.format(script) for tag in TAGS for script in SCRIPTS)
MARKER = "zq-marker"


def hostile(number: int, texts: tuple[str, ...]) -> Pair:
    """A pair whose texts are a part of the corpus, and whose systems have marked names."""
    third = len(texts) // 3
    return a_pair(
        number,
        prompt=a_prompt(f"Prompt {number}\n\n" + "\n\n".join(texts[:third])),
        response_a=a_response(f"{MARKER}-x", "\n\n".join(texts[third : 2 * third])),
        response_b=a_response(f"{MARKER}-y", "\n\n".join(texts[2 * third :])),
    )


def harmless(page: Page, asked: list[str], app: Served) -> None:
    """Nothing ran, no element that could has been made, and no other host was asked."""
    settled(page)
    assert page.evaluate("window.ran") is None
    made = page.evaluate(
        "[...document.querySelectorAll('#tiebreak *, .app *')].filter(one => "
        "/^(script|iframe|object|embed|style|form|base|meta|link|marquee|video|template)$/i"
        ".test(one.localName) && !one.matches('[data-form], [data-part=form]')"
        " || one.getAttributeNames().some(name => /^on/i.test(name))"
        " || /^(javascript|data):/i.test(one.href ?? ''))"
        ".map(one => one.outerHTML.slice(0, 200))"
    )
    assert made == []
    assert [one for one in asked if not one.startswith((app.url, "data:"))] == []


def test_no_text_of_a_corpus_of_injections_runs_on_either_page(
    serve: Any, browser: Browser, visit: Visit
) -> None:
    assert len({*CORPUS}) >= 100
    # Backwards too, so that each text is in a prompt, a response and a comment at some time.
    halves = (CORPUS, tuple(reversed(CORPUS)))
    pairs = [hostile(number, half) for number, half in enumerate(halves)]
    comments = ("\n".join(CORPUS)[:9000], "\n".join(reversed(CORPUS))[:9000])
    names = ("<svg onload=window.ran=1>", '"><img src=x onerror=window.ran=1>')
    app = serve(pairs, a_plan(labels_per_pair=3), names, comments)
    page = signed_in(browser, app)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    for section in SECTIONS:
        shown(page, section)
        harmless(page, asked, app)
    seen = page.content()
    assert MARKER not in seen
    shown(page, "annotators")
    assert html.escape(names[0], quote=False) in page.content()
    page.context.close()
    screen = visit(app)
    screen.page.on("request", lambda request: asked.append(request.url))
    screen.join()
    for done in range(len(pairs)):
        harmless(screen.page, asked, app)
        screen.press("r")
        harmless(screen.page, asked, app)
        screen.press("r", "1", "Enter")
        if done + 1 < len(pairs):
            screen.labelled(done + 1)
    screen.shows("done")


def test_links_of_invitations_open_the_study(serve: Any, browser: Browser) -> None:
    app = serve(plan=a_plan(access={"mode": "invite"}), names=())
    page = signed_in(browser, app)
    page.goto(f"{app.url}/researcher#annotators")
    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name="Make invitations").click()
    links = page.get_by_label("Links, one a line")
    expect(links).to_have_value(re.compile(r"^http.*/#invite=\S+\nhttp.*/#invite=\S+$"))
    assert grave_violations(page, "body") == []
    visitor = browser.new_page()
    visitor.goto(links.input_value().splitlines()[0])
    visitor.get_by_label("Pseudonym").fill("ann")
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("button", name="Begin")).to_be_visible()


def test_a_report_is_made_behind_the_page_which_may_be_closed(serve: Any, browser: Browser) -> None:
    app = serve()
    page = signed_in(browser, app)
    shown(page, "files")
    expect(page.get_by_text("No report was made yet.")).to_be_visible()
    expect(page.get_by_role("link", name="Open the report")).to_be_hidden()
    page.get_by_role("button", name="Make a report").click()
    expect(page.get_by_text(re.compile("^(Being made|Made)"))).to_be_visible()
    page.close()
    page = page.context.new_page()
    page.goto(f"{app.url}/researcher#files")
    expect(page.get_by_text(re.compile(r"^Made .* of 8 labels of people\.$"))).to_be_visible()
    assert grave_violations(page, "body") == []
    with page.context.expect_page() as report:
        page.get_by_role("link", name="Open the report").click()
    expect(report.value).to_have_title("A trial: report")
    page.get_by_label("Dataset on the Hugging Face Hub").fill("lab/nowhere")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text(re.compile("^Tried .*, without success: "))).to_be_visible()
