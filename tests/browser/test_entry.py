"""The ways in, and the page in other languages, as a browser shows them."""

from __future__ import annotations

from contextlib import closing

import pytest

from annotation.protocol import Access
from annotation.served import load_served
from annotation.store import Store
from annotation.workflow import Workflow
from tests.browser.conftest import FIVE, Serve, Visit
from tests.builders import a_pair, a_response


def test_prolifics_address_signs_in_and_is_cleaned(serve: Serve, visit: Visit) -> None:
    plan = FIVE.model_copy(update={"access": Access(mode="prolific")})
    screen = visit(serve(plan=plan))
    screen.open("/?PROLIFIC_PID=5f1a&STUDY_ID=s1&SESSION_ID=x1&theme=light").shows("welcome")
    assert screen.page.url == f"{screen.app.url}/?theme=light"
    screen.page.reload()
    screen.page.wait_for_selector('#tiebreak:is([data-screen="welcome"], [data-screen="task"])')
    screen.open("/?PROLIFIC_PID=another")
    screen.says(
        "join-error",
        "This browser labels under another account already. "
        "Leave on this browser first: it is in the menu.",
    )


def test_a_personal_link_fills_in_the_invitation(serve: Serve, visit: Visit) -> None:
    app = serve(plan=FIVE.model_copy(update={"access": Access(mode="invite")}))
    with closing(Store.open(f"sqlite:///{app.study / 'annotations.db'}")) as store:
        (code,) = Workflow(load_served(app.study), store).invite(1)
    screen = visit(app).open(f"/#invite={code}").shows("join")
    assert screen.page.url == f"{app.url}/"
    screen.page.fill('[data-part="name"]', "ann")
    screen.press("Enter")
    screen.shows("welcome")


def test_the_page_is_korean_for_a_korean_study(serve: Serve, visit: Visit) -> None:
    screen = visit(serve(plan=FIVE.model_copy(update={"language": "ko"}))).join()
    screen.says("progress", "5개 중 0개")
    assert screen.page.get_by_text("비슷함").count() == 5


def test_written_from_right_to_left_the_page_fits_its_width(serve: Serve, visit: Visit) -> None:
    screen = visit(serve(plan=FIVE.model_copy(update={"language": "en-x-rtl"}))).join()
    direction = "getComputedStyle(document.querySelector('.tb-answer')).direction"
    assert screen.page.evaluate(direction) == "rtl"
    assert not screen.layout()["scrolls"]


@pytest.mark.parametrize("language", ["en", "en-x-rtl"])
def test_lists_go_by_their_own_letters_whatever_the_language_of_the_page(
    serve: Serve, visit: Visit, language: str
) -> None:
    pair = a_pair(
        response_a=a_response("x", "- one\n- two"), response_b=a_response("y", "- واحد\n- اثنان")
    )
    screen = visit(serve([pair], FIVE.model_copy(update={"language": language}))).join()
    found = screen.page.eval_on_selector_all(
        "#tiebreak .tb-pane ul",
        "all => all.map(each => [each.innerText[0] < 'z', getComputedStyle(each).direction])",
    )
    assert sorted(found) == [[False, "rtl"], [True, "ltr"]]
