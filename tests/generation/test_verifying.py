from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotation.schema import Prompt, TiebreakError
from generation.backends.endpoint import EndpointBackend
from generation.ledger import files_of
from generation.systems import System
from generation.verifying import NotVerified, failures, verify
from tests.generation.stand_in import completion, served
from tests.generation.studies import a_folder, a_system, run, some_prompts


@pytest.fixture
def answered(tiny_model: Path, tmp_path: Path) -> tuple[Path, System]:
    system = a_system(tiny_model)
    folder = a_folder(tmp_path / "study", some_prompts(5), system)
    run(folder, system)
    return folder, system


def test_what_a_run_wrote_is_in_order(answered: tuple[Path, System]) -> None:
    found = verify(*answered, some_prompts(5))
    assert (found.responses, found.prompts, found.runs, found.truncated) == (5, 5, 1, 5)


def edited(change: Callable[[str], str]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    return edit


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            edited(lambda text: text.replace('"text": "', '"text": "!', 1)),
            ":1: the response's text",
        ),
        (edited(lambda text: text[: text.index("\n") + 1] + text), "response of line 1 again"),
        (edited(lambda text: text[text.index("\n") + 1 :]), "found 0 responses to prompt"),
        (edited(lambda text: text.replace("run-1", "run-x", 1)), "no manifest"),
        (edited(lambda text: text[:-9]), "not JSON"),
        (Path.unlink, "not found"),
    ],
)
def test_a_change_by_hand_is_found(
    answered: tuple[Path, System], change: Callable[[Path], None], what: str
) -> None:
    folder, system = answered
    change(files_of(folder, system.name).responses)
    with pytest.raises(TiebreakError, match=what):
        verify(folder, system, some_prompts(5))


def test_a_prompt_that_reads_otherwise_now_is_found(answered: tuple[Path, System]) -> None:
    prompts = [Prompt(id="p0", text="Something else"), *some_prompts(5)[1:]]
    with pytest.raises(NotVerified, match="prompt 'p0' is gone or was changed"):
        verify(*answered, prompts)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"decoding": {"temperature": 1.0}}, "decoding"),
        ({"system_prompt": "Be brief."}, "system_prompt"),
        ({"template": "plain"}, "template"),
    ],
)
def test_a_system_that_has_changed_since_is_found(
    answered: tuple[Path, System], tiny_model: Path, fields: dict[str, Any], name: str
) -> None:
    folder, _ = answered
    with pytest.raises(NotVerified, match=f"run run-1 of system 'tiny' had {name} "):
        verify(folder, a_system(tiny_model, **fields), some_prompts(5))


def test_an_endpoint_that_moved_and_further_samples_are_no_other_version(tmp_path: Path) -> None:
    prompts = some_prompts(2)
    folder = a_folder(tmp_path, prompts)
    for samples in (1, 2):
        with served(lambda body, n: completion("Yes.")) as server:
            system = a_system(backend=f"endpoint:{server.url}", decoding={"samples": samples})
            system = system.model_copy(update={"model": "m"})
            backend = EndpointBackend(system, folder)
            counts = run(folder, system, backend=backend, name=f"run-{samples}").counts
        assert counts.answered == 2
        verify(folder, system, prompts)
    elsewhere = system.model_copy(update={"model": None})
    with pytest.raises(NotVerified, match="had backend 'endpoint:'"):
        verify(folder, elsewhere, prompts)


def test_a_template_file_that_has_changed_since_is_found(tiny_model: Path, tmp_path: Path) -> None:
    system = a_system(tiny_model, template="own.jinja")
    folder = a_folder(tmp_path, some_prompts(2))
    (folder / "own.jinja").write_text("{{ messages[0]['content'] }}")
    run(folder, system)
    verify(folder, system, some_prompts(2))
    (folder / "own.jinja").write_text("Q: {{ messages[0]['content'] }}")
    with pytest.raises(NotVerified, match="had another chat template"):
        verify(folder, system, some_prompts(2))


def test_a_torn_failure_is_passed_over_and_the_next_one_can_be_read(
    tiny_model: Path, tmp_path: Path
) -> None:
    system = a_system(tiny_model)
    folder = a_folder(tmp_path, [Prompt(id="saga", text="x" * 2040), *some_prompts(1)])
    run(folder, system)
    path = files_of(folder, system.name).failures
    path.write_bytes(path.read_bytes() + path.read_bytes()[:-20])
    assert len(failures(folder, system)) == 1
    run(folder, system, name="run-2")
    assert [failure.run for failure in failures(folder, system)] == ["run-2"]
    assert path.read_bytes().count(b"\n") == 2


def test_failures_are_listed_until_they_are_answered(tiny_model: Path, tmp_path: Path) -> None:
    system = a_system(tiny_model)
    folder = a_folder(tmp_path, [Prompt(id="saga", text="x" * 2040), *some_prompts(1)])
    run(folder, system)
    run(folder, system, name="run-2")
    assert [failure.prompt_id for failure in failures(folder, system)] == ["saga"]
