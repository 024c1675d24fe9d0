from __future__ import annotations

import time
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotation.pages.formulas import BUDGET, LONGEST, to_mathml
from annotation.pages.rendering import to_html

COMMANDS = [
    *("\\frac", "\\sqrt", "\\left(", "\\right)", "\\text{a}", "\\begin{matrix}", "\\end{matrix}"),
    *("\\href{javascript:a}", "\\color{red}", "\\hspace{99em}", "\\newcommand", "\\def\\a", "\\\\"),
    *("{", "}", "^", "_", "&", "$", "[", "]", "x", "1", " ", "<script>", "&lt;b&gt;", "'", "%"),
]
latex = st.lists(st.one_of(st.sampled_from(COMMANDS), st.text(max_size=3)), max_size=20)


@pytest.mark.parametrize("source", ["$x^2$", "$$x^2$$", r"\(x^2\)", r"\[x^2\]"])
def test_each_way_of_writing_a_formula_is_drawn(source: str) -> None:
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in to_html(f"so {source} holds")


@pytest.mark.parametrize(
    ("source", "display"), [("$x$", "inline"), (r"\(x\)", "inline"), ("$$x$$", "block")]
)
def test_a_formula_stands_in_its_line_or_on_its_own(source: str, display: str) -> None:
    assert f'<math display="{display}">' in to_html(source)


@pytest.mark.parametrize(
    "source",
    [
        *("$5 and $10", "$5-$10", "from $5, or 5$ each", "US$5 or AU$6$", "5$ to 6$", "$ x $"),
        *("$HOME/$USER", "a $ sign", "$$", "$$ $$", r"\(\)", "$5\n\n6$"),
    ],
)
def test_money_and_names_are_no_formulas(source: str) -> None:
    assert "<math" not in to_html(source)


@pytest.mark.parametrize("source", ["`$x$`", "```\n$x$\n```", "    $$x$$", r"`\(x\)`", r"\$x\$"])
def test_code_and_escaped_dollars_are_left_alone(source: str) -> None:
    assert "<math" not in to_html(source)


@pytest.mark.parametrize(
    "source",
    [r"$\nosuchcommand x$", r"$\frac{1}$", "$x^$", r"$\left( x$", r"$\begin{matrix}1$", "$a & b$"],
)
def test_a_formula_that_does_not_parse_stays_as_it_is_written(source: str) -> None:
    shown = to_html(source)
    assert "<math" not in shown
    assert source.replace("&", "&amp;") in shown


def test_a_formula_on_its_own_lines_may_hold_what_looks_like_a_list() -> None:
    shown = to_html("$$\na\n+ b\n- c\n$$")
    assert "<li>" not in shown
    assert "<mi>c</mi>" in shown


def test_a_formula_on_its_own_lines_that_does_not_parse_keeps_its_lines() -> None:
    assert "$$<br>\n\\nosuch<br>\n$$" in to_html("$$\n\\nosuch\n$$")


def test_aligned_lines_are_a_table() -> None:
    shown = to_html("$$\\begin{aligned}a &= b \\\\ c &= d\\end{aligned}$$")
    assert shown.count("<mtr>") == 2


def test_a_matrix_with_an_exponent_keeps_its_brackets_together() -> None:
    math = fromstring(to_mathml(r"\begin{bmatrix}1\end{bmatrix}^T", display=False) or "")
    (power,) = [each for each in math.iter() if each.tag.endswith("msup")]
    assert [child.tag.rpartition("}")[2] for child in power] == ["mrow", "mi"]


def test_formulas_in_korean_need_no_space() -> None:
    assert "<mi>x</mi>" in to_html("값은$x$이다")


def test_a_macro_is_not_expanded() -> None:
    bomb = r"\newcommand{\a}{xx}\newcommand{\b}{\a\a}\b"
    assert to_mathml(bomb, display=False) is None


def test_a_space_may_not_be_wider_than_the_page() -> None:
    assert "9999" not in to_html(r"$a\hspace{9999em}b$")


@given(latex.map("".join))
@example(r"\text{<script>alert(1)</script>}")
@example("{" * 900 + "}" * 900)
def test_whatever_stands_in_a_formula_is_sound_xml_or_stays_text(source: str) -> None:
    made = to_mathml(source, display=True)
    assert made is None or fromstring(made).tag.endswith("math")


@pytest.mark.parametrize("source", ["\x08", "a\x00b", "x&#8;y", "\x7f\ufffe"])
def test_a_control_character_makes_no_formula(source: str) -> None:
    made = to_mathml(source, display=True)
    assert made is None or fromstring(made).tag.endswith("math")


def test_beyond_its_budget_a_text_shows_formulas_as_they_are_written() -> None:
    one = "$" + "x" * (LONGEST - 10) + "$ "
    assert to_html(one * 100).count("<math") == BUDGET // (LONGEST - 10)


@pytest.mark.parametrize(
    "piece",
    [
        *("$", "$a", "$$\n", "\\[\n", "\\(", "$x$ ", "$$x ", "$\\", "> $$\n", "[$", "$$\na\n"),
        *("\\[\n" * 600 + "\\]\n", "$" + "(" * 1900 + "$ ", "$" + "{" * 900 + "}" * 900 + "$ "),
    ],
    ids=range(14),
)
def test_a_hostile_text_is_drawn_in_bounded_time(piece: str) -> None:
    source = piece * (200_000 // len(piece))
    began = time.process_time()
    to_html(source)
    assert time.process_time() - began < 15, "seconds of the processor, an order above the usual"
