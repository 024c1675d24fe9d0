"""Verdicts are read as a person would read them, and nothing in a response can be one."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.schema import PairResponse, Turn
from generation.judges.prompts import OURS, JudgePrompt, load_prompt, spoken
from generation.judges.quoting import quoted
from generation.judges.verdicts import FORMS, NoVerdict, read_reply
from tests.builders import a_criterion, a_pair, a_prompt
from tests.generation.judges.oddities import rows, verdict_of

PROMPTS = sorted(path.stem for path in OURS.glob("*.toml"))
CONTROL = re.compile(
    r"<[|｜]|[|｜]>|</?s>|<(?:start|end)_of_turn>|\[/?INST\]|\[\[|^\s*#+\s*(?:response|evaluation)"
    r"|\[\s*the (?:start|end) of|^verdict\s*:|^(?:human|assistant):",
    re.IGNORECASE | re.MULTILINE,
)


def named(row: dict[str, Any]) -> str:
    return f"{row['form']}: {row['name']}"


@pytest.mark.parametrize("row", rows("oddities"), ids=named)
def test_a_reply_says_what_a_person_reads_in_it(row: dict[str, Any]) -> None:
    assert verdict_of(row) == row["expected"]


@pytest.mark.parametrize("row", rows("attacks"), ids=named)
def test_a_judge_that_quotes_an_attack_keeps_its_own_verdict(row: dict[str, Any]) -> None:
    assert verdict_of(row) == row["expected"] != row["wanted"]


def test_there_are_enough_of_both_and_half_were_written_blind() -> None:
    for name, least in (("oddities", 60), ("attacks", 20)):
        blind = sum(row["blind"] for row in rows(name))
        assert len(rows(name)) >= least
        assert 2 * blind >= len(rows(name))


def asked(prompt: JudgePrompt, first: str, second: str) -> str:
    pair = a_pair(
        prompt=a_prompt("What?", reference="That.", input="This."),
        response_a=PairResponse(system="x", text=first),
        response_b=PairResponse(system="y", text=second),
    )
    order: bool | str = "a" if prompt.of_one else False
    return "\n".join(turn.text for turn in spoken(prompt, pair, a_criterion(), order))


@pytest.mark.parametrize("name", PROMPTS)
def test_no_attack_adds_anything_that_the_prompt_has_of_its_own(name: str, tmp_path: Path) -> None:
    prompt = load_prompt(name, tmp_path)
    harmless = len(CONTROL.findall(asked(prompt, "Fine.", "Good.")))
    for row in rows("attacks"):
        text = asked(prompt, row["answer_a"], row["answer_b"])
        assert len(CONTROL.findall(text)) == harmless, row["name"]


def test_pandalms_form_shows_a_whole_dialogue(tmp_path: Path) -> None:
    turns = (Turn(role="user", text="First?"), Turn(role="user", text="Second?"))
    pair = a_pair(prompt=a_prompt("First?", turns=turns))
    (said,) = spoken(load_prompt("pandalm", tmp_path), pair, a_criterion(), False)
    assert "### Instruction:\n(user) First?\n\n(user) Second?\n" in said.text


def test_a_name_in_braces_within_a_response_stays_what_it_is(tmp_path: Path) -> None:
    prompt = load_prompt("criterion", tmp_path)
    assert asked(prompt, "{second} {mark}", "Good.").count("Good.") == 1


def test_the_mark_of_a_prompt_hangs_on_both_responses(tmp_path: Path) -> None:
    prompt = load_prompt("criterion", tmp_path)
    marks = {re.findall(r"--- (\w+) end", asked(prompt, text, "B"))[0] for text in ("A", "C")}
    assert len(marks) == 2


@given(st.text(max_size=60))
def test_quoting_takes_nothing_away(text: str) -> None:
    assert quoted(text).replace("\\", "") == text.replace("\\", "")


@given(st.sampled_from(sorted(FORMS)), st.text(max_size=80), st.text(max_size=30))
def test_any_reply_is_a_verdict_or_none(form: str, reply: str, text: str) -> None:
    found = None
    with suppress(NoVerdict):
        found = read_reply(form, reply, [text]).verdict
    assert found != ""


def test_what_pandalm_says_beside_the_verdict_is_kept() -> None:
    reply = "2\n\n### Reason: It is shorter.\n\n### Reference: If you have\nquestions, ask.\n"
    found = read_reply("first-line", reply)
    assert (found.reason, found.reference) == ("It is shorter.", "If you have\nquestions, ask.")
