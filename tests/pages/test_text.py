from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from annotation.pages.annotate import script
from annotation.pages.text import ENGLISH, LANGUAGES, TEXT_FILE, Language, language_of
from annotation.pages.text.language import mistakes, placeholders
from annotation.schema import TiebreakError
from annotation.study import StudyError, load_study
from tests.builders import a_pair, a_plan, a_prompt, a_response, a_study_folder
from tests.pages.conftest import ClientOf
from tests.served import Visitor

TRANSLATED = [name for name in LANGUAGES if name != "en"]


def a_study_speaking(folder: Path, language: str, own: str = "") -> Language:
    a_study_folder(folder, a_plan(language=language))
    if own:
        (folder / TEXT_FILE).write_text(own, encoding="utf-8")
    return language_of(load_study(folder))


def template_of(client: TestClient) -> str:
    components = client.get("/config").json()["components"]
    (found,) = [one["props"]["html_template"] for one in components if one["type"] == "html"]
    return str(found)


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_language_has_every_sentence_with_the_same_placeholders(name: str) -> None:
    assert mistakes(LANGUAGES[name].sentences, ENGLISH.sentences, whole=True) == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_only_what_is_empty_in_english_is_empty_elsewhere(name: str) -> None:
    for table, sentences in ENGLISH.sentences.items():
        for key, sentence in sentences.items():
            assert bool(LANGUAGES[name].sentences[table][key]) == bool(sentence), (table, key)


@pytest.mark.parametrize(("name", "letters"), [("ko", "[가-힣]"), ("zh", "[一-鿿]")])
def test_no_sentence_was_left_in_english(name: str, letters: str) -> None:
    for table, sentences in LANGUAGES[name].sentences.items():
        for key, sentence in sentences.items():
            bare = re.sub(r"\{[^}]*\}|[\W\d_]", "", sentence)
            assert len(bare) <= 1 or re.search(letters, sentence), (table, key)


def test_every_error_with_a_sentence_is_one_of_ours() -> None:
    def below(kind: type[TiebreakError]) -> set[str]:
        return {kind.__name__}.union(*(below(each) for each in kind.__subclasses__()))

    assert ENGLISH.sentences["errors"].keys() <= below(TiebreakError)


def test_each_word_that_is_filled_in_is_filled_in_by_the_script() -> None:
    for name, sentence in ENGLISH.words.items():
        for each in placeholders(sentence):
            assert re.search(rf"\b{each}\b", script()), (name, each)


@pytest.mark.parametrize(
    ("name", "first"), [("ko", "출처를 모른 채"), ("zh", "盲评两个回答"), ("en-x-rtl", "⟦Cømpåré")]
)
def test_the_page_speaks_the_language_of_the_study(
    client_of: ClientOf, name: str, first: str
) -> None:
    assert first in template_of(client_of(plan=a_plan(language=name)))


def test_the_page_says_its_language_and_direction(client_of: ClientOf) -> None:
    template = template_of(client_of(plan=a_plan(language="en-x-rtl")))
    assert 'id="tiebreak" lang="en-x-rtl" dir="rtl"' in template


def test_choices_headings_and_errors_are_in_the_language_of_the_study(
    client_of: ClientOf,
) -> None:
    pair = a_pair(
        prompt=a_prompt(input="1, 2"), response_a=a_response("system-x", "![map](https://a.test/b)")
    )
    visitor = Visitor(client_of([pair], a_plan(language="ko")))
    assert visitor.call("start")["error"].startswith("이 브라우저에서는")
    visitor.join()
    task = visitor.start()["task"]
    assert [option["label"] for option in task["rows"][0]["options"]] == ["A", "비슷함", "B"]
    assert task["prompt"][1]["heading"] == "입력"
    assert "[이미지: map]" in task["left"][0]["html"] + task["right"][0]["html"]


def test_a_study_replaces_a_sentence_of_ours(tmp_path: Path) -> None:
    language = a_study_speaking(tmp_path, "ko", '[page]\njoin_title = "차 이야기"\n')
    assert language.page["join_title"] == "차 이야기"
    assert language.page["menu"] == "메뉴"


def test_a_study_brings_a_whole_language(tmp_path: Path) -> None:
    tables = [
        f"[{table}]\n" + "\n".join(f"{key} = {_quoted(value)}" for key, value in known.items())
        for table, known in LANGUAGES["en-x-rtl"].sentences.items()
    ]
    language = a_study_speaking(tmp_path, "ar", 'direction = "rtl"\n' + "\n".join(tables))
    assert (language.code, language.direction) == ("ar", "rtl")
    assert language.sentences == LANGUAGES["en-x-rtl"].sentences


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize(
    ("language", "own", "said"),
    [
        ("tlh", "", "expected one of en, ko, zh"),
        ("tlh", '[page]\nmenu = "HIDjolev"\n', "missing"),
        ("en", '[page]\nmenuu = "x"\n', r"\[page\] menuu: unknown"),
        ("en", '[pages]\nmenu = "x"\n', r"\[pages\]: unknown"),
        ("en", '[words]\nretry = "again"\n', r"expected the placeholders \{n\}"),
        ("en", "[page]\nmenu = 3\n", "expected a table of sentences"),
        ("en", 'direction = "up"\n', "expected 'ltr' or 'rtl'"),
        ("en", "[page\n", "not TOML"),
    ],
)
def test_sentences_that_do_not_fit_are_refused_before_anything_is_served(
    tmp_path: Path, language: str, own: str, said: str
) -> None:
    with pytest.raises(StudyError, match=said):
        a_study_speaking(tmp_path, language, own)
