from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.browser.conftest import FLAGS, chromium
from tests.browser.tls import APP, PARENT, behind_tls
from tests.served import Served

Frame = Callable[..., Page]


@pytest.fixture
def parent(playwright: Playwright, tmp_path: Path, app: Served) -> Iterator[Frame]:
    """The app in another site's frame; the browser refuses cookies of third parties."""
    with ExitStack() as stack:

        def go(**more: bool) -> Page:
            port = stack.enter_context(behind_tls(tmp_path, app.port, **more))
            rules = ", ".join(f"MAP {host}:443 127.0.0.1:{port}" for host in (PARENT, APP))
            flags = [*FLAGS, f"--host-resolver-rules={rules}", "--test-third-party-cookie-phaseout"]
            browser = stack.enter_context(
                playwright.chromium.launch(executable_path=chromium(), args=flags)
            )
            page = browser.new_context(ignore_https_errors=True).new_page()
            page.set_default_timeout(30_000)
            page.goto(f"https://{PARENT}/")
            return page

        yield go


def join(page: Page, name: str) -> None:
    frame = page.frame_locator("iframe")
    frame.locator('[data-part="name"]').fill(name)
    frame.locator('[data-part="name"]').press("Enter")


def test_in_the_frame_of_another_site_the_session_is_kept(parent: Frame) -> None:
    page = parent()
    join(page, "framed")
    frame = page.frame_locator("iframe")
    frame.locator('[data-do="begin"]').click()
    for key in ("1", "2", "3", "1", "2", "Enter"):
        page.keyboard.press(key)
    expect(frame.locator('[data-part="progress"]')).to_have_text(re.compile("^1 of "))
    page.reload()
    expect(frame.locator('[data-part="pseudonym"]')).to_have_text("framed")
    expect(frame.locator('[data-part="progress"]')).to_have_text(re.compile("^1 of "))
    (cookie,) = page.context.cookies(f"https://{APP}/")
    assert cookie["partitionKey"] == f"https://{PARENT}"
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "None")


def test_where_the_cookie_does_not_come_back_the_page_offers_its_own_tab(parent: Frame) -> None:
    page = parent(keeps_partitioned=False)
    join(page, "without a cookie")
    frame = page.frame_locator("iframe")
    expect(frame.locator("#tiebreak")).to_have_attribute("data-screen", "cookie")
    with page.context.expect_page() as opened:
        frame.locator('[data-part="own-tab"]').click()
    tab = opened.value
    expect(tab.locator('[data-part="pseudonym"]')).to_have_text("without a cookie", timeout=30_000)
    expect(tab).to_have_url(f"https://{APP}/")
