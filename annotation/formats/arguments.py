"""The arguments of `import`, for each kind of file that it reads."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, get_args

from annotation.formats.tables import READERS
from annotation.schema import Kind, TiebreakError

Subcommand: TypeAlias = Callable[[argparse.Namespace], None]
Commands: TypeAlias = Any  # argparse's own type for this has no public name

PAIRED_FLAGS = ("--map", "--choices", "--judge")
"""The flags that take NAME=VALUE, several after one."""

_PAIRED: dict[str, Any] = {"action": "append", "default": []}


class BadArgument(TiebreakError):
    """An argument of the command line that cannot be used."""


def add_importers(importers: Commands, run: Mapping[str, Subcommand]) -> None:
    """Add every kind of file; `run` has the function of each as `import NAME`."""
    for name, add in _IMPORTERS.items():
        add(importers, name, run[f"import {name}"])


def command(
    commands: Commands, name: str, run: Subcommand, help_line: str, more: str = ""
) -> argparse.ArgumentParser:
    """A new command that runs `run`; `more` follows its one line of help where it is asked for."""
    described = f"{help_line[:1].upper()}{help_line[1:]}.{more}"
    one: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help_line,
        description=described,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    one.set_defaults(run=run)
    return one


def _add_pairs(importers: Commands, name: str, run: Subcommand) -> None:
    one = command(
        importers,
        name,
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


def _add_labels(importers: Commands, name: str, run: Subcommand) -> None:
    one = command(
        importers,
        name,
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


def _add_pandalm(importers: Commands, name: str, run: Subcommand) -> None:
    one = command(importers, name, run, "make a study of PandaLM's test set")
    one.add_argument("testset", type=Path, metavar="TESTSET", help="testset-v1.json")
    _add_new_study(one)
    one.add_argument("--judge", **_PAIRED, metavar="NAME=FILE", help="a judge's results (JSON)")


def _add_tulu(importers: Commands, name: str, run: Subcommand) -> None:
    one = command(importers, name, run, "make a study of Tulu's human evaluation")
    one.add_argument("instances", type=Path, metavar="INSTANCES", help="instances (JSONL)")
    one.add_argument("annotations", type=Path, metavar="ANNOTATIONS", help="annotations (XLSX)")
    _add_new_study(one)


def _add_prompts(importers: Commands, name: str, run: Subcommand) -> None:
    one = command(
        importers,
        name,
        run,
        "make a study of a table of prompts, or add them to one",
        """

Columns: text (or prompt, instruction, question), and optionally id, input, turns, task, category,
reference. Other columns are kept in meta. The columns of IMPACT are known: Category, Definition,
Prompt.

  python -m annotation import prompts questions.csv my-study --map text=Question""",
    )
    _add_table(one, "prompts")


def _add_self_instruct(importers: Commands, name: str, run: Subcommand) -> None:
    one = command(importers, name, run, "take self-instruct's instructions as prompts")
    one.add_argument("file", type=Path, metavar="FILE", help="user_oriented_instructions.jsonl")
    _add_study(one)


def _add_mt_bench(importers: Commands, name: str, run: Subcommand) -> None:
    one = command(importers, name, run, "take MT-bench's or Vicuna's questions as prompts")
    one.add_argument("file", type=Path, metavar="QUESTIONS", help="question.jsonl")
    _add_study(one)
    _add_references(one)


def _add_references(one: argparse.ArgumentParser) -> None:
    text = "reference answers, e.g. reference_answer/gpt-4.jsonl"
    one.add_argument("--references", type=Path, metavar="FILE", help=text)


def _add_study(one: argparse.ArgumentParser) -> None:
    one.add_argument("study", type=Path, metavar="STUDY", help="a study folder")


def _add_new_study(one: argparse.ArgumentParser) -> None:
    one.add_argument("study", type=Path, metavar="STUDY", help="the study folder to make")


def _add_hhh(importers: Commands, name: str, run: Subcommand) -> None:
    one = command(importers, name, run, "make a study of BIG-bench's HHH alignment task")
    one.add_argument(
        "tasks",
        type=Path,
        nargs="+",
        metavar="TASK",
        help="a task.json, or a folder with task.json files in it or one below it",
    )
    _add_new_study(one)
    one.add_argument(
        "--seed", type=int, default=0, help="draws which of two options is a; default: 0"
    )


def _add_alpaca_eval(importers: Commands, name: str, run: Subcommand) -> None:
    one = command(importers, name, run, "make a study of AlpacaEval's annotations")
    one.add_argument("annotations", type=Path, metavar="FILE", help="annotations.json")
    _add_new_study(one)


def _add_mt_bench_judgments(importers: Commands, name: str, run: Subcommand) -> None:
    one = command(
        importers,
        name,
        run,
        "make a study of MT-bench's judgments",
        """

  python -m annotation import mt-bench-judgments gpt-4_pair.jsonl my-study \\
    --questions question.jsonl --answers model_answer""",
    )
    one.add_argument(
        "judgments",
        type=Path,
        nargs="+",
        metavar="JUDGMENTS",
        help="pairwise verdicts or single scores, e.g. model_judgment/gpt-4_pair.jsonl",
    )
    _add_new_study(one)
    one.add_argument("--questions", type=Path, required=True, metavar="FILE", help="question.jsonl")
    one.add_argument(
        "--answers",
        type=Path,
        action="append",
        required=True,
        metavar="PATH",
        help="a model's answers, or a folder of them (model_answer); can be given several times",
    )
    _add_references(one)


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


_IMPORTERS: Mapping[str, Callable[[Commands, str, Subcommand], None]] = {
    "pairs": _add_pairs,
    "labels": _add_labels,
    "prompts": _add_prompts,
    "self-instruct": _add_self_instruct,
    "mt-bench": _add_mt_bench,
    "hhh": _add_hhh,
    "pandalm": _add_pandalm,
    "tulu": _add_tulu,
    "alpaca-eval": _add_alpaca_eval,
    "mt-bench-judgments": _add_mt_bench_judgments,
}
