"""HHH's task files: pairs whose preferred answer is known, and known to nobody who labels."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from annotation.assignment import Answer
from annotation.blind import Submission, Task
from annotation.formats.files import FormatError
from annotation.formats.hhh import ANNOTATOR, OTHER, PREFERRED, read_hhh
from annotation.formats.imported import Imported, make_study
from annotation.pages.shown import ShownTask, shown
from annotation.pages.text import ENGLISH
from annotation.schema import Pair, PairResponse
from annotation.served import load_served
from annotation.store import Store
from annotation.study import load_study, read_labels
from annotation.workflow import Workflow

Reader = Callable[..., Imported]


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Imported:
    return read_hhh([shared_data / "hhh"], Path("hhh"), seed=0)


def an_example(text: str = "Hi?", yes: str = "Hello.", no: str = "Go away.") -> dict[str, Any]:
    return {"input": text, "target_scores": {yes: 1, no: 0}}


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    def reader(*examples: object, seed: int = 0, name: str = "Harms") -> Imported:
        path = tmp_path / "task.json"
        path.write_text(json.dumps({"name": name, "examples": examples}), encoding="utf-8")
        return read_hhh([path], tmp_path / "study", seed)

    return reader


def preferred(pair: Pair, made: Imported) -> PairResponse:
    label = next(one for one in made.labels["reference.jsonl"] if one.pair_id == pair.id)
    return {"a": pair.response_a, "b": pair.response_b}[label.choice]


def test_the_four_tasks_give_221_pairs_in_their_categories(real: Imported) -> None:
    counts = Counter(pair.prompt.category for pair in real.pairs)
    assert counts == {"harmless": 58, "helpful": 59, "honest": 61, "other": 43}
    assert real.left_out == []


def test_prompts_with_the_same_input_share_an_id(real: Imported) -> None:
    inputs = defaultdict(set)
    for pair in real.pairs:
        inputs[pair.prompt.category].add(pair.prompt.id)
    assert {name: len(ids) for name, ids in inputs.items()} == {
        "harmless": 25,
        "helpful": 22,
        "honest": 19,
        "other": 36,
    }


def test_every_reference_label_is_the_option_that_the_source_scores_1(
    real: Imported, shared_data: Path
) -> None:
    scored = set()
    for path in shared_data.glob("hhh/*/task.json"):
        for example in json.loads(path.read_text(encoding="utf-8"))["examples"]:
            scores = example["target_scores"]
            scored.add((example["input"], max(scores, key=scores.__getitem__)))
    found = {
        (pair.prompt.meta.get("source_input", pair.prompt.text), preferred(pair, real).text)
        for pair in real.pairs
    }
    assert found <= scored
    assert {label.kind for label in real.labels["reference.jsonl"]} == {"reference"}


@pytest.mark.parametrize("seed", range(5))
def test_the_preferred_answer_stands_on_either_side_about_equally(
    shared_data: Path, seed: int
) -> None:
    made = read_hhh([shared_data / "hhh"], Path("hhh"), seed)
    choices = Counter(label.choice for label in made.labels["reference.jsonl"])
    assert 88 <= choices["a"] <= 133  # 221 fair coins, three standard deviations to each side


def test_a_pair_stands_the_same_way_round_whatever_is_read_beside_it(
    real: Imported, shared_data: Path
) -> None:
    alone = read_hhh([shared_data / "hhh" / "honest" / "task.json"], Path("x"), seed=0)
    assert {pair.id for pair in alone.pairs} <= {pair.id for pair in real.pairs}


def test_the_seed_draws_the_sides(read: Reader) -> None:
    examples = [an_example(f"{number}?") for number in range(64)]
    sides = [
        [label.choice for label in read(*examples, seed=seed).labels["reference.jsonl"]]
        for seed in (0, 0, 1)
    ]
    assert sides[0] == sides[1] != sides[2]


def test_a_dialogue_becomes_turns_of_user_and_assistant(real: Imported) -> None:
    dialogues = [pair.prompt for pair in real.pairs if pair.prompt.turns]
    assert len(dialogues) == 41
    for prompt in dialogues:
        roles = [turn.role for turn in prompt.turns]
        assert roles == ["user", *["assistant", "user"] * (len(roles) // 2)]
        assert prompt.text == prompt.turns[0].text
        said = "".join(turn.text for turn in prompt.turns)
        source = prompt.meta["source_input"].replace("\n\nHuman:", "").replace("\n\nAssistant:", "")
        assert "".join(said.split()) == "".join(source.split())


def test_a_text_that_only_mentions_a_speaker_stays_one_text(read: Reader) -> None:
    text = "What does this mean?\n\nHuman: hello"
    prompt = read(an_example(text)).pairs[0].prompt
    assert (prompt.text, prompt.turns) == (text, ())


def test_the_study_asks_each_category_its_own_question_and_overall(
    real: Imported, tmp_path: Path
) -> None:
    make_study(tmp_path / "s", real)
    study = load_study(tmp_path / "s")
    asked = {
        pair.prompt.category: tuple(one.key for one in study.asked(pair.prompt))
        for pair in study.pairs
    }
    assert asked == {
        "helpful": ("helpful", "overall"),
        "honest": ("honest", "overall"),
        "harmless": ("harmless", "overall"),
        "other": ("overall",),
    }
    assert {label.criterion for label in read_labels(tmp_path / "s")} == {"overall"}


def pages_of(folder: Path) -> Iterator[ShownTask]:
    """What the browser of one annotator gets, pair after pair, until all are labelled."""
    store = Store.open(f"sqlite:///{folder / 'annotations.db'}")
    workflow = Workflow(load_served(folder), store)
    annotator = workflow.join("ann").annotator
    try:
        while isinstance(task := workflow.next_task(annotator), Task):
            yield shown(task, ENGLISH)
            answers = [
                Answer(criterion=one.key, target="pair", choice="a") for one in task.criteria
            ]
            workflow.submit(
                annotator,
                Submission(
                    submission_id=f"submission-{task.token[:40]}",
                    token=task.token,
                    answers=tuple(answers),
                ),
            )
    finally:
        store.close()


def test_the_preference_is_nowhere_in_what_the_browser_gets(real: Imported, tmp_path: Path) -> None:
    make_study(tmp_path / "s", real)
    known = {pair.id for pair in real.pairs} | {pair.meta["source_id"] for pair in real.pairs}
    secrets = {PREFERRED, OTHER, ANNOTATOR, "reference", "source_id", *known}
    random_or_text = {"token", "prompt", "left", "right"}  # both may hold any short word by chance
    pages = [page.model_dump_json(exclude=random_or_text) for page in pages_of(tmp_path / "s")]
    assert len(pages) == 221
    assert [secret for secret in secrets for page in pages if secret in page] == []


# -- what cannot be used ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("example", "why"),
    [
        ("text", "found 'text', expected an object"),
        ({"target_scores": {"a": 1, "b": 0}}, "found None in 'input', expected text"),
        (an_example("  "), "found '  ' in 'input', expected text"),
        ({"input": "Hi?", "target_scores": {"a": 1}}, "expected two options scored 1 and 0"),
        ({"input": "Hi?", "target_scores": {"a": 1, "b": 1}}, "expected two options scored 1"),
        ({"input": "Hi?", "target_scores": {"a": True, "b": 0}}, "expected two options scored"),
        ({"input": "Hi?", "target_scores": ["a", "b"]}, "expected two options scored 1 and 0"),
        ({"input": "Hi?", "target_scores": {"a": 1, "b": 0, "c": 0}}, "expected two options"),
        (an_example(), "the same pair as"),
    ],
)
def test_an_example_that_makes_no_pair_is_left_out_with_its_place(
    read: Reader, example: object, why: str
) -> None:
    made = read(an_example(), example)
    assert len(made.pairs) == 1
    assert why in made.left_out[0].why
    assert made.left_out[0].where.endswith("task.json, example 2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "task.json:1: not JSON"),
        ("[]", "task.json: expected a JSON object with examples"),
        ('{"name": "Harms"}', "task.json: the field 'examples' is missing"),
        ('{"name": "Harms", "examples": 3}', "found 3 in 'examples', expected a list"),
        ('{"name": "Harms", "examples": []}', "found no example that can be used"),
        ('{"name": "X", "examples": [{}]}', "found the name 'X', expected one of Harms,"),
        ('{"name": "Harms", "examples": [3]}', "example 1: found 3, expected an object"),
    ],
)
def test_a_file_that_is_no_task_is_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "task.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=re.escape(message)):
        read_hhh([path], tmp_path / "s", seed=0)


def test_a_folder_without_a_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"found no task\.json with examples"):
        read_hhh([tmp_path], tmp_path / "s", seed=0)
