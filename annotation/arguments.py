"""The arguments of the command line and what `--help` says of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, get_args

from annotation.export import EXPORTERS
from annotation.formats.tables import READERS
from annotation.schema import Kind, TiebreakError

Subcommand: TypeAlias = Callable[[argparse.Namespace], None]
Commands: TypeAlias = Any  # argparse's own type for this has no public name

_PAIRED: dict[str, Any] = {"action": "append", "default": []}
_PAIRED_FLAGS = ("--map", "--choices", "--judge")


class BadArgument(TiebreakError):
    """An argument of the command line that cannot be used."""


def parser(run: Mapping[str, Subcommand]) -> argparse.ArgumentParser:
    """The arguments of every subcommand; `run` has the function of each."""
    whole = argparse.ArgumentParser(
        prog="python -m annotation", description="Import pairs and labels, check, and export."
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    importers = commands.add_parser(
        "import",
        help="make a study of files from elsewhere, or add to one",
        description="Make a study of files from elsewhere, or add to one.",
    ).add_subparsers(required=True, metavar="WHAT")
    _add_pairs(importers, run["import pairs"])
    _add_labels(importers, run["import labels"])
    _add_pandalm(importers, run["import pandalm"])
    _add_tulu(importers, run["import tulu"])
    _add_export(commands, run["export"])
    one = _command(commands, "check", run["check"], "check a study folder and print what is in it")
    one.add_argument("study", type=Path, metavar="STUDY", help="a study folder")
    return whole


def _command(
    commands: Commands, name: str, run: Subcommand, help_line: str, more: str = ""
) -> argparse.ArgumentParser:
    described = f"{help_line[:1].upper()}{help_line[1:]}.{more}"
    one: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help_line,
        description=described,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    one.set_defaults(run=run)
    return one


def _add_pairs(importers: Commands, run: Subcommand) -> None:
    one = _command(
        importers,
        "pairs",
        run,
        "make a study of a table of your own pairs, or add them to one",
        """

Columns: prompt, response_a, response_b, and optionally input, system_a, system_b, category,
task, id, reference. Other columns are kept in meta, which annotators never see. A new study asks
for conciseness, clarity, adherence, formality and overall; edit its study.toml to ask otherwise.

  python -m annotation import pairs answers.csv my-study
  python -m annotation import pairs answers.xlsx my-study --map prompt=Question response_a=GPT""",
    )
    _add_table(one, "pairs")


def _add_labels(importers: Commands, run: Subcommand) -> None:
    one = _command(
        importers,
        "labels",
        run,
        "add a table of labels made elsewhere to a study",
        """

Columns: pair_id (our id, or the id that the pair was imported with), annotator, choice,
criterion, and optionally kind, target, swapped, repeat, purpose, seconds, comment, flags,
created_at, study_version. Choices are in the pair's order: a is response_a.

  python -m annotation import labels votes.csv my-study --choices 1=a 2=b 0=tie""",
    )
    _add_table(one, "labels")
    one.add_argument("--choices", **_PAIRED, metavar="WRITTEN=CHOICE", help="what a choice means")
    one.add_argument("--criterion", metavar="KEY", help="the criterion of rows that name none")
    one.add_argument("--kind", choices=get_args(Kind), default="human", help="default: human")
    one.add_argument("--name", help="of the file under labels/; default: FILE's name")


def _add_table(one: argparse.ArgumentParser, noun: str) -> None:
    kinds = ", ".join(READERS)
    one.add_argument("file", type=Path, metavar="FILE", help=f"a table of {noun} ({kinds})")
    one.add_argument("study", type=Path, metavar="STUDY", help="a study folder")
    one.add_argument("--map", **_PAIRED, metavar="NAME=COLUMN", help="a column of another name")
    one.add_argument("--encoding", help="of a CSV or TSV file that is not UTF-8, e.g. cp1252")
    one.add_argument("--sheet", help="of an .xlsx file with several; default: the first")


def _add_pandalm(importers: Commands, run: Subcommand) -> None:
    one = _command(importers, "pandalm", run, "make a study of PandaLM's test set")
    one.add_argument("testset", type=Path, metavar="TESTSET", help="testset-v1.json")
    one.add_argument("study", type=Path, metavar="STUDY", help="the study folder to make")
    one.add_argument("--judge", **_PAIRED, metavar="NAME=FILE", help="a judge's results (JSON)")


def _add_tulu(importers: Commands, run: Subcommand) -> None:
    one = _command(importers, "tulu", run, "make a study of Tulu's human evaluation")
    one.add_argument("instances", type=Path, metavar="INSTANCES", help="instances (JSONL)")
    one.add_argument("annotations", type=Path, metavar="ANNOTATIONS", help="annotations (XLSX)")
    one.add_argument("study", type=Path, metavar="STUDY", help="the study folder to make")


def _add_export(commands: Commands, run: Subcommand) -> None:
    one = _command(
        commands,
        "export",
        run,
        "write the labels of a study",
        """

The labels come from the database where the study was served (DATABASE_URL, by default the
file annotations.db of the study), and from labels/ otherwise. Systems are called S1, S2, ...

  jsonl     one label a line, for the analysis
  csv       one row a label, with the texts; cells that spreadsheets run begin with an apostrophe
  pandalm   PATH is a folder for testset.json and judge-NAME.json, or the test set's own .json
  tulu      PATH is a folder for instances.jsonl and annotations.xlsx, or one of the two files""",
    )
    one.add_argument("study", type=Path, metavar="STUDY", help="a study folder")
    one.add_argument("--format", choices=tuple(EXPORTERS), required=True)
    one.add_argument("--out", type=Path, required=True, metavar="PATH")
    one.add_argument("--unblind", action="store_true", help="write the names of the systems")
    one.add_argument(
        "--criterion",
        default="overall",
        metavar="KEY",
        help="the preference that pandalm and tulu write; default: overall",
    )
    one.add_argument(
        "--from",
        dest="source",
        choices=("auto", "labels"),
        default="auto",
        help="labels: take the files though there is a database",
    )


def spread(argv: Iterable[str]) -> Iterator[str]:
    """`--map a=b c=d` as `--map=a=b --map=c=d`, so that FILE and STUDY may stand after it."""
    flag = ""
    waiting = False
    for one in argv:
        if flag and "=" in one and not one.startswith("--"):
            waiting = False
            yield f"{flag}={one}"
            continue
        if waiting:
            yield flag  # argparse says what is missing after it
        flag = one if one in _PAIRED_FLAGS else ""
        waiting = bool(flag)
        if not flag:
            yield one
    if waiting:
        yield flag


def assignments(given: Sequence[str], flag: str) -> dict[str, str]:
    """`NAME=VALUE` arguments as a mapping; the same name twice is an error."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise BadArgument(f"{flag}: found {one!r}, expected NAME=VALUE")
        if name in found:
            raise BadArgument(f"{flag}: found {name!r} twice")
        found[name] = value
    return found
