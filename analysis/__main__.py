"""`python -m analysis STUDY`: write the report of a study."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from analysis.labels import read_study
from analysis.report.compose import Report, analyse, in_words
from analysis.report.markdown import markdown
from analysis.resampling.resample import Bootstrap
from annotation.schema import TiebreakError

T = TypeVar("T")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0, or 2 with one sentence on stderr where the study cannot be used."""
    args = _parser().parse_args(argv)
    try:
        _report(args)
    except TiebreakError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _report(args: argparse.Namespace) -> None:
    labels = read_study(args.study, _progress)
    if labels.excluded:
        print(f"left out: {in_words(labels)}")
    report = analyse(labels, Bootstrap(args.resamples, args.seed), _progress)
    paths = _write(args.out or args.study / "report", report)
    print(f"{len(report.estimates)} estimates -> {' and '.join(map(str, paths))}")


def _progress(things: Iterable[T], name: str) -> Iterable[T]:
    """A bar on stderr for what takes over two seconds."""
    return tqdm(things, desc=name, delay=2, file=sys.stderr, unit="")


def _write(folder: Path, report: Report) -> list[Path]:
    """Write report.json and report.md into `folder`, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "report.json": json.dumps(report.to_json(), ensure_ascii=False, allow_nan=False) + "\n",
        "report.md": markdown(report),
    }
    for name, text in texts.items():
        partial = folder / f".{name}.{os.getpid()}.partial"
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(folder / name)
        finally:
            partial.unlink(missing_ok=True)
    return [folder / name for name in texts]


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


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or int(text) < least:
            raise argparse.ArgumentTypeError(f"found {text!r}, expected a number from {least} on")
        return int(text)

    return number


if __name__ == "__main__":
    sys.exit(main())
