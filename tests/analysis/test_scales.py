"""What a readable report shows beside the headline: other scales, categories, PPI."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import analysis
from analysis.estimates import STATISTICS
from analysis.report.markdown import markdown
from tests.analysis.small_studies import CHOICE, judged, pair_of, people, report_of, some_pairs
from tests.builders import YES_NO, a_criterion, a_label, a_pair, a_prompt, a_response


def part(text: str, title: str) -> list[str]:
    """The lines of a section's first table."""
    return [
        one for one in text.split(f"### {title}\n")[1].split("#")[0].splitlines() if one[:1] == "|"
    ]


def test_every_statistic_has_its_place_in_the_readable_report() -> None:
    """What the methods paragraph may cite, a reader can look up without report.json."""
    folder = Path(analysis.__file__).parent
    sources = [*(folder / "report").rglob("*.py"), *(folder / "judges").glob("advice*.py")]
    text = "".join(one.read_text(encoding="utf-8") for one in sources if "methods" not in one.name)
    assert {one for one in STATISTICS if f'"{one}"' not in text} == set()


def test_systems_stand_on_the_scales_of_elo_and_davidson_with_its_parameter_of_ties() -> None:
    pairs = [pair_of(number, *["xy", "xz", "yz"][number % 3]) for number in range(60)]
    text = markdown(report_of(pairs, people(["AAA", "AAA", "TTT", "BBB"] * 15, pairs)))
    lines = part(text, "Other scales")
    assert lines[0] == "| system | won less lost | Elo scale | Davidson |"
    assert len(lines) == 5
    assert re.search(r"Davidson's model has a parameter of ties, nu: \d\.\d\d \[", text)


def test_people_alone_are_measured_as_judges_are() -> None:
    pairs = some_pairs(12)
    text = markdown(report_of(pairs, people(["AAB", "TTT", "BBA"] * 4, pairs)))
    lines = part(text, "Agreement as MT-bench and AlpacaEval measure it")
    assert lines[0].startswith("|  | leave-one-out | S1 | S2, without ties | votes in S2 |")
    assert lines[2].startswith("| people | 0.556")
    assert "minus people" not in text


def test_two_choices_have_each_coefficient_once() -> None:
    pairs = some_pairs(20)
    labels = [
        a_label(pair_id=pair.id, criterion="fine", target=target, choice=choice, annotator=who)
        for number, pair in enumerate(pairs)
        for target in "ab"
        for who, choice in (("ann", "yes"), ("bob", ("yes", "no")[number % 3 == 0]))
    ]
    text = markdown(report_of(pairs, labels, a_criterion("fine", scale=YES_NO)))
    assert "alpha, ordinal (headline)" in text
    assert "alpha, nominal |" not in text
    assert "| quadratic weights" not in text
    assert "each coefficient is given once" in text


@pytest.mark.parametrize("categories", [("poem", "letter"), ("poem", "poem")])
def test_systems_and_judges_are_shown_by_category_where_there_are_several(
    categories: tuple[str, str],
) -> None:
    pairs = [
        a_pair(
            number,
            prompt=a_prompt(f"p{number}", category=categories[number % 2]),
            response_a=a_response("x", f"one {number}"),
            response_b=a_response("y", f"two {number}"),
        )
        for number in range(20)
    ]
    said = ["AAA" if number % 2 else "BBB" for number in range(20)]
    labels = people(said, pairs) + judged("j", {None: [CHOICE["A"]] * 20}, pairs)
    text = markdown(report_of(pairs, labels))
    if categories[0] == categories[1]:
        assert "Systems by category" not in text
        assert "Judges by category" not in text
        return
    assert part(text, "Systems by category")[0] == "| system | letter | poem |"
    assert part(text, "Systems by category")[2].startswith("| x | 1.000 [")
    assert part(text, "Judges by category")[2].startswith("| j | 1.000 [")


def test_win_rates_of_people_and_a_judge_together_are_shown_where_it_saw_more_pairs() -> None:
    pairs = some_pairs(60)
    said = ["AAA", "BBB", "AAA"] * 10
    labels = people(said, pairs[:30])
    labels += judged("j", {None: [CHOICE[one[0]] for one in said] * 2}, pairs)
    text = markdown(report_of(pairs, labels))
    lines = part(text, "Win rates of people and a judge together")
    assert lines[0] == "| system | people alone | with j |"
    labelled = {one.id for one in pairs[:30]}
    same = [one for one in labels if one.pair_id in labelled]
    alone = markdown(report_of(pairs[:30], same))
    assert "Win rates of people and a judge together" not in alone
