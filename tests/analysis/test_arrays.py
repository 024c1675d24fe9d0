"""Sorting by counting is sorting, and labels stand by their times."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.arrays import order_of
from analysis.labels import from_records
from tests.builders import a_label, a_pair, a_plan

SMALL, LARGE = st.integers(0, 3), st.sampled_from([0, 1, 2**16 - 1, 2**16, 2**33 + 5, 2**60])


@given(st.lists(st.one_of(SMALL, LARGE)))
def test_rows_stand_by_their_codes_and_those_of_one_code_as_they_stood(codes: list[int]) -> None:
    column = np.array(codes, np.int64)
    assert order_of(column).tolist() == np.argsort(column, kind="stable").tolist()


MOMENTS = st.one_of(
    st.none(), st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC)), st.just(datetime.max)
)


@given(st.lists(MOMENTS, max_size=8))
def test_labels_without_a_time_come_first_and_those_of_one_time_as_they_stand(
    times: list[datetime | None],
) -> None:
    pair = a_pair(0)
    labels = [
        a_label(pair_id=pair.id, annotator=f"ann{number}", created_at=time)
        for number, time in enumerate(times)
    ]
    found = from_records(a_plan(), [pair], labels)
    epoch = datetime(1, 1, 1, tzinfo=UTC)
    moments = [label.created_at or epoch for label in labels]
    known = [label.created_at is not None for label in labels]
    wanted = sorted(range(len(labels)), key=lambda row: (known[row], moments[row]))
    assert found.labels.by_time().tolist() == wanted
