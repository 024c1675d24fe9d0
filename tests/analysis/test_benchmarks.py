"""Benchmark scores: reading them, finding the study's systems, and correlating the rankings."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from analysis.__main__ import main
from analysis.estimates import Estimate
from analysis.labels import from_records
from analysis.leaderboards.matching import scores_of
from analysis.leaderboards.reading import BenchmarkError, Scored, read_benchmarks
from analysis.leaderboards.rows import permutation_p
from analysis.report.compose import Report, analyse
from analysis.report.markdown import markdown
from analysis.resampling.resample import Bootstrap
from annotation.schema import Label, Pair
from tests.analysis.small_studies import judged, pair_of, people, row_of
from tests.builders import YES_NO, a_criterion, a_label, a_plan, a_study_folder

ORDER = ("v", "w", "x", "y", "z")
"""The strongest first."""


def league() -> tuple[list[Pair], list[Label]]:
    """Every two of five systems on eight prompts; the stronger wins but on the first."""
    pairs: list[Pair] = []
    rows: list[str] = []
    for one, other in combinations(ORDER, 2):
        for prompt in range(8):
            pairs.append(pair_of(len(pairs), one, other, prompt=prompt))
            rows.append("B" if prompt == 0 else "A")
    return pairs, people(rows, pairs)


def report(benchmarks: Any) -> Report:
    pairs, labels = league()
    return analyse(from_records(a_plan(), pairs, labels), Bootstrap(100), benchmarks=benchmarks)


def tau(found: Report, name: str, **judge: str) -> Estimate:
    return row_of(found, "benchmark_kendall_tau", {"benchmark": name, **judge})


def test_a_benchmark_that_ranks_like_people_has_tau_1_and_the_chance_of_that() -> None:
    row = tau(report({"mmlu": dict(zip(ORDER, (9, 8, 7, 6, 5), strict=True))}), "mmlu")
    assert (row.value, row.n, row.unit) == (1, 5, "systems")
    assert row.p == pytest.approx(2 / 120)  # that order and its reverse, of 5! orders
    assert row.low is not None
    assert "120 orders" in str(row.method)


def test_two_systems_exchanged_of_four_give_two_thirds() -> None:
    row = tau(report({"mmlu": {"v": 9, "w": 8, "x": 6, "y": 7}}), "mmlu")
    assert row.value == pytest.approx(2 / 3)
    assert row.n == 4
    assert row.low is None
    assert "no interval" in str(row.method)


def test_p_is_adjusted_by_holm_over_the_benchmarks() -> None:
    like = dict(zip(ORDER, (9, 8, 7, 6, 5), strict=True))
    mixed = dict(zip(ORDER, (1, 5, 2, 4, 3), strict=True))
    found = report({"good": like, "poor": mixed})
    assert tau(found, "good").p_adjusted == pytest.approx(2 * 2 / 120)
    assert tau(found, "poor").adjustment == "holm"


def test_what_has_no_correlation_says_why() -> None:
    found = report({"alike": dict.fromkeys(ORDER, 3), "lone": {"v": 1}})
    assert "alike" in str(tau(found, "alike").reason)
    assert tau(found, "lone").reason is not None
    assert tau(found, "lone").value is None


def test_a_judges_ranking_is_compared_too_and_shown() -> None:
    pairs, labels = league()
    against = judged("j", {None: ["b"] * len(pairs)}, pairs)
    scores = {"mmlu": dict(zip(ORDER, (9, 8, 7, 6, 5), strict=True))}
    study = from_records(a_plan(), pairs, [*labels, *against])
    found = analyse(study, Bootstrap(50), benchmarks=scores)
    assert tau(found, "mmlu", judge="j").value == -1
    assert "Benchmarks against people" in markdown(found)


def test_ratings_are_compared_by_their_means() -> None:
    pairs, _ = league()
    labels = [
        a_label(
            pair_id=pair.id,
            target=target,
            choice="yes" if ORDER.index(system) < number % 5 else "no",
        )
        for number, pair in enumerate(pairs)
        for target, system in zip("ab", pair.systems, strict=True)
    ]
    plan = a_plan(a_criterion(scale=YES_NO))
    scores = {"mmlu": dict(zip(ORDER, (9, 8, 7, 6, 5), strict=True))}
    found = analyse(from_records(plan, pairs, labels), Bootstrap(50), benchmarks=scores)
    value = tau(found, "mmlu").value
    assert value is not None
    assert value > 0.7


@given(st.lists(st.integers(0, 50), min_size=3, max_size=7, unique=True), st.randoms())
def test_the_exact_p_without_ties_is_scipys(scores: list[int], random: Any) -> None:
    other = random.sample(scores, len(scores))
    expected = kendalltau(scores, other, method="exact").pvalue
    assert permutation_p(np.array(scores, float), np.array(other, float))[0] == pytest.approx(
        expected
    )


# Files


def csv_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "board.csv"
    path.write_bytes(text.encode("utf-8"))
    return path


BOARD = (
    "Model,Foundation,Parameters (B), MMLU ,BBH\r\n"
    "Human,,,89.8,\r\n"
    ",,,,\r\n"
    "[LLaMA](https://hub.example/llama-65b-hf),LLaMA,65,62.6, 42.6\r\n"
    "[LLaMA](https://hub.example/llama-30b-hf),LLaMA,30,57.8,-\r\n"
    "Dolly V2,Pythia,12,25.6,29.7%\r\n"
)


def test_a_leaderboard_is_read_with_blanks_links_empty_cells_and_its_human_row(
    tmp_path: Path,
) -> None:
    found = read_benchmarks([csv_of(tmp_path, BOARD)])
    assert [one.names[-1] for one in found] == ["Human", "LLaMA", "LLaMA", "Dolly V2"]
    assert found[1].names == ("LLaMA-65b", "llama-65b-hf", "LLaMA")
    assert found[1].scores == {"MMLU": 62.6, "BBH": 42.6}
    assert found[2].scores == {"MMLU": 57.8}
    assert found[3].scores == {"MMLU": 25.6, "BBH": 29.7}


def test_systems_are_found_by_letters_and_digits_with_their_size_or_without(
    tmp_path: Path,
) -> None:
    models = read_benchmarks([csv_of(tmp_path, BOARD)])
    scores = scores_of(["llama_65B", "dolly-v2", "unknown"], models)
    assert scores == {
        "MMLU": {"llama_65B": 62.6, "dolly-v2": 25.6},
        "BBH": {"llama_65B": 42.6, "dolly-v2": 29.7},
    }


def test_two_rows_of_one_system_are_refused(tmp_path: Path) -> None:
    models = read_benchmarks([csv_of(tmp_path, BOARD)])
    with pytest.raises(BenchmarkError, match=r"board\.csv:5: found another score of llama"):
        scores_of(["llama"], models)


def test_files_without_any_system_of_the_study_name_both() -> None:
    with pytest.raises(BenchmarkError, match=r"found the models m, expected systems.*: x, y"):
        scores_of(["x", "y"], [Scored(("m",), {"mmlu": 1}, "here")])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "found no models"),
        ("Model,MMLU\n", "found no models"),
        ("Score,MMLU\nx,1\n", r":1: found the first column 'Score', expected 'Model'"),
        ("Model,MMLU,MMLU\nx,1,2\n", r":1: found the column 'MMLU' twice"),
        ("Model,MMLU\nx,1,2\n", r":2: found 3 cells, expected 2"),
        ("Model,MMLU\nx,1\ny,high\n", r":3: MMLU: found 'high', expected a number"),
        ("Model,Foundation\nx,T5\n", "no column of scores"),
        ('Model,MMLU\n"x,1\n', "not CSV"),
    ],
)
def test_a_leaderboard_that_cannot_be_used_says_where_and_why(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(BenchmarkError, match=told):
        read_benchmarks([csv_of(tmp_path, text)])


HARNESS = {
    "results": {
        "mmlu": {"alias": "mmlu", "acc,none": 0.61, "acc_stderr,none": 0.01},
        "gsm8k": {"exact_match,strict-match": 0.4, "exact_match_stderr,strict-match": "N/A"},
        "wikitext": {"word_perplexity,none": 9.5},
    },
    "higher_is_better": {"mmlu": {"acc": True}, "wikitext": {"word_perplexity": False}},
    "config": {"model_args": "pretrained=org/Model-7B,dtype=float16"},
}


def json_of(tmp_path: Path, record: object) -> Path:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return path


def test_results_of_the_harness_are_read_and_less_is_better_turned_round(tmp_path: Path) -> None:
    (found,) = read_benchmarks([json_of(tmp_path, HARNESS)])
    assert found.names == ("org/Model-7B", "Model-7B")
    assert found.scores == {
        "mmlu.acc": 0.61,
        "gsm8k.exact_match,strict-match": 0.4,
        "wikitext.word_perplexity": -9.5,
    }
    named = json_of(tmp_path, {**HARNESS, "model_name": "other"})
    assert read_benchmarks([named])[0].names[0] == "other"


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ([], "expected an object with 'results'"),
        ({"results": {}, "model_name": "m"}, "found no score"),
        ({"results": {"mmlu": {"acc": 1}}}, "found no 'model_name'"),
    ],
)
def test_results_that_cannot_be_used_say_why(tmp_path: Path, record: object, told: str) -> None:
    with pytest.raises(BenchmarkError, match=told):
        read_benchmarks([json_of(tmp_path, record)])


def test_a_file_that_is_neither_or_not_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"expected a file \.csv"):
        read_benchmarks([tmp_path / "scores.xlsx"])
    bad = tmp_path / "bad.json"
    bad.write_text('{"results":\n oops', encoding="utf-8")
    with pytest.raises(BenchmarkError, match=r"bad\.json:2: not JSON"):
        read_benchmarks([bad])


def test_the_command_reads_them_and_refuses_bad_ones_before_it_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs, labels = league()
    folder = a_study_folder(tmp_path / "study", pairs=pairs, labels={"people.jsonl": labels})
    board = csv_of(
        tmp_path, "Model,MMLU\n" + "".join(f"{one},{9 - n}\n" for n, one in enumerate(ORDER))
    )
    command = [str(folder), "--resamples", "20", "--benchmarks", str(board)]
    assert main(command) == 0
    written = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    found = [one for one in written["estimates"] if one["statistic"] == "benchmark_kendall_tau"]
    assert {one["subject"]["benchmark"] for one in found} == {"MMLU"}
    assert "no benchmark has a score" not in capsys.readouterr().out
    some = csv_of(tmp_path, "Model,MMLU\n" + "".join(f"{one},{len(one)}\n" for one in ORDER[1:]))
    assert main([*command[:-1], str(some)]) == 0
    assert f"no benchmark has a score of {ORDER[0]}\n" in capsys.readouterr().out
    assert main([*command[:-1], str(tmp_path / "none.csv"), "--out", str(tmp_path / "out")]) == 2
    assert "none.csv" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "models", "columns"),
    [
        ("writing", 5, 10),
        ("alignment", 28, 5),
        ("problem_solving", 61, 6),
    ],
)
def test_instructevals_leaderboards_are_read_as_they_are(
    shared_data: Path, name: str, models: int, columns: int
) -> None:
    path = shared_data / "instruct_eval" / f"{name}_leaderboard.csv"
    found = read_benchmarks([path])
    assert len(found) == models
    assert len({key for one in found for key in one.scores}) == columns
    by_name = {one.names[-1]: one for one in found}
    if name == "problem_solving":
        assert by_name["Human"].scores["MMLU"] == 89.8
        scores = scores_of(["llama-65b", "vicuna", "flan-t5-xxl"], found)
        assert scores["MMLU"] == {"llama-65b": 62.6, "vicuna": 49.7, "flan-t5-xxl": 54.5}
