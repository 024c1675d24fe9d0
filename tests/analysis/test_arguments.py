"""A flag that cannot be is told in one sentence of what was given and what was expected."""

from __future__ import annotations

import pytest

from analysis.__main__ import main


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("plan --win-rate 1.5", "--win-rate: found '1.5', expected a number more than 0 and less"),
        ("plan --win-rate nan", "--win-rate: found 'nan', expected a number more than 0"),
        ("plan --alpha 1", "--alpha: found '1', expected a number more than 0 and less than 1"),
        ("plan --tie-share -0.2", "--tie-share: found '-0.2', expected a number from 0 on and"),
        ("plan --half-width 5%", "--half-width: found '5%', expected a number from 0.001 to 0.5"),
        ("plan --power 80", "--power: found '80', expected a number from 0.01 to 0.999"),
        ("plan --price-per-label -3", "found '-3', expected a number from 0 to 1,000,000"),
        ("plan --labels 99", "--labels: found '99', expected a whole number from 1 to 15"),
        ("plan --win-rate", "--win-rate: expected one argument"),
        ("plan --frob 3", "unrecognized arguments: --frob"),
        ("simulate --prompts 10 2.5", "--prompts: found '2.5', expected a whole number from 2 on"),
        ("simulate --alpha 1.5", "--alpha: found '1.5', expected a number more than 0"),
        ("study --resamples 99999999999", "expected a whole number from 1 to 1,000,000"),
        ("study --seed " + "9" * 5000, "expected a whole number from 0 on"),
        ("", "the following arguments are required: STUDY"),
    ],
)
def test_a_bad_flag_is_one_sentence(
    words: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words.split())
    assert stopped.value.code == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert (printed.err.count("\n"), printed.out) == (1, "")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("plan systems --win-rate 0.5", "win rate: found 0.5, expected another one"),
        ("plan judge --judge-minus-human 0", "judge minus human: found 0, expected another"),
        ("simulate --labels 9", "--labels: found 9, expected at most the 5 of --annotators"),
    ],
)
def test_flags_that_leave_nothing_to_plan_or_draw_are_named(
    words: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split()) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert (printed.err.count("\n"), printed.out) == (1, "")
