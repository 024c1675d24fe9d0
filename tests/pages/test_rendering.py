from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotation.pages.rendering import LIMIT, MATH, MATH_ATTRIBUTES, TAGS, to_html


class Found(HTMLParser):
    """Every element of a piece of HTML, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


PIECES = [
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))"),
    *("![seen](https://evil.test/p.png)", "[b](//evil.test)", "[c](data:text/html,x)", "</div>"),
    *("<iframe src=//evil.test>", "`", "```\n", "<svg/onload=alert(1)>", "[d](https://ok.test)"),
    *(
        "|a|b|\n|-|-|\n",
        "> ",
        "- ",
        "1. ",
        "**",
        "<!--",
        "]]>",
        "&lt;script&gt;",
        "\n",
        "\0",
        "${1}",
    ),
    *("$", "$$\n", "\\(", "\\)", "\\[", "\\]", "\\text{", "}", "\\href{javascript:alert(1)}{a}"),
    *(
        "\\style{x:url(//evil.test)}{a}",
        "\\unicode{60}",
        "&#60;script&#62;",
        "\\class{a}{b}",
        "x^2$",
    ),
    *("<style>*{background:url(//evil.test)}</style>", "[e]: javascript:x\n[e]", "<a href='j", '"'),
]
hostile = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=20)), max_size=12)


@given(hostile.map("".join))
@example("<JAVASCRIPT:alert(1)>")
@example("<https://a.test/\"onmouseover='alert(1)'>")
def test_no_text_makes_the_page_run_load_or_submit_anything(source: str) -> None:
    for tag, attributes in Found(to_html(source)).elements:
        if tag in MATH:
            assert attributes.keys() <= MATH_ATTRIBUTES
            continue
        assert tag in TAGS
        assert attributes.keys() <= {"href", "title", "rel", "target", "start"}
        assert tag == "a" or "href" not in attributes
        if "href" in attributes:
            assert (attributes["href"] or "").startswith(("http://", "https://", "mailto:"))


@given(st.text(alphabet=st.characters(whitelist_categories=["L", "N"]), min_size=1))
def test_plain_words_come_through_unchanged(words: str) -> None:
    assert Found(to_html(words)).text.strip() == words


def test_an_image_is_its_words() -> None:
    assert Found(to_html("![a map](https://evil.test/m.png)")).text.strip() == "[image: a map]"


def test_a_link_opens_elsewhere_and_tells_nothing() -> None:
    ((_, (tag, attributes)),) = [
        (number, each)
        for number, each in enumerate(Found(to_html("[a](https://ok.test)")).elements)
        if each[0] == "a"
    ]
    assert tag == "a"
    assert attributes["target"] == "_blank"
    assert set((attributes["rel"] or "").split()) == {"noopener", "noreferrer", "nofollow"}


def test_html_in_a_text_is_shown_as_it_is_written() -> None:
    assert Found(to_html("use <b>bold</b>")).text.strip() == "use <b>bold</b>"


def test_the_lines_of_a_poem_stay_lines() -> None:
    assert "<br>" in to_html("old pond\nfrog leaps in")


def test_tables_are_drawn() -> None:
    assert "<td>2</td>" in to_html("|a|b|\n|-|-|\n|1|2|\n")


@pytest.mark.parametrize("source", ["<script>" * LIMIT, "x" * (LIMIT + 1)], ids=["html", "words"])
def test_a_text_that_is_too_long_for_markdown_is_shown_as_it_is(source: str) -> None:
    assert Found(to_html(source)).text == source


def test_lists_within_lists_lose_nothing() -> None:
    source = "\n".join("  " * depth + "- x" for depth in range(60)) + "\n" + "  " * 60 + "- needle"
    assert "needle" in to_html(source)


def test_quotes_within_quotes_lose_nothing() -> None:
    assert "needle" in to_html("> " * 120 + "needle")
