"""report.html in a browser: it asks nobody, works on a phone, in the dark and on paper."""

from __future__ import annotations

import csv
import io
from base64 import b64decode
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Locator, Page

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


def saved(page: Page, link: Locator) -> tuple[str, str]:
    """The name and the text of the file that a click on the link saves."""
    with page.expect_download() as downloading:
        link.click()
    file = downloading.value
    return file.suggested_filename, Path(file.path()).read_text(encoding="utf-8")


def checked(name: str, text: str) -> None:
    """Raise where a file is not what its name says."""
    if name.endswith(".svg"):
        root = ElementTree.fromstring(text)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert len(list(root.iter())) > 5
    elif name.endswith(".csv"):
        rows = list(csv.reader(io.StringIO(text)))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}
    else:
        assert text.strip()


def test_figures_and_tables_are_saved_by_a_click_and_nobody_is_asked(
    reports: dict[str, Path], browser: Browser
) -> None:
    """From a file on a disk, with no network; one link of each kind, more are slowed down."""
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(reports["rich"].as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        for part, kind in (
            ("figure", "svg"),
            ("figure", "csv"),
            ("table", "csv"),
            ("text", "tex"),
            ("text", "bib"),
        ):
            link = page.locator(f"a.file[download*='{part}'][download$='.{kind}']").first
            name, text = saved(page, link)
            assert name == link.get_attribute("download")
            checked(name, text)
        assert [one for one in asked if not one.startswith(("file:", "data:"))] == []


def test_every_link_holds_the_file_that_it_names(
    reports: dict[str, Path], browser: Browser
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(reports["rich"].as_uri())
        files = [
            (str(one.get_attribute("download")), str(one.get_attribute("href")))
            for one in page.locator("a.file").all()
        ]
        for name, address in files:
            checked(name, b64decode(address.split("base64,")[1]).decode("utf-8"))
        kinds = Counter(name.rsplit(".", 1)[-1] for name, _ in files)
        assert kinds["svg"] == page.locator("figure").count() > 5
        assert kinds["csv"] > kinds["svg"]
        assert (kinds["tex"], kinds["bib"]) == (1, 1)
        assert len({name for name, _ in files}) == len(files)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_saved_figure_is_a_picture_by_itself(
    reports: dict[str, Path], browser: Browser, tmp_path: Path, scheme: str
) -> None:
    with browser.new_context(color_scheme="dark" if scheme == "dark" else "light") as context:
        page = context.new_page()
        page.goto(reports["rich"].as_uri())
        name, text = saved(page, page.locator("a.file[download$='.svg']").first)
        (tmp_path / name).write_text(text, encoding="utf-8")
        page.goto((tmp_path / name).as_uri())
        box = page.locator("svg").first.bounding_box()
        assert box is not None
        assert box["width"] > 200
        assert page.locator("svg text").first.is_visible()
        image = page.screenshot()
        page.evaluate("document.querySelectorAll('svg *').forEach(one => one.remove())")
        assert page.screenshot() != image
