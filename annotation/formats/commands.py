"""What each `import` of a foreign format reads, from the arguments of its command."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from annotation.formats.alpaca_eval import read_alpaca_eval
from annotation.formats.arguments import BadArgument, assignments
from annotation.formats.hhh import read_hhh
from annotation.formats.imported import Imported
from annotation.formats.mt_bench import prompts_of_mt_bench
from annotation.formats.mt_bench_judgments import read_mt_bench_judgments
from annotation.formats.mt_bench_pairs import JudgedFiles
from annotation.formats.pandalm import read_pandalm
from annotation.formats.progress import Progress
from annotation.formats.prompts import Found, ReadPrompts, sift
from annotation.formats.self_instruct import prompts_of_self_instruct
from annotation.formats.table_prompts import prompts_of_table
from annotation.formats.tables import open_table
from annotation.formats.tulu import read_tulu
from annotation.schema import Prompt

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

StudyReader: TypeAlias = Callable[[argparse.Namespace, Progress], Imported]
Known: TypeAlias = Mapping[str, Prompt]
PromptReader: TypeAlias = Callable[[argparse.Namespace, Known, Progress], ReadPrompts]


def _pandalm(args: argparse.Namespace, _progress: Progress) -> Imported:
    judges = {name: Path(file) for name, file in assignments(args.judge, "--judge").items()}
    for name in judges:
        if not FILE_NAME.fullmatch(name):
            raise BadArgument(f"--judge {name}=: expected letters, digits, '.', '_' and '-'")
    return read_pandalm(args.testset, judges, args.study)


def _tulu(args: argparse.Namespace, _progress: Progress) -> Imported:
    return read_tulu(args.instances, args.annotations, args.study)


def _hhh(args: argparse.Namespace, _progress: Progress) -> Imported:
    return read_hhh(args.tasks, args.study, args.seed)


def _alpaca_eval(args: argparse.Namespace, progress: Progress) -> Imported:
    return read_alpaca_eval(args.annotations, args.study, progress)


def _mt_bench_judgments(args: argparse.Namespace, progress: Progress) -> Imported:
    files = JudgedFiles(args.questions, tuple(args.answers), args.references)
    return read_mt_bench_judgments(args.judgments, files, args.study, progress)


def _prompts(args: argparse.Namespace, known: Known, progress: Progress) -> ReadPrompts:
    table = open_table(args.file, args.encoding, args.sheet)
    notes: list[str] = []
    found = prompts_of_table(table, assignments(args.map, "--map"), notes)
    read = sift(progress(found), known)
    read.notes += [*notes, *table.notes()]
    return read


def _self_instruct(args: argparse.Namespace, known: Known, progress: Progress) -> ReadPrompts:
    return _sifted(prompts_of_self_instruct(args.file), known, progress)


def _mt_bench(args: argparse.Namespace, known: Known, progress: Progress) -> ReadPrompts:
    return _sifted(prompts_of_mt_bench(args.file, args.references), known, progress)


def _sifted(found: Iterable[Found], known: Known, progress: Progress) -> ReadPrompts:
    return sift(progress(found), known)


STUDIES: Mapping[str, StudyReader] = {
    "pandalm": _pandalm,
    "tulu": _tulu,
    "hhh": _hhh,
    "alpaca-eval": _alpaca_eval,
    "mt-bench-judgments": _mt_bench_judgments,
}
"""Formats that make a whole study."""

PROMPTS: Mapping[str, PromptReader] = {
    "prompts": _prompts,
    "self-instruct": _self_instruct,
    "mt-bench": _mt_bench,
}
"""Formats that give prompts."""
