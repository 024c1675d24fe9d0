"""PandaLM's files: what an importer must survive, and that they come back equal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from annotation.export import FORMATS, Wanted
from annotation.filed import FiledLabels
from annotation.formats.files import FormatError
from annotation.formats.imported import FolderTaken, Imported, make_study
from annotation.formats.pandalm import read_pandalm
from annotation.schema import Label, Pair
from annotation.sources import Found
from annotation.study import Study, load_study, read_labels, read_pairs
from tests.builders import a_criterion, a_label, a_pair


@dataclass(frozen=True)
class PandaLMFiles:
    """What the export writes, read again."""

    testset: list[dict[str, Any]]
    judges: dict[str, list[dict[str, Any]]]
    notes: list[str]


def to_pandalm(
    pairs: Iterable[Pair],
    labels: Iterable[Label],
    names: Mapping[str, str],
    blind: bool,
    scale: str = "preference3",
) -> PandaLMFiles:
    """The files of a study with these pairs and labels; `names` are those of the systems."""
    study = Study.model_construct(
        folder=Path("study"),
        pairs=tuple(pairs),
        criteria=(a_criterion("overall", scale),),
        key="k",
        title="t",
    )
    filed = FiledLabels(labels)
    wanted = Wanted(study, Found("here", filed, names=names), format="pandalm", unblind=not blind)
    if not blind:
        object.__setattr__(wanted, "names", names)
    plan = FORMATS["pandalm"].plan(wanted)
    made = {one.name: json.loads(b"".join(one.chunks())) for one in plan.members}
    filed.close()
    testset = made.pop("testset.json")
    judges = {name.removeprefix("judge-").removesuffix(".json"): one for name, one in made.items()}
    return PandaLMFiles(testset, judges, plan.tally.notes)


JUDGES = {
    "gpt-3.5": "gpt-3.5-turbo-testset-v1.json",
    "pandalm-7b": "pandalm-7b-testset-v1.json",
}


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Imported:
    folder = shared_data / "pandalm"
    judges = {name: folder / file for name, file in JUDGES.items()}
    return read_pandalm(folder / "testset-v1.json", judges, Path("pandalm"))


def a_record(idx: int = 0, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "idx": idx,
        "motivation_app": "Mail",
        "cmp_key": "bloom-7b_llama-7b",
        "instruction": f"Do {idx}.",
        "input": "",
        "response1": "One.",
        "response2": "Two.",
        "annotator1": 1,
        "annotator2": 0,
        "annotator3": 2,
    }
    return {**made, **fields}


Reader = Callable[..., Imported]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    def reader(*records: object, judge: list[object] | None = None) -> Imported:
        testset = tmp_path / "testset.json"
        testset.write_text(json.dumps(records), encoding="utf-8")
        judges = {}
        if judge is not None:
            judges["j"] = tmp_path / "judge.json"
            judges["j"].write_text(json.dumps(judge), encoding="utf-8")
        return read_pandalm(testset, judges, tmp_path / "study")

    return reader


def test_the_test_set_gives_999_pairs_of_170_prompts(real: Imported) -> None:
    assert len(real.pairs) == 999
    assert len({pair.prompt.id for pair in real.pairs}) == 170


def test_every_pair_of_the_test_set_has_three_human_labels(real: Imported) -> None:
    counts = Counter(label.pair_id for label in real.labels["people.jsonl"])
    assert set(counts.values()) == {3}
    assert len(counts) == 999


def test_verdicts_of_people_are_in_the_order_of_the_pair(real: Imported) -> None:
    labels = real.labels["people.jsonl"]
    counts = Counter(label.choice for label in labels if label.annotator == "annotator1")
    assert counts == {"tie": 97, "a": 427, "b": 475}


def test_a_judge_that_writes_words_is_read_and_its_garbage_is_invalid(real: Imported) -> None:
    counts = Counter(label.choice for label in real.labels["judge-gpt-3.5.jsonl"])
    assert counts == {"a": 460, "b": 476, "tie": 38, "invalid": 25}


def test_a_judge_that_writes_numbers_is_read(real: Imported) -> None:
    counts = Counter(label.choice for label in real.labels["judge-pandalm-7b.jsonl"])
    assert counts == {"a": 433, "b": 459, "tie": 107}


def test_nothing_of_the_released_files_is_left_out(real: Imported) -> None:
    assert real.left_out == []


def test_every_oddity_of_the_released_files_is_told(real: Imported) -> None:
    told = "\n".join(real.notes)
    assert "6 pairs had a JSON boolean as a response (idx 157, 158, 159, 161, 162, 164)" in told
    assert "54 pairs with an empty response" in told
    assert "167 pairs without an input" in told
    assert "99 pairs repeating the texts" in told


def test_system_names_with_dots_dashes_and_capitals_survive(real: Imported) -> None:
    systems = {name for pair in real.pairs for name in pair.systems}
    expected = {"bloom-7b", "cerebras-gpt-6.7B", "llama-7b", "opt-7b", "pythia-6.9b"}
    assert systems == expected


def test_the_three_files_come_back_equal_through_a_study_folder(
    real: Imported, shared_data: Path, tmp_path: Path
) -> None:
    make_study(tmp_path / "study", real)
    pairs = load_study(tmp_path / "study").pairs
    names = {name: name for pair in pairs for name in pair.systems}
    files = to_pandalm(pairs, read_labels(tmp_path / "study"), names, blind=False)
    for made, file in [
        (files.testset, "testset-v1.json"),
        (files.judges["gpt-3.5"], JUDGES["gpt-3.5"]),
        (files.judges["pandalm-7b"], JUDGES["pandalm-7b"]),
    ]:
        source = json.loads((shared_data / "pandalm" / file).read_text(encoding="utf-8"))
        # As text, because 1 == True and because the order of the keys counts too.
        assert json.dumps(made) == json.dumps(source)


def test_a_blind_export_holds_no_system_name(real: Imported) -> None:
    systems = {name for pair in real.pairs for name in pair.systems}
    blind = {name: f"S{number}" for number, name in enumerate(sorted(systems), start=1)}
    labels = [label for labels in real.labels.values() for label in labels]
    files = to_pandalm(real.pairs, labels, blind, blind=True)
    text = json.dumps([record | {"x": record["cmp_key"]} for record in files.testset])
    assert not [name for name in systems if name in text]
    assert "S1_S3" in {record["cmp_key"] for record in files.testset}


def test_a_blind_export_leaves_unknown_fields_behind(read: Reader) -> None:
    made = read(a_record(secret="bloom-7b"))
    files = to_pandalm(made.pairs, [], {"bloom-7b": "S1", "llama-7b": "S2"}, blind=True)
    assert "bloom-7b" not in json.dumps(files.testset)


def test_unknown_fields_come_back_when_names_are_shown(read: Reader) -> None:
    made = read(a_record(extra={"deep": [1, None]}))
    names = {"bloom-7b": "bloom-7b", "llama-7b": "llama-7b"}
    files = to_pandalm(made.pairs, made.labels["people.jsonl"], names, blind=False)
    assert files.testset == [a_record(extra={"deep": [1, None]})]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"annotator2": 3}, "found 3 in 'annotator2', expected 0, 1 or 2"),
        ({"annotator2": True}, "found True in 'annotator2', expected 0, 1 or 2"),
        ({"annotator2": None}, "found None in 'annotator2', expected 0, 1 or 2"),
        ({"response1": None}, "found None in 'response1', expected text"),
        ({"response1": 3.5}, "found 3.5 in 'response1', expected text"),
        ({"cmp_key": "bloom-7b"}, "cannot tell the two systems apart in the cmp_key 'bloom-7b'"),
        ({"idx": "0"}, "found '0' in 'idx', expected a whole number"),
        ({"idx": True}, "found True in 'idx', expected a whole number"),
    ],
)
def test_what_cannot_be_used_is_left_out_with_the_reason(
    read: Reader, fields: dict[str, Any], why: str
) -> None:
    made = read(a_record(**fields), a_record(7))
    assert [left.why for left in made.left_out] == [why]
    assert made.left_out[0].where.startswith("testset.json, record 1 ")


def test_a_record_that_repeats_an_idx_or_a_pair_is_left_out(read: Reader) -> None:
    made = read(a_record(), a_record(0, instruction="Other."), a_record(2, instruction="Do 0."))
    whys = [left.why for left in made.left_out]
    assert whys == ["another record has the idx 0 already", "the same pair as idx 0"]


def test_underscores_in_a_system_name_are_resolved_by_the_other_records(read: Reader) -> None:
    made = read(
        a_record(0, cmp_key="my_model_llama"),
        a_record(1, cmp_key="llama_opt"),
        a_record(2, cmp_key="my_llama"),
    )
    assert made.left_out[0].why.startswith("cannot tell the two systems apart")
    assert [pair.systems for pair in made.pairs] == [("llama", "opt"), ("my", "llama")]


def test_a_judge_of_a_pair_that_is_not_there_is_left_out(read: Reader) -> None:
    made = read(a_record(), judge=[{"idx": 4, "x_result": 1}, {"idx": 0, "x_result": "9"}])
    assert [left.why for left in made.left_out] == [
        "the test set has no pair of that idx",
        "found the verdict '9', expected 0, 1, 2, 'Tie' or 'garbage'",
    ]


def test_an_annotator_who_is_not_in_every_record_is_told(read: Reader) -> None:
    absent = {key: value for key, value in a_record(1).items() if key != "annotator2"}
    made = read(a_record(0), absent)
    assert len(made.labels["people.jsonl"]) == 5
    assert "1 pair without the field 'annotator2'" in made.notes


def test_pairs_that_a_judge_said_nothing_of_are_told(read: Reader) -> None:
    made = read(a_record(0), a_record(1), a_record(2), judge=[{"idx": 0, "x_result": 1}])
    assert "2 pairs without a verdict of the judge j" in made.notes


def test_a_judge_file_of_another_kind_is_refused(read: Reader) -> None:
    with pytest.raises(FormatError, match=r"record 1: found the fields idx, verdict, expected"):
        read(a_record(), judge=[{"idx": 0, "verdict": 1}])


def test_a_judge_file_comes_back_in_its_own_order(read: Reader) -> None:
    judge: list[object] = [
        {"idx": 1, "x_result": "TIE", "x_reason": "", "x_reference": "r"},
        {"idx": 0, "x_result": 2, "x_reason": None},
    ]
    made = read(a_record(0), a_record(1), judge=judge)
    names = {"bloom-7b": "bloom-7b", "llama-7b": "llama-7b"}
    files = to_pandalm(made.pairs, made.labels["judge-j.jsonl"], names, blind=False)
    assert files.judges == {"j": judge}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"idx": 0,\n]', r":2: not JSON"),
        ('{"idx": 0}', "expected a JSON list of objects"),
        ("[]", "found no pair that can be used"),
        ('[{"idx": NaN}]', "found NaN"),
        ('[{"idx": 0, "x": "\\ud800"}]', "half a surrogate pair"),
    ],
)
def test_a_file_that_is_no_test_set_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "testset.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=message):
        read_pandalm(path, {}, tmp_path / "study")


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "testset.json"
    path.write_bytes(b'[\n{"idx": "\xff"}]')
    with pytest.raises(FormatError, match=r":2: found bytes that are not UTF-8"):
        read_pandalm(path, {}, tmp_path / "study")


def test_a_study_that_is_there_already_is_never_touched(read: Reader, tmp_path: Path) -> None:
    made = read(a_record())
    make_study(tmp_path / "study", made)
    before = (tmp_path / "study" / "pairs.jsonl").read_bytes()
    with pytest.raises(FolderTaken, match="stands there already"):
        make_study(tmp_path / "study", read(a_record(9)))
    assert (tmp_path / "study" / "pairs.jsonl").read_bytes() == before


def test_a_study_that_cannot_be_written_leaves_nothing_behind(read: Reader, tmp_path: Path) -> None:
    made = read(a_record())
    made.guidelines = "\ud800"
    with pytest.raises(UnicodeEncodeError):
        make_study(tmp_path / "new", made)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["testset.json"]


@pytest.mark.parametrize(
    ("scale", "tied", "second"),
    [("preference3-bad", "both_bad", "b"), ("preference5", "tie", "b_slightly")],
)
def test_any_study_can_be_written_for_pandalm(scale: str, tied: str, second: str) -> None:
    pair: Pair = a_pair(1)
    labels = [
        a_label(pair_id=pair.id, annotator="mia", choice=tied),
        a_label(pair_id=pair.id, annotator="ada", choice=second),
        a_label(pair_id=pair.id, annotator="j", kind="judge", choice="abstained"),
    ]
    names = {"system-x": "S2", "system-y": "S1"}
    files = to_pandalm([pair], labels, names, blind=True, scale=scale)
    assert files.testset == [
        {
            "idx": 0,
            "cmp_key": "S2_S1",
            "instruction": "Prompt 1",
            "input": "",
            "response1": "First answer 1.",
            "response2": "Second answer 1.",
            "annotator1": 2,
            "annotator2": 0,
        }
    ]
    assert files.judges["j"] == [{"idx": 0, "judge_result": "garbage", "judge_reason": None}]
    assert files.notes == [
        "annotators are written as columns: ada as annotator1, mia as annotator2"
    ]


def test_a_system_name_that_cmp_key_cannot_hold_apart_is_told() -> None:
    names = {"system-x": "my_x", "system-y": "y"}
    assert to_pandalm([a_pair()], [], names, blind=False).notes == [
        "cmp_key joins names by _, which stands in my_x too"
    ]


def test_pair_ids_of_the_folder_are_those_of_the_content(real: Imported, tmp_path: Path) -> None:
    make_study(tmp_path / "study", real)
    ids = [pair.id for pair in read_pairs(tmp_path / "study" / "pairs.jsonl")]
    assert ids == [pair.id for pair in real.pairs]
