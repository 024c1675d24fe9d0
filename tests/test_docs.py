"""Every command in the documentation is run here, in the order in which a reader meets it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from analysis.estimates import STATISTICS
from tests.annotation import postgres
from tests.conftest import SHARED
from tests.generation.stand_in import completion, served
from tests.served import ROOT, Visitor, answers_to, free_port

DOCS = sorted((ROOT / "docs").glob("*.md"))
BLOCK = re.compile(r"^```bash\n(.*?)^```$", flags=re.M | re.S)

INSTEAD: Mapping[str, str] = {
    # the recipe of `demo` in the Makefile, without making the environment anew
    "make demo": "STUDY=data/demo python app.py",
    ". .venv/bin/activate": ":",
    ".venv/bin/python": "python",
    # no container engine is wanted for the tests; tests/test_deployment.py tries the files
    "docker compose up": ":",
}
"""What is run in place of what the reader types, and why."""

OF_OTHERS = {
    "pandalm.md": ("pandalm", "testset-v1.json"),
}
"""Files that the reader takes from elsewhere: the folder of the real data that they lie in."""


class Reader:
    """Somebody who types every block of a page into one shell, in a fresh clone."""

    def __init__(self, folder: Path, database: str | None, model: str) -> None:
        self._folder = folder
        self._database = database
        self._model = model
        parts = ("app.py", "annotation", "analysis", "generation", "docs", "data")
        copied = [str(ROOT / name) for name in parts]
        subprocess.run(["cp", "-r", *copied, str(folder)], check=True)
        self._kept = folder / ".environment"
        self._kept.touch()
        path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if name not in {"SECRET"}}
        self._environ = {**kept, "PATH": path}

    def types(self, block: str) -> None:
        """Run a block; what it exports holds for the next. Raises where a command fails."""
        for typed, run in INSTEAD.items():
            block = block.replace(typed, run)
        block = block.replace("http://localhost:8000/v1", self._model)
        if self._database:
            block = re.sub(r"postgresql://\S+", f"'{self._database}'", block)
        script = f"set -euo pipefail; . ./.environment\n{block}\nexport -p > .environment\n"
        if "python app.py" in block:
            self._serve(script)
            return
        ended = subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{block}\n{ended.stdout}\n{ended.stderr}"

    def _serve(self, script: str) -> None:
        """Start the app, label one pair as a reader would, and stop it."""
        port = str(free_port())
        script = re.sub(r"PORT=\d+ ", "", script).replace("python app.py", "exec python app.py")
        with subprocess.Popen(
            ["bash", "-c", script],
            cwd=self._folder,
            env={**self._environ, "PORT": port},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            try:
                said = process.stdout.readline()
                assert port in said, said or process.communicate()[1]
                self._label(f"http://127.0.0.1:{port}")
            finally:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=30)

    def _label(self, url: str) -> None:
        with httpx.Client(base_url=url, timeout=30) as browser:
            visitor = Visitor(browser)
            visitor.join(f"reader-{url.rpartition(':')[2]}")
            task = visitor.start()["task"]
            sent = {"token": task["token"], "answers": answers_to(task)}
            visitor.call("submit", {**sent, "submission_id": "s" * 22, "seconds": 5.0})


@pytest.fixture(scope="module")
def database() -> Iterator[str | None]:
    """A PostgreSQL of the tests' own, where its programs are installed."""
    if postgres.programs() is None:
        yield None
        return
    with postgres.server() as url:
        yield url.format("postgres")


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    """A stand-in for the model behind the server that a page speaks of."""
    with served(lambda _body, _number: completion("It is short.\nVerdict: 1")) as stand_in:
        yield stand_in.url


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_command_of_a_page_does_what_the_page_says(
    page: Path, tmp_path: Path, database: str | None, model: str
) -> None:
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    if any("postgresql://" in block for block in blocks) and database is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    reader = Reader(tmp_path, database, model)
    if page.name in OF_OTHERS:
        folder, first = OF_OTHERS[page.name]
        if not (SHARED / folder / first).exists():
            pytest.skip(f"{folder}'s files are not here")
        for file in (SHARED / folder).iterdir():
            (tmp_path / file.name).symlink_to(file)
    for block in blocks:
        reader.types(block)


def test_make_demo_is_what_is_run_in_its_place() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "STUDY=$${STUDY:-data/demo} $(BIN)/python app.py" in recipe


@pytest.mark.parametrize(
    "page", [*DOCS, ROOT / "README.md", ROOT / "SECURITY.md"], ids=lambda page: page.name
)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []
    named = re.findall(r"`((?:annotation|analysis|generation|tests|docs)/[\w./-]+)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_statistic_is_explained() -> None:
    text = (ROOT / "docs" / "numbers.md").read_text(encoding="utf-8")
    assert sorted(name for name in STATISTICS if f"`{name}`" not in text) == []
