"""`python -m analysis STUDY` writes the report of a study; `plan` and `simulate` need none."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from analysis.allocation import keep_freed_memory
from analysis.arguments import MOST_RESAMPLES, Parser, at_least
from analysis.at_once import MANY_LABELS, MOST_LABELS, cores, processes_for, threads_for
from analysis.labels import read_study
from analysis.leaderboards.matching import scores_of
from analysis.leaderboards.reading import read_benchmarks
from analysis.report.compose import analyse, in_words
from analysis.report.files import write_report
from analysis.resampling.resample import Bootstrap
from annotation.hub.local import local_study
from annotation.schema import TiebreakError
from annotation.study import GUIDELINES_FILE, no_collection, read_text

T = TypeVar("T")

COMMANDS = {"plan": "analysis.planning.planner", "simulate": "analysis.planning.simulating"}
"""What may stand in the place of STUDY, and its home; a folder of such a name is ./plan.

Loaded when asked for: what they optimise with takes a report half a second to load.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0, or 2 with one sentence on stderr where the study cannot be used."""
    words = sys.argv[1:] if argv is None else argv
    command = import_module(COMMANDS[words[0]]) if words and words[0] in COMMANDS else None
    args = command.parser().parse_args(words[1:]) if command else _parser().parse_args(words)
    try:
        if command:
            print(command.run(args, _progress))
        else:
            # Estimates are in no cycle; to look for some took a fifth of the time.
            with no_collection():
                _report(args)
    except TiebreakError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0


def _report(args: argparse.Namespace) -> None:
    keep_freed_memory()
    args.study = local_study(args.study, lambda line: print(line, file=sys.stderr))
    labels = read_study(args.study, _progress, args.processes or cores())
    if labels.excluded:
        print(f"left out: {in_words(labels)}")
    benchmarks = {}
    if args.benchmarks:
        benchmarks = scores_of(labels.pairs.systems, read_benchmarks(args.benchmarks))
        scored = {system for scores in benchmarks.values() for system in scores}
        unscored = [system for system in labels.pairs.systems if system not in scored]
        if unscored:
            print(f"no benchmark has a score of {', '.join(unscored)}")
    processes = args.processes or processes_for(len(labels.labels))
    threads = 1 if args.processes else threads_for(len(labels.labels))
    bootstrap = Bootstrap(args.resamples, args.seed)
    report = analyse(labels, bootstrap, _progress, benchmarks, processes, threads)
    guidelines = args.study / GUIDELINES_FILE
    said = read_text(guidelines) if guidelines.exists() else ""
    paths = write_report(report, args.out or args.study / "report", said)
    print(f"{len(report.estimates)} estimates -> {', '.join(map(str, paths))}")


def _progress(things: Iterable[T], name: str) -> Iterable[T]:
    """A bar on stderr for what takes over two seconds."""
    return tqdm(things, desc=name, delay=2, file=sys.stderr, unit="")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m analysis",
        description="Agreement, rankings and judges of a study, from its pairs.jsonl and labels/.",
        epilog="python -m analysis plan --help: how large a study must be; "
        "python -m analysis simulate --help: whether its intervals hold.",
    )
    parser.add_argument("study", type=Path, metavar="STUDY", help="the study's folder")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where report.html, report.md and report.json go; by default STUDY/report",
    )
    parser.add_argument(
        "--seed", type=at_least(0), default=0, metavar="N", help="of all random draws; default 0"
    )
    parser.add_argument(
        "--resamples",
        type=at_least(1, MOST_RESAMPLES),
        default=1000,
        metavar="N",
        help="bootstrap resamples of the prompts; default 1000",
    )
    parser.add_argument(
        "--processes",
        type=at_least(1),
        metavar="N",
        help="how many read pairs, and work on criteria, at once; default on Linux one a core, "
        f"four at most, on criteria with {MANY_LABELS:,} to {MOST_LABELS:,} labels; with more "
        "labels, two in one process",
    )
    parser.add_argument(
        "--benchmarks",
        type=Path,
        nargs="+",
        default=(),
        metavar="FILE",
        help="scores of the systems: leaderboards (.csv: Model, then a column a benchmark) and "
        "results of lm-evaluation-harness (.json)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
