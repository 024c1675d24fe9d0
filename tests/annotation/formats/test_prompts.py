"""Prompts from tables, self-instruct, MT-bench and Vicuna, and what becomes of bad ones."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotation.formats.files import FormatError
from annotation.formats.imported import FolderTaken
from annotation.formats.mt_bench import prompts_of_mt_bench
from annotation.formats.prompts import Found, ReadPrompts, known_prompts, save_prompts, sift
from annotation.formats.self_instruct import prompts_of_self_instruct
from annotation.formats.table_prompts import prompts_of_table
from annotation.formats.tables import open_table
from annotation.schema import Prompt, Turn
from annotation.study import load_plan, write_jsonl
from generation.keys import messages_of
from tests.builders import a_prompt, a_study_folder

Table = Callable[..., ReadPrompts]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Read a table, by default a CSV file, from its text."""

    def reader(text: str, name: str = "p.csv", /, **given: str) -> ReadPrompts:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        notes: list[str] = []
        read = sift(prompts_of_table(open_table(path), given, notes), {})
        read.notes += notes
        return read

    return reader


def lines(*records: object) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


# -- tables -----------------------------------------------------------------------------------


def test_named_columns_become_the_fields_of_the_prompt(table: Table) -> None:
    text = "id,text,input,task,category,reference,level\np1,Say hi.,To: Ada,writing,letter,Hi!,3\n"
    assert table(text).prompts == [
        Prompt(
            id="p1",
            text="Say hi.",
            input="To: Ada",
            task="writing",
            category="letter",
            reference="Hi!",
            meta={"level": "3"},
        )
    ]


def test_the_columns_of_impact_are_known(table: Table) -> None:
    read = table("Category,Definition,Prompt\nInformative,Asks for facts,Why is it cold?\n")
    (prompt,) = read.prompts
    assert (prompt.text, prompt.task, prompt.category) == (
        "Why is it cold?",
        "writing",
        "informative",
    )
    assert prompt.meta == {"Definition": "Asks for facts"}
    assert "IMPACT" in read.notes[0]


def test_impact_is_the_same_from_jsonl(table: Table) -> None:
    record = {"Category": "Creative", "Definition": "Makes up", "Prompt": "Write a poem."}
    csv = table("Category,Definition,Prompt\nCreative,Makes up,Write a poem.\n")
    assert table(lines(record), "p.jsonl").prompts == csv.prompts


def test_a_category_of_another_table_stays_as_it_is_written(table: Table) -> None:
    assert table("text,category\nHi?,Small Talk\n").prompts[0].category == "Small Talk"


@pytest.mark.parametrize("column", ["Prompt", "instruction", "QUESTION"])
def test_the_usual_names_for_the_text_are_known(table: Table, column: str) -> None:
    assert table(f"{column},x\nHi?,1\n").prompts[0].text == "Hi?"


def test_other_names_are_mapped(table: Table) -> None:
    read = table("q,n\nHi?,7\n", text="q", id="n")
    assert read.prompts == [Prompt(id="7", text="Hi?")]


def test_an_id_that_is_missing_is_the_hash_of_what_is_asked(table: Table) -> None:
    assert table("text,id\nHi?,\n").prompts[0].id == Prompt(text="Hi?").id


def test_the_prompts_of_a_study_come_back_as_they_were(table: Table, tmp_path: Path) -> None:
    turns = (Turn(role="user", text="Hi."), Turn(role="assistant", text="Hello."))
    prompts = [
        a_prompt("Hi.", turns=(*turns, Turn(role="user", text="Why?")), meta={"n": [1]}),
        a_prompt("Now?", id="p2", input="Then.", reference="Yes.", meta={"a": None}),
    ]
    write_jsonl(tmp_path / "theirs.jsonl", prompts)
    read = table((tmp_path / "theirs.jsonl").read_text(encoding="utf-8"), "p.jsonl")
    assert read.prompts == prompts


def test_turns_of_a_csv_are_json_and_give_the_text_where_there_is_none(table: Table) -> None:
    (prompt,) = table('turns\n"[""Hi?"", ""And now?""]"\n').prompts
    assert prompt.text == "Hi?"
    assert [(turn.role, turn.text) for turn in prompt.turns] == [
        ("user", "Hi?"),
        ("user", "And now?"),
    ]


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"text": " "}, "there is no text"),
        ({"text": None}, "there is no text"),
        ({"text": ["a"]}, "text holds"),
        ({"text": "x", "reference": [1]}, "reference holds"),
        ({"text": "x", "turns": "[1"}, "turns holds '[1', which is not JSON"),
        ({"text": "x", "turns": {"a": 1}}, "expected a list of turns"),
        ({"text": "x", "turns": [{"role": "me", "text": "y"}]}, "as turn 1, expected a text"),
        ({"text": "x", "turns": [3]}, "holds 3 as turn 1"),
        ({"text": "x", "turns": [{"role": "assistant", "text": "y"}]}, "no turn of the user"),
        ({"text": "y"}, "stands in"),
    ],
)
def test_a_row_that_makes_no_prompt_is_left_out_with_its_line(
    table: Table, record: object, why: str
) -> None:
    read = table(lines({"text": "y", "turns": [], "reference": None}, record), "p.jsonl")
    assert len(read.prompts) == 1
    assert why in read.left_out[0].why
    assert read.left_out[0].where.endswith("p.jsonl:2")


def test_a_line_that_is_no_json_object_is_refused_with_its_number(table: Table) -> None:
    with pytest.raises(FormatError, match=r"p\.jsonl:2: found 'text', expected a JSON object"):
        table(lines({"text": "y"}, "text"), "p.jsonl")


def test_a_table_without_texts_says_how_to_name_them(table: Table) -> None:
    with pytest.raises(FormatError, match="--map text=COLUMN"):
        table("a,b\n1,2\n")


# -- into a study -----------------------------------------------------------------------------


def keys_of(folder: Path) -> list[str]:
    return [criterion.key for criterion in load_plan(folder).criteria]


def test_a_new_study_of_writing_asks_of_writing(tmp_path: Path) -> None:
    assert save_prompts(tmp_path / "s", [a_prompt(category="creative")])
    assert keys_of(tmp_path / "s") == [
        "conciseness",
        "clarity",
        "adherence",
        "formality",
        "overall",
    ]
    assert not (tmp_path / "s" / "pairs.jsonl").exists()


def test_a_new_study_of_alignment_asks_of_alignment(tmp_path: Path) -> None:
    save_prompts(tmp_path / "s", [a_prompt(task="alignment", category="honest")])
    assert keys_of(tmp_path / "s") == ["honest", "overall"]


def test_a_new_study_of_both_has_guidelines_for_both(tmp_path: Path) -> None:
    save_prompts(tmp_path / "s", [a_prompt(), a_prompt("Why?", category="helpful")])
    assert keys_of(tmp_path / "s")[3:] == ["formality", "helpful", "overall"]
    guidelines = (tmp_path / "s" / "guidelines.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (\w+)", guidelines, re.MULTILINE)
    assert found[:4] == ["Conciseness", "Clarity", "Adherence", "Formality"]
    assert found[4:] == ["Helpful", "Honest", "Harmless", "Overall"]


def test_prompts_are_added_to_a_study_that_has_none_yet(tmp_path: Path) -> None:
    folder = a_study_folder(tmp_path / "s")
    assert not save_prompts(folder, [a_prompt("New?")])
    assert list(known_prompts(folder).values()) == [a_prompt("New?")]


def test_a_prompt_that_the_study_has_is_not_taken_again() -> None:
    known = a_prompt("Hi?")
    found = [Found("line 1", a_prompt("Hi?")), Found("line 2", a_prompt("New?"))]
    read = sift(found, {known.id: known})
    assert [prompt.text for prompt in read.prompts] == ["New?"]
    assert read.already == 1


def test_another_prompt_of_an_id_that_the_study_has_is_left_out() -> None:
    read = sift([Found("line 1", a_prompt("New?", id="1"))], {"1": a_prompt("Hi?", id="1")})
    assert (read.prompts, read.already) == ([], 0)
    assert read.left_out[0].why == "another prompt of the study has the id '1'"


def test_a_folder_that_is_no_study_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("mine")
    with pytest.raises(FolderTaken):
        known_prompts(tmp_path)


# -- self-instruct ----------------------------------------------------------------------------


def test_self_instruct_gives_its_252_instructions(shared_data: Path) -> None:
    path = shared_data / "self_instruct" / "user_oriented_instructions.jsonl"
    read = sift(prompts_of_self_instruct(path), {})
    assert (len(read.prompts), read.left_out) == (252, [])
    first = read.prompts[0]
    assert (first.id, first.category) == ("user_oriented_task_0", "Grammarly")
    assert first.input.startswith("If you have any questions about my rate")
    assert first.reference is not None
    assert first.reference.startswith("If you have any questions about my rate or find it")


def self_instructed(folder: Path, *records: object) -> ReadPrompts:
    path = folder / "tasks.jsonl"
    path.write_text(lines(*records), encoding="utf-8")
    return sift(prompts_of_self_instruct(path), {})


def a_task(**fields: Any) -> dict[str, Any]:
    instance = {"input": "x", "output": "y"}
    return {"id": "t0", "instruction": "Do.", "instances": [instance], **fields}


def test_an_instruction_with_several_instances_is_several_prompts(tmp_path: Path) -> None:
    instances = [{"input": "x", "output": ""}, {"input": "", "output": "y"}]
    read = self_instructed(tmp_path, a_task(instances=instances, is_classification=True))
    assert [(one.id, one.input, one.reference) for one in read.prompts] == [
        ("t0-1", "x", None),
        ("t0-2", "", "y"),
    ]
    assert read.prompts[0].meta == {"source": "self-instruct", "is_classification": True}


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (3, "expected a JSON object"),
        ({"id": "t"}, "the field 'instruction' is missing"),
        (a_task(id=3), "found 3 in 'id', expected text"),
        (a_task(instruction=" "), "found an empty id or instruction"),
        (a_task(instances=[]), "found [] in 'instances'"),
        (a_task(instances=[3]), "found the instance 3"),
        (a_task(instances=[{"input": "x"}]), "the field 'output' is missing"),
        (a_task(motivation_app=3), "found 3 in 'motivation_app'"),
    ],
)
def test_an_instruction_that_makes_no_prompt_is_left_out(
    tmp_path: Path, record: object, why: str
) -> None:
    read = self_instructed(tmp_path, a_task(id="good"), record)
    assert len(read.prompts) == 1
    assert why in read.left_out[0].why


# -- MT-bench and Vicuna ----------------------------------------------------------------------


def test_mt_bench_has_80_questions_of_two_turns(shared_data: Path) -> None:
    path = shared_data / "mt_bench" / "mt_bench__question.jsonl"
    read = sift(prompts_of_mt_bench(path, None), {})
    assert len(read.prompts) == 80
    assert {tuple(turn.role for turn in one.turns) for one in read.prompts} == {("user", "user")}
    assert all(one.text == one.turns[0].text for one in read.prompts)
    assert Counter(one.category for one in read.prompts)["writing"] == 10
    assert read.prompts[0].id == "81"


def test_vicuna_has_80_questions_of_one_turn(shared_data: Path) -> None:
    path = shared_data / "mt_bench" / "vicuna_bench__question.jsonl"
    read = sift(prompts_of_mt_bench(path, None), {})
    assert len(read.prompts) == 80
    assert {one.turns for one in read.prompts} == {()}


def test_the_first_vicuna_questions_have_their_turn_as_text(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(lines({"question_id": 1, "text": "Hi?", "category": "generic"}))
    (prompt,) = sift(prompts_of_mt_bench(path, None), {}).prompts
    assert (prompt.id, prompt.text, prompt.turns, prompt.category) == ("1", "Hi?", (), "generic")
    assert prompt.meta == {"source": "FastChat"}


def test_a_system_is_asked_both_turns_and_nothing_twice(shared_data: Path) -> None:
    path = shared_data / "mt_bench" / "mt_bench__question.jsonl"
    for prompt in sift(prompts_of_mt_bench(path, None), {}).prompts:
        assert messages_of(prompt) == prompt.turns


def test_reference_answers_count_before_those_of_the_questions(shared_data: Path) -> None:
    folder = shared_data / "mt_bench"
    questions = folder / "mt_bench__question.jsonl"
    given = folder / "mt_bench__reference_answer__gpt-4.jsonl"
    own = {one.id: one for one in sift(prompts_of_mt_bench(questions, None), {}).prompts}
    both = {one.id: one for one in sift(prompts_of_mt_bench(questions, given), {}).prompts}
    assert sum(own[key].reference != both[key].reference for key in own) == 30
    assert own["101"].reference == "You are in second place.\n\nUncertain."
    assert len(both["101"].meta["reference_turns"]) == 2
    assert both["103"].reference != own["103"].reference == "Thomas may work at a hospital."


def test_what_a_question_says_besides_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(lines({"question_id": 1, "turns": ["Hi?"], "source": "me", "level": 2}))
    (prompt,) = sift(prompts_of_mt_bench(path, None), {}).prompts
    assert prompt.meta == {"source": "me", "level": 2}


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (["x"], "expected a JSON object"),
        ({"turns": ["x"]}, "found None in 'question_id'"),
        ({"question_id": True, "turns": ["x"]}, "found True in 'question_id'"),
        ({"question_id": 2}, "found None in 'turns'"),
        ({"question_id": 2, "turns": []}, "found [] in 'turns'"),
        ({"question_id": 2, "turns": "Hi?"}, "found 'Hi?' in 'turns'"),
        ({"question_id": 2, "turns": [" ", "x"]}, "in 'turns'"),
        ({"question_id": 2, "turns": ["x"], "category": 3}, "found 3 in 'category'"),
        ({"question_id": 2, "turns": ["x"], "reference": "y"}, "found 'y' in 'reference'"),
        ({"question_id": 1, "turns": ["x"]}, "the id '1' stands in"),
    ],
)
def test_a_question_that_makes_no_prompt_is_left_out(
    tmp_path: Path, record: object, why: str
) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(lines({"question_id": 1, "turns": ["Hi?"]}, record), encoding="utf-8")
    read = sift(prompts_of_mt_bench(path, None), {})
    assert len(read.prompts) == 1
    assert why in read.left_out[0].why


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found no answers"),
        ("{\n", "r.jsonl:1: not JSON"),
        (lines({"question_id": 1}), "r.jsonl:1: found None in 'model_id'"),
        (lines({"model_id": "m"}), "r.jsonl:1: found None in 'question_id'"),
        (lines({"question_id": 1, "model_id": "m"}), "r.jsonl:1: found None in 'choices'"),
        (
            lines({"question_id": 1, "model_id": "m", "choices": [{"turns": [1]}]}),
            "r.jsonl:1: found [{'turns': [1]}] in 'choices'",
        ),
        (
            lines(*[{"question_id": 1, "model_id": "m", "choices": [{"turns": ["x"]}]}] * 2),
            "r.jsonl:2: found a second answer of m to question 1",
        ),
        (
            lines(
                *({"question_id": 1, "model_id": m, "choices": [{"turns": ["x"]}]} for m in "mn")
            ),
            "found answers of 2 models, expected references of one",
        ),
    ],
)
def test_references_that_cannot_be_read_are_one_sentence(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "q.jsonl").write_text(lines({"question_id": 1, "turns": ["Hi?"]}))
    (tmp_path / "r.jsonl").write_text(text)
    with pytest.raises(FormatError, match=re.escape(message)):
        sift(prompts_of_mt_bench(tmp_path / "q.jsonl", tmp_path / "r.jsonl"), {})
