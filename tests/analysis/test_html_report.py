"""report.html: one safe file, with all numbers behind its pictures."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from analysis.__main__ import main
from analysis.estimates import Estimate
from analysis.labels import from_records, read_study
from analysis.report.compose import analyse
from analysis.report.csvs import estimates_csv, table_csv
from analysis.report.document import Table, Value, spoken, table
from analysis.report.files import texts
from analysis.report.html import figures, html
from analysis.report.markdown import markdown
from analysis.report.pictures import palette
from analysis.report.pictures.picture import standalone
from analysis.report.pictures.stacks import Stacks
from analysis.report.pictures.svg import LETTER, PHONE, beside, shortened
from analysis.report.readable import readable
from analysis.resampling.resample import Bootstrap
from tests.analysis.report_studies import hostile_study, meetings, rich_study
from tests.builders import a_label, a_plan

ROOT = Path(__file__).resolve().parents[2]


class Elements(HTMLParser):
    """Every tag of a page with its attributes, and the text of its style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.style = ""
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.style += data if self._open == "style" else ""


def page_of(folder: Path) -> str:
    guidelines = (folder / "guidelines.md").read_text(encoding="utf-8")
    return texts(analyse(read_study(folder), Bootstrap(50)), guidelines)["report.html"]


def downloads(page: str) -> Iterator[tuple[str, str]]:
    """Name and content of every file that the page holds."""
    for tag, attributes in Elements(page).tags:
        if tag == "a" and "download" in attributes:
            held = attributes["href"].split("base64,", 1)[1]
            yield attributes["download"], base64.b64decode(held).decode("utf-8")


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(rich_study(tmp_path_factory.mktemp("rich") / "study"))


def test_markup_in_any_text_of_a_study_stays_text(tmp_path: Path) -> None:
    page = page_of(hostile_study(tmp_path / "study"))
    found = Elements(page)
    assert not {tag for tag, _ in found.tags} & {"script", "img", "iframe", "object", "base"}
    named = {name for _, attributes in found.tags for name in attributes}
    assert not {name for name in named if name.startswith("on") or name == "style"}
    assert "&lt;script&gt;" in page


def test_the_page_asks_no_other_host(tmp_path: Path) -> None:
    found = Elements(page_of(hostile_study(tmp_path / "study")))
    addresses = [
        value
        for _, attributes in found.tags
        for name, value in attributes.items()
        if name in {"href", "src", "srcset", "data", "action", "poster"}
    ]
    assert addresses
    assert all(one.startswith(("data:", "#")) for one in addresses)
    assert "url(" not in found.style
    assert "@import" not in found.style


def test_the_policy_allows_this_style_and_nothing_else(rich: str) -> None:
    found = Elements(rich)
    (policy,) = [
        attributes["content"]
        for tag, attributes in found.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    digest = base64.b64encode(hashlib.sha256(found.style.encode("utf-8")).digest()).decode("ascii")
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_every_figure_says_what_it_shows_and_is_a_file_of_its_own(rich: str) -> None:
    found = Elements(rich)
    svgs = [one for tag, one in found.tags if tag == "svg" and one.get("role") == "img"]
    ids = {one["id"] for _, one in found.tags if "id" in one}
    assert len(svgs) > 10
    assert all(one["aria-labelledby"] in ids for one in svgs)
    drawn = [content for name, content in downloads(rich) if name.endswith(".svg")]
    assert len(drawn) == len(svgs)
    for content in drawn:
        made = ElementTree.fromstring(content)
        assert made.find("{http://www.w3.org/2000/svg}title") is not None
        assert "var(" not in content
        assert "%" not in re.sub(r">[^<]*<", "><", content)  # no length depends on a page


def test_no_id_is_given_twice(rich: str) -> None:
    ids = [one["id"] for _, one in Elements(rich).tags if "id" in one]
    assert len(ids) == len(set(ids))


def test_every_link_of_the_contents_leads_somewhere(rich: str) -> None:
    found = Elements(rich)
    ids = {one["id"] for _, one in found.tags if "id" in one}
    links = [one["href"][1:] for tag, one in found.tags if one.get("href", "").startswith("#")]
    assert links
    assert set(links) <= ids


def test_the_markdown_and_the_page_have_the_same_tables(tmp_path: Path) -> None:
    report = analyse(read_study(rich_study(tmp_path / "study")), Bootstrap(50))
    text, page = markdown(report), html(report)
    assert text.count("\n|---") == page.count("<table")


def test_every_estimate_can_be_downloaded_in_full(tmp_path: Path) -> None:
    report = analyse(read_study(rich_study(tmp_path / "study", prompts=12)), Bootstrap(50))
    page = texts(report)["report.html"]
    (content,) = [held for name, held in downloads(page) if name.endswith("estimates.csv")]
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == len(report.estimates)
    first = report.estimates[0]
    assert first.value is not None
    assert float(rows[0]["value"]) == first.value


def test_a_tables_csv_has_the_ends_of_its_intervals() -> None:
    known = Estimate("win_rate", "overall", value=0.123456789, low=0.1, high=0.2)
    missing = Estimate("win_rate", "overall", reason="no label")
    made = table("c", ("", "rate"), [("x", Value(known)), ("y", Value(missing))])
    assert table_csv(made).splitlines() == [
        "name,rate,rate low,rate high",
        "x,0.123456789,0.1,0.2",
        "y,,,",
    ]


def test_a_name_that_a_spreadsheet_would_run_gets_an_apostrophe() -> None:
    made = table_csv(table("c", ("system",), [("=1+1",), ("'=1+1",), ("-x",), ("x",)]))
    assert made.splitlines() == ["system", "'=1+1", "''=1+1", "'-x", "x"]
    named = Estimate("win_rate", "@x", value=0.5)
    assert estimates_csv([named]).splitlines()[1].startswith("win_rate,'@x,")


def test_fifty_systems_are_drawn_in_part_and_all_in_the_csv() -> None:
    names = [f"system-{number:02d}" for number in range(50)]
    pairs = meetings(names, 500)
    labels = [
        a_label(pair_id=pair.id, annotator=f"ann{number % 7}", choice="a" if number % 3 else "b")
        for number, pair in enumerate(pairs)
    ]
    document = readable(analyse(from_records(a_plan(), pairs, labels), Bootstrap(20)))
    bars = next(one for one in figures(document) if one.caption.startswith("Comparisons won"))
    assert bars.picture.height < 30 * 44 + 60
    assert "the first 30 of 50; the CSV has all" in bars.caption
    assert len(bars.numbers.rows) == 50
    maps = next(one for one in figures(document) if one.caption.startswith("Win rate of"))
    assert "the 12 strongest of 50" in maps.caption
    assert len(maps.numbers.rows) == 50


def test_what_a_table_leaves_out_it_says() -> None:
    made: Table = table("c", ("", "n"), [(f"{one}", one) for one in range(9)], shown=4, rest="rows")
    assert (len(made.printed), made.more) == (4, 5)
    assert spoken(12345) == "12,345"


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast of two colours; 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_every_fill_and_ground(theme: str) -> None:
    colours = {"light": palette.LIGHT, "dark": palette.DARK}[theme]
    fills = [*(f"p{one}" for one in range(palette.PARTS))]
    fills += [f"h{one}" for one in range(palette.SHADES)]
    for fill in fills:
        assert contrast(colours[palette.text_on(theme, fill)], colours[fill]) >= 4.5, fill
    for name in ("ink", "soft", "accent"):
        for ground in ("paper", "ground", "tint"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for series in range(6):  # what is drawn and not read needs 3
        assert contrast(colours[f"s{series}"], colours["paper"]) >= 3


def test_a_figure_as_a_file_is_as_high_as_its_picture(tmp_path: Path) -> None:
    document = readable(analyse(read_study(rich_study(tmp_path / "s", prompts=8)), Bootstrap(20)))
    for figure in figures(document):
        made = ElementTree.fromstring(standalone(figure.picture, figure.alt))
        assert float(made.attrib["height"]) == figure.picture.height + 2 * palette.MARGIN


def test_a_disk_that_fills_up_leaves_the_old_report_as_it_was(tmp_path: Path) -> None:
    folder = rich_study(tmp_path / "study", prompts=8)
    out = tmp_path / "out"
    assert main([str(folder), "--out", str(out), "--resamples", "20"]) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    run = subprocess.run(
        [sys.executable, "-m", "analysis", str(folder), "--out", str(out), "--resamples", "20"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
        check=False,
    )
    assert run.returncode == 2
    said = run.stderr.strip().splitlines()[-1]  # behind the bars of a slow machine
    assert said == f"{out / 'report.json'}: File too large"
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_the_best_level_comes_first_and_is_blue(tmp_path: Path) -> None:
    report = analyse(read_study(rich_study(tmp_path / "study", prompts=12)), Bootstrap(20))
    shares = [
        one.picture for one in figures(readable(report)) if one.caption.startswith("Share of each")
    ]
    named = [(one.names, one.fills) for one in shares if isinstance(one, Stacks)]
    assert named[0] == (("yes", "no"), (0, 4))
    assert named[1] == (("5", "4", "3", "2", "1"), (0, 1, 2, 3, 4))


def test_systems_that_nobody_compared_have_no_empty_table() -> None:
    pairs = meetings(("x", "y"), 2)
    judge = [a_label(pair_id=one.id, annotator="j", kind="judge", choice="a") for one in pairs]
    text = markdown(analyse(from_records(a_plan(), pairs, judge), Bootstrap(20)))
    assert "### Systems by the judge j" in text
    assert "### Systems\n" not in text
    assert "No label is a person's." in text


def test_a_long_name_leaves_room_for_its_number_on_the_narrowest_screen() -> None:
    name, text = "organisation/a-model-with-a-very-long-name-indeed", "0.711 [0.649, 0.773]"
    kept = shortened(name, beside(text))
    assert "…" in kept
    assert LETTER * (len(kept) + len(text)) <= PHONE
    assert shortened("llama-7b", beside(text)) == "llama-7b"
