"""Pieces of work side by side, in processes forked from this one or in threads."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from annotation.schema import TiebreakError

T = TypeVar("T")

MANY_LABELS, MOST_LABELS = 100_000, 10_000_000
"""With fewer, to fork and to bring the results back takes as long as is won; with more, each
process would need over a gigabyte of its own."""

MOST_PROCESSES = 4
"""Unless told otherwise: each has arrays of its own, also where many cores have little memory."""

THREADS = 2
"""With so many labels numpy works long enough on each array for a second thread to go on meanwhile;
a third would mostly wait for the two, and needs memory of its own as each of them does."""


class WorkLost(TiebreakError):
    """A process ended before its work did."""


def cores() -> int:
    """How many processes a command may use: one a core, but no more than four.

    One on other systems than Linux: theirs do not promise that a forked process may go on.
    """
    if not sys.platform.startswith("linux"):
        return 1
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES)


def processes_for(labels: int) -> int:
    """How many of them for the criteria of a study of so many labels."""
    return cores() if MANY_LABELS <= labels <= MOST_LABELS else 1


def threads_for(labels: int) -> int:
    """How many threads a command may use where there are too many labels for processes."""
    return THREADS if labels > MOST_LABELS else 1


def in_order(work: Callable[[int], T], count: int, processes: int, threads: int = 1) -> Iterator[T]:
    """work(0) to work(count - 1), in this order whatever ends first.

    What processes give is pickled. With one process and one thread, or one piece, all is done here,
    when it is asked for; so it is where no process can be forked. Raises WorkLost.
    """
    processes, threads = min(processes, count), min(threads, count)
    if threads > 1:
        yield from _in_threads(work, count, threads)
        return
    if processes < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(work, range(count))
        return
    try:
        pool, found = _forked(work, count, processes)
    except (OSError, NotImplementedError):  # no semaphores, or no more processes
        yield from map(work, range(count))
        return
    with pool:
        try:
            yield from found
        except BrokenProcessPool:
            raise WorkLost(
                "a process of the analysis was killed, most often for want of memory: "
                "--processes 1 needs the least"
            ) from None


def _forked(
    work: Callable[[int], T], count: int, processes: int
) -> tuple[ProcessPoolExecutor, Iterator[T]]:
    """The processes at work; OSError or NotImplementedError, and none, where there can be none."""
    context = multiprocessing.get_context("fork")
    others = context.active_children()
    try:
        # A forked process has `work` and all that it refers to: nothing of the study is pickled.
        pool = ProcessPoolExecutor(processes, context, _take, (work,))
        return pool, pool.map(_worked, range(count))
    except OSError:
        for child in context.active_children():
            if child not in others:  # it would wait for work until this process ends, and with it
                child.kill()
                child.join()
        raise


def _in_threads(work: Callable[[int], T], count: int, threads: int) -> Iterator[T]:
    pool = ThreadPoolExecutor(threads)
    try:
        yield from pool.map(work, range(count))
    finally:  # what has not begun is not begun any more after an error or Ctrl-C
        pool.shutdown(cancel_futures=True)


_taken: list[Callable[[int], Any]] = []
"""In a forked process, its work."""


def _take(work: Callable[[int], Any]) -> None:
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it, not only its piece of work
    _taken.append(work)


def _worked(number: int) -> Any:
    return _taken[-1](number)
