"""Files for researchers: exports while they are made, payments, and what a report is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import get_args

from analysis.estimates import TooFewLabels
from analysis.labels import from_records
from analysis.report.compose import analyse
from analysis.report.files import texts
from analysis.resampling.resample import Bootstrap
from analysis.watch import Watch
from annotation.export import FORMATS, CannotExport, Download, View, Wanted, download
from annotation.formats.imported import count
from annotation.pages.researcher.text import NO_LABELS
from annotation.pages.researcher.working import Outcome
from annotation.people import as_csv
from annotation.schema import Label, Pair
from annotation.sources import found_in
from annotation.workflow import Research

JUDGED = ("judge", "reference")
VIEWS: tuple[str, ...] = get_args(View)


def export(research: Research, format: str, view: str, criterion: str) -> Download:
    """An export with the systems' names after the lock only; raises CannotExport at once."""
    if format not in FORMATS or view not in VIEWS:
        raise CannotExport("expected a format and a view that the page offers")
    workflow, is_locked = research.workflow, research.is_locked
    with ExitStack() as stack:
        found = stack.enter_context(found_in(workflow.store, workflow.study))
        wanted = Wanted(
            study=workflow.study,
            found=found,
            format=format,
            view=view,  # type: ignore[arg-type]
            unblind=is_locked,
            veil=b"" if is_locked else research.veil,
            criterion=criterion or "overall",
        )
        made = download(wanted, workflow.now)
        return Download(made.name, _closing(made.chunks, stack.pop_all()))


def _closing(chunks: Iterator[bytes], stack: ExitStack) -> Iterator[bytes]:
    """The chunks; what they read from is closed at their end, or when nobody wants more."""
    with stack:
        yield from chunks


def payments(research: Research) -> str:
    """Who is to be paid for what, as CSV."""
    workflow = research.workflow
    return as_csv(workflow.store.payees(research.key), workflow.study.access)


def report(research: Research, watch: Watch) -> Outcome:
    """The files of a report on the labels as they are now; raises TooFewLabels without any.

    Before the lock its systems are S1, S2, ..., and judges, whose names may be systems' too, wait.
    """
    workflow, study = research.workflow, research.workflow.study
    names, is_locked = research.names(), research.is_locked
    with found_in(workflow.store, study) as found:
        excluded = found.excluded

        def labels() -> Iterator[Label]:
            for one in found.current:
                if one.kind != "human" or one.annotator not in excluded:
                    yield one
            if is_locked and (judges := found.judges()):
                yield from (one for one in judges.current() if one.kind in JUDGED)

        pairs = [_called(pair, names) for pair in study.pairs]
        gold = tuple(workflow.served.gold.values())
        made = from_records(study, pairs, labels(), gold)
    try:
        analysed = analyse(made, Bootstrap(), watch)
    except TooFewLabels:
        raise TooFewLabels(NO_LABELS) from None  # without advice for who has a shell
    said = f"{count(analysed.data['labels'], 'label')} of people"
    return Outcome(said, texts(analysed, study.guidelines))


def _called(pair: Pair, names: Mapping[str, str]) -> Pair:
    """A pair with other names for its systems, under its own id."""
    return pair.model_copy(
        update={
            "response_a": _renamed(pair, "response_a", names),
            "response_b": _renamed(pair, "response_b", names),
            "meta": {},
        }
    )


def _renamed(pair: Pair, side: str, names: Mapping[str, str]) -> object:
    response = getattr(pair, side)
    return response.model_copy(update={"system": names[response.system], "meta": {}})
