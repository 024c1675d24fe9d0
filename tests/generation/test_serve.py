"""A real OpenAI-compatible server: `transformers serve` with the tiny model."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generation.backends.endpoint import EndpointBackend
from generation.systems import Decoding, System
from tests.generation.studies import (
    a_dialogue,
    a_folder,
    a_system,
    responses,
    run,
    some_prompts,
    texts,
)


@pytest.fixture(scope="module")
def server(tiny_model: Path) -> Iterator[str]:
    """Its address, once it says that it runs."""
    program = Path(sys.executable).with_name("transformers")
    options = ["serve", str(tiny_model), "--device", "cpu", "--host", "127.0.0.1", "--port", "0"]
    process = subprocess.Popen(
        [str(program), *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said: list[str] = []
    try:
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"running on (http://\S+)", line):
                # transformers serve writes little from here on, far less than a pipe holds.
                yield f"{found[1]}/v1"
                break
        else:
            pytest.fail(f"the server did not start: {''.join(said[-5:])}")
    finally:
        process.kill()
        process.communicate()


def a_served_system(url: str, model: Path, **decoding: object) -> System:
    made = Decoding.model_validate({"max_new_tokens": 12, **decoding})
    return System(name="tiny", backend=f"endpoint:{url}", model=str(model), decoding=made)


def test_a_served_model_and_the_same_model_here_say_the_same(
    server: str, tiny_model: Path, tmp_path: Path
) -> None:
    prompts = [*some_prompts(6), a_dialogue()]
    here, there = a_folder(tmp_path / "here", prompts), a_folder(tmp_path / "there", prompts)
    run(here, a_system(tiny_model))
    system = a_served_system(server, tiny_model)
    counts = run(there, system, backend=EndpointBackend(system, there)).counts
    assert (counts.answered, counts.failed, counts.truncated) == (7, 0, 7)
    assert texts(there) == texts(here)
    assert responses(there)[0].meta["new_tokens"] > 0


def test_a_stop_string_reaches_the_server_and_is_not_in_the_answer(
    server: str, tiny_model: Path, tmp_path: Path
) -> None:
    folder = a_folder(tmp_path, some_prompts(1))
    run(folder, a_system(tiny_model))
    stop = next(letter for letter in texts(folder)["p0", 0] if letter.isascii())
    there = a_folder(tmp_path / "there", some_prompts(1))
    system = a_served_system(server, tiny_model, stop=(stop,))
    run(there, system, backend=EndpointBackend(system, there))
    (row,) = responses(there)
    assert row.text == texts(folder)["p0", 0].split(stop)[0]
    assert row.finish_reason == "stop"


def test_a_model_that_the_server_does_not_have_is_an_error_record(
    server: str, tmp_path: Path
) -> None:
    folder = a_folder(tmp_path, some_prompts(1))
    system = a_served_system(server, tmp_path / "gone")
    backend = EndpointBackend(system, folder, pause=lambda _: None)
    assert run(folder, system, backend=backend).counts.failed == 1
