"""Every command in the documentation is run here, in the order in which a reader meets it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path

import httpx
import pytest

from analysis.estimates import STATISTICS
from annotation.schema import Prompt
from annotation.study import load_plan, read_jsonl, write_plan
from tests.annotation import postgres
from tests.builders import a_label, a_pair, a_study_folder
from tests.conftest import SHARED
from tests.generation.stand_in import completion, served
from tests.served import ROOT, Visitor, answers_to, free_port
from tests.stand_in_hub import WRITER, Account, StandInHub, running_hub

DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```bash\n(.*?)^```$", flags=re.M | re.S)
SERVES = re.compile(r"^.*python app\.py.*\n", flags=re.M)

INSTEAD: Mapping[str, str] = {
    # these tests are part of it
    "make test ": ": ",
    # the recipe of `demo` in the Makefile, without making the environment anew
    "make demo": "STUDY=data/demo python app.py",
    ". .venv/bin/activate": ":",
    ".venv/bin/python": "python",
    # no container engine is wanted for the tests; tests/test_deployment.py tries the files
    "docker compose up": ":",
    # whoever labelled the second study that a page serves
    "PSEUDONYM": "reader2",
    # a token that the stand-in for the Hub knows
    "hf_YOUR_TOKEN": WRITER,
}
"""What is run in place of what the reader types, and why."""

OF_OTHERS = {
    "pandalm.md": ("pandalm", "testset-v1.json"),
}
"""Files that the reader takes from elsewhere: the folder of the real data that they lie in."""


class Reader:
    """Somebody who types every block of a page into one shell, in a fresh clone."""

    def __init__(self, folder: Path, database: str | None, model: str, hub: StandInHub) -> None:
        self.folder = folder
        self.model = model
        self.hub = hub
        self._database = database
        self._readers = count(1)
        folders = ("annotation", "analysis", "generation", "docs", "data")
        parts = (*folders, "app.py", "README.md", "requirements.txt")
        subprocess.run(["cp", "-r", *(str(ROOT / name) for name in parts), str(folder)], check=True)
        (folder / ".environment").touch()
        path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if name not in {"SECRET"}}
        at_the_hub = {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": WRITER}
        self._environ = {**kept, **at_the_hub, "HF_HOME": str(folder / ".hub"), "PATH": path}

    def types(self, block: str) -> None:
        """Run a block; what it exports holds for the next. Raises where a command fails.

        A line that serves the app is answered by labelling a pair and stopping it.
        """
        for typed, run in INSTEAD.items():
            block = block.replace(typed, run)
        block = block.replace("http://localhost:8000/v1", self.model)
        if self._database:
            block = re.sub(r"postgresql://\S+", f"'{self._database}'", block)
        begin = 0
        for found in SERVES.finditer(block):
            self._run(block[begin : found.start()])
            self._serve(found[0])
            begin = found.end()
        self._run(block[begin:])

    def _run(self, block: str) -> None:
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{self._before(block)}\nexport -p > .environment"],
            cwd=self.folder,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{block}\n{ended.stdout}\n{ended.stderr}"

    def _before(self, block: str) -> str:
        return f". ./.environment\n{block}"

    def _serve(self, line: str) -> None:
        """Start the app, label one pair as a reader would, and stop it."""
        port = str(free_port())
        line = re.sub(r"PORT=\d+ ", "", line).replace("python app.py", "exec python app.py")
        with subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", self._before(line)],
            cwd=self.folder,
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
            name = f"reader{next(self._readers)}"
            visitor.join(name)
            task = visitor.start()["task"]
            sent = {"token": task["token"], "answers": answers_to(task)}
            answer = visitor.call(
                "submit", {**sent, "submission_id": name.ljust(22, "s"), "seconds": 5.0}
            )
            assert answer["ok"], answer


def with_a_table(reader: Reader) -> None:
    """The reader's own pairs, which the README takes as given."""
    (reader.folder / "my_pairs.csv").write_text(
        "prompt,response_a,response_b,system_a,system_b\nSay hi.,Hi.,Hello there.,x,y\n"
    )


def with_systems(reader: Reader) -> None:
    """Two systems, as the README declares them, but of recorded answers."""
    study = reader.folder / "studies" / "systems"
    ids = [prompt.id for _, prompt in read_jsonl(study / "prompts.jsonl", Prompt)]
    declared = []
    for name in ("greedy", "sampled"):
        rows = [{"prompt_id": each, "response": f"Of {each}: {name}."} for each in ids]
        (study / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        declared.append(f'[[systems]]\nname = "{name}"\nbackend = "file:{name}.jsonl"\n')
    (study / "systems.toml").write_text("\n".join(declared))


def with_invitations(reader: Reader) -> None:
    """The study is joined by invitation from now on."""
    study = reader.folder / "studies" / "mine"
    plan = load_plan(study)
    access = plan.access.model_copy(update={"mode": "invite"})
    write_plan(study, plan.model_copy(update={"access": access}))


def with_a_judge(reader: Reader) -> None:
    """A judge behind a server."""
    (reader.folder / "studies" / "mine" / "judges.toml").write_text(
        f'[[judges]]\nname = "local"\nbackend = "endpoint:{reader.model}"\nmodel = "m"\n'
        'style = "generate"\nprompt = "criterion"\n'
    )


def with_a_pilot(reader: Reader) -> None:
    """A pilot of two systems that two people have labelled."""
    pairs = [a_pair(number) for number in range(40)]
    labels = [
        a_label(pair_id=pair.id, annotator=name, choice=("a", "b", "tie", "a")[(n + shift) % 4])
        for n, pair in enumerate(pairs)
        for name, shift in (("ann", 0), ("bo", n % 3 == 0))
    ]
    a_study_folder(reader.folder / "studies" / "pilot", None, pairs, {"people.jsonl": labels})


def with_benchmark_scores(reader: Reader) -> None:
    """A leaderboard, and a results file of lm-evaluation-harness."""
    (reader.folder / "leaderboard.csv").write_text("Model,MMLU,DROP\nx,41.3,22\ny,48.2,31\n")
    (reader.folder / "results").mkdir()
    results = {"model_name": "x", "results": {"arc_easy": {"acc,none": 0.7}}}
    (reader.folder / "results" / "x.json").write_text(json.dumps(results))


def with_a_study_on_the_hub(reader: Reader) -> None:
    """The demo study in a dataset repository, tagged."""
    demo = {path.name: path.read_bytes() for path in (ROOT / "data" / "demo").glob("*.*")}
    made = reader.hub.repo("ORG/NAME").commit(demo, "a study")
    reader.hub.repo("ORG/NAME").tags["v1"] = made.oid


GIVEN: Mapping[tuple[str, str], Callable[[Reader], None]] = {
    ("README.md", "import pairs my_pairs.csv"): with_a_table,
    ("README.md", "generation respond"): with_systems,
    ("README.md", "annotation invite"): with_invitations,
    ("README.md", "generation judge"): with_a_judge,
    ("README.md", "--benchmarks leaderboard.csv"): with_benchmark_scores,
    ("README.md", "--pilot studies/pilot"): with_a_pilot,
    ("README.md", "hf://datasets/ORG/NAME"): with_a_study_on_the_hub,
}
"""What a page takes as given at a command of its, in no block but in its words."""


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


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    """A stand-in for the Hub where the reader may write as ORG."""
    with running_hub() as stand_in:
        stand_in.accounts[WRITER] = Account("ada", reads=("ada", "ORG"), writes=("ada", "ORG"))
        yield stand_in


@pytest.mark.parametrize(
    "page", [page for page in DOCS if page.name != "space.md"], ids=lambda page: page.name
)
def test_every_command_of_a_page_does_what_the_page_says(
    page: Path, tmp_path: Path, database: str | None, model: str, hub: StandInHub
) -> None:
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    if any("postgresql://" in block for block in blocks) and database is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    reader = Reader(tmp_path, database, model, hub)
    if page.name in OF_OTHERS:
        folder, first = OF_OTHERS[page.name]
        if not (SHARED / folder / first).exists():
            pytest.skip(f"{folder}'s files are not beside the project")
        for file in (SHARED / folder).iterdir():
            (tmp_path / file.name).symlink_to(file)
    for block in blocks:
        for (name, command), prepare in GIVEN.items():
            if name == page.name and command in block:
                prepare(reader)
        reader.types(block)


def test_the_space_of_the_page_gets_all_that_it_needs(
    tmp_path: Path, database: str | None, model: str, hub: StandInHub
) -> None:
    reader = Reader(tmp_path, database, model, hub)
    for block in BLOCK.findall((ROOT / "docs" / "space.md").read_text(encoding="utf-8")):
        reader.types(block)
    space = hub.repo("ORG/mine-space", "space")
    assert {"README.md", "app.py", "requirements.txt"} <= space.commits[-1].files.keys()
    assert not [path for path in space.commits[-1].files if path.endswith((".db", "secret.key"))]
    assert {"HF_TOKEN", "SECRET", "STUDY", "MIRROR"} <= space.settings.keys()
    assert hub.repo("ORG/mine-labels").commits[-1].files


def test_make_demo_is_what_is_run_in_its_place() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "STUDY=$${STUDY:-data/demo} $(BIN)/python app.py" in recipe


@pytest.mark.parametrize("page", [*DOCS, ROOT / "SECURITY.md"], ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []
    named = re.findall(r"`((?:annotation|analysis|generation|tests|docs)/[\w./-]+)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_statistic_is_explained() -> None:
    text = (ROOT / "docs" / "numbers.md").read_text(encoding="utf-8")
    assert sorted(name for name in STATISTICS if f"`{name}`" not in text) == []
