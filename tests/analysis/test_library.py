"""The analysis as a library: frames of labels from elsewhere."""

from __future__ import annotations

import subprocess
import sys

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

import analysis
from analysis import (
    Bootstrap,
    FrameError,
    TooFewLabels,
    agreement_table,
    analyse,
    bradley_terry,
    cohen_kappa,
    from_frames,
    krippendorff_alpha,
    to_frame,
)
from tests.analysis.small_studies import CHOICE, FIXTURE_D

FEW = Bootstrap(50)


def frame(*rows: str) -> pd.DataFrame:
    """One row a label; a letter for each annotator, a dot for none."""
    return pd.DataFrame(
        [
            {"pair_id": f"p{number}", "annotator": f"ann{who}", "choice": CHOICE[letter]}
            for number, row in enumerate(rows)
            for who, letter in enumerate(row, start=1)
            if letter != "."
        ]
    )


def test_every_name_that_is_offered_is_there() -> None:
    for name in analysis.__all__:
        assert getattr(analysis, name).__doc__


def test_asking_for_one_name_loads_no_other_family() -> None:
    code = "import sys, analysis; analysis.TooFewLabels; assert 'pandas' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_fixture_d_gives_its_hand_checked_numbers() -> None:
    labels = frame(*FIXTURE_D)
    assert krippendorff_alpha(labels, "nominal") == pytest.approx(0.511111, abs=1e-6)
    assert krippendorff_alpha(labels) == pytest.approx(0.541667, abs=1e-6)
    assert cohen_kappa(labels, "ann1", "ann3") == pytest.approx(7 / 11)
    assert cohen_kappa(labels, "ann1", "ann3", weights=1) == pytest.approx(0.5)
    assert cohen_kappa(labels, "ann1", "ann3", weights=2) == pytest.approx(5 / 13)
    table = agreement_table(labels, bootstrap=FEW)
    assert table.loc["percent_agreement", "value"] == pytest.approx(2 / 3)
    assert table.loc["gwet_ac1", "value"] == pytest.approx(0.515152, abs=1e-6)
    assert table["n"].tolist() == [4] * len(table)


def test_columns_may_have_other_names_and_choices_be_numbers() -> None:
    labels = pd.DataFrame({"item": [1, 1, 2, 2], "who": ["x", "y"] * 2, "stars": [1, 2, 5, 5]})
    names = {"unit": "item", "annotator": "who", "choice": "stars"}
    expected = krippendorff.alpha(np.array([[1, 5], [2, 5]]), level_of_measurement="interval")
    assert krippendorff_alpha(labels, "interval", **names) == pytest.approx(expected)  # type: ignore[arg-type]


@given(st.lists(st.text("ATB.", min_size=3, max_size=3), min_size=4, max_size=12))
def test_alpha_and_kappa_of_a_frame_are_those_of_the_libraries(rows: list[str]) -> None:
    rows = ["AB.", "TTA", *rows]
    table = np.array([[np.nan if one == "." else "ATB".index(one) for one in row] for row in rows])
    theirs = krippendorff.alpha(table.T, value_domain=[0, 1, 2], level_of_measurement="ordinal")
    assert krippendorff_alpha(frame(*rows)) == pytest.approx(theirs)
    both = table[~np.isnan(table[:, :2]).any(axis=1), :2]
    kappa = cohen_kappa_score(*both.T, labels=[0, 1, 2], weights="linear")
    assert cohen_kappa(frame(*rows), "ann1", "ann2", weights=1) == pytest.approx(kappa)


def test_what_is_undefined_raises_or_has_its_reason() -> None:
    alike = frame("AA", "AA")
    with pytest.raises(TooFewLabels, match="all labels are equal"):
        krippendorff_alpha(alike)
    with pytest.raises(TooFewLabels, match="one same choice"):
        cohen_kappa(alike, "ann1", "ann2")
    with pytest.raises(TooFewLabels, match="share no pair_id"):
        cohen_kappa(frame("A.", ".B"), "ann1", "ann2")
    row = agreement_table(alike, bootstrap=FEW).loc["fleiss_kappa"]
    assert np.isnan(row["value"])
    assert row["reason"] == "all labels are equal"


def test_comparisons_give_strengths_the_strongest_first() -> None:
    games = pd.DataFrame({"system_a": "x", "system_b": "y", "choice": ["b", "b", "b", "a"]})
    table = bradley_terry(games)
    assert table.index.tolist() == ["y", "x"]
    assert np.ptp(table["strength"]) == pytest.approx(np.log(3))
    assert np.ptp(table["elo"]) == pytest.approx(190.848502)
    assert table["rank"].tolist() == [1, 2]
    assert not table.attrs["regularised"]
    scores = games.assign(choice=[0, 0, 0, 1])
    assert bradley_terry(scores)["strength"].tolist() == table["strength"].tolist()


def test_systems_that_never_lose_are_marked_regularised() -> None:
    chain = pd.DataFrame({"system_a": list("aba"), "system_b": list("bcc"), "choice": "a"})
    table = bradley_terry(chain)
    assert table.attrs["regularised"]
    assert table["strength"].tolist() == pytest.approx([0.756308, 0, -0.756308], abs=1e-6)


def test_a_frame_of_labels_becomes_a_whole_report() -> None:
    labels = frame(*FIXTURE_D)
    pairs = pd.DataFrame(
        {
            "pair_id": [f"p{number}" for number in range(4)],
            "system_a": "x",
            "system_b": "y",
            "prompt": ["q0", "q0", "q1", "q1"],
            "category": ["c", "c", "c", None],
        }
    )
    table = to_frame(analyse(from_frames(labels, pairs), FEW))
    wanted = {"statistic": "win_rate", "subject": {"system": "x"}, "slice": {}}
    (row,) = [one for one in table.to_dict("records") if wanted.items() <= one.items()]
    assert (row["value"], row["n"]) == (0.625, 4)


def test_ratings_say_what_their_levels_stand_for_and_which_response_they_are_of() -> None:
    labels = pd.DataFrame(
        {
            "pair_id": ["p", "p"],
            "annotator": "ann",
            "criterion": "fine",
            "target": ["a", "b"],
            "choice": ["yes", "no"],
        }
    )
    study = from_frames(labels, scales={"fine": {"yes": 1, "no": 0}})
    assert len(study.labels) == 2
    with pytest.raises(FrameError, match="say its scale"):
        from_frames(labels)
    with pytest.raises(FrameError, match="needs a column 'target'"):
        from_frames(labels.drop(columns="target"), scales={"fine": {"yes": 1, "no": 0}})


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (frame("AB").drop(columns="annotator"), "expected also annotator"),
        (frame("AB").replace("b", np.nan), "an empty cell in the column 'choice'"),
        (pd.concat([frame("AB")] * 2), "ann1 labelled p0 more than once"),
        (frame("AB").assign(choice=["good", "bad"]), "say what the choices stand for"),
    ],
)
def test_a_frame_that_cannot_be_used_says_why(labels: pd.DataFrame, told: str) -> None:
    with pytest.raises(FrameError, match=told):
        krippendorff_alpha(labels)


def test_pairs_that_stand_there_twice_or_lack_a_system_are_refused() -> None:
    pairs = pd.DataFrame({"pair_id": ["p0", "p0"]})
    with pytest.raises(FrameError, match="'p0' twice"):
        from_frames(frame("AB"), pairs)
    with pytest.raises(FrameError, match="empty cell in system_a"):
        from_frames(frame("AB"), pd.DataFrame({"pair_id": ["p0"], "system_a": [None]}))
