"""Long works: one of a name at a time, known to be lost when its process was killed."""

from __future__ import annotations

from datetime import timedelta

from annotation.store import Store
from annotation.store.works import SILENT
from tests.annotation.test_store import NOON, registered

MOMENT = timedelta(seconds=1)
FILES = {"report.md": "# Report of zq-marker", "report.json": "{}"}


def begun(store: Store, token: str = "one", after: timedelta = timedelta()) -> bool:
    return store.begin_work("trial", "report", token, NOON + after)


def ended(store: Store, token: str = "one") -> bool:
    return store.end_work("trial", "report", token, "done", "9 labels", FILES, NOON + MOMENT)


def state(store: Store, after: timedelta = MOMENT) -> str | None:
    found = store.work("trial", "report", NOON + after)
    return found.state if found else None


def test_a_work_is_running_until_it_ends_and_its_files_are_kept(store: Store) -> None:
    registered(store)
    assert state(store) is None
    assert begun(store)
    assert state(store) == "running"
    assert store.work_goes_on("trial", "report", "one", 2, 5, NOON + MOMENT)
    found = store.work("trial", "report", NOON + MOMENT)
    assert found is not None
    assert (found.done, found.total) == (2, 5)
    assert store.report_file("trial", "report.md") is None
    assert ended(store)
    assert state(store, SILENT * 2) == "done"
    assert store.report_file("trial", "report.md") == FILES["report.md"]
    assert store.report_file("another", "report.md") is None


def test_only_one_of_a_name_is_done_at_a_time(store: Store) -> None:
    registered(store)
    assert begun(store)
    assert not begun(store, "two", MOMENT)
    assert store.begin_work("trial", "publish", "two", NOON + MOMENT)
    assert ended(store)
    assert begun(store, "three", MOMENT)


def test_a_work_that_keeps_silent_is_lost_and_another_can_be_begun(store: Store) -> None:
    registered(store)
    assert begun(store)
    assert store.work_goes_on("trial", "report", "one", 1, 2, NOON + SILENT - MOMENT)
    assert state(store, SILENT) == "running"
    assert state(store, SILENT * 2) == "lost"
    assert begun(store, "two", SILENT * 2)
    assert not ended(store, "one"), "it was only slow: the newer one counts"
    assert not store.work_goes_on("trial", "report", "one", 2, 2, NOON + SILENT * 2)
    assert store.report_file("trial", "report.md") is None
    assert state(store, SILENT * 2) == "running"


def test_the_files_of_a_report_replace_those_of_the_one_before(store: Store) -> None:
    registered(store)
    begun(store)
    ended(store)
    begun(store, "two")
    assert store.report_file("trial", "report.json") == "{}", "the old one, until then"
    assert store.end_work("trial", "report", "two", "done", "", {"report.md": "new"}, NOON)
    assert store.report_file("trial", "report.md") == "new"
    assert store.report_file("trial", "report.json") is None


def test_a_failed_work_leaves_the_report_of_before(store: Store) -> None:
    registered(store)
    begun(store)
    ended(store)
    begun(store, "two")
    assert store.end_work("trial", "report", "two", "failed", "why", {}, NOON)
    assert state(store) == "failed"
    assert store.has_report("trial")
    assert store.report_file("trial", "report.md") == FILES["report.md"]


def test_no_report_names_somebody_who_withdrew(store: Store) -> None:
    registered(store)
    ann = store.add_annotator("trial", "zq-marker", "zq-marker", "hash", NOON)
    begun(store)
    ended(store)
    begun(store, "two")  # it may have read already what they gave
    store.withdraw(ann.id)
    assert store.report_file("trial", "report.md") is None
    assert not store.has_report("trial")
    assert not ended(store, "two")
    assert store.report_file("trial", "report.md") is None
    assert begun(store, "three")
