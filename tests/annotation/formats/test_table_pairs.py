"""A user's own pairs: every kind of table, oddities told, texts unchanged."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from annotation.formats.cells import neutralise
from annotation.formats.files import FormatError
from annotation.formats.imported import FolderTaken
from annotation.formats.sheets import SPREADSHEET_ERRORS, write_sheet
from annotation.formats.table_pairs import ReadPairs, known_pairs, read_pairs_table, save_pairs
from annotation.formats.tables import open_table
from annotation.schema import Pair
from annotation.study import load_study

Records: TypeAlias = Sequence[Mapping[str, Any]]


def write_csv(path: Path, records: Records) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",")
        rows.writerow(records[0])
        rows.writerows([neutralise(value) for value in record.values()] for record in records)


def write_jsonl(path: Path, records: Records) -> None:
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")


def write_xlsx(path: Path, records: Records) -> None:
    write_sheet(path, "s", list(records[0]), [list(record.values()) for record in records])


def write_parquet(path: Path, records: Records) -> None:
    pq.write_table(pa.Table.from_pylist([dict(one) for one in records]), path)


WRITERS: dict[str, Callable[[Path, Records], None]] = {
    "t.csv": write_csv,
    "t.tsv": write_csv,
    "t.jsonl": write_jsonl,
    "t.xlsx": write_xlsx,
    "t.parquet": write_parquet,
}


def read(path: Path, given: Mapping[str, str] | None = None, **options: Any) -> ReadPairs:
    return read_pairs_table(open_table(path, **options), given or {})


@pytest.fixture
def reading(tmp_path: Path) -> Callable[..., ReadPairs]:
    """The pairs of a CSV file of this text."""

    def make(text: str | bytes, given: Mapping[str, str] | None = None, **kw: Any) -> ReadPairs:
        path = tmp_path / kw.pop("name", "t.csv")
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return read(path, given, **kw)

    return make


Reading: TypeAlias = Callable[..., ReadPairs]


def texts(pair: Pair) -> tuple[str, str, str]:
    return pair.prompt.text, pair.response_a.text, pair.response_b.text


def whys(made: ReadPairs) -> list[str]:
    return [left.why for left in made.left_out]


odd_text = st.text(
    st.sampled_from("=+-@'\"\t\r\n,;\x00\x0b_x000D_ü😀") | st.characters(exclude_categories=["Cs"])
).filter(lambda text: text not in SPREADSHEET_ERRORS)


@pytest.mark.parametrize("name", WRITERS)
@settings(deadline=None, max_examples=40)
@given(
    rows=st.lists(
        st.tuples(odd_text, odd_text.filter(bool), odd_text, odd_text.filter(str.strip)),
        min_size=1,
        max_size=4,
    )
)
def test_texts_come_out_of_every_kind_of_table_unchanged(
    name: str, rows: list[tuple[str, str, str, str]]
) -> None:
    # A line for each text, because pairs that are alike are one pair.
    names = ("prompt", "response_a", "response_b", "system_a")
    records = [dict(zip(names, row, strict=True)) for row in rows]
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        WRITERS[name](path, records)
        made = read(path)
    expected = dict.fromkeys((p, a, b, s.strip()) for p, a, b, s in rows)
    found = [(*texts(pair), pair.response_a.system) for pair in made.pairs]
    assert found == list(expected)
    assert set(whys(made)) <= {f"the same pair as line {line}" for line in range(1, 200)}


def test_every_field_of_the_table_finds_its_place(reading: Reading) -> None:
    made = reading(
        "id,prompt,input,response_a,response_b,system_a,system_b,category,task,reference,score\n"
        "q7,Do it.,this,A.,B.,x,y,creative,writing,Best.,5\n"
    )
    pair = made.pairs[0]
    assert texts(pair) == ("Do it.", "A.", "B.")
    assert pair.systems == ("x", "y")
    assert pair.meta == {"source_id": "q7", "score": "5"}
    prompt = pair.prompt
    found = (prompt.input, prompt.category, prompt.task, prompt.reference)
    assert found == ("this", "creative", "writing", "Best.")


def test_empty_optional_cells_are_as_if_they_were_not_there(reading: Reading) -> None:
    made = reading("prompt,response_a,response_b,input,category,task,reference,id\np,a,b,,,,,\n")
    prompt = made.pairs[0].prompt
    found = (prompt.input, prompt.category, prompt.task, prompt.reference)
    assert found == ("", None, None, None)
    assert made.pairs[0].meta == {}


def test_systems_without_a_name_are_called_a_and_b(reading: Reading) -> None:
    made = reading("prompt,response_a,response_b\np,a,b\n")
    assert made.pairs[0].systems == ("a", "b")
    assert "1 response without a system: called 'a'" in made.notes


def test_a_mapped_column_names_the_system(reading: Reading) -> None:
    made = reading(
        "q,gpt,llama\np,a,b\n", {"prompt": "q", "response_a": "gpt", "response_b": "llama"}
    )
    assert made.pairs[0].systems == ("gpt", "llama")
    assert texts(made.pairs[0]) == ("p", "a", "b")


def test_a_missing_system_in_some_rows_is_told(reading: Reading) -> None:
    made = reading("prompt,response_a,response_b,system_a\np,a,b,x\nq,a,b, \n")
    assert [pair.systems for pair in made.pairs] == [("x", "b"), ("a", "b")]
    assert "1 response without a system: called 'a'" in made.notes


def test_two_columns_are_two_responses_and_it_is_said(reading: Reading) -> None:
    made = reading("gpt,llama\nOne.,Two.\n")
    assert texts(made.pairs[0]) == ("", "One.", "Two.")
    assert made.notes[0] == "the two columns gpt, llama are taken as the two responses"
    assert made.notes[1].startswith("there is no column for prompts")


def test_two_responses_without_a_prompt_need_no_flag(reading: Reading) -> None:
    made = reading("response_a,response_b\nOne.,Two.\n")
    assert texts(made.pairs[0]) == ("", "One.", "Two.")


def test_pairs_without_prompts_are_not_of_one_prompt(reading: Reading) -> None:
    made = reading("response_a,response_b\nOne.,Two.\nThree.,Four.\n")
    assert len({pair.prompt.id for pair in made.pairs}) == 2


def test_a_table_without_prompts_needs_a_word_where_there_are_other_columns(
    reading: Reading,
) -> None:
    text = "response_a,response_b,note\nOne.,Two.,x\n"
    with pytest.raises(FormatError, match="or --map prompt= where there are no prompts"):
        reading(text)
    assert reading(text, {"prompt": ""}).pairs[0].meta == {"note": "x"}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "question,gpt,llama",
            "found the columns question, gpt, llama but none for prompt and response_a and "
            "response_b; name it with --map prompt=question --map response_a=gpt "
            "--map response_b=llama",
        ),
        (
            "prompt,gpt 4,llama",
            "name it with --map response_a='gpt 4' --map response_b=llama",
        ),
        (
            "prompt,answer",
            "none for response_a and response_b; name it with --map response_a=COLUMN",
        ),
        ("text", "found the columns text but none for prompt and response_a and response_b"),
        ("x" * 50 + ",y", f"found the columns {'x' * 40}, y but none for"),
    ],
)
def test_columns_that_are_not_found_are_asked_for_in_one_sentence(
    reading: Reading, header: str, message: str
) -> None:
    with pytest.raises(FormatError) as raised:
        reading(f"{header}\na,b,c\n")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"promt": "q"}, "--map promt=q: expected one of prompt, response_a"),
        ({"prompt": "Q"}, "there is no column 'Q' for prompt, found q, response_a, response_b"),
    ],
)
def test_a_map_of_what_is_not_there_is_refused(
    reading: Reading, given: dict[str, str], message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        reading("q,response_a,response_b\np,a,b\n", given)


@pytest.mark.parametrize(
    "header", ["Prompt,Response A,RESPONSE-B", " prompt , response_a,response_b"]
)
def test_case_blanks_and_dashes_in_column_names_do_not_matter(
    reading: Reading, header: str
) -> None:
    made = reading(f"{header}\np,a,b\n")
    assert texts(made.pairs[0]) == ("p", "a", "b")
    assert made.pairs[0].systems == ("a", "b")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_whatever_separates_the_columns_is_found(reading: Reading, delimiter: str) -> None:
    rows = [["prompt", "response_a", "response_b"], ["p, with; all|of\tthem", "a", "b"]]
    lines = (delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    made = reading("\n".join(lines))
    assert texts(made.pairs[0]) == ("p, with; all|of\tthem", "a", "b")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_line_that_says_the_delimiter_is_no_row(reading: Reading, delimiter: str) -> None:
    rows = [["prompt", "response_a", "response_b"], ["p", "a", "b"], ["q"]]
    made = reading("\n".join([f"sep={delimiter}", *(delimiter.join(row) for row in rows)]))
    assert texts(made.pairs[0]) == ("p", "a", "b")
    assert made.left_out[0].where.endswith(":4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: found nothing; expected a JSON object a line"),
        ("\n[]\n", r":2: found \[\], expected a JSON object"),
        ("\n{}\n", r":2: found \{\}; expected a JSON object a line"),
    ],
)
def test_jsonl_without_any_object_is_refused(reading: Reading, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        reading(text, name="t.jsonl")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_says_by_its_first_bytes_how_it_is_encoded(reading: Reading, encoding: str) -> None:
    made = reading("prompt,response_a,response_b\né,ü,😀\n".encode(encoding))
    assert texts(made.pairs[0]) == ("é", "ü", "😀")


def test_bytes_that_are_not_utf8_are_refused_with_their_line(reading: Reading) -> None:
    text = "prompt,response_a,response_b\np,a,b\né,a,b\n".encode("cp1252")
    with pytest.raises(FormatError, match=r"t\.csv:3: found bytes that are not UTF-8"):
        reading(text)
    assert reading(text, encoding="cp1252").pairs[1].prompt.text == "é"


def test_an_encoding_that_nobody_knows_is_refused(reading: Reading) -> None:
    with pytest.raises(FormatError, match="there is no encoding called 'klingon'"):
        reading("prompt,response_a,response_b\np,a,b\n", encoding="klingon")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(reading: Reading, newline: str) -> None:
    made = reading(newline.join(["prompt,response_a,response_b", "p,a,b", "q,c,d", ""]))
    assert [texts(pair) for pair in made.pairs] == [("p", "a", "b"), ("q", "c", "d")]


def test_a_row_is_known_by_its_first_line_also_when_it_goes_over_several(reading: Reading) -> None:
    made = reading('prompt,response_a,response_b\np,"a\n\nmore",b\nshort,a\n')
    assert texts(made.pairs[0])[1] == "a\n\nmore"
    assert made.left_out[0].where.endswith("t.csv:5")
    assert whys(made) == ["found 2 cells, expected 3 as in the first line"]


def test_rows_that_are_too_long_are_left_out_but_empty_cells_do_not_count(
    reading: Reading,
) -> None:
    made = reading("prompt,response_a,response_b\np,a,b,,\nq,a,b,x\n,,\n\n")
    assert [pair.prompt.text for pair in made.pairs] == ["p"]
    assert whys(made) == ["found 4 cells, expected 3 as in the first line"]


@pytest.mark.parametrize("row", ['p,"a,b\nq,c,d\n', 'p,"a"b,c\n'])
def test_quotation_marks_that_do_not_match_are_refused_with_the_line(
    reading: Reading, row: str
) -> None:
    with pytest.raises(FormatError, match=r"t\.csv:3: cannot be read as a row"):
        reading(f"prompt,response_a,response_b\nx,y,z\n{row}")


def test_a_very_long_answer_is_read(reading: Reading) -> None:
    made = reading(f"prompt,response_a,response_b\np,{'x' * 300_000},b\n")
    assert len(made.pairs[0].response_a.text) == 300_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "t.csv:1: found nothing, expected a first line with column names"),
        ("prompt,prompt,response_a\n", "t.csv:1: found the column prompt more than once"),
    ],
)
def test_a_first_line_that_names_no_columns_is_refused(
    reading: Reading, text: str, message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        reading(text)


def test_a_column_without_a_name_is_kept_under_its_number(reading: Reading) -> None:
    made = reading(",prompt,response_a,response_b\n0,p,a,b\n")
    assert made.pairs[0].meta == {"column 1": "0"}


def test_rows_that_make_no_pair_are_left_out_with_their_line(reading: Reading) -> None:
    made = reading("prompt,response_a,response_b\np,,\nq,a,b\nq,a,b\n")
    assert [(left.where.split("/")[-1], left.why) for left in made.left_out] == [
        ("t.csv:2", "both responses are empty"),
        ("t.csv:4", "the same pair as line 3"),
    ]


def test_odd_pairs_are_kept_and_told(reading: Reading) -> None:
    made = reading("id,prompt,response_a,response_b\n1,p,,b\n1,q,same,same\n2,,a,b\n")
    assert len(made.pairs) == 3
    assert made.notes[-4:] == [
        "1 pair with an empty prompt, kept",
        "1 pair with an empty response, kept",
        "1 pair with identical responses, kept",
        "1 pair with the id of an earlier pair, so labels cannot be imported by it",
    ]


def test_the_error_of_a_spreadsheet_is_no_response(reading: Reading) -> None:
    made = reading("prompt,response_a,response_b\np,#NAME?,b\n")
    assert whys(made) == [
        "response_a holds #NAME?, which a spreadsheet puts where it cannot read a text"
    ]


def test_apostrophes_that_are_taken_away_are_told(reading: Reading) -> None:
    made = reading("prompt,response_a,response_b\np,'=1+1,b\n")
    assert made.pairs[0].response_a.text == "=1+1"
    assert any(note.startswith("1 cell had an apostrophe before") for note in made.notes)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"prompt": "p", "response_a": "a"}', "response_b is missing"),
        ('{"prompt": "p", "response_a": "a", "response_b": null}', "response_b holds nothing"),
        ('{"prompt": "p", "response_a": true, "response_b": "b"}', "response_a holds 'True'"),
        ('{"prompt": "p", "response_a": ["a"], "response_b": "b"}', "response_a holds"),
    ],
)
def test_a_line_of_jsonl_that_makes_no_pair_is_left_out(
    reading: Reading, line: str, why: str
) -> None:
    good = '{"prompt": "p", "response_a": "a", "response_b": "b"}\n'
    made = reading(good + line, name="t.jsonl")
    assert len(made.pairs) == 1
    assert made.left_out[0].where.endswith("t.jsonl:2")
    assert whys(made)[0].startswith(why)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "not JSON: Expecting property name"),
        ("[]", "found [], expected a JSON object"),
        ('{"prompt": "p", "response_a": "\\ud800", "response_b": "b"}', "not JSON: half a"),
        ('{"prompt": "p", "response_a": "a", "response_b": "b", "n": NaN}', "not JSON: found NaN"),
        ('{"prompt": "p", "response_a": "\xff"}', "found bytes that are not UTF-8"),
        ("[" * 100_000, "not JSON: nested too deeply"),
    ],
)
def test_a_line_that_is_no_json_object_is_refused_with_its_number(
    reading: Reading, line: str, why: str
) -> None:
    good = '{"prompt": "p", "response_a": "a", "response_b": "b"}\n'
    with pytest.raises(FormatError) as raised:
        reading(good.encode() + line.encode("latin-1"), name="t.jsonl")
    assert f"t.jsonl:2: {why}" in str(raised.value)


def test_what_jsonl_holds_besides_travels_in_meta(reading: Reading) -> None:
    line = '{"prompt": "p", "response_a": 42, "response_b": "b", "more": {"x": [1.5, null]}}'
    made = reading(line, name="t.jsonl")
    assert made.pairs[0].response_a.text == "42"
    assert made.pairs[0].meta == {"more": {"x": [1.5, None]}}


def test_cells_of_a_sheet_that_are_no_text_are_left_out_or_told(tmp_path: Path) -> None:
    book = Workbook()
    page = book.worksheets[0]
    page.append(["prompt", "response_a", "response_b"])
    page.append(["p", "=1+1", "b"])
    page.append(["p", 3.0, True])
    page.append(["p", __import__("datetime").datetime(2026, 1, 2), "b"])
    page.append(["p", "a", "b", "beyond"])
    book.save(tmp_path / "t.xlsx")
    made = read(tmp_path / "t.xlsx")
    assert [texts(pair) for pair in made.pairs] == [("p", "3", "TRUE")]
    assert whys(made) == [
        "response_a is the cell B2, which holds a formula or an error, not a text",
        "response_a holds the date 2026-01-02 00:00:00, expected text; format the column as text",
        "found a cell beyond the 3 columns of the first row",
    ]
    assert any(note.startswith("2 cells held a number or TRUE") for note in made.notes)


def test_a_parquet_file_with_other_types_travels_in_meta(tmp_path: Path) -> None:
    table = pa.table(
        {
            "prompt": ["p", "q"],
            "response_a": ["a", None],
            "response_b": ["b", "b"],
            "when": pa.array([0, 0], pa.timestamp("s")),
            "score": [float("nan"), 1.0],
            "tags": [["x"], []],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    made = read(tmp_path / "t.parquet")
    assert made.pairs[0].meta == {"when": "1970-01-01T00:00:00", "score": None, "tags": ["x"]}
    assert whys(made) == ["response_a holds nothing (null)"]


@pytest.mark.parametrize("name", ["t.xlsx", "t.parquet"])
def test_a_file_that_is_not_what_its_name_says_is_refused(reading: Reading, name: str) -> None:
    with pytest.raises(FormatError, match=rf"{name}: not an? "):
        reading("prompt,response_a,response_b\np,a,b\n", name=name)


@pytest.mark.parametrize("name", ["t.json", "t.ods", "t"])
def test_a_kind_of_file_that_is_not_read_is_refused(reading: Reading, name: str) -> None:
    with pytest.raises(FormatError, match=r"expected a name that ends in one of \.csv, \.tsv"):
        reading("prompt,response_a,response_b\np,a,b\n", name=name)


def test_a_new_study_asks_the_five_criteria_and_has_guidelines(
    reading: Reading, tmp_path: Path
) -> None:
    made = reading("prompt,response_a,response_b\np,a,b\n")
    assert save_pairs(tmp_path / "my study", made.pairs) is True
    study = load_study(tmp_path / "my study")
    keys = ["conciseness", "clarity", "adherence", "formality", "overall"]
    assert [one.key for one in study.criteria] == keys
    assert study.key == "my-study"
    for key in keys:
        section = study.guidelines.split(f"## {key.capitalize()}")[1].split("##")[0]
        assert "- Good: " in section
        assert "- Bad: " in section


def test_adding_to_a_study_keeps_what_is_there(reading: Reading, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    save_pairs(folder, reading("prompt,response_a,response_b\np,a,b\n").pairs)
    (folder / "guidelines.md").write_text("Mine.", encoding="utf-8")
    plan = (folder / "study.toml").read_text(encoding="utf-8").replace("version = 1", "version = 7")
    (folder / "study.toml").write_text(plan, encoding="utf-8")
    known = known_pairs(folder)
    assert known is not None
    table = tmp_path / "more.csv"
    table.write_text("prompt,response_a,response_b\np,a,b\nq,c,d\n", encoding="utf-8")
    made = read_pairs_table(open_table(table), {}, known)
    assert save_pairs(folder, made.pairs) is False
    study = load_study(folder)
    assert [pair.prompt.text for pair in study.pairs] == ["p", "q"]
    assert (study.version, study.guidelines) == (7, "Mine.")
    assert (whys(made), made.already) == (["the study has this pair already"], 1)


def test_a_folder_that_holds_something_else_is_not_made_a_study(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.md").write_text("x", encoding="utf-8")
    with pytest.raises(FolderTaken):
        known_pairs(tmp_path / "thesis")
