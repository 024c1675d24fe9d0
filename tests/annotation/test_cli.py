"""`python -m annotation` as a user meets it: what it prints, what it makes, how it refuses."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest

from annotation.__main__ import SUBCOMMANDS, main
from annotation.arguments import spread
from annotation.assignment import Answer
from annotation.blind import Submission, Task
from annotation.export.tables import (
    AGGREGATED_COLUMNS,
    LABEL_COLUMNS,
    PAIR_COLUMNS,
    PREFERENCE_COLUMNS,
)
from annotation.formats.table_labels import FIELDS as LABEL_TABLE
from annotation.formats.table_pairs import FIELDS as PAIR_TABLE
from annotation.formats.table_prompts import FIELDS as PROMPT_TABLE
from annotation.schema import Criterion, Label, Level, Pair, Prompt, Record, Response
from annotation.served import load_served
from annotation.settings import database_url
from annotation.store import Store
from annotation.study import (
    PairingRules,
    ScreenRules,
    StudyPlan,
    load_study,
    read_labels,
    write_jsonl,
)
from annotation.workflow import Workflow
from tests.builders import a_criterion, a_label, a_pair, a_plan, a_prompt, a_study_folder

Run: TypeAlias = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in a folder of its own; exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def runner(*argv: object) -> tuple[int, str, str]:
        code = main([str(one) for one in argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return runner


def one_line(err: str) -> str:
    assert err.count("\n") == 1
    return err.strip()


# -- import pairs -----------------------------------------------------------------------------


def test_a_csv_of_ones_own_is_a_study_after_one_command(run: Run) -> None:
    Path("mine.csv").write_text("prompt,response_a,response_b\nSay hi.,Hi.,Hello.\n")
    code, out, err = run("import", "pairs", "mine.csv", "my-study")
    assert (code, err) == (0, "")
    assert "prompt: Say hi.\n  a (a): Hi.\n  b (b): Hello.\n" in out
    assert out.endswith(
        "1 pair -> my-study, a new study\nlabel them: STUDY=my-study python app.py\n"
    )
    assert run("check", "my-study")[0] == 0


def test_a_csv_of_two_columns_can_be_labelled(run: Run) -> None:
    Path("mine.csv").write_text("gpt,llama\nHi.,Hello.\n")
    assert run("import", "pairs", "mine.csv", "my-study")[0] == 0
    study = load_study(Path("my-study"))
    store = Store.open(database_url(Path("my-study"), {}))
    workflow = Workflow(load_served(study.folder), store)
    task = workflow.next_task(workflow.join("ann").annotator)
    store.close()
    assert isinstance(task, Task)
    assert {task.left.text, task.right.text} == {"Hi.", "Hello."}


def test_only_three_rows_are_previewed_and_long_texts_are_cut(run: Run) -> None:
    rows = "".join(f'p{n},"a {"x" * 100}\n",b\n' for n in range(5))
    Path("mine.csv").write_text(f"prompt,response_a,response_b\n{rows}")
    out = run("import", "pairs", "mine.csv", "my-study")[1]
    assert out.count("prompt: ") == 3
    assert max(map(len, out.splitlines())) <= 100


def test_every_row_left_out_is_printed_with_its_line(run: Run) -> None:
    Path("mine.csv").write_text("prompt,response_a,response_b\np,a,b\np,a\np,,\n")
    code, out, _ = run("import", "pairs", "mine.csv", "my-study")
    assert code == 0
    assert "left out: mine.csv:3: found 2 cells, expected 3 as in the first line\n" in out
    assert "left out: mine.csv:4: both responses are empty\n" in out
    assert "2 rows left out\n" in out


def test_importing_the_same_table_twice_adds_nothing(run: Run) -> None:
    Path("mine.csv").write_text("prompt,response_a,response_b\np,a,b\n")
    run("import", "pairs", "mine.csv", "my-study")
    before = Path("my-study/pairs.jsonl").read_bytes()
    code, out, _ = run("import", "pairs", "mine.csv", "my-study")
    assert (code, out.splitlines()[-1]) == (0, "0 pairs added to my-study")
    assert Path("my-study/pairs.jsonl").read_bytes() == before


def test_columns_are_mapped_before_or_after_the_paths(run: Run) -> None:
    Path("mine.csv").write_text("q,x,y\np,a,b\n")
    mapped = ["--map", "prompt=q", "response_a=x", "--map", "response_b=y"]
    assert run("import", "pairs", *mapped, "mine.csv", "s1")[0] == 0
    assert run("import", "pairs", "mine.csv", "s2", *mapped)[0] == 0
    assert Path("s1/pairs.jsonl").read_bytes() == Path("s2/pairs.jsonl").read_bytes()


def test_a_table_without_a_usable_row_makes_no_study(run: Run) -> None:
    Path("mine.csv").write_text("prompt,response_a,response_b\np,,\n")
    code, _, err = run("import", "pairs", "mine.csv", "my-study")
    assert code == 2
    assert one_line(err) == (
        "mine.csv: found no pair to import; the first row left out is mine.csv:2: "
        "both responses are empty"
    )
    assert not Path("my-study").exists()


def test_a_study_with_a_broken_line_is_named_and_not_changed(run: Run) -> None:
    Path("mine.csv").write_text("prompt,response_a,response_b\np,a,b\n")
    run("import", "pairs", "mine.csv", "s")
    with Path("s/pairs.jsonl").open("a") as file:
        file.write("{\n")
    before = Path("s/pairs.jsonl").read_bytes()
    code, _, err = run("import", "pairs", "mine.csv", "s")
    assert code == 2
    assert one_line(err).startswith("s/pairs.jsonl:2: not JSON")
    assert Path("s/pairs.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--map", "prompt"], "--map"),
        (["--map", "prompt=q", "prompt=r"], "--map: found 'prompt' twice"),
        (["--map==q"], "--map: found '=q', expected NAME=VALUE"),
        (["--sheet", "x", "--map", "promt=q"], "--map promt=q: expected one of prompt"),
        (["--encoding", "klingon"], "mine.csv: there is no encoding called 'klingon'"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(
    run: Run, capsys: pytest.CaptureFixture[str], argv: list[str], message: str
) -> None:
    Path("mine.csv").write_text("prompt,response_a,response_b\np,a,b\n")
    try:
        code, _, err = run("import", "pairs", "mine.csv", "s", *argv)
    except SystemExit as left:  # argparse's own way to refuse
        code, err = int(str(left.code)), capsys.readouterr().err
    assert code == 2
    assert message in err
    assert not Path("s").exists()


def test_assignments_after_a_flag_are_spread_and_nothing_else() -> None:
    argv = ["--map", "a=b", "c=d", "FILE", "e=f", "--choices", "-1=b", "--name", "x=y", "--judge"]
    expected = ["--map=a=b", "--map=c=d", "FILE", "e=f", "--choices=-1=b", "--name", "x=y"]
    assert list(spread(argv)) == [*expected, "--judge"]


# -- import labels ----------------------------------------------------------------------------


def test_labels_made_elsewhere_stand_beside_the_others(run: Run) -> None:
    pairs = [a_pair(0, meta={"source_id": "q0"})]
    a_study_folder(Path("s"), pairs=pairs, labels={"people.jsonl": [a_label()]})
    Path("my votes.csv").write_text("id,annotator,choice\nq0,ann,1\nq0,bo,maybe\n")
    code, out, err = run("import", "labels", "my votes.csv", "s", "--choices", "1=a")
    assert (code, err) == (0, "")
    assert f"ann on {pairs[0].id}: overall = a\n" in out
    assert "left out: my votes.csv:3: found the choice 'maybe'" in out
    assert "add --choices maybe=CHOICE" in out
    assert out.endswith("1 label -> s/labels/my-votes.jsonl\n")
    assert len(list(read_labels(Path("s")))) == 2


def test_labels_of_no_pair_of_the_study_are_an_error(run: Run) -> None:
    a_study_folder(Path("s"))
    Path("v.csv").write_text("pair_id,annotator,choice\nq0,ann,a\n")
    code, _, err = run("import", "labels", "v.csv", "s")
    assert code == 2
    assert one_line(err).startswith("v.csv: found no label to import; the first row left out is")
    assert not Path("s/labels").exists()


def test_labels_need_a_study(run: Run) -> None:
    Path("v.csv").write_text("pair_id,annotator,choice\nq0,ann,a\n")
    code, _, err = run("import", "labels", "v.csv", "s")
    assert code == 2
    assert one_line(err).startswith("s/study.toml: not found, expected a study folder")


def test_a_name_that_is_no_file_name_is_refused(run: Run) -> None:
    a_study_folder(Path("s"))
    Path("v.csv").write_text("pair_id,annotator,choice\nq0,ann,a\n")
    code, _, err = run("import", "labels", "v.csv", "s", "--name", "../v")
    assert (code, one_line(err)[:22]) == (2, "--name: found '../v', ")


# -- pandalm, tulu, export --------------------------------------------------------------------


def test_pandalm_comes_back_equal(run: Run, shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "pandalm"
    judges = {"gpt": "gpt-3.5-turbo-testset-v1.json", "pandalm": "pandalm-7b-testset-v1.json"}
    flags = [f"{name}={source / file}" for name, file in judges.items()]
    code, out, _ = run("import", "pandalm", source / "testset-v1.json", "s", "--judge", *flags)
    assert (code, out.splitlines()[-1]) == (0, "999 pairs and 4,995 labels -> s, a new study")
    assert run("export", "s", "--format", "pandalm", "--out", "back", "--unblind")[0] == 0
    files = {"testset": "testset-v1.json", **{f"judge-{n}": file for n, file in judges.items()}}
    for name, file in files.items():
        made = json.loads(Path(f"back/{name}.json").read_text(encoding="utf-8"))
        expected = json.loads((source / file).read_text(encoding="utf-8"))
        assert json.dumps(made) == json.dumps(expected)


def test_tulu_comes_back_with_its_records_and_lists_the_broken_cells(
    run: Run, shared_data: Path
) -> None:
    source = shared_data / "tulu"
    instances = source / "eval_instances_tulu_1.jsonl"
    argv = ["import", "tulu", instances, source / "eval_annotations_tulu_1.xlsx", "s"]
    code, out, _ = run(*argv)
    assert (code, out.splitlines()[-1]) == (0, "996 pairs and 3,450 labels -> s, a new study")
    code, out, _ = run("export", "s", "--format", "tulu", "--out", "back", "--unblind")
    assert code == 0
    assert out.count("the true text stands where a spreadsheet had broken it") == 6
    assert out.splitlines()[-1].startswith("996 pairs and 1,150 records from s/labels, systems by")
    made = Path("back/instances.jsonl").read_text(encoding="utf-8").splitlines()
    expected = instances.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in made] == [json.loads(line) for line in expected]


def test_a_study_is_never_imported_over(run: Run) -> None:
    a_study_folder(Path("s"))
    Path("t.json").write_text("[]")
    code, _, err = run("import", "pandalm", "t.json", "s")
    assert code == 2
    assert one_line(err).startswith("s: stands there already")


def test_a_judge_without_a_usable_name_is_refused(run: Run) -> None:
    Path("t.json").write_text("[]")
    code, _, err = run("import", "pandalm", "t.json", "s", "--judge", "a/b=t.json")
    assert (code, one_line(err)[:14]) == (2, "--judge a/b=: ")


@pytest.mark.parametrize("missing", [["import", "pandalm", "no.json", "s"], ["check", "no"]])
def test_a_file_that_is_not_there_is_one_sentence(run: Run, missing: list[str]) -> None:
    code, out, err = run(*missing)
    assert (code, out) == (2, "")
    assert one_line(err).startswith("no")


def test_an_export_that_cannot_be_written_is_one_sentence(run: Run) -> None:
    a_study_folder(Path("s"))
    Path("file").write_text("")
    code, out, err = run("export", "s", "--format", "jsonl", "--out", "file/x.jsonl")
    assert (code, out) == (2, "")
    assert one_line(err).startswith("file")
    assert not Path("s/annotations.db").exists()


def test_labels_given_on_the_page_come_out_of_the_export(run: Run) -> None:
    a_study_folder(Path("s"))
    study = load_study(Path("s"))
    store = Store.open(database_url(Path("s"), {}))
    workflow = Workflow(
        load_served(study.folder),
        store,
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        coin=Random(1),
    )
    annotator = workflow.join("ann").annotator
    task = workflow.next_task(annotator)
    assert isinstance(task, Task)
    answers = (Answer(criterion="overall", target="pair", choice="a"),)
    workflow.submit(
        annotator, Submission(submission_id="submission", token=task.token, answers=answers)
    )
    labels = list(store.labels("trial"))
    store.close()
    code, out, _ = run("export", "s", "--format", "jsonl", "--out", "s/labels/people.jsonl")
    assert code == 0
    assert out == (
        "1 label from the database, systems called S1, S2, ... -> s/labels/people.jsonl\n"
    )
    assert list(read_labels(Path("s"))) == labels


# -- check ------------------------------------------------------------------------------------

STUDY_TOML = """\
key = "spring-2026"
title = "..."
version = 3
labels_per_pair = 3
[[criteria]]
key = "clarity"
question = "Which response is clearer?"
scale = "preference3"
applies_to = ["writing", "alignment"]   # tasks or categories; default all
[[criteria]]
key = "acceptability"
question = "Is this response acceptable?"
scale = { kind = "rating", levels = [{ name = "yes", value = 1 }, { name = "no", value = 0 }] }
"""
PROMPT = """{"id": "p1", "text": "Write.", "input": "", "turns": [], "task": "writing", \
"category": "creative", "reference": null, "meta": {}}"""
RESPONSE = """{"system": "x", "text": "One.", "turns": [], "finish_reason": "stop", "meta": {}}"""
LABEL = """{"pair_id": "…", "criterion": "clarity", "annotator": "a7", "kind": "human", \
"target": "pair", "choice": "a", "swapped": false, "repeat": 0, "purpose": "study", \
"seconds": 41.5, "comment": null, "flags": [], "created_at": "2026-11-22T10:00:00Z", \
"study_version": 3}"""


@pytest.fixture
def by_hand(run: Run) -> Path:
    """A study folder written by hand from the page of contracts, with every file that it names."""
    folder = Path("by-hand")
    (folder / "responses").mkdir(parents=True)
    (folder / "labels").mkdir()
    other = RESPONSE.replace('"x"', '"y"').replace("One.", "Two.")
    pair = f'{{"prompt": {PROMPT}, "response_a": {RESPONSE}, "response_b": {other}, "meta": {{}}}}'
    files = {
        "study.toml": STUDY_TOML,
        "guidelines.md": "# Guidelines\n\nClear is what is understood at first reading.\n",
        "prompts.jsonl": f"{PROMPT}\n",
        "systems.toml": '[[systems]]\nname = "x"\n[[systems]]\nname = "y"\n',
        "judges.toml": '[j]\nmodel = "hf:j"\n',
        "responses/x.jsonl": RESPONSE.replace("{", '{"prompt_id": "p1", ', 1) + "\n",
        "pairs.jsonl": f"{pair}\n",
        "training.jsonl": f"{pair}\n",
        "gold.jsonl": f"{pair}\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    pair_id = load_study(folder).pairs[0].id
    label = LABEL.replace("…", pair_id)
    required = {"pair_id": pair_id, "criterion": "clarity", "annotator": "j", "kind": "judge"}
    (folder / "labels" / "people.jsonl").write_text(f"{label}\n", encoding="utf-8")
    (folder / "labels" / "judge-j.jsonl").write_text(
        json.dumps({**required, "target": "pair", "choice": "invalid"}), encoding="utf-8"
    )
    return folder


def test_an_explanation_that_calls_the_responses_a_and_b_is_told(run: Run, by_hand: Path) -> None:
    path = by_hand / "training.jsonl"
    texts = ("A good one is short, as {a} is.", "Response A is short.", "So is B.")
    pairs = [a_pair(number, meta={"explanation": text}) for number, text in enumerate(texts)]
    write_jsonl(path, pairs)
    _, out, _ = run("check", by_hand)
    assert "training.jsonl: 3 pairs\n  2 explanations with A or B, which people may see" in out


def test_a_study_written_by_hand_from_the_contract_passes(run: Run, by_hand: Path) -> None:
    code, out, err = run("check", by_hand)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "by-hand: ... (spring-2026, version 3), 3 labels a pair",
        "guidelines.md: 10 words",
        "systems.toml: 2 systems",
        "judges.toml: j",
        "prompts.jsonl: 1 prompt",
        "responses: 1 response (x 1) in 1 file",
        "pairs.jsonl: 1 pair of 1 prompt",
        "  systems: x 1, y 1",
        "  task: writing 1",
        "  category: creative 1",
        "criterion clarity (preference3: a, tie, b): asked of 1 pair",
        "criterion acceptability (rating: yes, no): asked of 1 pair",
        "training.jsonl: 1 pair",
        "gold.jsonl: 1 pair",
        "labels: 2 labels",
        "  judge: 1 by j 1",
        "  human: 1 by a7 1",
        "sides in by-hand/labels: labels given in the pair's order and with the sides swapped "
        f"differ by at most 1 for a pair ({load_study(by_hand).pairs[0].id}) "
        "and 1 for an annotator (a7; aim: 2)",
    ]


def test_what_the_analysis_will_leave_out_is_said_beforehand(run: Run) -> None:
    pairs = [a_pair(0), a_pair(1, prompt=a_prompt("Other", task="alignment", category="honest"))]
    plan = a_plan(a_criterion("overall"), a_criterion("wit", applies_to=("writing",)))
    first, second = (pair.id for pair in pairs)
    labels: list[Label] = [
        a_label(pair_id=first, choice="a"),
        a_label(pair_id=first, choice="b"),
        a_label(pair_id="gone"),
        a_label(pair_id=first, criterion="taste"),
        a_label(pair_id=first, choice="both_bad", annotator="bo"),
        a_label(pair_id=second, criterion="wit"),
        a_label(pair_id=first, target="a", annotator="cy"),
        a_label(pair_id=first, repeat=1),
        a_label(pair_id=second, purpose="surplus"),
        a_label(pair_id="t", purpose="training"),
        a_label(pair_id="g", purpose="gold"),
    ]
    a_study_folder(Path("s"), plan, pairs, {"people.jsonl": labels})
    code, out, _ = run("check", "s")
    assert code == 0
    found = [line for line in out.splitlines() if "left out" in line]
    assert [line.split(": ", 1)[1].split(" (")[0] for line in found] == [
        "1 training",
        "1 gold",
        "1 unknown_pair",
        "1 unknown_criterion",
        "1 unknown_choice",
        "2 not_applicable",
        "1 superseded",
        "1 repeat",
        "1 surplus",
    ]
    assert "e.g. 'both_bad' for overall" in found[4]


def test_pairs_that_look_alike_or_ask_nothing_are_told(run: Run) -> None:
    first = a_pair(0)
    other = a_pair(0, response_a=first.response_a.model_copy(update={"system": "third"}))
    plan = a_plan(a_criterion(applies_to=("alignment",)))
    a_study_folder(Path("s"), plan, [first, other])
    out = run("check", "s")[1]
    assert "  1 pair with the texts of an earlier pair: annotators meet them again\n" in out
    assert "  2 pairs asked no criterion (applies_to)\n" in out


def test_a_study_without_pairs_yet_passes(run: Run) -> None:
    a_study_folder(Path("s"))
    Path("s/pairs.jsonl").unlink()
    code, out, _ = run("check", "s")
    assert code == 0
    assert "pairs.jsonl: none yet, so there is nothing to label\n" in out


def test_responses_of_unknown_prompts_are_told(run: Run, by_hand: Path) -> None:
    (by_hand / "prompts.jsonl").write_text(PROMPT.replace("p1", "p2"), encoding="utf-8")
    assert "  1 response of prompts that prompts.jsonl does not hold\n" in run("check", by_hand)[1]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("study.toml", "key = ", "study.toml:1: not TOML"),
        ("systems.toml", "[x]\nmodel\n", "systems.toml:2: not TOML"),
        ("judges.toml", "[x", "judges.toml:1: not TOML"),
        ("prompts.jsonl", '{"id": "p"}\n', "prompts.jsonl:1: the field 'text' is missing"),
        ("prompts.jsonl", f"{PROMPT}\n{PROMPT}\n", "prompts.jsonl:2: found the prompt id 'p1'"),
        ("responses/y.jsonl", '{"system": "y"}\n', "responses/y.jsonl:1: the field 'text'"),
        ("pairs.jsonl", "{\n", "pairs.jsonl:1: not JSON"),
        ("pairs.jsonl", '{"id": "x"}\n', "pairs.jsonl:1: the field 'prompt' is missing"),
        ("training.jsonl", "[]\n", "training.jsonl:1: found"),
        ("gold.jsonl", "\xff", "gold.jsonl:1: "),
        ("labels/people.jsonl", '\n{"pair_id": "x"}\n', "people.jsonl:2: the field 'criterion'"),
        ("labels/x.parquet", "no", "labels/x.parquet: not a Parquet file"),
    ],
)
def test_a_broken_file_is_one_sentence_with_its_line(
    run: Run, by_hand: Path, file: str, text: str, message: str
) -> None:
    (by_hand / file).write_text(text, encoding="latin-1")
    code, _, err = run("check", by_hand)
    assert code == 2
    assert message in one_line(err)


# -- import prompts, and other formats --------------------------------------------------------


def test_a_csv_of_prompts_is_a_study_after_one_command(run: Run) -> None:
    Path("p.csv").write_text("text,category\nSay hi.,creative\n")
    code, out, err = run("import", "prompts", "p.csv", "s")
    assert (code, err) == (0, "")
    assert "prompt: Say hi. (creative)\n1 prompt -> s, a new study\n" in out
    assert "python -m generation respond s\n" in out
    assert "prompts.jsonl: 1 prompt\n" in run("check", "s")[1]


def test_importing_the_same_prompts_twice_adds_nothing(run: Run) -> None:
    Path("p.csv").write_text("text\nSay hi.\n")
    run("import", "prompts", "p.csv", "s")
    before = Path("s/prompts.jsonl").read_bytes()
    code, out, _ = run("import", "prompts", "p.csv", "s")
    assert (code, out.splitlines()[-1]) == (0, "0 prompts added to s")
    assert Path("s/prompts.jsonl").read_bytes() == before


def test_columns_of_prompts_are_mapped(run: Run) -> None:
    Path("p.csv").write_text("q,n\nSay hi.,p7\n")
    assert run("import", "prompts", "p.csv", "s", "--map", "text=q", "id=n")[0] == 0
    assert '"id": "p7", "text": "Say hi."' in Path("s/prompts.jsonl").read_text()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("prompts", "none.csv"), "none.csv: not found, expected a file"),
        (("prompts", "bad.csv"), "bad.csv: found no prompt to import; the first row left out is"),
        (("prompts", "bad.csv", "--map", "txt=a"), "--map txt=a: expected one of text, id"),
        (("prompts", "bad.txt"), "bad.txt: expected a name that ends in one of .csv"),
        (("self-instruct", "none.jsonl"), "none.jsonl: No such file or directory"),
        (("self-instruct", "bad.jsonl"), "bad.jsonl: found no prompt to import"),
        (("mt-bench", "bad.jsonl"), "bad.jsonl: found no prompt to import"),
        (("hhh", "none.json"), "none.json: cannot be read: No such file or directory"),
        (("hhh", "bad.jsonl"), "bad.jsonl: the field 'examples' is missing"),
        (("alpaca-eval", "bad.jsonl"), "bad.jsonl: expected a JSON list of objects"),
    ],
)
def test_a_source_that_cannot_be_used_is_one_sentence_and_makes_nothing(
    run: Run, argv: tuple[str, ...], message: str
) -> None:
    Path("bad.csv").write_text('text\n" "\n')
    Path("bad.jsonl").write_text("{}\n")
    code, _, err = run("import", *argv[:2], "s", *argv[2:])
    assert code == 2
    assert one_line(err).startswith(message)
    assert not Path("s").exists()


def test_hhh_is_a_study_after_one_command(run: Run, shared_data: Path) -> None:
    code, out, _ = run("import", "hhh", shared_data / "hhh", "s")
    assert code == 0
    assert out.endswith("221 pairs and 221 labels -> s, a new study\n")
    checked = run("check", "s")[1]
    assert "  category: harmless 58, helpful 59, honest 61, other 43\n" in checked
    assert "  reference: 221 by hhh 221\n" in checked
    assert "left out" not in checked


def test_tasks_of_hhh_can_be_named_one_by_one(run: Run, shared_data: Path) -> None:
    tasks = [shared_data / "hhh" / name / "task.json" for name in ("honest", "other")]
    assert "104 pairs and 104 labels" in run("import", "hhh", *tasks, "s")[1]


def test_mt_bench_and_vicuna_share_a_study(run: Run, shared_data: Path) -> None:
    folder = shared_data / "mt_bench"
    run("import", "mt-bench", folder / "mt_bench__question.jsonl", "s")
    out = run("import", "mt-bench", folder / "vicuna_bench__question.jsonl", "s")[1]
    assert out.endswith("80 prompts added to s\n")
    assert "prompts.jsonl: 160 prompts\n" in run("check", "s")[1]


def test_judgments_are_a_study_of_pairs_and_labels(run: Run) -> None:
    Path("q.jsonl").write_text('{"question_id": 1, "turns": ["Hi?"]}\n')
    for model in ("x", "y"):
        answer = {"question_id": 1, "model_id": model, "choices": [{"turns": [f"I am {model}."]}]}
        Path(f"{model}.jsonl").write_text(json.dumps(answer))
    match = {"question_id": 1, "turn": 1, "model_1": "x", "model_2": "y", "judge": "j"}
    winners = {"g1_winner": "model_1", "g2_winner": "error"}
    Path("j.jsonl").write_text(json.dumps({**match, **winners}))
    answers = ("--answers", "x.jsonl", "--answers", "y.jsonl")
    code, out, err = run(
        "import", "mt-bench-judgments", "j.jsonl", "s", "--questions", "q.jsonl", *answers
    )
    assert (code, err) == (0, "")
    assert "note: 1 verdict of j on overall: invalid\n" in out
    assert out.endswith("1 pair and 2 labels -> s, a new study\n")
    assert "left out" not in run("check", "s")[1]


def test_a_study_that_is_there_is_not_made_again(run: Run) -> None:
    a_study_folder(Path("s"))
    Path("a.json").write_text("[]")
    code, _, err = run("import", "alpaca-eval", "a.json", "s")
    assert code == 2
    assert one_line(err).startswith("s: stands there already")


# -- data/README.md ---------------------------------------------------------------------------

README = ROOT / "data" / "README.md"


def test_the_examples_of_the_readme_make_a_study_that_passes(run: Run) -> None:
    blocks = re.findall(
        r"```(?:toml|json)\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL
    )
    plan, prompt, response, pair, label = blocks
    for folder in ("responses", "labels"):
        Path("s", folder).mkdir(parents=True)
    files = {"study.toml": plan, "prompts.jsonl": prompt, "responses/x.jsonl": response}
    files |= dict.fromkeys(("pairs.jsonl", "training.jsonl", "gold.jsonl"), pair)
    for name, text in files.items():
        Path("s", name).write_text(text, encoding="utf-8")
    pair_id = load_study(Path("s")).pairs[0].id
    Path("s/labels/people.jsonl").write_text(label.replace("…", pair_id), encoding="utf-8")
    code, out, err = run("check", "s")
    assert (code, err) == (0, "")
    assert "  human: 1 by a7 1" in out
    assert "left out" not in out


@pytest.mark.parametrize(
    "record",
    [StudyPlan, PairingRules, ScreenRules, Criterion, Level, Prompt, Response, Pair, Label],
)
def test_the_readme_describes_every_field(record: type[Record]) -> None:
    text = README.read_text(encoding="utf-8")
    assert [name for name in record.model_fields if f"`{name}`" not in text] == []


EXPORTED = {
    column.name
    for columns in (PAIR_COLUMNS, LABEL_COLUMNS, AGGREGATED_COLUMNS, PREFERENCE_COLUMNS)
    for column in columns
}


@pytest.mark.parametrize("name", sorted({*PAIR_TABLE, *LABEL_TABLE, *PROMPT_TABLE, *EXPORTED}))
def test_the_readme_describes_every_column(name: str) -> None:
    assert f"`{name}`" in README.read_text(encoding="utf-8")


# -- the program ------------------------------------------------------------------------------


def python_m_annotation(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "annotation", *argv],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", [one for one in SUBCOMMANDS if one.startswith("import ")])
def test_the_readme_describes_every_import(name: str) -> None:
    assert f"`{name}" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("noun", ["pairs", "labels"])
def test_a_torn_line_of_jsonl_is_named_and_nothing_of_the_file_is_imported(
    run: Run, tmp_path: Path, noun: str
) -> None:
    a_study_folder(tmp_path / "s", pairs=1)
    pair = '{"prompt": "p", "response_a": "a", "response_b": "b"}'
    label = f'{{"pair_id": "{a_pair(0).id}", "annotator": "x", "choice": "a"}}'
    line = pair if noun == "pairs" else label
    Path("mine.jsonl").write_text(f"{line}\n{line[:20]}\n", encoding="utf-8")
    code, out, err = run("import", noun, "mine.jsonl", "s")
    assert (code, out) == (2, "")
    assert one_line(err).startswith("mine.jsonl:2: not JSON: ")
    assert len(load_study(Path("s")).pairs) == 1
    assert not Path("s/labels").exists()


@pytest.mark.parametrize("command", [["annotation", "check"], ["analysis", "--resamples", "9"]])
def test_an_output_that_nobody_reads_is_named_in_one_line(
    tmp_path: Path, command: list[str]
) -> None:
    label = a_label(pair_id=a_pair(0).id)
    folder = a_study_folder(tmp_path / "s", pairs=1, labels={"people.jsonl": [label]})
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as output:
        done = subprocess.run(
            [sys.executable, "-u", "-m", *command, str(folder)],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "output: Broken pipe\n")


def test_help_names_every_command() -> None:
    done = python_m_annotation("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(name in done.stdout for name in ("import", "export", "check"))


def test_the_program_leaves_with_2_and_one_line_on_stderr() -> None:
    done = python_m_annotation("check", "no-such-study")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "no-such-study/study.toml: not found, expected a study folder with a study.toml in it\n"
    )
