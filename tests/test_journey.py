"""The whole way: a table of one's own, labels given blind, exported, analysed."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

import analysis.__main__ as analysis
import annotation.__main__ as annotation
from annotation.assignment import Answer
from annotation.blind import Submission, Task
from annotation.served import load_served
from annotation.settings import database_url
from annotation.store import Store
from annotation.workflow import Workflow


def label_everything(folder: Path, name: str, better: str) -> None:
    """One annotator who prefers the response holding `better`, wherever it stands."""
    store = Store.open(database_url(folder, {}))
    workflow = Workflow(load_served(folder), store, coin=Random(name))
    joined = workflow.join(name)
    while isinstance(task := workflow.next_task(workflow.annotator_of(joined.return_key)), Task):
        choice = "a" if better in task.left.text else "b"
        answers = tuple(
            Answer(criterion=one.key, target="pair", choice=choice) for one in task.criteria
        )
        workflow.submit(
            joined.annotator,
            Submission(submission_id=f"id-{task.token}", token=task.token, answers=answers),
        )
    store.close()


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the analysis says of four pairs on which three people agree that `good` is better."""
    monkeypatch.chdir(tmp_path)
    rows = [f"Question {n}?,a good answer {n},a bad answer {n}" for n in range(4)]
    Path("mine.csv").write_text("\n".join(["prompt,response_a,response_b", *rows]) + "\n")
    assert annotation.main(["import", "pairs", "mine.csv", "mine"]) == 0
    for name in ("ann", "ben", "carl"):
        label_everything(Path("mine"), name, "good")
    out = ["--format", "jsonl", "--out", "labels.jsonl"]
    assert annotation.main(["export", "mine", *out]) == 0
    Path("mine/labels").mkdir(exist_ok=True)
    Path("labels.jsonl").rename("mine/labels/people.jsonl")
    assert analysis.main(["mine", "--out", "report"]) == 0
    made: dict[str, object] = json.loads(Path("report/report.json").read_text())
    return made


def test_every_label_arrives_in_the_report(report: dict[str, object]) -> None:
    data = report["data"]
    assert isinstance(data, dict)
    assert (data["pairs"], data["annotators"], data["labels"]) == (4, 3, 4 * 3 * 5)


def test_the_report_says_what_people_said_whichever_side_they_saw_it_on(
    report: dict[str, object],
) -> None:
    rows = report["estimates"]
    assert isinstance(rows, list)
    agreement = [
        row["value"]
        for row in rows
        if (row["statistic"], row["criterion"]) == ("percent_agreement", "overall")
        and row["subject"] == row["slice"] == {}
    ]
    wins = {
        row["subject"]["system"]: row["value"]
        for row in rows
        if (row["statistic"], row["criterion"]) == ("win_count", "overall") and row["slice"] == {}
    }
    assert agreement == [1.0]
    assert wins == {"a": 4, "b": 0}
