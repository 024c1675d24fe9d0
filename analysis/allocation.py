"""How a report's process keeps the memory of freed arrays."""

from __future__ import annotations

import ctypes
from contextlib import suppress

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8
"""glibc's names, of malloc.h."""

NEVER = 2**31 - 1


def keep_freed_memory() -> None:
    """What this process frees goes back to the system only at its end; with glibc alone.

    Otherwise each array of over 32 MB, a column of a few million labels, comes from the system anew
    and page by page, which took a quarter of a large report's time. The threads share one heap,
    because those of their own are too small for such arrays.
    """
    with suppress(AttributeError, OSError, TypeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, NEVER), (M_ARENA_MAX, 1)):
            mallopt(parameter, value)
