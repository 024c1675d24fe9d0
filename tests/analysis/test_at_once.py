"""Work in forked processes and in threads: the order, the numbers, and a process that is killed."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.at_once import (
    MANY_LABELS,
    MOST_LABELS,
    MOST_PROCESSES,
    WorkLost,
    cores,
    in_order,
    processes_for,
    threads_for,
)
from analysis.labels import read_study
from analysis.report.compose import analyse
from analysis.resampling.resample import Bootstrap
from annotation.schema import TiebreakError
from tests.analysis.report_studies import rich_study


class Wrong(TiebreakError):
    """Something about a study."""


def test_results_keep_their_order_and_are_made_elsewhere() -> None:
    found = list(in_order(lambda number: (number, os.getpid()), 5, 2))
    assert [number for number, _ in found] == [0, 1, 2, 3, 4]
    assert os.getpid() not in {process for _, process in found}


def test_one_process_is_this_one() -> None:
    assert list(in_order(lambda _: os.getpid(), 2, 1)) == [os.getpid()] * 2


def test_threads_keep_the_order_and_are_of_this_process() -> None:
    found = list(in_order(lambda number: (number, os.getpid()), 5, 1, threads=2))
    assert found == [(number, os.getpid()) for number in range(5)]


@pytest.mark.parametrize("side_by_side", [{"processes": 2}, {"processes": 1, "threads": 2}])
def test_an_error_of_ours_comes_back_as_itself(side_by_side: dict[str, int]) -> None:
    def work(number: int) -> int:
        if number == 1:
            raise Wrong("the second is wrong")
        return number

    with pytest.raises(Wrong, match="the second is wrong"):
        list(in_order(work, 3, **side_by_side))


def test_a_killed_process_is_said_in_one_sentence() -> None:
    with pytest.raises(WorkLost, match="--processes 1"):
        list(in_order(lambda _: os._exit(9), 2, 2))


def refused(*_: object) -> int:
    raise OSError(errno.EAGAIN, "there can be no more")


def no_second_process(monkeypatch: pytest.MonkeyPatch) -> None:
    forks = iter([os.fork])
    monkeypatch.setattr(os, "fork", lambda: next(forks, refused)())


def no_semaphores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiprocessing.synchronize._multiprocessing.SemLock", refused)


@pytest.mark.parametrize("limit", [no_second_process, no_semaphores])
def test_where_processes_cannot_be_forked_this_one_does_the_work(
    monkeypatch: pytest.MonkeyPatch, limit: Callable[[pytest.MonkeyPatch], None]
) -> None:
    limit(monkeypatch)
    assert list(in_order(lambda _: os.getpid(), 3, 2)) == [os.getpid()] * 3
    assert not multiprocessing.active_children()


def test_a_process_is_ended_by_ctrl_c_as_usual() -> None:
    """Not only its piece of work, after which it would begin the next one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(WorkLost):
            list(in_order(lambda _: signal.raise_signal(signal.SIGINT), 2, 2))
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_report_is_the_same_however_many_processes_made_it(tmp_path: Path) -> None:
    labels = read_study(rich_study(tmp_path / "study", prompts=12))
    alone, *together = (
        analyse(labels, Bootstrap(50), processes=processes, threads=threads)
        for processes, threads in ((1, 1), (3, 1), (1, 3))
    )
    for other in together:
        assert alone.to_json() == other.to_json()
        assert (alone.behind, alone.who) == (other.behind, other.who)


@pytest.mark.parametrize("labels", [MANY_LABELS - 1, MOST_LABELS + 1])
def test_a_study_that_is_small_or_fills_the_memory_takes_one_process(labels: int) -> None:
    assert processes_for(labels) == 1


def test_a_study_that_fills_the_memory_takes_two_threads_instead() -> None:
    assert [threads_for(labels) for labels in (MOST_LABELS, MOST_LABELS + 1)] == [1, 2]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="one process elsewhere")
@pytest.mark.parametrize(("there", "used"), [(1, 1), (3, 3), (64, MOST_PROCESSES)])
def test_a_machine_of_many_cores_is_not_filled_with_processes(
    monkeypatch: pytest.MonkeyPatch, there: int, used: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(there)))
    assert cores() == processes_for(MANY_LABELS) == used
