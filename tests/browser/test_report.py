"""report.html in a browser: it asks nobody, works on a phone, in the dark and on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from analysis.__main__ import main
from tests.analysis.report_studies import hostile_study, rich_study
from tests.browser.axe import grave_violations


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    for name, study in (("rich", rich_study), ("hostile", hostile_study)):
        folder = study(tmp_path_factory.mktemp(name) / "study")
        assert main([str(folder), "--resamples", "30"]) == 0
        made[name] = folder / "report" / "report.html"
    return made


@pytest.mark.parametrize("name", ["rich", "hostile"])
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "dark")])
def test_the_report_is_quiet_fits_and_is_accessible(
    reports: dict[str, Path], browser: Browser, name: str, width: int, scheme: str
) -> None:
    with browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
    ) as context:
        page = context.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(reports[name].as_uri())
        page.locator("summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert said == []
        assert [one for one in asked if not one.startswith(("file:", "data:"))] == []
        assert page.evaluate("getComputedStyle(document.body).color") == (
            "rgb(227, 231, 238)" if scheme == "dark" else "rgb(28, 35, 48)"
        )
        assert grave_violations(page, "html") == []


def test_files_can_be_downloaded_and_the_page_printed(
    reports: dict[str, Path], browser: Browser, tmp_path: Path
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(reports["rich"].as_uri())
        with page.expect_download() as downloading:
            page.get_by_role("link", name="All numbers (CSV)").click()
        assert downloading.value.suggested_filename == "a-trial-estimates.csv"
        held = Path(downloading.value.path()).read_text(encoding="utf-8")
        assert held.startswith("statistic,criterion,subject,slice,value")
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
        assert len(page.pdf(path=tmp_path / "report.pdf")) > 10_000
