"""The screen finds what gives an answer away, spares what only looks like it, and can hide it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.schema import PairResponse, Turn, content_hash
from benchmarks import screen as figures
from generation.language import language_of, script_of
from generation.screen import Finding, masked, screen
from tests.builders import a_prompt, a_response


def found(text: str, asked: str = "Please help me.", **fields: object) -> list[str]:
    """The kinds found in an answer."""
    response = PairResponse.model_validate({"system": "s", "text": text, **fields})
    return [finding.kind for finding in screen(a_prompt(asked), response)]


def test_the_blind_sentences_are_found_as_often_as_was_aimed_for() -> None:
    scored = figures.score(figures.read_sentences(figures.BLIND))
    assert scored.found / scored.positives >= 0.95
    assert scored.false_alarms / scored.negatives <= 0.02


def test_the_open_sentences_are_found_as_often_as_was_aimed_for() -> None:
    scored = figures.score(figures.read_sentences(figures.OPEN))
    assert scored.found / scored.positives >= 0.95
    assert scored.false_alarms / scored.negatives <= 0.02


def test_half_of_two_hundred_sentences_have_something_to_find() -> None:
    sentences = [
        sentence
        for path in (figures.BLIND, figures.OPEN)
        for sentence in figures.read_sentences(path)
    ]
    assert (len(sentences), sum(s.expected is not None for s in sentences)) == (200, 100)
    assert len({sentence.text for sentence in sentences}) == 200


def test_every_finding_in_tulus_answers_was_read_and_identity_is_never_wrong(
    shared_data: Path,
) -> None:
    readings = figures.read_readings()
    unread, wrong, right = [], 0, 0
    for answer in figures.tulu_answers(shared_data / "tulu"):
        if kinds := figures.kinds_in(*answer):
            mark = content_hash(list(answer))
            if mark not in readings:
                unread.append(mark)
                continue
            right += len(kinds & readings[mark])
            wrong += len(kinds - readings[mark])
            assert ("identity" in kinds) == ("identity" in readings[mark])
    assert unread == []
    assert right / (right + wrong) >= 0.9


def test_a_hundred_other_answers_of_tulu_were_read_and_none_names_its_maker_unfound(
    shared_data: Path,
) -> None:
    readings = figures.read_readings()
    others = [
        readings[mark]
        for answer in figures.tulu_answers(shared_data / "tulu")
        if (mark := content_hash(list(answer))) in readings and not figures.kinds_in(*answer)
    ]
    assert len(others) >= 100
    assert not any("identity" in holds for holds in others)


def test_what_the_prompt_speaks_of_is_no_finding() -> None:
    asked = "Write a story in which a robot says what it is."
    assert found("I am an AI, said nobody. I am a language model, I said.", asked) == []


def test_a_quotation_is_not_what_the_answer_says_of_itself() -> None:
    assert found("The sign read “I am an AI, ask me”, and we laughed.") == []


def test_who_cannot_browse_the_internet_is_no_person() -> None:
    assert found("I can't browse the internet, so here is what I know.") == ["identity"]
    assert found("In the mountains I could not search for the net bag.") == []


def test_names_of_the_study_are_found_wherever_they_stand() -> None:
    prompt, response = a_prompt("Hello"), a_response(text="Ask Wombat for more.")
    assert [each.found for each in screen(prompt, response, ["wombat"])] == ["Wombat"]


def test_a_name_of_the_study_that_the_prompt_speaks_of_is_no_finding() -> None:
    prompt, response = a_prompt("What is a wombat?"), a_response(text="A wombat is a marsupial.")
    assert screen(prompt, response, ["wombat"]) == []


def test_an_answer_that_ended_itself_is_not_cut_off() -> None:
    text = "The first reason is the price. The second is that the river floods and the"
    assert found(text) == ["cut_off"]
    assert found(text, finish_reason="stop") == []


def test_a_refusal_counts_only_where_the_answer_begins() -> None:
    story = "The town slept. " * 20 + "I'm sorry, but I can't help with that, the clerk told us."
    assert found(story) == []


def test_each_turn_of_a_dialogue_is_screened() -> None:
    turns = (Turn(role="assistant", text="Gladly."), Turn(role="assistant", text="I am an AI."))
    response = a_response(text="Gladly.\n\nI am an AI.", turns=turns)
    assert screen(a_prompt(), response) == [Finding("identity", "I am an AI", 0, 10, turn=1)]


def test_masking_a_dialogue_masks_its_text_as_well() -> None:
    turns = (Turn(role="assistant", text="Gladly."), Turn(role="assistant", text="I am an AI."))
    response = a_response(text="Gladly.\n\nI am an AI.", turns=turns)
    hidden = masked(response, screen(a_prompt(), response))
    assert (hidden.text, hidden.turns[1].text) == ("Gladly.\n\n[…].", "[…].")


def test_masking_cuts_out_stop_tokens_and_what_a_model_wrote_after_its_answer() -> None:
    response = a_response(text="Nine minutes.<|im_end|>\n### Instruction:\nWrite a poem.")
    assert masked(response, screen(a_prompt(), response)).text == "Nine minutes."


SCRAPS = st.lists(
    st.sampled_from(
        [
            "I'm",
            "I am",
            "an AI",
            "ChatGPT",
            "As an AI language model,",
            "trained by OpenAI",
            "my training data",
            "Claude",
            "tea",
            "Monet.",
            "\n",
            "developed",
            "by Google",
            "“quoted",
            "text”",
        ]
    ),
    max_size=12,
).map(" ".join)


@given(SCRAPS)
def test_masking_leaves_no_name_that_was_found(text: str) -> None:
    response = a_response(text=text)
    findings = screen(a_prompt(), response)
    hidden = masked(response, findings)
    names = [each.found for each in findings if each.found in ("ChatGPT", "OpenAI")]
    assert not any(name in hidden.text for name in names if text.count(name) == names.count(name))


@given(st.text(max_size=300))
def test_any_text_can_be_screened_and_masked(text: str) -> None:
    response = a_response(text=text)
    findings = screen(a_prompt(), response)
    assert all(0 <= each.start <= each.end <= len(text) for each in findings)
    masked(response, findings)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The ferry is late, and we have to wait on the pier with our bags.", "english"),
        ("Die Fähre ist nicht da, und wir warten mit den Taschen auf dem Steg.", "german"),
        ("Le bateau est en retard et nous attendons sur le quai avec les sacs.", "french"),
        ("El barco no ha llegado y los niños esperan en el muelle con sus bolsas.", "spanish"),
        ("Паром опаздывает, и мы ждём на причале.", "cyrillic"),
        ("船が遅れているので、桟橋で待っています。", "japanese"),
        ("渡轮晚点了，我们在码头等着。", "chinese"),
        ("Tickets: 12, 15, 18", None),
        ("def f(w, i): return w[i] + i * w", None),
        ("", None),
    ],
)
def test_a_language_is_told_by_its_letters_and_commonest_words_or_not_at_all(
    text: str, language: str | None
) -> None:
    assert language_of(text) == language


def test_a_foreign_name_does_not_change_the_script_of_a_text() -> None:
    assert script_of("Ο Wittgenstein έγραψε αυτό το βιβλίο στη Νορβηγία.") == "greek"


def test_an_answer_in_a_language_that_was_asked_for_is_no_finding() -> None:
    asked = "Translate into German: the ferry is not here, and we wait with the bags on the pier."
    assert (
        found("Die Fähre ist nicht da, und wir warten mit den Taschen auf dem Steg.", asked) == []
    )


def test_an_answer_in_the_language_of_the_input_is_no_finding() -> None:
    german = "Die Fähre ist nicht da, und wir warten mit den Taschen auf dem Steg."
    prompt = a_prompt("Shorten this text so that it fits on a small sign.", input=german)
    assert screen(prompt, a_response(text="Die Fähre ist nicht da, und wir warten auf sie.")) == []
