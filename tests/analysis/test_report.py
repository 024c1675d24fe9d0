"""The report of a study, as records, as files and from the command line."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analysis.__main__ import main
from analysis.estimates import BadEstimate, Estimate, TooFewLabels, check_unique
from analysis.labels import from_records
from analysis.report import files
from analysis.report.compose import analyse
from analysis.report.markdown import markdown
from analysis.resampling.resample import Bootstrap
from annotation.schema import Label, Pair
from tests.analysis.small_studies import (
    FIXTURE_D,
    judged,
    pair_of,
    people,
    report_of,
    row_of,
    some_pairs,
    study_of,
)
from tests.builders import (
    YES_NO,
    a_criterion,
    a_label,
    a_plan,
    a_prompt,
    a_study_folder,
)

X, Y = {"system": "x"}, {"system": "y"}


def games(*results: str, first: str = "x", second: str = "y") -> tuple[list[Pair], list[Label]]:
    """One pair a result, each labelled as the letters say."""
    pairs = [pair_of(number, first, second) for number in range(len(results))]
    return pairs, people(results, pairs)


def test_a_name_outside_the_contract_is_refused() -> None:
    with pytest.raises(BadEstimate, match="accuracy_of_judges"):
        Estimate("accuracy_of_judges", "overall", value=0.5)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_a_number_is_refused(value: float) -> None:
    with pytest.raises(BadEstimate, match="finite"):
        Estimate("win_rate", "overall", value=value)


def test_a_value_needs_no_reason_and_its_absence_one() -> None:
    with pytest.raises(BadEstimate, match="either a value or a reason"):
        Estimate("win_rate", "overall")
    with pytest.raises(BadEstimate, match="either a value or a reason"):
        Estimate("win_rate", "overall", value=0.5, reason="none")


def test_the_file_in_parts_is_the_report_as_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "AT_ONCE", 7)
    report = report_of(*games("AAB", "BBB"))
    assert len(report.estimates) > 14
    whole = json.dumps(report.to_json(), ensure_ascii=False, allow_nan=False)
    assert "".join(files.as_json(report)) == whole + "\n"


def test_a_row_may_stand_in_a_report_once() -> None:
    row = Estimate("win_rate", "overall", X, {"category": "c", "basis": "first"}, value=0.5)
    again = Estimate("win_rate", "overall", X, {"basis": "first", "category": "c"}, value=0.5)
    with pytest.raises(BadEstimate, match="twice"):
        check_unique([row, again])


def test_the_basis_decides_what_a_win_is() -> None:
    report = report_of(*games("AAB", "BBB", "BAT", "A.."))
    wins = {
        basis: row_of(report, "win_count", X, {"basis": basis} if basis else {}).value
        for basis in ("", "labels", "first")
    }
    assert wins == {"": 2, "labels": 4, "first": 2}
    assert row_of(report, "win_count", X).n == 3
    assert row_of(report, "win_count", X, {"basis": "labels"}).unit == "labels"


def test_a_pair_without_a_majority_is_counted_as_none() -> None:
    report = report_of(*games("AAB", "ATB", "AB."))
    counted = {
        choice: row_of(report, "majority_count", {"choice": choice}).value
        for choice in ("a", "tie", "b", "none")
    }
    assert counted == {"a": 1, "tie": 0, "b": 0, "none": 2}


def test_the_earliest_label_counts_whatever_line_it_stands_on() -> None:
    pairs, labels = games("AB")
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    times = (noon, noon - timedelta(hours=1))
    labels = [
        one.model_copy(update={"created_at": at}) for one, at in zip(labels, times, strict=True)
    ]
    assert row_of(report_of(pairs, labels), "win_count", Y, {"basis": "first"}).value == 1


def test_a_win_rate_of_six_wins_two_ties_and_two_losses_is_worked_by_hand() -> None:
    report = report_of(*games(*["A"] * 6, *["T"] * 2, *["B"] * 2))
    rate = row_of(report, "win_rate", X)
    assert rate.value == pytest.approx(0.7)
    # Wilson's for 0.7 x 0.3 / 0.133333^2 = 11.8125 prompts, with t = 2.262157 of 9 degrees.
    assert (rate.low, rate.high) == pytest.approx((0.380450, 0.898643), abs=1e-6)
    assert "Wilson interval with t" in str(rate.method)
    assert row_of(report, "net_win_rate", X).value == pytest.approx(0.4)


def test_a_system_that_always_wins_has_wilsons_interval_over_prompts() -> None:
    rate = row_of(report_of(*games(*["A"] * 10)), "win_rate", X)
    assert rate.value == 1
    assert rate.low == pytest.approx(0.722467, abs=1e-6)
    assert rate.high == 1


def test_separated_systems_keep_their_order_and_are_marked_regularised() -> None:
    pairs = [pair_of(0, "a", "b"), pair_of(1, "b", "c"), pair_of(2, "a", "c")]
    report = report_of(pairs, people("AAA", pairs))
    rows = [row_of(report, "bradley_terry", {"system": system}) for system in "abc"]
    values = [row.value for row in rows]
    assert values == pytest.approx([0.756308, 0, -0.756308], abs=1e-6)
    assert {row.status for row in rows} == {"regularised"}
    assert [row_of(report, "rank", {"system": system}).value for system in "abc"] == [1, 2, 3]


def test_systems_that_never_met_have_no_ranking_but_their_win_rates() -> None:
    pairs = [pair_of(0, "a", "b"), pair_of(1, "c", "d")]
    report = report_of(pairs, people("AA", pairs))
    strength = row_of(report, "bradley_terry", {"system": "a"})
    assert strength.value is None
    assert "never compared" in str(strength.reason)
    assert row_of(report, "win_rate", {"system": "a"}).value == 1


def test_elo_is_the_strength_on_a_scale_around_a_thousand() -> None:
    report = report_of(*games("A", "A", "A", "B"))
    gap = row_of(report, "elo_scale", X).value, row_of(report, "elo_scale", Y).value
    assert gap[0] is not None
    assert gap[1] is not None
    assert gap[0] - gap[1] == pytest.approx(190.848502)
    assert gap[0] + gap[1] == pytest.approx(2000)


def test_both_bad_is_half_a_win_and_a_choice_of_its_own() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(2)]
    report = report_of(pairs, people(("XX", "AA"), pairs), a_criterion(scale="preference3-bad"))
    assert row_of(report, "win_rate", X).value == 0.75
    assert row_of(report, "majority_count", {"choice": "both_bad"}).value == 1
    assert row_of(report, "majority_count", {"choice": "tie"}).value == 0


def test_five_point_choices_win_by_their_sign() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(3)]
    chosen = zip(pairs, ("a_clearly", "a_slightly", "b_clearly"), strict=True)
    labels = [a_label(pair_id=pair.id, choice=choice) for pair, choice in chosen]
    report = report_of(pairs, labels, a_criterion(scale="preference5"))
    assert row_of(report, "win_count", X).value == 2


def test_the_first_two_agree_by_who_won_and_a_tie_is_half_right() -> None:
    pairs = [pair_of(number, "x", "y") for number in range(3)]
    rows = (("a_clearly", "a_slightly"), ("tie", "b_slightly"), ("a_slightly", "b_slightly"))
    labels = [
        a_label(pair_id=pair.id, annotator=f"ann{who}", choice=choice)
        for pair, both in zip(pairs, rows, strict=True)
        for who, choice in enumerate(both)
    ]
    report = report_of(pairs, labels, a_criterion(scale="preference5"))
    assert row_of(report, "first_two_agreement").value == pytest.approx(1 / 3)
    assert row_of(report, "relaxed_agreement").value == pytest.approx(0.5)
    assert row_of(report, "percent_agreement").value == 0


def rated(*levels: tuple[str, str]) -> tuple[list[Pair], list[Label]]:
    """Each pair's two responses rated by one annotator."""
    pairs = [pair_of(number, "x", "y") for number in range(len(levels))]
    return pairs, [
        a_label(pair_id=pair.id, target=target, choice=level)
        for pair, both in zip(pairs, levels, strict=True)
        for target, level in zip("ab", both, strict=True)
    ]


def test_ratings_are_shared_out_by_system() -> None:
    pairs, labels = rated(("yes", "no"), ("yes", "yes"), ("no", "no"), ("yes", "no"))
    report = report_of(pairs, labels, a_criterion(scale=YES_NO))
    share = row_of(report, "rating_share", {"system": "x", "level": "yes"})
    assert (share.value, share.n, share.unit) == (0.75, 4, "pairs and targets")
    assert row_of(report, "mean_rating", Y).value == 0.25
    systems = {"systems": ("x", "y")}
    assert row_of(report, "rating_share", {"system": "y", "level": "no"}, systems).value == 0.75


def test_a_rating_criterion_has_no_wins_and_no_orientation() -> None:
    pairs, labels = rated(("yes", "no"))
    names = {one.statistic for one in report_of(pairs, labels, a_criterion(scale=YES_NO)).estimates}
    assert not names & {"win_rate", "bradley_terry", "orientation_range", "relaxed_agreement"}


def test_every_observed_pair_of_systems_and_every_category_is_a_slice() -> None:
    pairs = [pair_of(0, "y", "x"), pair_of(1, "x", "z"), pair_of(2, "x", "y")]
    report = report_of(pairs, people(("AA", "AB", "BB"), pairs))
    slices = {
        str(one.slice["systems"])
        for one in report.estimates
        if one.statistic == "krippendorff_alpha_ordinal" and "systems" in one.slice
    }
    assert slices == {"('x', 'y')", "('x', 'z')"}
    xy = {"systems": ("x", "y")}
    assert row_of(report, "win_count", {"system": "x"}, xy).value == 0
    assert row_of(report, "percent_agreement", {}, xy).value == 1
    assert row_of(report, "percent_agreement", {}, {"category": "creative"}).n == 3


def test_every_task_is_a_slice_also_where_there_is_one() -> None:
    one = pair_of(0, "x", "y")
    other = one.model_copy(
        update={"id": "", "prompt": a_prompt("Other", task="alignment", category="honest")}
    )
    other = type(other)(**other.model_dump(exclude={"id"}))
    labels = people(("A", "B"), [one, other])
    alone = {str(row.slice) for row in report_of([one], labels[:1]).estimates}
    both = {str(row.slice) for row in report_of([one, other], labels).estimates}
    assert "{'task': 'writing'}" in alone
    assert "{'task': 'alignment'}" in both


def test_agreement_for_a_criterion_counts_only_its_pairs() -> None:
    writing = pair_of(0, "x", "y")
    honest = type(writing)(
        **{**writing.model_dump(exclude={"id"}), "prompt": a_prompt("Q", category="honest")}
    )
    plan = (a_criterion(), a_criterion("honesty", applies_to=("honest",)))
    labels = people(("AA", "AA"), [writing, honest])
    labels += people(("AA", "AB"), [writing, honest], criterion="honesty")
    report = report_of([writing, honest], labels, *plan)
    found = row_of(report, "percent_agreement", criterion="honesty")
    assert (found.value, found.n) == (0, 1)
    assert report.data["excluded"] == {"not_applicable": 2}


@pytest.mark.parametrize(
    ("rows", "reason"),
    [(("A", "B"), "nothing has two labels"), (("AAA", "AAA"), "all labels are equal")],
)
def test_what_is_undefined_is_null_with_a_reason(rows: Sequence[str], reason: str) -> None:
    pairs = some_pairs(len(rows))
    found = row_of(report_of(pairs, people(rows, pairs)), "krippendorff_alpha_ordinal")
    assert (found.value, found.reason) == (None, reason)


def test_with_few_annotators_the_range_with_one_left_out_is_given() -> None:
    pairs = some_pairs(4)
    found = row_of(report_of(pairs, people(FIXTURE_D, pairs)), "percent_agreement")
    assert (found.low_leave_one_out, found.high_leave_one_out) == (0.5, 0.75)


def test_the_data_block_counts_what_was_used_and_what_was_left_out() -> None:
    pairs = some_pairs(4)
    labels = people(FIXTURE_D, pairs) + judged("j", {False: ("a",) * 4, True: ("b",) * 4}, pairs)
    labels += [a_label(pair_id="elsewhere"), a_label(pair_id=pairs[0].id, kind="reference")]
    assert report_of(pairs, labels).data == {
        "pairs": 4,
        "prompts": 4,
        "annotators": 3,
        "labels": 12,
        "judge_labels": 8,
        "excluded": {"unknown_pair": 1},
    }


def test_a_study_without_a_usable_label_has_no_report() -> None:
    with pytest.raises(TooFewLabels, match="1 unknown_pair"):
        analyse(from_records(a_plan(), some_pairs(1), [a_label()]), Bootstrap(10))


def test_the_same_seed_gives_the_same_report_and_another_seed_other_intervals() -> None:
    labels = study_of(FIXTURE_D * 5)
    one, same, other = (analyse(labels, Bootstrap(50, seed)) for seed in (3, 3, 4))
    assert one.estimates == same.estimates
    assert one.estimates != other.estimates
    drawn = {"orientation_range", "best_probability"}
    assert [row.value for row in one.estimates if row.statistic not in drawn] == [
        row.value for row in other.estimates if row.statistic not in drawn
    ]


def folder_of(tmp_path: Path, **fields: Any) -> Path:
    pairs = some_pairs(4)
    labels = {"people.jsonl": people(FIXTURE_D, pairs), **fields}
    return a_study_folder(tmp_path / "study", pairs=pairs, labels=labels)


def test_the_command_writes_both_reports_beside_the_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path)
    assert main([str(folder), "--resamples", "20"]) == 0
    report = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    assert set(report) == {"study", "data", "estimates"}
    assert report["study"]["key"] == "trial"
    assert str(folder / "report" / "report.json") in capsys.readouterr().out


def test_every_row_of_report_json_has_the_contracts_fields(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    main([str(folder), "--out", str(tmp_path / "out"), "--seed", "2"])
    text = (tmp_path / "out" / "report.json").read_text(encoding="utf-8")
    always = {"statistic", "criterion", "subject", "slice", "value", "low", "high", "n", "unit"}
    optional = {"status", "low_leave_one_out", "high_leave_one_out", "dropped_share"}
    optional |= {"p", "p_adjusted", "adjustment"}
    for row in json.loads(text)["estimates"]:
        assert set(row) - optional == always | {"method", "reason"}
        assert (row["value"] is None) == (row["reason"] is not None)
        for names in (*row["subject"].values(), *row["slice"].values()):
            assert not isinstance(names, list) or names == sorted(names)


def test_what_is_left_out_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(tmp_path, **{"old.jsonl": [a_label(), a_label(choice="nonsense")]})
    assert main([str(folder), "--resamples", "20"]) == 0
    assert "left out: 2 unknown_pair" in capsys.readouterr().out


def test_a_bad_line_ends_with_code_2_its_place_and_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path)
    with (folder / "labels" / "people.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"pair_id": "p"}\n')
    assert main([str(folder)]) == 2
    error = capsys.readouterr().err
    assert "people.jsonl:13: " in error
    assert len(error.splitlines()) == 1
    assert not (folder / "report").exists()


@pytest.mark.parametrize("labels", [{}, {"people.jsonl": []}, {"people.jsonl": [a_label()]}])
def test_a_study_with_nothing_left_ends_with_code_2(
    tmp_path: Path, labels: dict[str, Sequence[Label]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_study_folder(tmp_path / "study", labels=labels)
    assert main([str(folder)]) == 2
    assert "no label can be used" in capsys.readouterr().err


def test_a_study_labelled_only_in_the_app_is_told_to_export_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(a_study_folder(tmp_path / "study"))]) == 2
    told = "python -m annotation export STUDY --format jsonl --out STUDY/labels/people.jsonl"
    assert told in capsys.readouterr().err


def test_ctrl_c_is_told_in_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("analysis.__main__._report", stopped)
    assert main(["a study"]) == 130
    assert capsys.readouterr().err == "Stopped.\n"


def test_no_study_there_ends_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "nowhere")]) == 2
    assert "study.toml" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [["--seed", "-1"], ["--resamples", "0"], ["--resamples", "ten"]])
def test_a_number_that_cannot_be_is_refused(tmp_path: Path, flags: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([str(tmp_path), *flags])
    assert stopped.value.code == 2


def test_an_output_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path)
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    assert main([str(folder), "--resamples", "20", "--out", str(tmp_path / "taken")]) == 2
    assert "taken" in capsys.readouterr().err


def test_the_readable_report_says_who_what_was_left_out_and_the_headlines() -> None:
    pairs = [pair_of(number, "x|y", "z") for number in range(4)]
    labels = people(FIXTURE_D, pairs) + judged("j", {None: ("a",) * 4}, pairs)
    text = markdown(report_of(pairs, [*labels, a_label()]))
    assert "12 labels of 3 annotators and 4 of judges on 4 pairs of 4 prompts" in text
    assert "`unknown_pair`" in text
    assert "Krippendorff's alpha, ordinal (headline) | 0.542" in text
    assert "x\\|y" in text  # a name cannot break the table


def couples(text: str) -> list[str]:
    """The rows of the table of each two annotators."""
    section = text.split("### Each two annotators")[1].split("###")[0]
    return [line for line in section.splitlines() if line.startswith("| ann")]


def test_the_readable_report_has_the_kappas_of_each_two_annotators() -> None:
    pairs = some_pairs(20)
    text = markdown(report_of(pairs, people(FIXTURE_D * 5, pairs)))
    rows = [row.split(" | ") for row in couples(text)]
    assert [row[0] for row in rows] == ["| ann1 / ann2", "| ann1 / ann3", "| ann2 / ann3"]
    starts = [cell.split(" ")[0] for cell in rows[1][1:]]
    assert starts == ["0.636", "0.500", "0.385", "0.750", "20"]  # 7/11, 1/2, 5/13, 3/4
    assert "fewer than 20" not in text


def test_two_annotators_who_share_little_are_only_counted_in_the_readable_report() -> None:
    pairs = some_pairs(21)
    text = markdown(report_of(pairs, people(("AA", "BA", *["ABA"] * 18, "A.B"), pairs)))
    assert [row.split(" | ")[0] for row in couples(text)] == ["| ann1 / ann2"]
    assert "2 more couples, who share fewer than 20 pairs, stand in `report.json` only" in text


def test_the_readable_report_shows_those_who_share_the_most_and_counts_the_rest() -> None:
    pairs = some_pairs(21)
    rows = ["A" * 9] * 20 + [".......AB"]  # 36 couples, of whom the last shares the most
    text = markdown(report_of(pairs, people(rows, pairs)))
    assert len(couples(text)) == 30
    assert couples(text)[0].startswith("| ann8 / ann9 |")
    assert "6 more couples of annotators" in text


def test_the_readable_report_of_judges_alone_says_that_agreement_is_undefined() -> None:
    pairs = some_pairs(2)
    text = markdown(report_of(pairs, judged("j", {None: ("a", "b")}, pairs)))
    assert "Undefined: nothing has two labels." in text
