from __future__ import annotations

import re
import signal

import pytest
from playwright.sync_api import Request, Response, Route

from tests.browser.conftest import Screen, Serve, Visit
from tests.served import Served

FIRST_PAIR = ("1", "2", "3", "1", "2", "Enter")


def is_submission(request: Request) -> bool:
    return "component_server" in request.url and '"fn_name":"submit"' in (request.post_data or "")


def acknowledged(screen: Screen) -> list[str]:
    """The submissions whose acknowledgement reaches the browser, as they come."""
    numbers: list[str] = []

    def heard(response: Response) -> None:
        if is_submission(response.request) and response.ok and response.json()["ok"]:
            numbers.append(response.json()["submission_id"])

    screen.page.on("response", heard)
    return numbers


@pytest.mark.parametrize("moment", ["sent", "answered"])
def test_after_a_kill_the_page_goes_on_without_a_reload_and_each_label_is_there_once(
    serve: Serve, visit: Visit, moment: str
) -> None:
    app = serve()
    screen = visit(app).join()
    numbers = acknowledged(screen)
    screen.page.evaluate("window.notReloaded = true")
    screen.press(*FIRST_PAIR[:-1])
    if moment == "sent":
        screen.says("status", "Saved")
        app.freeze()  # or an answer might be faster than the kill
        with screen.page.expect_request(is_submission):
            screen.press("Enter")
    else:
        with screen.page.expect_response(lambda response: is_submission(response.request)):
            screen.press("Enter")
    app.stop(signal.SIGKILL)
    if moment == "answered":
        screen.labelled(1)
        screen.press("3")
    screen.says("status", re.compile(r"^Saving, retry \d+$"))
    app.start()
    screen.labelled(1)
    if moment == "answered":
        screen.says("status", "Saved")
        assert screen.chosen() == ["b"]
    assert screen.page.evaluate("window.notReloaded")
    assert len(set(numbers)) == 1
    assert len(screen.labels()) == 5


def test_offline_the_answers_are_kept_and_sent_when_the_network_is_back(
    app: Served, visit: Visit
) -> None:
    screen = visit(app).join()
    screen.page.context.set_offline(True)
    screen.press(*FIRST_PAIR)
    screen.says("status", "Offline, kept here")
    assert screen.labels() == []
    screen.page.context.set_offline(False)
    screen.labelled(1)
    assert len(screen.labels()) == 5


def test_a_submission_that_a_reload_interrupts_goes_on_by_itself(
    serve: Serve, visit: Visit
) -> None:
    app = serve()
    screen = visit(app).join()
    screen.page.context.set_offline(True)
    screen.press(*FIRST_PAIR)
    screen.says("status", "Offline, kept here")
    screen.page.context.set_offline(False)
    with screen.page.expect_response(lambda response: is_submission(response.request)):
        screen.page.reload()
    screen.labelled(1)
    assert len(screen.labels()) == 5


def test_answers_given_while_the_server_was_away_survive_a_reload(
    serve: Serve, visit: Visit
) -> None:
    app = serve()
    screen = visit(app).join()
    app.stop(signal.SIGKILL)
    screen.press("3", "3", "1")
    screen.says("status", re.compile(r"^Saving, retry"))
    app.start()
    screen.page.reload()
    screen.shows("task")
    assert screen.chosen() == ["b", "b", "a"]
    screen.says("status", "Saved")


def test_a_cookie_that_is_lost_on_the_way_costs_no_answer(app: Served, visit: Visit) -> None:
    screen = visit(app).join()
    screen.page.context.clear_cookies()
    screen.press(*FIRST_PAIR)
    screen.labelled(1)
    assert len(screen.labels()) == 5


def lose_the_answer(route: Route) -> None:
    """The server does what it is asked, and the browser never hears of it."""
    route.fetch()
    route.request.frame.page.context.clear_cookies()  # the fetch kept the one that came
    route.abort("connectionreset")


def test_a_join_whose_answer_is_lost_leads_to_the_account_it_made(
    serve: Serve, visit: Visit
) -> None:
    screen = visit(serve())
    screen.page.route("**/session/join", lose_the_answer, times=1)
    screen.join()
    assert screen.page.evaluate("localStorage.getItem('tiebreak:joining')") is None


def test_a_join_that_a_reload_interrupts_is_no_stranded_pseudonym(
    serve: Serve, visit: Visit
) -> None:
    screen = visit(serve()).open().shows("join")
    # The page tries again by itself: nothing but the first try may reach the server.
    screen.page.route("**/session/join", lambda route: route.abort("connectionreset"))
    screen.page.route("**/session/join", lose_the_answer, times=1)
    with screen.page.expect_event("requestfailed"):
        screen.page.keyboard.type(screen.name)
        screen.page.keyboard.press("Enter")
    screen.open().shows("join")
    screen.page.unroute("**/session/join")
    screen.page.keyboard.type(screen.name)
    screen.page.keyboard.press("Enter")
    screen.shows("welcome")


def test_what_is_acknowledged_is_no_longer_kept_in_the_browser(app: Served, visit: Visit) -> None:
    screen = visit(app).join()
    screen.press(*FIRST_PAIR)
    screen.labelled(1)
    kept = screen.page.evaluate("Object.keys(localStorage).filter(k => /draft|outbox/.test(k))")
    assert kept == []
