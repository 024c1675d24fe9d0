"""Labels of files: which count, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.filed import FiledLabels
from annotation.schema import Label
from annotation.sources import settle
from tests.builders import a_label

DAY = datetime(2026, 1, 1, tzinfo=UTC)

some_labels = st.lists(
    st.builds(
        a_label,
        pair_id=st.sampled_from(["p", "q"]),
        annotator=st.sampled_from(["ann", "bo"]),
        kind=st.sampled_from(["human", "judge"]),
        choice=st.sampled_from(["a", "b"]),
        swapped=st.sampled_from([True, None]),
        created_at=st.none() | st.integers(0, 2).map(lambda days: DAY + timedelta(days)),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(some_labels)
def test_the_same_labels_count_as_in_memory(labels: list[Label]) -> None:
    filed = FiledLabels(labels)
    current, superseded = settle(labels)
    assert list(filed.current()) == current
    assert list(filed.superseded()) == superseded
    by_pair = dict(filed.of_pairs(["q", "p"]))
    assert by_pair == {one: [x for x in current if x.pair_id == one] for one in ("q", "p")}
    assert filed.superseded_of("p") == [label for label in superseded if label.pair_id == "p"]
    filed.close()


def test_people_and_purposes_are_those_of_labels_that_count() -> None:
    labels = [
        a_label(annotator="bo", purpose="gold"),
        a_label(annotator="ann"),
        a_label(annotator="ann"),
        a_label(annotator="j", kind="judge"),
    ]
    filed = FiledLabels(labels)
    assert filed.annotators("human") == ["ann", "bo"]
    assert filed.annotators("judge") == ["j"]
    assert filed.purposes() == {"gold": 1, "study": 2}
    filed.close()


def test_nothing_is_read_before_somebody_asks() -> None:
    def never() -> Iterator[Label]:
        raise AssertionError("read")
        yield

    FiledLabels(never()).close()
