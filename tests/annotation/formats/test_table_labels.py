"""Labels made elsewhere: which pair, which choice, and what is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.export import Wanted, export
from annotation.filed import FiledLabels
from annotation.formats.files import FormatError
from annotation.formats.table_labels import LabelDefaults, ReadLabels, read_labels_table
from annotation.formats.tables import open_table
from annotation.schema import Label
from annotation.sources import Found
from annotation.study import Study, load_study
from tests.builders import (
    YES_NO,
    a_criterion,
    a_label,
    a_pair,
    a_plan,
    a_prompt,
    a_study_folder,
)

CRITERIA = (
    a_criterion("overall"),
    a_criterion("acceptability", YES_NO),
    a_criterion("honest", applies_to=("honest",)),
)
PAIRS = (
    a_pair(0, meta={"source_id": "q0"}),
    a_pair(1, meta={"source_id": 1}),
    a_pair(2, meta={"source_id": "same"}),
    a_pair(3, meta={"source_id": "same"}, prompt=a_prompt("Three", category="honest")),
)
P0 = PAIRS[0].id


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return load_study(a_study_folder(tmp_path / "study", a_plan(*CRITERIA), PAIRS))


Reading: TypeAlias = Callable[..., ReadLabels]


@pytest.fixture
def reading(study: Study, tmp_path: Path) -> Reading:
    def make(
        text: str,
        given: Mapping[str, str] | None = None,
        known: Sequence[Label] = (),
        name: str = "t.csv",
        **defaults: Any,
    ) -> ReadLabels:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        made = LabelDefaults(**defaults)
        return read_labels_table(open_table(path), study, given or {}, made, known)

    return make


def whys(made: ReadLabels) -> list[str]:
    return [left.why for left in made.left_out]


def test_four_columns_are_enough(reading: Reading) -> None:
    made = reading(f"pair_id,annotator,criterion,choice\n{P0},ann,overall,a\n")
    assert made.labels == [a_label(pair_id=P0, annotator="ann")]


def test_a_pair_is_found_by_the_id_of_its_source(reading: Reading) -> None:
    made = reading("id,annotator,criterion,choice\nq0,ann,overall,a\n1,ann,overall,b\n")
    assert [label.pair_id for label in made.labels] == [P0, PAIRS[1].id]


def test_every_field_is_read(reading: Reading) -> None:
    made = reading(
        "pair_id,annotator,criterion,choice,kind,target,swapped,repeat,purpose,seconds,comment,"
        "flags,created_at,study_version\n"
        f'{P0},j,acceptability,yes,judge,b,true,2,repeat,41.5,fine,"[""x"", ""y""]",'
        "2026-11-22T10:00:00+01:00,3\n"
    )
    assert made.labels == [
        a_label(
            pair_id=P0,
            annotator="j",
            criterion="acceptability",
            choice="yes",
            kind="judge",
            target="b",
            swapped=True,
            repeat=2,
            purpose="repeat",
            seconds=41.5,
            comment="fine",
            flags=("x", "y"),
            created_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
            study_version=3,
        )
    ]


@pytest.mark.parametrize("written", ["Tie", "TIE", " tie "])
def test_a_choice_in_another_case_is_read_and_told(reading: Reading, written: str) -> None:
    made = reading(f"pair_id,annotator,criterion,choice\n{P0},ann,overall,{written}\n")
    assert made.labels[0].choice == "tie"
    assert made.notes == [f"1 choice read: {written!r} as tie"]


@pytest.mark.parametrize("written", ["0", "2", "1.5", "left", "A>B"])
def test_a_choice_is_never_guessed(reading: Reading, written: str) -> None:
    made = reading(f"pair_id,annotator,criterion,choice\n{P0},ann,overall,{written}\n")
    assert made.labels == []
    assert whys(made) == [f"found the choice {written!r}, expected one of a, tie, b"]
    assert made.notes == [f"to say what those choices mean, add --choices {written}=CHOICE"]


def test_rows_of_a_blind_export_are_told_with_what_to_do(reading: Reading) -> None:
    rows = "".join(f"blind-{n:020x},ann,overall,a\n" for n in range(2))
    made = reading(f"pair_id,annotator,criterion,choice\n{rows}{P0},ann,overall,a\n")
    assert len(made.labels) == 1
    assert whys(made)[0] == f"found the pair 'blind-{0:020x}' as a blind export calls it"
    (note,) = made.notes
    assert note.startswith("2 rows of an export that was made before the study was locked")
    assert "save the labels again after the lock" in note


def test_choices_mean_what_they_are_said_to_mean(reading: Reading) -> None:
    rows = "".join(f"{P0},ann{n},overall,{n}\n" for n in range(3))
    made = reading(
        f"pair_id,annotator,criterion,choice\n{rows}",
        choices={"0": "tie", "1": "a", "2": "b"},
    )
    assert [label.choice for label in made.labels] == ["tie", "a", "b"]


def test_numbers_of_jsonl_can_be_given_a_meaning(reading: Reading) -> None:
    line = f'{{"pair_id": "{P0}", "annotator": 7, "criterion": "overall", "choice": 1.5}}'
    made = reading(line, name="t.jsonl", choices={"1.5": "tie"})
    assert [(label.annotator, label.choice) for label in made.labels] == [("7", "tie")]


def test_a_judge_may_fail_and_a_person_may_not(reading: Reading) -> None:
    text = f"pair_id,annotator,criterion,choice\n{P0},x,overall,invalid\n"
    assert reading(text, kind="judge").labels[0].choice == "invalid"
    assert whys(reading(text)) == ["found the choice 'invalid', expected one of a, tie, b"]


def test_the_criterion_may_be_said_once_for_all(reading: Reading) -> None:
    made = reading(f"pair_id,annotator,choice\n{P0},ann,a\n", criterion="overall")
    assert made.labels == [a_label(pair_id=P0)]


def test_the_only_criterion_of_a_study_need_not_be_said(tmp_path: Path) -> None:
    study = load_study(a_study_folder(tmp_path / "study"))
    path = tmp_path / "t.csv"
    path.write_text(f"pair_id,annotator,choice\n{study.pairs[0].id},ann,a\n", encoding="utf-8")
    made = read_labels_table(open_table(path), study, {}, LabelDefaults())
    assert [label.criterion for label in made.labels] == ["overall"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("nope,ann,overall,a,,,", "found the pair 'nope', but the study has no pair of that id"),
        ("same,ann,overall,a,,,", "found the pair 'same', but the study has 2 pairs of that id"),
        ("q0,ann,wit,a,,,", "found the criterion 'wit', expected one of overall, acceptability"),
        ("q0,ann,honest,a,,,", "honest is not asked of this pair (applies_to)"),
        ("q0,ann,acceptability,yes,,,", "found None as target, expected a or b for acceptability"),
        ("q0,ann,overall,a,b,,", "found 'b' as target, expected pair for overall"),
        ("q0,,overall,a,,,", "annotator is empty"),
        ("q0,ann,overall,,,,", "choice is empty"),
        ("q0,ann,overall,a,,soon,", "found 'soon' in created_at, expected a date as"),
        ("q0,ann,overall,a,,,x", "seconds: input should be a valid number"),
        ("q0,ann,overall,a,,,-1", "seconds: input should be greater than or equal to 0"),
    ],
)
def test_a_row_that_makes_no_label_is_left_out_with_the_reason(
    reading: Reading, row: str, why: str
) -> None:
    header = "source_id,annotator,criterion,choice,target,created_at,seconds"
    made = reading(f"{header}\n{row}\nq0,ann,overall,b,,,\n")
    assert len(made.labels) == 1
    assert made.left_out[0].where.endswith("t.csv:2")
    assert whys(made)[0].startswith(why)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ('"flags": "[x"', "found '[x' in flags, expected a JSON list"),
        ('"flags": 3', "flags: input should be a valid tuple"),
        ('"created_at": 5', "found 5 in created_at, expected a date"),
        ('"swapped": "perhaps"', "swapped: input should be a valid boolean"),
        ('"kind": "robot"', "kind: input should be 'human', 'judge', 'reference' or"),
        ('"annotator": null', "annotator is empty"),
        ('"comment": ["x"]', "comment: input should be a valid string"),
    ],
)
def test_a_field_of_another_type_is_left_out_with_the_reason(
    reading: Reading, cell: str, why: str
) -> None:
    line = f'{{"pair_id": "{P0}", "annotator": "x", "criterion": "overall", "choice": "a", {cell}}}'
    assert whys(reading(line, name="t.jsonl"))[0].startswith(why)


def test_columns_that_are_not_found_are_asked_for_in_one_sentence(reading: Reading) -> None:
    with pytest.raises(FormatError) as raised:
        reading("item,worker,vote\n")
    assert str(raised.value).endswith(
        "found the columns item, worker, vote but none for pair_id and annotator and choice and "
        "criterion; name it with --map pair_id=COLUMN --map annotator=COLUMN --map choice=COLUMN "
        "--map criterion=COLUMN (or --criterion KEY for all rows)"
    )


def test_columns_of_other_names_are_mapped(reading: Reading) -> None:
    given = {"pair_id": "item", "annotator": "worker", "choice": "vote"}
    made = reading(f"item,worker,vote\n{P0},ann,a\n", given, criterion="overall")
    assert made.labels == [a_label(pair_id=P0)]


def test_a_label_that_is_there_already_is_not_added_again(reading: Reading) -> None:
    text = f"pair_id,annotator,criterion,choice\n{P0},ann,overall,a\n{P0},ann,overall,a\n"
    assert whys(reading(text)) == ["the same label as line 2"]
    again = reading(text, known=[a_label(pair_id=P0)])
    assert (again.labels, again.already) == ([], 2)


def test_a_label_that_replaces_an_earlier_one_is_told(reading: Reading) -> None:
    text = f"pair_id,annotator,criterion,choice\n{P0},ann,overall,b\n"
    made = reading(text, known=[a_label(pair_id=P0, choice="a")])
    assert len(made.labels) == 1
    assert made.notes[0].startswith("1 label of an annotator, pair and criterion that has one")


some_text = st.text(st.sampled_from("='\"\n\r\t, x") | st.characters(exclude_categories=["Cs"]))
labels_of_pairs = st.builds(
    a_label,
    pair_id=st.sampled_from([pair.id for pair in PAIRS]),
    annotator=some_text.filter(lambda text: text.strip() and not text.startswith("#")),
    choice=st.sampled_from(["a", "tie", "b"]),
    swapped=st.sampled_from([None, True, False]),
    repeat=st.integers(0, 5),
    purpose=st.sampled_from(["study", "training", "gold", "repeat", "surplus"]),
    seconds=st.none() | st.floats(0, 1e9).map(lambda number: round(number, 3)),  # a sheet's digits
    comment=st.none() | some_text.filter(lambda text: text and not text.startswith("#")),
    flags=st.lists(some_text, max_size=2).map(tuple),
    created_at=st.none() | st.datetimes(datetime(1970, 1, 1)).map(lambda t: t.replace(tzinfo=UTC)),
    study_version=st.none() | st.integers(1, 9),
)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "jsonl"])
@settings(deadline=None, max_examples=40)
@given(labels=st.lists(labels_of_pairs, min_size=1, max_size=4, unique_by=lambda one: one.key))
def test_exported_rows_come_back_as_the_same_labels(labels: list[Label], kind: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"t.{kind}"
        study = Study.model_construct(
            folder=Path(folder), pairs=PAIRS, criteria=CRITERIA, key="k", title="t"
        )
        filed = FiledLabels(labels)
        export(Wanted(study, Found("here", filed), format=kind), path)
        filed.close()
        made = read_labels_table(open_table(path), study, {}, LabelDefaults())
    assert whys(made) == []
    assert made.labels == labels
