from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from annotation.__main__ import main
from annotation.formats.plans import COMPREHENSIVENESS
from annotation.starting import SWITCHES, TEMPLATES
from annotation.study import PLAN_FILE, StudyPlan, load_study

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_template_is_a_study_that_takes_pairs_and_explains_each_question(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    assert main(["new", str(folder), "--template", name, "--title", "Mine"]) == 0
    table = tmp_path / "pairs.csv"
    table.write_text("prompt,response_a,response_b,category\nSay hi.,Hi.,Hello.,helpful\n")
    assert main(["import", "pairs", str(table), str(folder)]) == 0
    study = load_study(folder)
    assert (study.title, study.labels_per_pair, len(study.pairs)) == ("Mine", 3, 1)
    assert study.asked(study.pairs[0].prompt)
    guidelines = study.guidelines.lower()
    assert [one.key for one in study.criteria if one.key not in guidelines] == []
    assert main(["check", str(folder)]) == 0
    assert "criterion" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_comprehensiveness_is_asked_and_explained_where_it_is_switched_on(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "mine"
    assert main(["new", str(folder), "--template", name, "--comprehensiveness"]) == 0
    study = load_study(folder)
    asked = study.criterion("comprehensiveness")
    assert asked is not None
    assert asked.question.removesuffix("?") in study.guidelines
    section = study.guidelines.partition("## Comprehensiveness")[2].partition("\n## ")[0]
    assert "- Good:" in section
    assert "- Bad:" in section


def test_no_study_asks_for_comprehensiveness_unasked(tmp_path: Path) -> None:
    for name in TEMPLATES:
        main(["new", str(tmp_path / name), "--template", name])
        assert "omprehensive" not in (tmp_path / name / PLAN_FILE).read_text("utf-8")


def test_the_demo_asks_for_comprehensiveness_when_its_marks_are_taken_away() -> None:
    text = (ROOT / "data" / "demo" / PLAN_FILE).read_text(encoding="utf-8")
    bare = re.sub(r"^# ?(?=\[|\w+ = )", "", text, flags=re.M)
    assert COMPREHENSIVENESS in StudyPlan.model_validate(tomllib.loads(bare)).criteria


def test_what_can_be_switched_on_is_a_plan_when_the_marks_are_taken_away(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    main(["new", str(folder)])
    path = folder / PLAN_FILE
    text = path.read_text(encoding="utf-8")
    assert SWITCHES in text
    bare = re.sub(r"^# ?(?=\[|\w+ = )", "", text, flags=re.M)
    plan = StudyPlan.model_validate(tomllib.loads(bare))
    assert plan.access.mode == "invite"
    assert plan.training is not None
    assert plan.closing.ask_systems


def test_a_switch_that_is_on_does_not_stand_at_the_foot_too(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    main(["new", str(folder), "--access", "prolific", "--language", "ko"])
    text = (folder / PLAN_FILE).read_text(encoding="utf-8")
    assert "# [access]" not in text
    assert "# [consent]" in text
    plan = StudyPlan.model_validate(tomllib.loads(text))
    assert (plan.access.mode, plan.language) == ("prolific", "ko")


def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["new", str(tmp_path)]) == 2
    assert "stands there already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_number_of_labels_below_one_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", str(tmp_path / "mine"), "--labels-per-pair", "0"]) == 2
    assert capsys.readouterr().err == "--labels-per-pair: found 0, expected 1 or more\n"
    assert not (tmp_path / "mine").exists()


def at_a_terminal(folder: Path, answers: str) -> tuple[int, str]:
    """The command as somebody at a terminal runs it, their answers typed ahead."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "annotation", "new", str(folder)],
        cwd=ROOT,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        os.close(theirs)
        os.write(ours, answers.encode())
        out, _ = process.communicate(timeout=60)
    os.close(ours)
    return process.returncode, out


def test_at_a_terminal_it_asks_and_asks_again(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    code, out = at_a_terminal(folder, "Two bots\nnonsense\nratings\nmany\n5\n\nko\n")
    assert code == 0
    assert "found 'nonsense', expected one of writing" in out
    assert "found 'many', expected a whole number" in out
    study = load_study(folder)
    assert (study.title, study.labels_per_pair, study.language) == ("Two bots", 5, "ko")
    assert study.access.mode == "open"
    assert [one.key for one in study.criteria] == ["relevance", "coherence", "overall"]


def test_who_gives_up_answering_leaves_nothing_behind(tmp_path: Path) -> None:
    code, out = at_a_terminal(tmp_path / "mine", "Two bots\n\x04")
    assert code == 2
    assert "no answer, so nothing was made" in out
    assert list(tmp_path.iterdir()) == []
