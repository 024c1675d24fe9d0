"""Responses become pairs by the study's design and rules, and everything left out is counted."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from annotation.schema import Pair, Response
from annotation.study import (
    PairingRules,
    ScreenRules,
    StudyError,
    load_study,
    write_jsonl,
    write_plan,
)
from generation.designs import ImpossibleDesign
from generation.pairing import PairsInUse, add_pair_arguments, pair
from tests.builders import a_plan, a_prompt

Said = Mapping[tuple[str, int], str]


def a_said(systems: Sequence[str], prompts: int, **instead: str) -> dict[tuple[str, int], str]:
    """Every system answers every prompt in its own words; `instead` maps `s0_3` to other words."""
    said = {(s, n): f"{s} says {n}." for s in systems for n in range(prompts)}
    for place, text in instead.items():
        system, number = place.split("_")
        said[system, int(number)] = text
    return said


def a_folder(tmp_path: Path, said: Said, *more: Response, **plan: Any) -> Path:
    """A study with these answers; even prompts are creative, odd ones informative."""
    write_plan(tmp_path, a_plan(**plan))
    count = 1 + max(number for _, number in said)
    prompts = [
        a_prompt(f"Prompt {n}", id=f"p{n}", category=["creative", "informative"][n % 2])
        for n in range(count)
    ]
    write_jsonl(tmp_path / "prompts.jsonl", prompts)
    for system in {system for system, _ in said}:
        responses = [
            Response(prompt_id=f"p{n}", system=system, text=text)
            for (who, n), text in said.items()
            if who == system
        ]
        own = [each for each in more if each.system == system]
        write_jsonl(tmp_path / "responses" / f"{system}.jsonl", [*responses, *own])
    return tmp_path


def paired(folder: Path, *words: str) -> tuple[list[Pair], str]:
    """The pairs of `generation pair` called with these words, and what it says."""
    parser = argparse.ArgumentParser()
    add_pair_arguments(parser)
    lines = pair(parser.parse_args([str(folder), *words]))
    return list(load_study(folder).pairs), "\n".join(lines)


THREE = ("s0", "s1", "s2")


def test_every_two_systems_meet_on_every_prompt(tmp_path: Path) -> None:
    pairs, said = paired(a_folder(tmp_path, a_said(THREE, 4)))
    assert Counter(frozenset(each.systems) for each in pairs) == {
        frozenset(two): 4 for two in [("s0", "s1"), ("s0", "s2"), ("s1", "s2")]
    }
    assert "12 pairs -> " in said


def test_each_answer_stands_under_its_own_system_and_prompt(tmp_path: Path) -> None:
    pairs, _ = paired(a_folder(tmp_path, a_said(THREE, 4)))
    for each in pairs:
        for response in (each.response_a, each.response_b):
            assert response.text == f"{response.system} says {each.prompt.id[1:]}."


def test_a_baseline_is_in_every_pair(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, a_said(THREE, 4))
    pairs, _ = paired(folder, "--design", "baseline", "--baseline", "s1")
    assert len(pairs) == 8
    assert all("s1" in each.systems for each in pairs)


def test_an_incomplete_design_asks_as_many_pairs_of_each_prompt_as_it_is_told(
    tmp_path: Path,
) -> None:
    folder = a_folder(tmp_path, a_said(THREE, 5))
    pairs, said = paired(folder, "--design", "incomplete", "--pairs-per-prompt", "2")
    assert Counter(each.prompt.id for each in pairs) == {f"p{n}": 2 for n in range(5)}
    assert "pairs of systems that meet: 3, each 3 to 4 times" in said


def test_no_system_stands_first_systematically(tmp_path: Path) -> None:
    pairs, _ = paired(a_folder(tmp_path, a_said(THREE, 9)))
    lead = Counter(each.systems[0] for each in pairs)
    lead.subtract(each.systems[1] for each in pairs)
    assert all(abs(times) <= 1 for times in lead.values())


def test_the_same_seed_makes_the_same_pairs(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, a_said(THREE, 6))
    assert paired(folder, "--seed", "4")[0] == paired(folder, "--seed", "4", "--replace")[0]


def test_another_seed_takes_other_sides(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, a_said(THREE, 12))
    one, _ = paired(folder, "--seed", "4")
    other, _ = paired(folder, "--seed", "5", "--replace")
    assert [each.systems for each in one] != [each.systems for each in other]


def test_further_prompts_and_systems_leave_the_pairs_that_stand_as_they_are(
    tmp_path: Path,
) -> None:
    before, _ = paired(a_folder(tmp_path, a_said(THREE, 5)))
    after, _ = paired(a_folder(tmp_path, a_said((*THREE, "s3"), 9)), "--seed", "7")
    assert {each.id for each in before} < {each.id for each in after}
    assert len(after) == 6 * 9
    lead = Counter(each.systems[0] for each in after)
    lead.subtract(each.systems[1] for each in after)
    assert all(abs(times) <= 2 for times in lead.values())


def test_identical_answers_are_declared_attention_checks(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, a_said(("s0", "s1"), 3, s0_1="Tea.", s1_1="Tea.\n"))
    pairs, said = paired(folder)
    declared = {each.prompt.id: each.meta for each in pairs}
    assert declared == {"p0": {}, "p1": {"attention_check": True}, "p2": {}}
    assert "declared as attention checks: 1" in said


def test_identical_answers_are_left_out_by_the_studys_rule(tmp_path: Path) -> None:
    said = a_said(("s0", "s1"), 3, s0_1="Tea.", s1_1="Tea.")
    folder = a_folder(tmp_path, said, pairing=PairingRules(identical="drop"))
    pairs, report = paired(folder)
    assert [each.prompt.id for each in pairs] == ["p0", "p2"]
    assert "pairs left out: identical 1" in report


def test_empty_answers_are_left_out_and_counted_by_system(tmp_path: Path) -> None:
    pairs, report = paired(a_folder(tmp_path, a_said(("s0", "s1"), 3, s1_2=" \u200b\n")))
    assert [each.prompt.id for each in pairs] == ["p0", "p1"]
    assert "s1: 3 answers; left out: empty 1" in report


def test_empty_answers_stay_by_the_studys_rule(tmp_path: Path) -> None:
    said = a_said(("s0", "s1"), 3, s1_2="")
    pairs, _ = paired(a_folder(tmp_path, said, pairing=PairingRules(empty="keep")))
    assert len(pairs) == 3


@pytest.mark.parametrize(("rule", "left"), [("keep", 2), ("drop", 1)])
def test_truncated_answers_follow_the_studys_rule(tmp_path: Path, rule: Any, left: int) -> None:
    cut = Response(prompt_id="p1", system="s1", text="It beg", finish_reason="length")
    said = {place: text for place, text in a_said(("s0", "s1"), 2).items() if place != ("s1", 1)}
    folder = a_folder(tmp_path, said, cut, pairing=PairingRules(truncated=rule))
    pairs, report = paired(folder)
    assert len(pairs) == left
    said_of_it = "found" if rule == "keep" else "left out"
    assert f"s1: 2 answers; {said_of_it}: truncated 1" in report


def a_sample(system: str, number: int) -> Response:
    text = f"{system} tries {number}."
    return Response(prompt_id="p0", system=system, text=text, meta={"sample": number})


def test_of_several_samples_the_first_is_paired(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, a_said(("s0", "s1"), 1), a_sample("s0", 2), a_sample("s0", 1))
    pairs, report = paired(folder)
    assert {each.text for one in pairs for each in (one.response_a, one.response_b)} == {
        "s0 says 0.",
        "s1 says 0.",
    }
    assert "s0: 3 answers; left out: further sample 2" in report


def test_samples_meet_those_of_the_same_number_by_the_studys_rule(tmp_path: Path) -> None:
    more = [a_sample("s0", 1), a_sample("s1", 1), a_sample("s1", 2)]
    rules = PairingRules(samples="all")
    pairs, report = paired(a_folder(tmp_path, a_said(("s0", "s1"), 1), *more, pairing=rules))
    assert [{one.response_a.text, one.response_b.text} for one in pairs] == [
        {"s0 says 0.", "s1 says 0."},
        {"s0 tries 1.", "s1 tries 1."},
    ]
    assert "no such sample 1" in report


def test_a_missing_answer_leaves_out_its_pairs_only(tmp_path: Path) -> None:
    said = {place: text for place, text in a_said(THREE, 2).items() if place != ("s2", 1)}
    pairs, report = paired(a_folder(tmp_path, said))
    assert len(pairs) == 4
    assert "pairs left out: no answer 2" in report


def test_answers_to_prompts_that_the_study_no_longer_has_are_left_out(tmp_path: Path) -> None:
    lost = Response(prompt_id="gone", system="s0", text="Where am I?")
    pairs, report = paired(a_folder(tmp_path, a_said(("s0", "s1"), 2), lost))
    assert len(pairs) == 2
    assert "s0: 3 answers; left out: unknown prompt 1" in report


def test_two_prompts_of_one_wording_with_the_same_answers_make_one_pair(tmp_path: Path) -> None:
    said = a_said(("s0", "s1"), 2, s0_0="One.", s0_1="One.", s1_0="Two.", s1_1="Two.")
    folder = a_folder(tmp_path, said)
    write_jsonl(folder / "prompts.jsonl", [a_prompt("Same", id="p0"), a_prompt("Same", id="p1")])
    pairs, report = paired(folder)
    assert len(pairs) == 1
    assert "repeated 1" in report


def test_only_the_named_systems_are_paired(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, a_said(THREE, 2))
    pairs, _ = paired(folder, "--system", "s0", "--system", "s2")
    assert {frozenset(each.systems) for each in pairs} == {frozenset({"s0", "s2"})}


GIVEN_AWAY = "As an AI language model, I prefer tea."


def test_a_finding_is_noted_where_the_browser_never_sees_it(tmp_path: Path) -> None:
    pairs, report = paired(a_folder(tmp_path, a_said(("s0", "s1"), 1, s1_0=GIVEN_AWAY)))
    marked = next(r for r in (pairs[0].response_a, pairs[0].response_b) if r.system == "s1")
    assert marked.text == GIVEN_AWAY
    assert marked.meta["screen"] == [{"kind": "identity", "found": "As an AI language model"}]
    assert "s1: 1 answers; found: identity 1" in report


def test_a_finding_is_masked_by_the_studys_rule(tmp_path: Path) -> None:
    said = a_said(("s0", "s1"), 1, s1_0=GIVEN_AWAY)
    pairs, _ = paired(a_folder(tmp_path, said, screen=ScreenRules(identity="mask")))
    hidden = next(r for r in (pairs[0].response_a, pairs[0].response_b) if r.system == "s1")
    assert hidden.text == "[…], I prefer tea."
    assert hidden.meta["masked"] == ["identity"]


def test_an_answer_with_a_finding_is_left_out_by_the_studys_rule(tmp_path: Path) -> None:
    said = a_said(("s0", "s1"), 2, s1_0=GIVEN_AWAY)
    pairs, report = paired(a_folder(tmp_path, said, screen=ScreenRules(identity="drop")))
    assert [each.prompt.id for each in pairs] == ["p1"]
    assert "s1: 2 answers; left out: identity 1" in report


def test_pairs_that_labels_may_hang_on_are_not_lost_unasked(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, a_said(THREE, 4))
    before, _ = paired(folder)
    with pytest.raises(PairsInUse, match="say --replace"):
        paired(folder, "--design", "baseline", "--baseline", "s0")
    assert list(load_study(folder).pairs) == before


def test_a_study_without_responses_is_told_to_make_them(tmp_path: Path) -> None:
    write_plan(tmp_path, a_plan())
    write_jsonl(tmp_path / "prompts.jsonl", [a_prompt()])
    with pytest.raises(StudyError, match="make them with `generation respond`"):
        paired(tmp_path)


def test_two_answers_in_one_place_are_refused_with_file_and_line(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, a_said(("s0", "s1"), 1), a_sample("s0", 0))
    with pytest.raises(StudyError, match=r"s0\.jsonl:2: found a second answer of 's0'"):
        paired(folder)


def test_one_system_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImpossibleDesign, match="two systems or more, found s0"):
        paired(a_folder(tmp_path, a_said(("s0",), 2)))


@pytest.mark.parametrize(
    "words",
    [
        ("--design", "baseline"),
        ("--baseline", "s0"),
        ("--pairs-per-prompt", "2"),
        ("--design", "incomplete", "--pairs-per-prompt", "0"),
        ("--system", "gone"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    with pytest.raises((StudyError, ImpossibleDesign)):
        paired(a_folder(tmp_path, a_said(THREE, 2)), *words)
