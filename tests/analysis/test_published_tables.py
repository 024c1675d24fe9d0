"""The tables of the published studies: INSTRUCTEVAL's two, and Camels' with its own numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.labels import read_study
from analysis.report.behind import Meeting
from analysis.report.compose import Report, analyse
from analysis.report.document import Cell, Document, Section, Table, Value
from analysis.report.readable import readable
from analysis.resampling.resample import Bootstrap
from annotation.__main__ import main as annotation
from annotation.schema import Label, Pair
from tests.analysis.report_studies import FIVE
from tests.analysis.small_studies import judged, pair_of, people, report_of
from tests.builders import a_criterion, a_label, a_pair, a_prompt, a_response


def tables(document: Document) -> dict[str, Table]:
    """Every table by its caption."""

    def within(one: Section) -> list[Table]:
        own = [block for block in one.blocks if isinstance(block, Table)]
        return own + [table for inner in one.sections for table in within(inner)]

    return {table.caption: table for one in document.sections for table in within(one)}


def row(table: Table, name: str) -> dict[str, Cell]:
    """One row by its heads."""
    (found,) = [cells for cells in table.rows if cells[0] == name]
    return dict(zip(table.heads, found, strict=True))


def number(cell: Cell) -> float:
    found = cell.row.value if isinstance(cell, Value) and cell.row else cell
    assert isinstance(found, float)
    return found


def rated_pairs() -> tuple[list[Pair], list[Label]]:
    """Two categories; two people rate both responses of one pair each."""
    pairs = [
        a_pair(
            at,
            prompt=a_prompt(f"Prompt {at}", category=category),
            response_a=a_response("x", f"One {at}."),
            response_b=a_response("y", f"Two {at}."),
        )
        for at, category in enumerate(("creative", "informative"))
    ]
    given = {
        ("relevance", 0): ("54", "22"),
        ("relevance", 1): ("32", "11"),
        ("coherence", 0): ("55", "33"),
        ("coherence", 1): ("44", "22"),
    }
    labels = [
        a_label(pair_id=pairs[at].id, criterion=key, annotator=f"p{who}", target=side, choice=level)
        for (key, at), sides in given.items()
        for side, levels in zip("ab", sides, strict=True)
        for who, level in enumerate(levels)
    ]
    return pairs, labels


def test_the_writing_table_has_means_of_all_ratings_by_category_and_their_plain_average() -> None:
    criteria = (a_criterion("relevance", FIVE), a_criterion("coherence", FIVE))
    made = tables(readable(report_of(*rated_pairs(), *criteria)))
    found = row(made["Mean ratings by system, category and criterion"], "x")
    values = {head: number(cell) for head, cell in found.items() if head != "system"}
    assert values == {
        "creative relevance": 4.5,
        "creative coherence": 5.0,
        "informative relevance": 2.5,
        "informative coherence": 4.0,
        "average relevance": 3.5,
        "average coherence": 4.5,
    }


def test_the_alignment_table_has_a_column_for_each_category_and_their_plain_average() -> None:
    pairs = [
        a_pair(at, prompt=a_prompt(f"P {at}", category=category))
        for at, category in enumerate(("harmless", "harmless", "harmless", "helpful"))
    ]
    labels = judged("model", {False: ("a", "a", "b", "b")}, pairs)
    labels += [
        a_label(pair_id=pair.id, annotator="known", kind="reference", choice="a") for pair in pairs
    ]
    made = tables(readable(report_of(pairs, labels)))
    found = row(made["Alignment: known preferences by category"], "model")
    assert list(found) == ["judge", "Harmless", "Helpful", "Avg", "all pairs"]
    assert number(found["Harmless"]) == pytest.approx(2 / 3)
    assert number(found["Helpful"]) == 0
    assert number(found["Avg"]) == pytest.approx(1 / 3)
    assert number(found["all pairs"]) == 0.5


def test_first_labels_are_turned_to_the_first_system() -> None:
    pairs = [pair_of(0, "x", "y"), pair_of(1, "y", "x"), pair_of(2, "y", "x")]
    report = report_of(pairs, people(("A", "B", "T"), pairs))  # x wins, x wins, a tie
    assert report.behind[0].meetings == (Meeting(("x", "y"), ("a", "tie", "b"), (2, 1, 0)),)


@pytest.fixture(scope="module")
def tulu(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Report:
    folder = tmp_path_factory.mktemp("tulu") / "study"
    (instances,) = (shared_data / "tulu").glob("*.jsonl")
    (sheet,) = (shared_data / "tulu").glob("*.xlsx")
    assert annotation(["import", "tulu", str(instances), str(sheet), str(folder)]) == 0
    return analyse(read_study(folder), Bootstrap(20))


@pytest.mark.parametrize(
    "both",
    [("chatgpt", "tulu_65B"), ("tulu_65B", "tulu_7B"), ("tulu_65B", "tulu_human_only_65B")],
)
def test_the_camels_table_is_that_of_its_authors_script(
    tulu: Report, shared_data: Path, both: tuple[str, str]
) -> None:
    oracles = json.loads((shared_data / "oracles.json").read_text(encoding="utf-8"))
    first, second = both
    name = f"tulu.script.{first}_vs_{second}"

    def expected(end: str) -> float:
        return float(oracles[f"{name}.{end}"]["value"])

    table = tables(readable(tulu))["Each two systems by the earliest label of each pair"]
    found = row(table, f"{first} / {second}")
    accepted = "acceptability yes"
    assert number(found[f"first: {accepted}"]) == pytest.approx(
        expected(f"acceptance_results.{first}")
    )
    assert number(found[f"second: {accepted}"]) == pytest.approx(
        expected(f"acceptance_results.{second}")
    )
    for head, end in {
        "first is clearly better": f"{first}_is_clearly_better",
        "first is slightly better": f"{first}_is_slightly_better",
        "tie": "tie",
        "first is slightly worse": f"{second}_is_slightly_better",
        "first is clearly worse": f"{second}_is_clearly_better",
    }.items():
        assert number(found[head]) == pytest.approx(expected(f"comparison_results.{end}"))
    agreement = "comparison_results.agreement"
    assert number(found["agreement"]) == pytest.approx(
        expected(f"{agreement}.comparison_agreement")
    )
    assert number(found["relaxed agreement"]) == pytest.approx(
        expected(f"{agreement}.relexed_comparison_agreement")
    )
