"""The prompts in data/prompts: as many as promised, complete, ours, and none twice."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from annotation.schema import Prompt
from annotation.study import read_jsonl

DATA = Path(__file__).resolve().parents[1] / "data"
COUNTS = {
    ("writing", "informative"): 50,
    ("writing", "professional"): 50,
    ("writing", "argumentative"): 50,
    ("writing", "creative"): 50,
    ("alignment", "helpful"): 40,
    ("alignment", "honest"): 40,
    ("alignment", "harmless"): 40,
}


@pytest.fixture(scope="module")
def prompts() -> list[Prompt]:
    paths = sorted((DATA / "prompts").glob("*.jsonl"))
    return [prompt for path in paths for _, prompt in read_jsonl(path, Prompt)]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    """Every run of so many words; a shorter text is one run."""
    found = words(text)
    return {tuple(found[start : start + length]) for start in range(len(found) - length + 1)} or {
        tuple(found)
    }


def likeness(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    """Share of the runs of words that two texts have in common."""
    return len(one & other) / len(one | other)


def test_every_category_has_as_many_prompts_as_promised(prompts: list[Prompt]) -> None:
    assert Counter((prompt.task, prompt.category) for prompt in prompts) == COUNTS


def test_each_file_holds_the_task_and_category_of_its_name() -> None:
    for path in (DATA / "prompts").glob("*.jsonl"):
        found = {f"{prompt.task}-{prompt.category}" for _, prompt in read_jsonl(path, Prompt)}
        assert found == {path.stem}


def test_every_prompt_says_what_a_good_answer_does_and_how_it_is_asked(
    prompts: list[Prompt],
) -> None:
    for prompt in prompts:
        assert {*prompt.meta} == {"good_answer", "form", "difficulty", "topic"}
        assert 8 <= len(words(prompt.meta["good_answer"])) <= 60, prompt.id
        assert prompt.meta["difficulty"] in {"easy", "medium", "hard"}
        assert prompt.meta["form"]
        assert prompt.meta["topic"]


def test_ids_texts_and_descriptions_occur_once(prompts: list[Prompt]) -> None:
    for values in (
        [prompt.id for prompt in prompts],
        [prompt.text for prompt in prompts],
        [prompt.meta["good_answer"] for prompt in prompts],
    ):
        assert len(values) == len(set(values)) == 320


def test_prompts_differ_in_length_form_and_difficulty(prompts: list[Prompt]) -> None:
    lengths = [len(words(prompt.text + " " + prompt.input)) for prompt in prompts]
    assert min(lengths) <= 12
    assert max(lengths) >= 120
    assert sum(bool(prompt.input) for prompt in prompts) >= 40
    for category in {prompt.category for prompt in prompts}:
        levels = Counter(p.meta["difficulty"] for p in prompts if p.category == category)
        assert min(levels[level] for level in ("easy", "medium", "hard")) >= 6
    writing = {prompt.meta["form"] for prompt in prompts if prompt.task == "writing"}
    assert len(writing) >= 100


def test_no_two_prompts_share_a_long_run_of_words(prompts: list[Prompt]) -> None:
    found = [(prompt.id, runs(prompt.text, 7)) for prompt in prompts]
    alike = [(one, other) for (one, a), (other, b) in combinations(found, 2) if a & b]
    assert alike == []


def test_no_prompt_of_the_demo_study_is_repeated(prompts: list[Prompt]) -> None:
    demo = [prompt for _, prompt in read_jsonl(DATA / "demo" / "prompts.jsonl", Prompt)]
    ours = [(prompt.id, runs(prompt.text, 7)) for prompt in prompts]
    assert len(demo) == 24
    for prompt in demo:
        shown = runs(prompt.text, 7)
        assert [who for who, mine in ours if mine & shown] == [], prompt.id


def published(folder: Path) -> Iterator[str]:
    """The prompts of the published sets, as single texts."""
    with (folder / "self_instruct" / "user_oriented_instructions.jsonl").open() as lines:
        for line in lines:
            row = json.loads(line)
            yield row["instruction"]
            yield from (each["input"] for each in row["instances"] if each["input"])
    for name in ("mt_bench__question.jsonl", "vicuna_bench__question.jsonl"):
        with (folder / "mt_bench" / name).open() as lines:
            for line in lines:
                yield from json.loads(line)["turns"]
    for path in sorted((folder / "hhh").glob("*/task.json")):
        yield from (each["input"] for each in json.loads(path.read_text())["examples"])
    for row in json.loads((folder / "pandalm" / "testset-v1.json").read_text()):
        yield f"{row['instruction']} {row['input']}"


def test_no_prompt_equals_or_nearly_equals_one_of_a_published_set(
    prompts: list[Prompt], shared_data: Path
) -> None:
    theirs = [(text, runs(text, 3), runs(text, 9)) for text in {*published(shared_data)} if text]
    assert len(theirs) > 700
    copied = []
    for prompt in prompts:
        for part in filter(None, (prompt.text, prompt.input)):
            short, long = runs(part, 3), runs(part, 9)
            copied += [
                (prompt.id, text[:80])
                for text, their_short, their_long in theirs
                if likeness(short, their_short) > 0.2 or (long & their_long)
            ]
    assert copied == []
