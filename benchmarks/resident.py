"""How much memory a process holds, by the kernel's own mark (Linux)."""

from __future__ import annotations

import re
from pathlib import Path


def mib_now() -> float:
    """What is resident now, in MiB; the mark of the most begins here anew."""
    Path("/proc/self/clear_refs").write_text("5")
    return _read("VmRSS")


def mib_at_most() -> float:
    """The most that was resident since the mark was set back, in MiB."""
    return _read("VmHWM")


def _read(which: str) -> float:
    found = re.search(rf"{which}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
