"""MT-bench's judgments: both orders of every match, scores from 1 to 10, and nothing made up."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.formats.files import FormatError
from annotation.formats.imported import Imported, make_study
from annotation.formats.mt_bench_judgments import read_mt_bench_judgments
from annotation.formats.mt_bench_pairs import JudgedFiles
from annotation.formats.mt_bench_records import Match, Score, read_record
from annotation.formats.table import Row, Unusable
from annotation.schema import Label
from annotation.study import load_study, read_labels
from tests.annotation.formats.json_values import json_values

Reader = Callable[..., Imported]
MODELS = ("alpha", "beta", "gamma")


def write_lines(path: Path, records: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(one)}\n" for one in records), encoding="utf-8")
    return path


def an_answer(model: str, question: int = 81) -> dict[str, Any]:
    turns = [f"{model} says one.", f"{model} says two."]
    return {"question_id": question, "model_id": model, "choices": [{"index": 0, "turns": turns}]}


@pytest.fixture
def files(tmp_path: Path) -> JudgedFiles:
    questions = [
        {"question_id": 81, "category": "writing", "turns": ["Ask.", "Ask more."]},
        {"question_id": 82, "category": "math", "turns": ["Count.", "Count more."]},
    ]
    for model in MODELS:
        answers = [an_answer(model, 81), an_answer(model, 82)]
        write_lines(tmp_path / "model_answer" / f"{model}.jsonl", answers)
    return JudgedFiles(
        write_lines(tmp_path / "question.jsonl", questions), (tmp_path / "model_answer",)
    )


@pytest.fixture
def read(tmp_path: Path, files: JudgedFiles) -> Reader:
    def reader(*records: object) -> Imported:
        path = write_lines(tmp_path / "gpt-4_pair.jsonl", list(records))
        return read_mt_bench_judgments([path], files, tmp_path / "study")

    return reader


def a_match(**fields: Any) -> dict[str, Any]:
    made = {
        "question_id": 81,
        "model_1": "alpha",
        "model_2": "beta",
        "g1_winner": "model_1",
        "g2_winner": "model_2",
        "judge": ["gpt-4", "pair-v2"],
        "g1_judgment": "A is better. [[A]]",
        "g2_judgment": "A is better. [[A]]",
        "turn": 1,
        "tstamp": 1687222975.5,
    }
    return {**made, **fields}


def a_score(**fields: Any) -> dict[str, Any]:
    made = {
        "question_id": 81,
        "model": "alpha",
        "judge": ["gpt-4", "single-v1"],
        "judgment": "Rating: [[8]]",
        "score": 8,
        "turn": 1,
        "tstamp": 1687222975.5,
    }
    return {**made, **fields}


def labels_of(made: Imported) -> list[Label]:
    return [label for labels in made.labels.values() for label in labels]


# -- pairwise ---------------------------------------------------------------------------------


def test_a_match_is_a_label_in_each_order(read: Reader) -> None:
    made = read(a_match(g1_winner="model_1", g2_winner="tie"))
    assert made.pairs[0].systems == ("alpha", "beta")
    labels = made.labels["judge-gpt-4.jsonl"]
    assert [(label.swapped, label.choice) for label in labels] == [(False, "a"), (True, "tie")]
    assert {(label.kind, label.annotator, label.criterion) for label in labels} == {
        ("judge", "gpt-4", "overall")
    }


def test_a_judge_that_always_says_the_first_one_is_for_both_in_turn(read: Reader) -> None:
    labels = labels_of(read(a_match(g1_winner="model_1", g2_winner="model_2")))
    assert [(label.swapped, label.choice) for label in labels] == [(False, "a"), (True, "b")]


@pytest.mark.parametrize(
    ("written", "choice"),
    [
        ("model_1", "a"),
        ("model_2", "b"),
        ("tie", "tie"),
        ("Tie", "tie"),
        ("TIE ", "tie"),
        ("draw", "tie"),
        ("tie (bothbad)", "tie"),
        ("error", "invalid"),
        ("Error", "invalid"),
    ],
)
def test_a_winner_is_read_however_it_is_written(read: Reader, written: str, choice: str) -> None:
    assert labels_of(read(a_match(g1_winner=written)))[0].choice == choice


@pytest.mark.parametrize("written", ["A", "alpha", "", None, 1, ["tie"]])
def test_a_winner_of_no_known_meaning_is_left_out_not_made_a_tie(
    read: Reader, written: object
) -> None:
    made = read(a_match(), a_match(turn=2, g2_winner=written))
    assert len(labels_of(made)) == 2
    assert "in 'g2_winner', expected model_1, model_2, tie or error" in made.left_out[0].why
    assert made.left_out[0].where.endswith("gpt-4_pair.jsonl:2")


def test_a_match_with_the_models_reversed_is_of_the_same_pair(read: Reader) -> None:
    turned = a_match(
        judge="claude", model_1="beta", model_2="alpha", g1_winner="model_1", g2_winner="tie"
    )
    made = read(a_match(), turned)
    assert len(made.pairs) == 1
    labels = made.labels["judge-claude.jsonl"]
    assert [(label.swapped, label.choice) for label in labels] == [(True, "b"), (False, "tie")]


def test_a_judge_asked_again_has_a_further_run(read: Reader) -> None:
    made = read(a_match(), a_match(g1_winner="tie"))
    assert [label.repeat for label in labels_of(made)] == [0, 0, 1, 1]


def test_what_the_judge_said_and_when_stays_with_the_label(read: Reader) -> None:
    made = read(a_match())
    label = labels_of(made)[0]
    assert label.comment == "A is better. [[A]]"
    assert label.created_at is not None
    assert label.created_at.isoformat() == "2023-06-20T01:02:55.500000+00:00"
    assert made.pairs[0].meta["judge_prompts"] == {"gpt-4": ["pair-v2"]}


# -- turns ------------------------------------------------------------------------------------


def test_the_first_turn_is_a_pair_without_the_second(read: Reader) -> None:
    (pair,) = read(a_match(turn=1)).pairs
    assert (pair.prompt.text, pair.prompt.turns) == ("Ask.", ())
    assert (pair.response_a.text, pair.response_a.turns) == ("alpha says one.", ())


def test_the_second_turn_is_a_pair_of_the_whole_dialogue(read: Reader) -> None:
    (pair,) = read(a_match(turn=2)).pairs
    assert [turn.text for turn in pair.prompt.turns] == ["Ask.", "Ask more."]
    assert [turn.text for turn in pair.response_a.turns] == ["alpha says one.", "alpha says two."]
    assert pair.response_a.text == "alpha says one.\n\nalpha says two."


def test_the_turns_of_a_question_are_two_tasks_of_one_prompt(read: Reader) -> None:
    pairs = read(a_match(turn=1), a_match(turn=2)).pairs
    assert [pair.prompt.task for pair in pairs] == ["turn-1", "turn-2"]
    assert {pair.prompt.id for pair in pairs} == {"81"}


# -- scores -----------------------------------------------------------------------------------


def test_scores_label_every_pair_in_which_their_response_stands(read: Reader) -> None:
    made = read(
        a_score(model="alpha", score=8),
        a_score(model="beta", score=3),
        a_match(),
        a_match(model_2="gamma"),
    )
    scores = [label for label in labels_of(made) if label.criterion == "quality"]
    found = Counter((label.target, label.choice) for label in scores)
    assert found == {("a", "8"): 2, ("b", "3"): 1}
    assert {label.swapped for label in scores} == {None}


def test_scores_without_matches_are_paired_two_by_two(read: Reader) -> None:
    made = read(*(a_score(model=model, turn=turn) for turn in (1, 2) for model in MODELS[:2]))
    assert [pair.systems for pair in made.pairs] == [("alpha", "beta")] * 2
    assert [criterion.key for criterion in made.plan.criteria] == ["quality"]


def test_a_score_left_over_is_paired_with_one_that_has_a_pair(read: Reader) -> None:
    made = read(*(a_score(model=model) for model in MODELS))
    assert [pair.systems for pair in made.pairs] == [("alpha", "beta"), ("gamma", "alpha")]


def test_a_score_without_another_on_the_question_is_left_out(read: Reader) -> None:
    made = read(a_match(question_id=82), a_score())
    assert made.left_out[0].why == (
        "alpha is the only one scored on turn 1 of question 81, and a pair needs two"
    )


@pytest.mark.parametrize("score", [-1, 0, 11, 10.5])
def test_a_score_off_the_scale_is_an_invalid_verdict(read: Reader, score: float) -> None:
    labels = labels_of(read(a_score(), a_score(model="beta", score=score)))
    assert [label.choice for label in labels] == ["8", "invalid"]


def test_the_scale_has_a_level_for_every_score_between(read: Reader, tmp_path: Path) -> None:
    make_study(tmp_path / "s", read(a_score(score=8.5), a_score(model="beta", score=9.0)))
    (criterion,) = load_study(tmp_path / "s").criteria
    assert criterion.scale.values["8.5"] == 8.5
    assert len(criterion.scale.choices) == 11
    for label in read_labels(tmp_path / "s"):
        assert label.choice in criterion.scale.choices


@pytest.mark.parametrize("score", [None, "8", True, [8]])
def test_a_score_that_is_no_number_is_left_out(read: Reader, score: object) -> None:
    made = read(a_match(), a_score(score=score))
    assert "in 'score', expected a number" in made.left_out[0].why


# -- what cannot be used ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ([], "expected a JSON object"),
        (a_match(question_id=None), "found None in 'question_id'"),
        (a_match(question_id=99), "there is no question 99"),
        (a_match(turn=3), "question 81 has 2 turns, found turn 3"),
        (a_match(turn="1"), "found '1' in 'turn'"),
        (a_match(judge=None), "found None in 'judge'"),
        (a_match(judge=[]), "found [] in 'judge'"),
        (a_match(judge=["gpt-4", 2]), "found ['gpt-4', 2] in 'judge'"),
        (a_match(model_2="delta"), "there is no answer of delta to turn 1 of question 81"),
        (a_match(model_2="alpha"), "expected two names"),
        (a_score(model=""), "found '' in 'model'"),
        (a_score(model="delta"), "there is no answer of delta to turn 1"),
        ({"question_id": 81, "judge": "x", "turn": 1}, "found neither g1_winner and g2_winner"),
    ],
)
def test_a_line_that_is_no_judgment_is_left_out_with_its_line(
    read: Reader, record: object, why: str
) -> None:
    made = read(a_match(), record)
    assert len(made.pairs) == 1
    assert why in made.left_out[0].why
    assert made.left_out[0].where.endswith("gpt-4_pair.jsonl:2")


@given(st.sampled_from([a_match(), a_score()]), st.data(), json_values())
def test_whatever_a_field_holds_is_a_judgment_or_left_out(
    record: dict[str, Any], data: st.DataObject, value: object
) -> None:
    name = data.draw(st.sampled_from(list(record)))
    read = read_record(Row(1, {**record, name: value}))
    assert isinstance(read, Match | Score | Unusable)


def test_a_file_without_a_judgment_is_refused_with_its_first_line(read: Reader) -> None:
    with pytest.raises(FormatError, match=re.escape("gpt-4_pair.jsonl:1: found 'x' in 'turn'")):
        read(a_match(turn="x"))


def test_a_bad_question_refuses_the_whole_import(read: Reader, files: JudgedFiles) -> None:
    files.questions.write_text('{"question_id": 81}\n', encoding="utf-8")
    with pytest.raises(FormatError, match=r"question\.jsonl:1: found None in 'turns'"):
        read(a_match())


def test_a_question_twice_refuses_the_whole_import(read: Reader, files: JudgedFiles) -> None:
    questions = files.questions.read_text(encoding="utf-8")
    files.questions.write_text(questions * 2, encoding="utf-8")
    with pytest.raises(FormatError, match=r"question\.jsonl:3: found question 81 of"):
        read(a_match())


def test_a_folder_without_answers_is_refused(
    read: Reader, files: JudgedFiles, tmp_path: Path
) -> None:
    for path in (tmp_path / "model_answer").iterdir():
        path.unlink()
    with pytest.raises(FormatError, match=r"found no \.jsonl file in it"):
        read(a_match())


def test_two_files_of_one_model_s_answers_are_refused(read: Reader, tmp_path: Path) -> None:
    write_lines(tmp_path / "model_answer" / "zeta.jsonl", [an_answer("alpha")])
    with pytest.raises(FormatError, match="found answers of alpha, which another file has too"):
        read(a_match())


def test_a_model_is_known_by_its_file_too(read: Reader, tmp_path: Path) -> None:
    write_lines(tmp_path / "model_answer" / "delta-v1.jsonl", [an_answer("delta")])
    assert read(a_match(model_2="delta-v1")).pairs[0].systems == ("alpha", "delta-v1")
