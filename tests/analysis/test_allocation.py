"""Memory that a report frees stays with its process."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

COUNTED = """
import resource
from analysis.allocation import keep_freed_memory
keep_freed_memory()
b"x" * (64 << 20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
b"x" * (64 << 20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told so")
def test_what_was_freed_is_used_again_without_asking_the_system() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", COUNTED], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) < 100  # of 16,384 pages of 4 KiB
