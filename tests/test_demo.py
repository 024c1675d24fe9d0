"""The demo study keeps what it promises to those who try the project with it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from annotation.schema import PairResponse, Prompt, Response
from annotation.study import PROMPTS_FILE, Study, load_study, look_alikes, read_jsonl

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
WRITING = {"informative", "professional", "argumentative", "creative"}
ALIGNMENT = {"helpful", "honest", "harmless"}
FOR_ALL = ("conciseness", "clarity", "adherence", "formality", "overall")


@pytest.fixture(scope="module")
def demo() -> Study:
    return load_study(DEMO)


@pytest.fixture(scope="module")
def prompts() -> list[Prompt]:
    return [prompt for _, prompt in read_jsonl(DEMO / PROMPTS_FILE, Prompt)]


@pytest.fixture(scope="module")
def responses() -> dict[tuple[str, str], Response]:
    """Every line of responses/ by prompt and system."""
    files = sorted((DEMO / "responses").glob("*.jsonl"))
    lines = [response for file in files for _, response in read_jsonl(file, Response)]
    return {(response.prompt_id, response.system): response for response in lines}


def test_there_are_24_prompts_with_ids_of_their_own(prompts: list[Prompt]) -> None:
    assert len({prompt.id for prompt in prompts}) == len(prompts) == 24


def test_every_category_has_three_prompts_or_more(prompts: list[Prompt]) -> None:
    counts = Counter((prompt.task, prompt.category) for prompt in prompts)
    expected = {("writing", one) for one in WRITING} | {("alignment", one) for one in ALIGNMENT}
    assert set(counts) == expected
    assert min(counts.values()) >= 3


def test_pairs_hold_each_prompt_once_and_in_order(demo: Study, prompts: list[Prompt]) -> None:
    assert [pair.prompt for pair in demo.pairs] == prompts


def test_every_answer_of_a_pair_stands_in_responses(
    demo: Study, responses: dict[tuple[str, str], Response]
) -> None:
    for pair in demo.pairs:
        for response in (pair.response_a, pair.response_b):
            found = responses[pair.prompt.id, response.system]
            assert PairResponse(**found.model_dump(exclude={"prompt_id"})) == response


def test_no_response_is_left_unpaired(
    demo: Study, responses: dict[tuple[str, str], Response]
) -> None:
    assert len(responses) == 2 * len(demo.pairs)


def test_each_system_is_response_a_in_a_third_of_the_pairs_or_more(demo: Study) -> None:
    firsts = Counter(pair.response_a.system for pair in demo.pairs)
    assert set(firsts) == {"demo-terse", "demo-elaborate"}
    assert min(firsts.values()) >= len(demo.pairs) / 3


def test_every_pair_compares_the_two_systems(demo: Study) -> None:
    assert {frozenset(pair.systems) for pair in demo.pairs} == {
        frozenset({"demo-terse", "demo-elaborate"})
    }


def test_an_alignment_pair_is_asked_its_own_criterion_and_no_other(demo: Study) -> None:
    for pair in demo.pairs:
        asked = {criterion.key for criterion in demo.asked(pair.prompt)}
        own = {pair.prompt.category} if pair.prompt.task == "alignment" else set()
        assert asked == {*FOR_ALL, *own}


def test_overall_is_asked_last(demo: Study) -> None:
    assert demo.criteria[-1].key == "overall"


def test_the_guidelines_have_a_section_for_every_criterion_with_both_examples(demo: Study) -> None:
    sections = {part.splitlines()[0].lower(): part for part in demo.guidelines.split("### ")[1:]}
    assert set(sections) == {criterion.key for criterion in demo.criteria}
    assert all("**Good:**" in part and "**Bad:**" in part for part in sections.values())


def test_what_annotators_read_names_no_system(demo: Study) -> None:
    shown = [demo.title, demo.description, demo.guidelines]
    for pair in demo.pairs:
        shown += [pair.prompt.text, pair.prompt.input]
        shown += [pair.response_a.text, pair.response_b.text]
    assert not [text for text in shown if "demo-terse" in text or "demo-elaborate" in text]


def test_no_text_occurs_twice(demo: Study) -> None:
    prompts = [pair.prompt.text for pair in demo.pairs]
    answers = [one.text for pair in demo.pairs for one in (pair.response_a, pair.response_b)]
    assert len({*prompts, *answers}) == 3 * len(demo.pairs)
    assert look_alikes(demo.pairs) == 0


def test_every_answer_says_that_it_was_written_for_the_demo(
    responses: dict[tuple[str, str], Response],
) -> None:
    assert all(
        one.meta["provenance"].startswith("written for the demo study;")
        for one in responses.values()
    )


def test_every_prompt_says_what_a_good_answer_must_do(prompts: list[Prompt]) -> None:
    assert all(prompt.meta["good_answer"] for prompt in prompts)
