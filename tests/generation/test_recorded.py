from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from annotation.schema import Prompt, TiebreakError
from annotation.study import StudyError
from generation.backends.recorded import RecordedBackend
from generation.ledger import files_of
from generation.systems import System
from tests.generation.studies import a_dialogue, a_folder, responses, run, some_prompts


def a_file_system(**fields: Any) -> System:
    return System(name="tiny", backend="file:answers.jsonl", **fields)


def answered(folder: Path, rows: list[dict[str, Any]], system: System | None = None) -> list[str]:
    """Run over a file with these rows; the notes for the user."""
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "answers.jsonl").write_text(lines, encoding="utf-8")
    backend = RecordedBackend(system or a_file_system(), folder)
    run(folder, system or a_file_system(), backend=backend)
    return list(backend.notes())


def found(folder: Path) -> list[tuple[str, str]]:
    return [(row.prompt_id, row.text) for row in responses(folder)]


def failed(folder: Path) -> list[str]:
    path = files_of(folder, "tiny").failures
    return [json.loads(line)["error"] for line in path.read_text().splitlines()]


def test_answers_are_found_by_the_prompts_id_or_by_its_text(tmp_path: Path) -> None:
    a_folder(tmp_path, [Prompt(id="a", text="Why?"), Prompt(id="b", text="How?")])
    rows = [{"prompt": "How?", "response": "So."}, {"prompt_id": "a", "response": "Because."}]
    assert answered(tmp_path, rows) == []
    assert found(tmp_path) == [("a", "Because."), ("b", "So.")]


def test_a_csv_file_with_columns_of_its_own(tmp_path: Path) -> None:
    a_folder(tmp_path, [Prompt(id="a", text="Why?")])
    with (tmp_path / "made.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["question", "output"], ["Why?", 'Two\nlines, "quoted"']])
    system = System(
        name="tiny",
        backend="file:made.csv",
        columns={"prompt": "question", "response": "output"},
    )
    run(tmp_path, system, backend=RecordedBackend(system, tmp_path))
    assert found(tmp_path) == [("a", 'Two\nlines, "quoted"')]


def test_a_numbers_digits_are_a_prompts_id(tmp_path: Path) -> None:
    a_folder(tmp_path, [Prompt(id="0", text="Why?"), Prompt(id="81", text="How?")])
    rows = [{"prompt_id": 81, "response": "So."}, {"prompt_id": 0, "response": "Because."}]
    assert answered(tmp_path, rows) == []
    assert found(tmp_path) == [("0", "Because."), ("81", "So.")]


def test_an_answer_that_ran_into_its_limit_is_truncated_whatever_it_is_called(
    tmp_path: Path,
) -> None:
    a_folder(tmp_path, [Prompt(id="a", text="Why?")])
    answered(tmp_path, [{"prompt_id": "a", "response": "Be", "finish_reason": "max_tokens"}])
    (row,) = responses(tmp_path)
    assert row.finish_reason == "length"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("prompt,response\nWhy?,So.,more\n", ":2: found 3 cells, expected 2"),
        ("prompt,response\n\nWhy?\n", ":3: found 1 cells, expected 2"),
        ('prompt,response\n"Why?","So', ":2: not CSV: unexpected end of data"),
    ],
)
def test_a_csv_row_that_cannot_be_used_is_told_with_its_line(
    tmp_path: Path, text: str, what: str
) -> None:
    (tmp_path / "answers.csv").write_text(text)
    with pytest.raises(StudyError, match=what):
        RecordedBackend(System(name="tiny", backend="file:answers.csv"), tmp_path)


def test_each_answer_is_used_once(tmp_path: Path) -> None:
    a_folder(tmp_path, [Prompt(id="a", text="Why?"), Prompt(id="b", text="Why?")])
    answered(tmp_path, [{"prompt": "Why?", "response": "Because."}])
    assert found(tmp_path) == [("a", "Because.")]
    assert failed(tmp_path)[0].endswith("answers.jsonl: found no answer to prompt 'b'")


def test_several_answers_to_a_prompt_are_its_samples(tmp_path: Path) -> None:
    a_folder(tmp_path, [Prompt(id="a", text="Why?")])
    rows = [{"prompt_id": "a", "response": text} for text in ("One.", "Two.", "Three.")]
    system = a_file_system(decoding={"samples": 2})
    (note,) = answered(tmp_path, rows, system)
    assert found(tmp_path) == [("a", "One."), ("a", "Two.")]
    assert note.endswith("1 row answers nothing that this run asks, the first in line 3")


def test_a_file_of_which_nothing_was_asked_has_no_rows_left_over(tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").write_text('{"prompt": "Why?", "response": "So."}\n')
    assert RecordedBackend(a_file_system(), tmp_path).notes() == ()


def test_a_dialogue_takes_a_list_of_answers(tmp_path: Path) -> None:
    a_folder(tmp_path, [a_dialogue("d"), a_dialogue("e")])
    rows: list[dict[str, Any]] = [
        {"prompt_id": "d", "response": ["One.", "Two."]},
        {"prompt_id": "e", "response": "One."},
    ]
    answered(tmp_path, rows)
    (row,) = responses(tmp_path)
    assert [turn.text for turn in row.turns] == ["One.", "Two."]
    assert failed(tmp_path)[0].endswith(":2: found 1 answers to prompt 'e', expected 2")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('{"response": "x"}', ":1: found neither 'prompt_id' nor 'prompt'"),
        ('{"prompt": "Why?"}', ":1: found None under 'response'"),
        ('{"prompt": "Why?", "response": 3}', ":1: found 3 under 'response'"),
        ('["a"]', ":1: found .* expected an object"),
        ("{", ":1: not JSON"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_with_its_line(
    tmp_path: Path, line: str, what: str
) -> None:
    (tmp_path / "answers.jsonl").write_text(line + "\n")
    with pytest.raises(StudyError, match=what):
        RecordedBackend(a_file_system(), tmp_path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TiebreakError, match=r"answers\.jsonl: cannot be read: No such file"):
        RecordedBackend(a_file_system(), tmp_path)


def test_missing_answers_are_found_when_the_file_has_grown(tmp_path: Path) -> None:
    a_folder(tmp_path, some_prompts(2))
    first = {"prompt_id": "p0", "response": "One."}
    answered(tmp_path, [first])
    assert answered(tmp_path, [first, {"prompt_id": "p1", "response": "Two."}]) == []
    assert found(tmp_path) == [("p0", "One."), ("p1", "Two.")]
