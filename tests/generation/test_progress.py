from __future__ import annotations

from io import StringIO

from generation.backends.base import Result, Step
from generation.progress import Bar


def test_a_bar_tells_where_the_first_batch_is_before_any_answer() -> None:
    shown = StringIO()
    bar = Bar(4, "tiny", after=0, every=0, file=shown)
    bar.step(Step(token=3, most=8, rows=2))
    bar.close()
    assert "0/4" in shown.getvalue()
    assert "token 3 of 8 for 2 prompts" in shown.getvalue()


def test_a_bar_goes_on_telling_rate_and_failures_within_a_batch() -> None:
    shown = StringIO()
    bar = Bar(4, "tiny", after=0, every=0, file=shown)
    bar.result(Result(key="k", error="lost"))
    bar.step(Step(token=1, most=8, rows=2))
    bar.close()
    assert "tokens/s, 1 failed, token 1 of 8" in shown.getvalue()


def test_a_bar_is_not_drawn_for_every_token() -> None:
    shown = StringIO()
    bar = Bar(4, "tiny", after=0, every=3600, file=shown)
    bar.step(Step(token=1, most=8, rows=2))
    bar.close()
    assert "token 1" not in shown.getvalue()
