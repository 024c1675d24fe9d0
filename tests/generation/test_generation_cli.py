from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from generation.__main__ import main
from generation.ledger import files_of
from tests.generation.studies import a_folder, a_system, responses, some_prompts


@pytest.fixture
def study(tiny_model: Path, tmp_path: Path) -> Path:
    warm = a_system(tiny_model, name="warm", decoding={"temperature": 1.0, "stop": ('"\n',)})
    return a_folder(tmp_path / "study", some_prompts(6), a_system(tiny_model), warm)


def test_every_system_answers_every_prompt_and_the_result_verifies(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["respond", str(study)]) == 0
    out = capsys.readouterr().out.splitlines()
    path = files_of(study, "tiny").responses
    assert out[0] == f"tiny: 6 answered, 6 of them cut off at max_new_tokens -> {path}"
    assert out[1].startswith("warm: 6 answered")
    assert main(["verify", str(study)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == (
        "tiny: 6 responses to 6 prompts from 1 runs, 6 cut off: all as their manifests say"
    )


def test_only_the_named_system_and_the_first_prompts(study: Path) -> None:
    assert main(["respond", str(study), "--system", "warm", "--limit", "2"]) == 0
    assert {row.prompt_id for row in responses(study, "warm")} == {"p0", "p1"}
    assert not files_of(study, "tiny").responses.exists()


def test_shards_and_merge(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part in ("1/2", "2/2"):
        assert main(["respond", str(study), "--system", "tiny", "--shard", part]) == 0
    assert main(["merge", str(study), "--system", "tiny"]) == 0
    path = files_of(study, "tiny").responses
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"tiny: 6 responses from 2 shards -> {path}"
    )
    assert main(["verify", str(study), "--system", "tiny"]) == 0


def test_without_shards_there_is_nothing_to_merge_and_nothing_is_written(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["merge", str(study), "--system", "tiny"]) == 0
    assert capsys.readouterr().out == "tiny: found no shards, nothing to merge\n"
    assert not files_of(study, "tiny").responses.exists()


@pytest.mark.parametrize("wrong", ["0/2", "3/2", "1", "a/b", "-1/2"])
def test_a_shard_that_is_none_is_refused(study: Path, wrong: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["respond", str(study), f"--shard={wrong}"])
    assert caught.value.code == 2


@pytest.mark.parametrize("wrong", ["-1", "nan", "inf", "half"])
def test_a_worker_takes_no_less_than_nothing(
    study: Path, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["respond", str(study), f"--worker-cpus={wrong}"])
    assert caught.value.code == 2
    assert f"found '{wrong}', expected a number from 0" in capsys.readouterr().err


def test_a_study_without_responses_does_not_verify(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(study)]) == 2
    assert capsys.readouterr().err.strip() == (
        f"{files_of(study, 'tiny').responses}: not found, expected the system's responses"
    )


def test_a_failure_says_why_and_how_to_try_again(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = [prompt.model_copy(update={"text": "x" * 3000}) for prompt in some_prompts(1)]
    study = a_folder(tmp_path, prompts, a_system(tiny_model))
    for part in ([], ["--shard", "1/1"], ["--shard", "1/2"], ["--shard", "2/2"]):
        assert main(["respond", str(study), *part]) == 0
        said = capsys.readouterr()
        failed = "1 failed, tried again by the same command" in said.out
        assert ("prompt 'p0' is too long" in said.err) is failed
        assert failed or part[1].endswith("/2")


def test_the_module_runs_and_bad_input_is_one_sentence_with_exit_2(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "generation", "respond", tmp_path / "nowhere"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        f"{tmp_path}/nowhere/systems.toml: not found, expected the systems that are to answer"
    ]
