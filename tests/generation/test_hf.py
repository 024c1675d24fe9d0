from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from annotation.schema import Prompt, Turn
from annotation.study import StudyError
from generation.backends.base import BackendRefused, Request, Result, Step
from generation.backends.hf import HfBackend
from tests.generation.studies import a_dialogue, a_system, requests, some_prompts
from tests.generation.tiny import a_tiny_model

WARM = {"temperature": 1.0, "top_p": 0.95, "seed": 3}


def opened(model: Path, **fields: Any) -> HfBackend:
    return HfBackend(a_system(model, **fields), model)


def answers(backend: HfBackend, wanted: Sequence[Request]) -> dict[str, Result]:
    """The result of each prompt, in the batches of the backend's own plan."""
    plan = backend.plan(wanted)
    batches = [[wanted[place] for place in batch] for batch in plan.batches]
    prompts = {each.key: each.prompt_id for each in wanted}
    return {prompts[result.key]: result for result in backend.generate(batches)}


def said(results: dict[str, Result]) -> dict[str, tuple[str, ...]]:
    return {prompt: result.answers for prompt, result in results.items()}


@pytest.mark.parametrize("decoding", [{}, WARM])
def test_in_float32_a_text_does_not_hang_on_what_shares_its_batch(
    tiny_model: Path, decoding: dict[str, Any]
) -> None:
    wanted = requests(a_system(decoding=decoding), some_prompts(12))
    together = opened(tiny_model, decoding=decoding)
    alone = opened(tiny_model, decoding=decoding, batch_tokens=1)
    assert len(together.plan(wanted).batches) == 1
    assert len(alone.plan(wanted).batches) == 12
    assert said(answers(together, wanted)) == said(answers(alone, wanted))


def test_another_seed_gives_other_texts(tiny_model: Path) -> None:
    backend = opened(tiny_model, decoding=WARM)
    first = answers(backend, requests(a_system(decoding=WARM), some_prompts(8)))
    other = answers(backend, requests(a_system(decoding={**WARM, "seed": 4}), some_prompts(8)))
    assert said(first) != said(other)


def test_an_answer_that_meets_max_new_tokens_is_cut_off_by_length(tiny_model: Path) -> None:
    (result,) = answers(opened(tiny_model), requests(a_system(), some_prompts(1))).values()
    assert result.finish_reason == "length"
    assert result.meta["new_tokens"] == 12


def test_every_token_of_a_batch_is_told(tiny_model: Path) -> None:
    backend, told = opened(tiny_model), list[Step]()
    backend.on_step = told.append
    answers(backend, requests(a_system(), some_prompts(3)))
    assert told == [Step(token=n, most=12, rows=3) for n in range(1, 13)]


def test_a_stop_string_ends_the_answer_before_it(tiny_model: Path) -> None:
    wanted = requests(a_system(), some_prompts(6))
    whole = said(answers(opened(tiny_model), wanted))
    stop = next(letter for letter in whole["p0"][0] if letter.isascii())
    cut = answers(opened(tiny_model, decoding={"stop": (stop,)}), wanted)
    expected = {prompt: (text.split(stop)[0],) for prompt, (text,) in whole.items()}
    assert said(cut) == expected
    assert cut["p0"].finish_reason == "stop"
    assert cut["p0"].meta["new_tokens"] < 12


def test_the_end_token_ends_the_answer_and_is_not_in_it(tiny_model: Path) -> None:
    backend = opened(tiny_model)
    wanted = requests(a_system(), some_prompts(6))
    letter = next(each for each in said(answers(backend, wanted))["p0"][0] if each.isascii())
    token = backend.model.encode([letter])[0][0]
    # As if the model had been trained to end there.
    backend.model.network.generation_config.eos_token_id = [token]
    ended = answers(backend, wanted)["p0"]
    assert ended.finish_reason == "stop"
    assert len(ended.answers[0]) < 12


def test_a_dialogue_is_answered_turn_by_turn(tiny_model: Path) -> None:
    backend = opened(tiny_model)
    both = answers(backend, requests(a_system(), [a_dialogue(), *some_prompts(2)]))["dialogue"]
    first, second = both.answers
    turns = (Turn(role="user", text="First?"), Turn(role="assistant", text=first))
    follow_up = Prompt(id="q", text="", turns=(*turns, Turn(role="user", text="Second?")))
    assert answers(backend, requests(a_system(), [follow_up]))["q"].answers == (second,)


def test_a_prompt_longer_than_the_model_takes_is_refused_by_name(tmp_path: Path) -> None:
    backend = opened(a_tiny_model(tmp_path, context=64))
    plan = backend.plan(requests(a_system(), [Prompt(id="saga", text="x" * 50), *some_prompts(1)]))
    assert plan.batches == ((1,),)
    ((place, reason),) = plan.refused
    assert place == 0
    assert reason == (
        "prompt 'saga' is too long: 69 tokens and up to 12 new ones, but the model takes 64"
    )


def test_a_prompt_without_a_question_is_refused_by_name(tiny_model: Path) -> None:
    over = Prompt(id="over", text="", turns=(Turn(role="assistant", text="Done."),))
    assert opened(tiny_model).plan(requests(a_system(), [over])).refused == (
        (0, "prompt 'over' has no turn of a user to answer"),
    )


@contextmanager
def memory_for(rows: int, backend: HfBackend) -> Iterator[None]:
    """As on a device that has room for so many rows."""

    def check(_: object, __: object, options: dict[str, Any]) -> None:
        if options["input_ids"].shape[0] > rows:
            raise torch.OutOfMemoryError("CUDA out of memory")

    hook = backend.model.network.register_forward_pre_hook(check, with_kwargs=True)
    try:
        yield
    finally:
        hook.remove()


def test_a_batch_too_large_for_the_memory_is_halved_until_it_fits(tiny_model: Path) -> None:
    wanted = requests(a_system(), some_prompts(10))
    expected = said(answers(opened(tiny_model), wanted))
    backend = opened(tiny_model)
    with memory_for(3, backend):
        found = answers(backend, wanted)
    assert said(found) == expected
    assert {result.meta["batch"]["split_to"] for result in found.values()} <= {1, 2, 3}


def test_a_prompt_that_alone_exceeds_the_memory_is_an_error_of_its_own(tiny_model: Path) -> None:
    backend = opened(tiny_model)
    with memory_for(0, backend):
        (result,) = answers(backend, requests(a_system(), some_prompts(1))).values()
    assert result.error is not None
    assert result.error.startswith("out of memory with one prompt of ")


def test_a_model_without_a_chat_template_needs_one_to_be_named(tmp_path: Path) -> None:
    model = a_tiny_model(tmp_path, template=None)
    with pytest.raises(BackendRefused, match=r"no chat template .* plain, chatml, alpaca, tulu"):
        opened(model)
    assert (
        opened(model, template="plain").model.prompt_text([Turn(role="user", text="Hello")])
        == "<bos>Hello"
    )


def test_a_template_may_be_a_file_of_the_study(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "own.jinja").write_text("Q: {{ messages[0]['content'] }} A:", encoding="utf-8")
    backend = HfBackend(a_system(tiny_model, template="own.jinja"), tmp_path)
    assert backend.model.prompt_text([Turn(role="user", text="Hi")]) == "Q: Hi A:"
    (tmp_path / "notes.md").write_text("Q: A:", encoding="utf-8")
    with pytest.raises(StudyError, match=r"notes\.md: found nothing about `messages`"):
        HfBackend(a_system(tiny_model, template="notes.md"), tmp_path)
    with pytest.raises(StudyError, match=r"gone\.jinja: cannot be read"):
        HfBackend(a_system(tiny_model, template="gone.jinja"), tmp_path)


def test_a_template_that_refuses_a_role_says_which_roles_it_was_given(tmp_path: Path) -> None:
    strict = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    model = a_tiny_model(tmp_path, template=strict)
    backend = opened(model, system_prompt="Be brief.")
    with pytest.raises(BackendRefused, match=r"refuses the turns system, user: no system"):
        backend.plan(requests(backend.system, some_prompts(1)))


def test_a_prompt_that_the_template_refuses_keeps_no_other_from_being_answered(
    tmp_path: Path,
) -> None:
    strict = "{% if messages | length > 1 %}{{ raise_exception('one turn') }}{% endif %}Q:"
    backend = opened(a_tiny_model(tmp_path, template=strict))
    plan = backend.plan(requests(backend.system, [a_dialogue(), *some_prompts(2)]))
    assert plan.refused == (
        (
            0,
            "prompt 'dialogue': the chat template of system 'tiny' refuses the turns "
            "user, assistant, user: one turn",
        ),
    )
    assert sorted(place for batch in plan.batches for place in batch) == [1, 2]


def test_every_named_template_renders_a_dialogue(tiny_model: Path) -> None:
    turns = [Turn(role=role, text=role) for role in ("system", "user", "assistant", "user")]
    for name in ("plain", "chatml", "alpaca", "tulu"):
        text = opened(tiny_model, template=name).model.prompt_text(turns)
        assert text.index("system") < text.index("user") < text.rindex("user")


def test_a_folder_may_have_an_at_sign_in_its_name(tmp_path: Path) -> None:
    model = a_tiny_model(tmp_path / "mine@home")
    assert HfBackend(a_system(model), tmp_path).model.weights.source == str(model)


def test_a_model_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BackendRefused, match=r"found no model at .*nowhere, expected a folder"):
        HfBackend(a_system("./nowhere"), tmp_path)


def test_a_device_that_is_not_there_is_told(tiny_model: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(BackendRefused, match="found no CUDA here"):
        opened(tiny_model, device="cuda")


def test_other_weights_are_another_revision(tiny_model: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_model, tmp_path / "copy")
    cache = tmp_path / "hashes.json"
    same = HfBackend(a_system(tmp_path / "copy"), tmp_path, cache)
    assert same.revision == opened(tiny_model).revision
    with (tmp_path / "copy" / "config.json").open("a") as file:
        file.write("\n")
    changed = HfBackend(a_system(tmp_path / "copy"), tmp_path, cache)
    assert changed.revision != same.revision


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub_cache(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's own cache as it is after a download, and no network."""
    repo = tmp_path / "hub" / "models--org--tiny"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "v1").write_text(COMMIT)
    shutil.copytree(tiny_model, repo / "snapshots" / COMMIT)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.mark.usefixtures("hub_cache")
@pytest.mark.parametrize(
    "fields", [{"backend": "hf:org/tiny@v1"}, {"backend": "hf:org/tiny", "revision": "v1"}]
)
def test_a_hub_model_is_pinned_to_the_commit_behind_its_revision(
    tmp_path: Path, fields: dict[str, str]
) -> None:
    backend = HfBackend(a_system(**fields), tmp_path)
    assert backend.revision == COMMIT
    assert len(answers(backend, requests(backend.system, some_prompts(2)))) == 2


@pytest.mark.usefixtures("hub_cache")
def test_a_revision_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    with pytest.raises(BackendRefused, match=r"org/tiny@v2 cannot be had from the hub"):
        HfBackend(a_system(backend="hf:org/tiny@v2"), tmp_path)


def test_the_provenance_says_what_ran_and_which_published_decoding_was_left_out(
    tmp_path: Path,
) -> None:
    model = a_tiny_model(tmp_path)
    backend = opened(model)
    backend.model.network.generation_config.repetition_penalty = 1.3
    backend.model.network.generation_config.save_pretrained(model)
    told = opened(model).provenance()
    assert told["published_decoding_not_applied"] == {"repetition_penalty": 1.3}
    assert (told["dtype"], told["device"], told["attention"]) == ("float32", "cpu", "sdpa")
    assert told["architecture"] == "LlamaForCausalLM"


def test_the_published_decoding_is_not_applied(tmp_path: Path) -> None:
    model = a_tiny_model(tmp_path)
    wanted = requests(a_system(), some_prompts(4))
    expected = said(answers(opened(model), wanted))
    settings = opened(model).model.network.generation_config
    settings.repetition_penalty = 5.0
    settings.save_pretrained(model)
    assert said(answers(opened(model), wanted)) == expected


def test_bfloat16_answers_too(tiny_model: Path) -> None:
    backend = opened(tiny_model, dtype="bfloat16")
    found = answers(backend, requests(a_system(), some_prompts(3)))
    assert backend.provenance()["dtype"] == "bfloat16"
    assert all(result.error is None for result in found.values())
