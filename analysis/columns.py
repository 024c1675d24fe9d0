"""Columns of Arrow from texts and into numbers, without its converters.

These load pandas first, where it is installed: a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def words(texts: Iterable[str]) -> Any:
    """What `pa.array(texts, pa.string())` makes."""
    encoded = [text.encode("utf-8") for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    held = pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))
    return pa.StringArray.from_buffers(len(encoded), *held)


def filled(column: Any, absent: str | float) -> Any:
    """What `column.fill_null(absent)` makes of texts and numbers."""
    if isinstance(absent, str):
        one = words([absent])
    else:
        value = np.array([absent], column.type.to_pandas_dtype())
        one = pa.Array.from_buffers(column.type, 1, [None, pa.py_buffer(value)])
    return pc.coalesce(column, one[0])


def numbers(column: Any, absent: float) -> Any:
    """A column of numbers as an array of their type, `absent` where there is none."""
    return np.from_dlpack(filled(column, absent))
