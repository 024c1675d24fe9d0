"""`python -m analysis STUDY`: write the report of a study."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tqdm import tqdm

from analysis.labels import read_study
from analysis.readable import markdown
from analysis.report import analyse, in_words, write
from analysis.resample import Bootstrap
from annotation.schema import Criterion, TiebreakError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0, or 2 with one sentence on stderr where the study cannot be used."""
    args = _parser().parse_args(argv)
    try:
        _report(args)
    except TiebreakError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _report(args: argparse.Namespace) -> None:
    labels = read_study(args.study)
    if labels.excluded:
        print(f"left out: {in_words(labels)}")
    report = analyse(labels, Bootstrap(args.resamples, args.seed), _progress)
    out = args.out or args.study / "report"
    paths = write(out, report, markdown(report))
    print(f"{len(report.estimates)} estimates -> {' and '.join(map(str, paths))}")


def _progress(criteria: Iterable[Criterion]) -> Iterable[Criterion]:
    return tqdm(criteria, desc="criteria", unit="criterion", delay=2, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m analysis",
        description="Agreement, rankings and judges of a study, from its pairs.jsonl and labels/.",
    )
    parser.add_argument("study", type=Path, metavar="STUDY", help="the study's folder")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where report.json and report.md go; by default STUDY/report",
    )
    parser.add_argument(
        "--seed", type=_at_least(0), default=0, metavar="N", help="of all random draws; default 0"
    )
    parser.add_argument(
        "--resamples",
        type=_at_least(1),
        default=1000,
        metavar="N",
        help="bootstrap resamples of the prompts; default 1000",
    )
    return parser


class _at_least:  # noqa: N801
    """An argument type: a whole number not below `least`."""

    def __init__(self, least: int) -> None:
        self.least = least

    def __call__(self, text: str) -> int:
        if not text.isdecimal() or int(text) < self.least:
            raise argparse.ArgumentTypeError(
                f"found {text!r}, expected a whole number from {self.least}"
            )
        return int(text)


if __name__ == "__main__":
    sys.exit(main())
