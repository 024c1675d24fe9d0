"""A disk that takes no more, for real: a small one for the child alone, or a limit of sizes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from annotation.schema import Response
from annotation.study import read_jsonl
from generation.__main__ import main
from generation.judges.judgements import Judgement
from tests.builders import a_pair, a_prompt, a_response, a_study_folder
from tests.generation.studies import a_folder, a_system, some_prompts
from tests.served import ROOT

PROMPTS = 120

SMALL_DISK = """\
set -eu
mount -t tmpfs -o size=160k tmpfs "$2" && cp -r "$1/." "$2"
"$3" -m generation $4 "$2" 2> "$1/said" || echo $? > "$1/code"
mkdir "$1/kept" && cp -r "$2/." "$1/kept"
mount -o remount,size=64m "$2"
"$3" -m generation $4 "$2" > "$1/out"
mkdir "$1/whole" && cp -r "$2/." "$1/whole"
"""
"""study, an empty folder, python, command: the same command on a full disk and on a larger one."""


def namespaces() -> bool:
    """Whether this machine lets us mount a disk that only a child of ours sees."""
    command = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "mount",
        "-t",
        "tmpfs",
        "x",
        "/mnt",
    ]
    return (
        shutil.which("unshare") is not None
        and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


def answers(folder: Path, rows: dict[str, str]) -> None:
    """Answers made elsewhere, which a system or a judge of the study then gives."""
    lines = (json.dumps({"prompt_id": key, "response": text}) for key, text in rows.items())
    (folder / "answers.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def responding(tmp_path: Path) -> Path:
    study = a_folder(
        tmp_path / "study", some_prompts(PROMPTS), a_system(backend="file:answers.jsonl")
    )
    answers(study, {f"p{n}": "x" * 800 for n in range(PROMPTS)})
    return study


@pytest.fixture
def judging(tmp_path: Path) -> Path:
    pairs = [
        a_pair(n, prompt=a_prompt(f"Say {n}."), response_b=a_response("y", str(n)))
        for n in range(PROMPTS)
    ]
    study = a_study_folder(tmp_path / "study", pairs=pairs)
    (study / "judges.toml").write_text(
        '[[judges]]\nname = "tiny"\nstyle = "generate"\nbackend = "file:answers.jsonl"\n'
    )
    replies = "Because.\n" * 20 + "Verdict: 1"
    names = [f"{pair.id}/overall/{order}" for pair in pairs for order in ("given", "swapped")]
    answers(study, dict.fromkeys(names, replies))
    return study


@pytest.mark.parametrize(
    ("command", "kept", "model", "every"),
    [
        ("respond", "responses/tiny.jsonl", Response, PROMPTS),
        ("judge", "judgements/tiny.jsonl", Judgement, 2 * PROMPTS),
    ],
)
def test_a_full_disk_is_told_in_one_sentence_and_tears_nothing(
    command: str,
    kept: str,
    model: type[Response] | type[Judgement],
    every: int,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    if not namespaces():
        pytest.skip("this machine lets nobody mount a small disk (unshare --mount)")
    study: Path = request.getfixturevalue({"respond": "responding", "judge": "judging"}[command])
    (disk := tmp_path / "disk").mkdir()
    wrapped = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", SMALL_DISK, "sh"]
    done = subprocess.run(
        [*wrapped, str(study), str(disk), sys.executable, command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (study / "code").read_text() == "2\n"
    (said,) = (study / "said").read_text().splitlines()
    assert said.endswith(
        ": No space left on device. What is answered stays; the same command goes on."
    )
    before = [row for _, row in read_jsonl(study / "kept" / kept, model)]  # raises on a torn line
    assert 0 < len(before) < every
    after = [row for _, row in read_jsonl(study / "whole" / kept, model)]
    assert after[: len(before)] == before
    assert len(after) == every
    assert not list((study / "whole").rglob("*.partial"))


def test_a_record_that_does_not_fit_leaves_no_part_of_itself(tmp_path: Path) -> None:
    """A limit on the size of a file tears a write in the middle, as a full disk may."""
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from annotation.study import append_jsonl\n"
        "from tests.builders import a_label\n"
        "path = Path(sys.argv[1])\n"
        "append_jsonl(path, [a_label()])\n"
        "limit = path.stat().st_size + 40\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
        "append_jsonl(path, [a_label()])\n"
    )
    path = tmp_path / "labels.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"File too large: '{path}'" in done.stderr
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 1
    assert lines[0].endswith(b"}\n")


@pytest.mark.parametrize("command", ["respond", "judge"])
def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(
    command: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    study: Path = request.getfixturevalue({"respond": "responding", "judge": "judging"}[command])
    # Where a file stands, even the superuser can make no folder.
    taken = study / {"respond": "responses", "judge": "judgements"}[command]
    taken.write_text("not a folder")
    assert main([command, str(study)]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said == f"{taken}: File exists. What is answered stays; the same command goes on."
