"""What a study may ask besides labels, and what its annotators may decide."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from annotation.schema import Pair
from annotation.study import TRAINING_FILE, StudyPlan, write_jsonl
from tests.browser.conftest import Screen, Serve, Visit
from tests.builders import a_criterion, a_pair, a_plan, a_prompt, a_response
from tests.served import Served

LINK = "https://elsewhere.test/complete?cc=ABC"
LONG = "\n\n".join(f"Paragraph {n}." for n in range(80))


def plan(**fields: Any) -> StudyPlan:
    return StudyPlan.model_validate({**a_plan(a_criterion()).model_dump(), **fields})


def joined(screen: Screen) -> Screen:
    """Join, as far as the first screen after it."""
    screen.open().shows("join")
    screen.page.keyboard.type(screen.name)
    screen.press("Enter")
    return screen


def files(folder: Path) -> None:
    (folder / "consent.md").write_text("We ask.", "utf-8")
    known = a_pair(90, meta={"answers": {"overall": "a"}, "explanation": "Because."})
    write_jsonl(folder / TRAINING_FILE, [known])


@pytest.fixture
def prepared(serve: Serve, tmp_path: Path) -> Serve:
    """Serve a study that has a consent text and a training pair."""

    def start(pairs: list[Pair] | int = 3, wanted: StudyPlan | None = None) -> Served:
        (tmp_path / "study").mkdir()
        files(tmp_path / "study")
        return serve(pairs, wanted or plan())

    return start


def test_who_does_not_agree_sees_no_pair_and_gets_the_link(prepared: Serve, visit: Visit) -> None:
    app = prepared(3, plan(consent={}, access={"consent_refused": LINK}))
    screen = joined(visit(app)).shows("consent")
    screen.page.click('[data-do="ask-decline"]')
    screen.page.click('[data-do="decline"]')
    screen.shows("refused")
    assert screen.page.get_attribute('[data-card="refused"] .tb-code a', "href") == LINK
    screen.page.reload()
    screen.shows("refused")


def test_who_fails_the_training_is_told_kindly_and_gets_the_code(
    prepared: Serve, visit: Visit
) -> None:
    training = {"pass_mark": 1.0, "attempts": 1}
    app = prepared(3, plan(training=training, access={"screened_out": "OUT-1"}))
    screen = visit(app).join()
    screen.press("3" if screen.texts()[0].startswith("First") else "1", "Enter")
    screen.shows("feedback").press("Enter")
    screen.shows("screened")
    assert screen.page.input_value('[data-card="screened"] .tb-code input') == "OUT-1"


def test_a_kind_is_left_out_at_the_consent_and_taken_back_in_the_menu(
    prepared: Serve, visit: Visit
) -> None:
    harsh = a_pair(9, prompt=a_prompt("Harsh", category="harmless"), meta={"priority": 9})
    rules = {"sensitive": {"categories": ("harmless",)}}
    screen = joined(visit(prepared([harsh, a_pair(1)], plan(consent={}, **rules))))
    screen.shows("consent").page.check("#tiebreak [data-part=consent-kinds] input")
    screen.page.click('[data-do="agree"]')
    screen.shows("welcome").press("Enter")
    screen.shows("task")
    assert screen.page.inner_text('[data-part="prompt"]') == "Prompt 1"
    screen.press("m")
    screen.page.uncheck('[data-part="menu-kinds"] input')
    submit = screen.page.locator('[data-part="submit"]')
    expect(submit).to_have_attribute("aria-disabled", "false")  # until then keys do nothing
    screen.press("Escape", "1", "Enter")
    screen.shows("veil")
    screen.page.click('[data-do="leave-kind"]')
    screen.shows("done")


def test_a_required_reason_is_asked_for_and_sent_from_its_field(serve: Serve, visit: Visit) -> None:
    screen = visit(serve(2, plan(comments={"required_share": 1.0}))).join()
    screen.says("comment-label", "Reason (required)")
    screen.press("1", "Enter")
    screen.says("notice", re.compile("please write the reason"))
    screen.page.keyboard.type("clearer")
    screen.press("Control+Enter")
    screen.labelled(1)
    assert [label.comment for label in screen.labels()] == ["clearer"]


def test_both_responses_scroll_together_when_that_is_switched_on(
    serve: Serve, visit: Visit
) -> None:
    pair = a_pair(
        response_a=a_response("x", LONG + "\n\nend"), response_b=a_response("y", LONG + LONG)
    )
    screen = visit(serve([pair])).join()
    screen.press("l")
    screen.page.evaluate("document.querySelector('[data-part=left]').scrollTop = 1e6")
    at_end = """() => ['left', 'right'].every((name) => {
      const { scrollTop, scrollHeight, clientHeight } =
        document.querySelector(`[data-part=${name}]`);
      return scrollTop > 0 && scrollTop + clientHeight > scrollHeight - 2;
    })"""
    screen.page.wait_for_function(at_end)


def test_the_pair_is_held_every_five_minutes_while_the_page_is_looked_at(
    serve: Serve, visit: Visit
) -> None:
    screen = visit(serve(1, plan()))
    screen.page.clock.install()
    screen.join()
    touched: list[str] = []

    def is_touch(request: Request) -> bool:
        return '"fn_name":"touch"' in (request.post_data or "")

    screen.page.on(
        "request", lambda request: touched.append(request.url) if is_touch(request) else None
    )
    screen.page.clock.run_for(4 * 60_000)
    assert touched == []
    with screen.page.expect_response(lambda response: is_touch(response.request)) as answered:
        screen.page.clock.run_for(2 * 60_000)
    assert answered.value.json() == {"ok": True}
    assert len(touched) == 1


def test_a_computers_clock_that_is_moved_back_costs_no_time_and_no_key(
    serve: Serve, visit: Visit
) -> None:
    screen = visit(serve(3, plan()))
    screen.page.clock.install()
    screen.join()
    screen.page.clock.set_system_time(datetime(2020, 1, 1, tzinfo=UTC))
    screen.page.clock.run_for(10 * 60_000)  # nobody touches anything
    screen.press("1", "Enter")
    screen.labelled(1)
    [label] = screen.labels()
    assert label.seconds is not None
    assert 0 <= label.seconds < 120


def test_who_withdraws_is_gone_with_all_labels_and_drafts(serve: Serve, visit: Visit) -> None:
    screen = visit(serve(3, plan())).join()
    screen.press("1", "Enter")
    screen.labelled(1)
    screen.press("2", "m")
    screen.page.click('[data-do="ask-withdraw"]')
    expect(screen.page.locator('[data-dialog="withdraw"] [data-do="close"]')).to_be_focused()
    screen.page.click('[data-do="withdraw"]')
    screen.shows("gone")
    screen.says("deleted", re.compile("^1 label and "))
    assert screen.labels() == []
    assert screen.page.evaluate("Object.keys(localStorage).filter(k => /draft/.test(k))") == []
    screen.page.reload()
    screen.shows("join")


def test_who_leaves_hands_the_open_pair_back_at_once(serve: Serve, visit: Visit) -> None:
    app = serve(1, plan(labels_per_pair=1))
    first = visit(app).join()
    second = joined(visit(app)).shows("waiting")
    first.press("m")
    first.page.click('[data-do="leave"]')
    first.shows("join")
    second.page.click('[data-do="look"]')
    second.shows("welcome")


def test_an_edit_can_be_left_without_changing_anything(serve: Serve, visit: Visit) -> None:
    screen = visit(serve(3, plan())).join()
    screen.press("1", "f", "Space", "Escape", "Enter")
    screen.labelled(1)
    there = screen.texts()
    screen.press("u")
    screen.says("banner-text", re.compile("changing"))
    assert screen.page.get_attribute('[data-part="flag"]', "aria-pressed") == "true"
    screen.press("3")
    screen.page.click('[data-part="back"]')
    expect(screen.page.locator('[data-part="banner"]')).to_be_hidden()
    assert screen.texts() == there
    first = screen.labels()[0]
    assert first.choice == ("b" if first.swapped else "a")
    assert first.flags == ("cannot judge",)
