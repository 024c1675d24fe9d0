"""The arguments of the command line and what `--help` says of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from annotation.doctor import add_doctor
from annotation.export import FORMATS
from annotation.formats.arguments import (
    PAIRED_FLAGS,
    Commands,
    Subcommand,
    add_importers,
    command,
)
from annotation.people import add_people
from annotation.publishing.command import add_publish
from annotation.starting import add_new


def parser(run: Mapping[str, Subcommand]) -> argparse.ArgumentParser:
    """The arguments of every subcommand; `run` has the function of each."""
    whole = argparse.ArgumentParser(
        prog="python -m annotation",
        description="Make a study, import, check, export.",
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    add_new(commands, run["new"])
    importers = commands.add_parser(
        "import",
        help="make a study of files from elsewhere, or add to one",
        description="Make a study of files from elsewhere, or add to one.",
    ).add_subparsers(required=True, metavar="WHAT")
    add_importers(importers, run)
    _add_export(commands, run["export"])
    add_publish(commands, run["publish"])
    one = command(commands, "check", run["check"], "check a study folder and print what is in it")
    one.add_argument("study", type=Path, metavar="STUDY", help="a study folder")
    add_people(commands, run)
    add_doctor(commands, run["doctor"])
    return whole


def _add_export(commands: Commands, run: Subcommand) -> None:
    one = command(
        commands,
        "export",
        run,
        "write the labels of a study",
        """

The labels come from the database where the study was served (DATABASE_URL, by default the
file annotations.db of the study), and from labels/ otherwise. Systems are called S1, S2, ...

  jsonl        one label a line, for the analysis
  parquet      the same as columns
  csv          one row a label, with the texts; cells that spreadsheets run begin with an apostrophe
  xlsx         a sheet of labels and a sheet of the texts
  pandalm      PATH is a folder for testset.json and judge-NAME.json, or the test set's own .json
  tulu         PATH is a folder for instances.jsonl and annotations.xlsx, or one of the two files
  alpaca-eval  one annotation for each label of --criterion

The first four hold other views too: aggregated (what people said of a pair together), preferences
(the chosen and the rejected response, to train on) and pairs (the texts). Beside every export
stands a manifest: what was left out and why, and whether systems have their names.""",
    )
    one.add_argument("study", type=Path, metavar="STUDY", help="a study folder")
    one.add_argument("--format", choices=tuple(FORMATS), required=True)
    one.add_argument(
        "--view",
        choices=("labels", "aggregated", "preferences", "pairs"),
        default="labels",
        help="of jsonl, parquet, csv and xlsx; default: labels",
    )
    one.add_argument("--out", type=Path, required=True, metavar="PATH")
    one.add_argument(
        "--renumber", action="store_true", help="call annotators A1, A2, ... for a release"
    )
    one.add_argument("--unblind", action="store_true", help="write the names of the systems")
    one.add_argument(
        "--criterion",
        default="overall",
        metavar="KEY",
        help="the preference that pandalm, tulu and alpaca-eval write; default: overall",
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
        flag = one if one in PAIRED_FLAGS else ""
        waiting = bool(flag)
        if not flag:
            yield one
    if waiting:
        yield flag
