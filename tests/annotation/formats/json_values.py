"""Values that a field of somebody else's JSON may hold."""

from __future__ import annotations

from hypothesis import strategies as st


def json_values() -> st.SearchStrategy[object]:
    """Any JSON value, small."""
    numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    plain = st.none() | st.booleans() | numbers | st.text()
    return st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    )
