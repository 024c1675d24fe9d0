from __future__ import annotations

from typing import Any

import pytest

from annotation.schema import Prompt, Turn
from generation.backends.base import answers_wanted, next_messages
from generation.keys import Identity, identity_of, keys_of, messages_of, requests_of, seed_of
from tests.generation.studies import a_dialogue, a_system


def an_identity(**fields: Any) -> Identity:
    return identity_of(a_system(**fields), "revision", "template")


def key(identity: Identity, prompt: Prompt) -> str:
    return next(requests_of(identity, [prompt])).key


ASKED = Prompt(id="p", text="Why?")


@pytest.mark.parametrize(
    "other",
    [
        an_identity(name="other"),
        an_identity(backend="hf:elsewhere"),
        an_identity(dtype="bfloat16"),
        an_identity(system_prompt="Be brief."),
        an_identity(decoding={"temperature": 0.5}),
        an_identity(decoding={"seed": 1}),
        an_identity(decoding={"max_new_tokens": 13}),
        an_identity(decoding={"stop": ("x",)}),
        identity_of(a_system(), "another revision", "template"),
        identity_of(a_system(), "revision", "another template"),
    ],
)
def test_whatever_decides_an_answer_changes_its_key(other: Identity) -> None:
    assert key(other, ASKED) != key(an_identity(), ASKED)


def test_where_a_model_runs_does_not_change_the_key() -> None:
    assert key(an_identity(device="auto", batch_tokens=100), ASKED) == key(an_identity(), ASKED)


def test_two_prompts_of_one_wording_are_two_requests() -> None:
    assert key(an_identity(), ASKED) != key(an_identity(), Prompt(id="q", text="Why?"))


def test_each_sample_has_its_own_key_and_seed() -> None:
    made = list(requests_of(an_identity(decoding={"samples": 3}), [ASKED]))
    assert len({each.key for each in made}) == len({each.seed for each in made}) == 3


def test_keys_alone_are_those_of_the_requests_in_their_order() -> None:
    identity = an_identity(decoding={"samples": 2}, system_prompt='Be "brief".')
    prompts = [ASKED, a_dialogue(), Prompt(id="q", text="Shorten:", input="A long text.")]
    made = [(each.key, each.prompt_id, each.sample) for each in requests_of(identity, prompts)]
    assert list(keys_of(identity, prompts)) == made


def test_a_seed_depends_on_the_parts_and_not_on_how_they_run_together() -> None:
    assert seed_of(1, "2", 3) == seed_of(1, "2", 3)
    assert seed_of("1", "23") != seed_of("12", "3")
    assert 0 <= seed_of("x") < 2**64


def test_a_plain_prompt_is_one_turn_with_its_input_after_an_empty_line() -> None:
    prompt = Prompt(text="Shorten:", input="A long text.")
    assert messages_of(prompt) == (Turn(role="user", text="Shorten:\n\nA long text."),)


def test_a_system_prompt_comes_first() -> None:
    assert [turn.role for turn in messages_of(ASKED, "Be brief.")] == ["system", "user"]


def test_a_dialogue_that_repeats_its_first_turn_as_text_says_it_once() -> None:
    assert [turn.text for turn in messages_of(a_dialogue())] == ["First?", "Second?"]


def test_the_input_of_a_dialogue_goes_with_its_text() -> None:
    dialogue = a_dialogue().model_copy(update={"input": "A long text."})
    assert [turn.text for turn in messages_of(dialogue)] == ["First?\n\nA long text.", "Second?"]


def test_a_dialogue_is_answered_after_each_turn_of_the_user_without_an_answer() -> None:
    given = messages_of(a_dialogue())
    assert answers_wanted(given) == 2
    second = next_messages(given, ["One."])
    assert second is not None
    assert [turn.text for turn in second] == ["First?", "One.", "Second?"]
    assert next_messages(given, ["One.", "Two."]) is None


def test_answers_that_a_prompt_brings_along_stay() -> None:
    roles = ("user", "assistant", "user")
    given = tuple(Turn(role=role, text=f"{n}") for n, role in enumerate(roles))
    assert answers_wanted(given) == 1
    assert next_messages(given, []) == list(given)
